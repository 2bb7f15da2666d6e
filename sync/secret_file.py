"""A secret in a file of its own: read only where nobody else can read it, and written whole or not at all.

Not in here: what the secret is for, and encrypting it.
"""

import errno
import os
import stat
from pathlib import Path
from uuid import uuid4

OTHERS = 0o077
"""The bits of a mode that let anyone but the owner in."""


class ExposedFile(Exception):  # noqa: N818 - named for what happened
    """A secret other users of this machine may read: it is not used."""

    def __init__(self, path: Path, mode: int) -> None:
        super().__init__(f"{path} has mode {mode:04o}, others may read it; it must be 0600")
        self.path = path
        self.mode = mode


class DamagedFile(Exception):  # noqa: N818 - named for what happened
    """A file that does not hold what it must, or is no plain file."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is damaged")
        self.path = path


def read(path: Path, length: int | None = None, *, refused: int = OTHERS) -> bytes:
    """Exactly `length` bytes where given; no mode bit of `refused` may be set.

    Raises FileNotFoundError, ExposedFile, DamagedFile.
    """
    with os.fdopen(_open(path), "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise DamagedFile(path)
        if mode & refused:
            raise ExposedFile(path, stat.S_IMODE(mode))
        content = file.read()
    if length is not None and len(content) != length:
        raise DamagedFile(path)
    return content


def create(path: Path, content: bytes) -> None:
    """All of the file or none of it, and never over one that is there: two processes end up with the same secret."""
    draft = _draft(path, content)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    _sync_directory(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Readers see the old content or the new one, also after a power cut."""
    _draft(path, content).replace(path)
    _sync_directory(path.parent)


def rename(path: Path, to: Path) -> None:
    """A secret written whole takes the place of another; also after a power cut. Raises FileNotFoundError."""
    path.replace(to)
    _sync_directory(to.parent)


def _open(path: Path) -> int:
    """A link is not followed, and what is no file is not waited for."""
    try:
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise DamagedFile(path) from error
        raise


def _draft(path: Path, content: bytes) -> Path:
    """Nothing is left of one that could not be written: where the disk is full, each new attempt would fill it further."""
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except OSError:
        draft.unlink()
        raise
    return draft


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
