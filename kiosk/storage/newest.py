"""A note beside the database of the newest record somebody was told of, and the sign that a process has the database open.

The note is written after the commit returned and is not synced, so it costs a tap no device sync. It can only be behind,
never ahead: where it names a record the database does not have, the database has lost one. A note that cannot be read
says nothing. Not in here: what follows.
"""

import fcntl
import hashlib
import logging
import os
import struct
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlalchemy import Engine, event

FILE = "newest"
_FIELDS = struct.Struct(">Q32s")
_CHECK_BYTES = 8

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Newest:
    seq: int
    hash: bytes


def read(path: Path) -> Newest | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    return parse(content)


def parse(content: bytes) -> Newest | None:
    """None for anything that is not a whole note."""
    fields, check = content[: _FIELDS.size], content[_FIELDS.size :]
    return Newest(*_FIELDS.unpack(fields)) if check == _check(fields) else None


def write(path: Path, newest: Newest) -> None:
    """In place and unsynced. Raises OSError."""
    fields = _FIELDS.pack(newest.seq, newest.hash)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(descriptor, fields + _check(fields), 0)
    finally:
        os.close(descriptor)


class Note:
    """Kept by one process. That writing fails is logged when it begins: records are on disk, and only their guard is weaker."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fails = False

    def put(self, newest: Newest) -> None:
        try:
            write(self._path, newest)
        except OSError as error:
            if not self._fails:
                log.warning("%s: %s", self._path, error.strerror)
            self._fails = True
        else:
            self._fails = False


def begin(path: Path, newest: Newest) -> None:
    """A note where there is none that can be read: it has its place on the disk before a tap finds the disk full."""
    try:
        os.truncate(path, 0)
        write(path, newest)
    except OSError as error:
        log.warning("%s: %s", path, error.strerror)


def beside(engine: Engine) -> Path:
    """Where the note of this database lies."""
    return Path(str(engine.url.database)).with_name(FILE)


class Hold:
    """The note's lock: each process keeps it shared while it has the database open; alone, it may replace the files."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def alone(self) -> bool:
        """Whether nobody else holds it. Asked in one process at a time, or the answer is of the past."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def share_with(self, engine: Engine) -> None:
        """From now on until the engine is disposed of, also after this context has ended."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)
        release = weakref.finalize(engine, os.close, os.dup(self._descriptor))
        event.listen(engine, "engine_disposed", lambda _: release())


def _check(fields: bytes) -> bytes:
    return hashlib.sha256(fields).digest()[:_CHECK_BYTES]
