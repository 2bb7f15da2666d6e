"""What the database needs now and then so that a tap needs one device sync and nothing else.

The delivery process turns it about once a minute; the screen once, before its first tap. Trouble is logged and tried
again at the next turn: upkeep never keeps a visit from being recorded. Not in here: the recording.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import sqlcipher3.dbapi2
from sqlalchemy import Connection, Engine, update
from sqlalchemy.exc import DatabaseError

from kiosk import disk
from kiosk.storage import reserve
from kiosk.storage.database import DATABASE
from kiosk.storage.outside import ask
from kiosk.storage.schema import upkeep
from sync import outbox

log = logging.getLogger(__name__)

WORTH_A_CHECKPOINT = 512
"""Pages in the log; fewer stay there, because every checkpoint wears the device by two more syncs."""

AT_ONCE = 500
"""Records pruned while a tap might wait."""


class Upkeep:
    """`retention` is how long records stay after the server has them."""

    def __init__(self, engine: Engine, directory: Path, retention: timedelta) -> None:
        self._engine = engine
        self._log_file = directory / f"{DATABASE}-wal"
        self._retention = retention
        self._begun = False

    def turn(self) -> None:
        self._attempt("pruning", self._prune)
        self._attempt("setting room apart", self._set_apart)
        self._attempt("checkpoint", self._checkpoint)

    def _attempt(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except DatabaseError as error:
            log.warning("%s did not succeed: %s", name, error.orig)
        except sqlcipher3.dbapi2.Error as error:
            log.warning("%s did not succeed: %s", name, error)

    def _prune(self) -> None:
        with self._engine.begin() as connection:
            pruned = outbox.prune(connection, self._retention, AT_ONCE)
        if pruned:
            log.info("pruned %d records delivered long ago", pruned)

    def _set_apart(self) -> None:
        with self._engine.begin() as connection:
            pages = self._pages_to_set_apart(reserve.free_pages(connection))
            if pages > 0:
                reserve.set_apart(connection, pages)

    def _pages_to_set_apart(self, free: int) -> int:
        """On a full disk only what is free already: pages the file has no place for would stay in the log and fill it."""
        log_pages = self._log_file.stat().st_size // reserve.PAGE_BYTES
        begun, self._begun = self._begun, True
        if disk.level(self._log_file.parent) is disk.Level.CRITICAL:
            room = min(free, reserve.PAGES)  # more is free where a roster was exchanged for another
            return room if log_pages < room and not begun else 0
        return reserve.PAGES if min(log_pages, free) < reserve.ENOUGH else 0

    def _checkpoint(self) -> None:
        """Then the first write, so that it is not a tap's to sync the header of the log begun anew."""
        if self._ask("NOOP") < WORTH_A_CHECKPOINT:
            return
        self._ask("PASSIVE")
        with self._engine.begin() as connection:
            touch(connection)

    def _ask(self, kind: str) -> int:
        """Pages in the log. A checkpoint is no part of a transaction."""
        ((_, pages, _),) = ask(self._engine, f"PRAGMA wal_checkpoint({kind})")
        return int(pages)


def touch(connection: Connection) -> None:
    """Write something that is not what was there: SQLite leaves a page alone that would not change."""
    connection.execute(update(upkeep).values(writes=upkeep.c.writes + 1))
