"""Room on the disk that is the queue's before it is needed: a log that need not grow, and free pages for the records.

One transaction fills pages and frees them again. SQLite writes freed pages too, so the log reaches its full length, which
it keeps until the last process closes the database, and the pages get their place on the disk at the next checkpoint.
Where the disk is full a tap then still finds both. Not in here: when this is done (kiosk.storage.upkeep).
"""

from sqlalchemy import Connection, delete, func, insert

from kiosk.storage.schema import reserve

PAGE_BYTES = 4096
PAGES = 2048
"""Of the log: half a thousand more than CHECKPOINT_PAGES, for what is written while a checkpoint is held up. Of the
free pages: for more than ten thousand visits."""


def free_pages(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA freelist_count").scalar_one())


def set_apart(connection: Connection, pages: int) -> None:
    """Write at least `pages` pages to the log and leave them free; the file grows only by what was not free before."""
    connection.execute(insert(reserve).values(filler=func.zeroblob(pages * PAGE_BYTES)))
    connection.execute(delete(reserve))
