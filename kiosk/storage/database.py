"""Opening the database so that a commit that returned survives a power cut. Not in here: what is stored.

WAL with synchronous FULL is the only combination of SQLite that keeps every acknowledged commit with one device sync;
both are read back at every open. `sqlcipher3` brings a SQLite without the WAL-reset race and encrypts the pages. The key
is a file beside the database, or a credential of the service manager. Checkpoints are kiosk.storage.upkeep's: a tap pays
for one only where delivery has not run for CHECKPOINT_PAGES.
"""

import contextlib
import fcntl
import logging
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import sqlcipher3.dbapi2
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from kiosk.storage import integrity, newest, suspicion
from kiosk.storage.outside import ask
from kiosk.storage.schema import complete, metadata
from sync import outbox, secret_file

DATABASE = "terminal.db"
KEY = "database.key"
TAIL = "terminal.db-tail"
"""What SQLite dropped from the end of the log at the last opening, while that opening lasts."""

KEY_BYTES = 32
BUSY_MILLISECONDS = 5000
CHECKPOINT_PAGES = 1536
"""The log's length at which whoever commits checkpoints, so that it ends within what upkeep has grown it to."""

_CREDENTIALS = "CREDENTIALS_DIRECTORY"
_OTHER_USERS = 0o007


log = logging.getLogger(__name__)


class StorageError(Exception):
    """The database cannot be opened or is not what it must be; the sentence is for the operator."""


class DamagedDatabase(StorageError):  # noqa: N818 - named for what happened
    """The file at `path` is not, or no longer, the database that its key opens."""

    def __init__(self, path: Path, finding: str) -> None:
        super().__init__(f"{path} cannot be opened with its key: {finding}")
        self.path = path


def open_database(directory: Path) -> Engine:
    """Creates what is missing. Raises StorageError, DamagedDatabase, ExposedFile, DamagedFile."""
    with one_opening_at_a_time(directory):
        return open_held(directory)


def open_held(directory: Path) -> Engine:
    """As `open_database`, for whoever holds the opening."""
    with newest.Hold(directory / newest.FILE) as hold:
        path = directory / DATABASE
        if integrity.being_set_aside(directory):
            raise DamagedDatabase(path, "it is being set aside")
        suspect = directory / suspicion.FILE
        if hold.alone():
            engine = _open_first(path, key(directory), suspected=suspect.exists())
            suspect.unlink(missing_ok=True)
        elif suspect.exists():
            raise StorageError(f"{path} is suspected to be damaged, and a process that has it open must end first")
        else:
            engine = _open(path, key(directory))
        suspicion.note(engine, suspect)
        hold.share_with(engine)
        return engine


@contextlib.contextmanager
def one_opening_at_a_time(directory: Path) -> Iterator[None]:
    """SQLite does not wait for its turn where a new database becomes WAL: the second of two processes would fail.

    Raises StorageError for what goes wrong with files meanwhile.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
            os.fsync(descriptor)  # the names of key and database, without which their content is lost
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StorageError(f"{error.filename or directory}: {error.strerror}") from error


def _open_first(path: Path, key: bytes, *, suspected: bool) -> Engine:
    """Nobody else has it open: what is on the disk is looked at before SQLite forgets the end of a damaged log."""
    findings = integrity.look(path, key)
    if findings.damage is not None:
        raise DamagedDatabase(path, findings.damage)
    tail = path.with_name(TAIL)
    _keep(tail, findings.dropped)
    engine = _open(path, key)
    note = newest.beside(engine)
    try:
        with engine.begin() as connection:
            noted, head = newest.read(note), outbox.head(connection)
            damage = integrity.disagreement(connection, noted, whole=suspected or findings.gaps)
    except DatabaseError as error:
        damage = str(error.orig)
    if damage is not None:
        engine.dispose()
        raise DamagedDatabase(path, damage)
    if findings.dropped:
        _begin_log_anew(engine)
    tail.unlink(missing_ok=True)
    if noted is None:
        newest.begin(note, newest.Newest(head.seq, head.hash))
    return engine


def _begin_log_anew(engine: Engine) -> None:
    """What was dropped lies on behind the log's new end, where another power cut would make it look like lost commits."""
    try:
        ask(engine, "PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlcipher3.dbapi2.Error as error:
        log.warning("the log could not be begun anew: %s", error)


def _keep(tail: Path, dropped: bytes) -> None:
    """Until it is known that no record is in it: SQLite will write over it. A full disk is no reason not to open."""
    try:
        if dropped:
            secret_file.replace(tail, dropped)
    except OSError as error:
        log.warning("%s: %s", tail, error.strerror)


def _open(path: Path, key: bytes) -> Engine:
    engine = create_engine(f"sqlite:///{path}", module=sqlcipher3.dbapi2, hide_parameters=True)
    event.listen(engine, "connect", lambda connection, _record: _prepare(connection, _record, key))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    event.listen(engine, "handle_error", _leave)
    try:
        with engine.begin() as connection:
            complete(connection, metadata)
            complete(connection, outbox.metadata)
    except DatabaseError as error:
        engine.dispose()
        if suspicion.is_damage(error.orig):
            raise DamagedDatabase(path, str(error.orig)) from error
        raise StorageError(f"{path} cannot be opened: {error.orig}") from error
    return engine


def _leave(failed: ExceptionContext) -> None:
    """SQLAlchemy's "handle_error" hook: after a device failed once, a connection may go on failing for ever.

    SQLite may have opened a file for reading only, and SQLCipher calls every page damaged. The next transaction gets
    another connection.
    """
    spoilt = ("SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_NOTADB")
    if suspicion.code(failed.original_exception) in {getattr(sqlcipher3.dbapi2, name) for name in spoilt}:
        failed.is_disconnect = True


def _prepare(connection: DBAPIConnection, _record: ConnectionPoolEntry, key: bytes) -> None:
    """SQLAlchemy's "connect" hook: the key first, then durability, read back."""
    connection.isolation_level = None  # transactions begin where the "begin" hook says so
    cursor = connection.cursor()
    cursor.execute("PRAGMA cipher_log_level = NONE")  # SQLCipher would write to stderr what is raised anyway
    cursor.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    durable = (_ask(connection, "journal_mode"), _ask(connection, "synchronous"))
    cursor.close()
    if durable != ("wal", 2):
        raise StorageError(f"the database does not hold WAL and FULL but {durable}; refusing to lose visits")


def _ask(connection: DBAPIConnection, pragma: str) -> object:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA {pragma}")
    row = cursor.fetchone()
    cursor.close()
    return row[0] if row else None


def key(directory: Path) -> bytes:
    """The raw 256-bit key, made with the database unless the service manager holds it; for the service alone.

    Raises StorageError, ExposedFile, DamagedFile.
    """
    held = credential()
    if held is not None:
        return held
    path = directory / KEY
    if not path.exists():
        if (directory / DATABASE).exists():
            raise DamagedDatabase(directory / DATABASE, f"{path} is missing")
        secret_file.create(path, secrets.token_bytes(KEY_BYTES))
    return secret_file.read(path, KEY_BYTES)


def credential() -> bytes | None:
    """The service manager guards the folder; a file in it shows a group's bit where the service is let in by ACL."""
    if _CREDENTIALS not in os.environ:
        return None
    try:
        return secret_file.read(Path(os.environ[_CREDENTIALS]) / KEY, KEY_BYTES, refused=_OTHER_USERS)
    except FileNotFoundError:
        return None
