"""Damage met while the database is in use: both processes end, so that the next start looks at it with nobody else there.

The service manager starts them again. Not in here: the look (integrity), and what follows (recovery).
"""

import os
import signal
import threading
from pathlib import Path

import sqlcipher3.dbapi2
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

FILE = "suspect"
_LOOK_SECONDS = 1.0
_PRIMARY_CODE = 0xFF


def code(error: BaseException | None) -> int:
    """SQLite's primary result code of what the library raised, 0 for anything else."""
    return int(getattr(error, "sqlite_errorcode", 0)) & _PRIMARY_CODE


def is_damage(error: BaseException | None) -> bool:
    """Not a full disk, not a lock, not a device that did not answer this once."""
    return code(error) in (sqlcipher3.dbapi2.SQLITE_CORRUPT, sqlcipher3.dbapi2.SQLITE_NOTADB)


def note(engine: Engine, path: Path) -> None:
    """From now on damage that this engine meets is noted in the file `path`."""

    def met(context: ExceptionContext) -> None:
        if is_damage(context.original_exception):
            path.touch(mode=0o600)

    event.listen(engine, "handle_error", met)


def end_when_noted(directory: Path) -> None:
    """The process that calls, in the orderly way, within a second or so after any process met damage."""
    threading.Thread(target=_watch, args=(directory / FILE,), name="suspicion", daemon=True).start()


def _watch(path: Path) -> None:
    quiet = threading.Event()
    while not path.exists():
        quiet.wait(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
