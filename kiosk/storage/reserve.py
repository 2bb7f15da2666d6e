"""Room on the disk that is the queue's before it is needed: a log that need not grow, and free pages for the records.

One transaction fills pages and frees them again. SQLite writes freed pages too, so the log reaches its full length, which
it keeps until the last process closes the database, and the pages get their place on the disk at the next checkpoint.
Where the disk is full a tap then still finds both. Not in here: when this is done (kiosk.storage.upkeep).
"""

from sqlalchemy import Connection, delete, func, insert

from kiosk.storage.schema import reserve

PAGE_BYTES = 4096
PAGES = 2048
ENOUGH = 1792
"""Of the log: a quarter of a thousand more than CHECKPOINT_PAGES, for what is written while a checkpoint is held up. Of
the free pages: for more than ten thousand visits. Below it is time to set PAGES apart again."""

_FILLER_BYTES = 4000
"""What goes into one page beside SQLCipher's 80 bytes and SQLite's own: so many pages are filled, and not one more."""


def free_pages(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA freelist_count").scalar_one())


def set_apart(connection: Connection, pages: int) -> None:
    """Write about `pages` pages to the log and leave them free, those that were free already among them."""
    connection.execute(insert(reserve).values(filler=func.zeroblob(pages * _FILLER_BYTES)))
    connection.execute(delete(reserve))
