"""Who this terminal is: its Ed25519 key, made here and never leaving, and what enrolment told it about itself.

Three files in one directory, readable by their owner only. Not in here: asking the server for the enrolment.
"""

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_FILE = "terminal.key"
REFERENCE_KEY_FILE = "card-reference.key"
IDENTITY_FILE = "terminal.json"
_KEY_BYTES = 32


class NotEnrolled(Exception):  # noqa: N818 - named for what happened
    """A file of the identity is not there: no server has enrolled this terminal yet."""


class ExposedFile(Exception):  # noqa: N818 - named for what happened
    """A secret other users of this machine may read: it is not used."""

    def __init__(self, path: Path, mode: int) -> None:
        super().__init__(f"{path} has mode {mode:04o}, others may read it; it must be 0600")
        self.path = path
        self.mode = mode


class DamagedFile(Exception):  # noqa: N818 - named for what happened
    """A file of the identity that does not hold what it must."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is damaged")
        self.path = path


@dataclass(frozen=True, slots=True)
class Facility:
    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Identity:
    terminal_id: UUID
    facility: Facility
    key: Ed25519PrivateKey = field(repr=False)

    def sign(self, statement: bytes) -> bytes:
        """64 bytes, Ed25519."""
        return self.key.sign(statement)


def own_key(directory: Path) -> Ed25519PrivateKey:
    """The key of this terminal, made at the first call. Raises ExposedFile, DamagedFile."""
    path = directory / KEY_FILE
    if not path.exists():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create(path, Ed25519PrivateKey.generate().private_bytes_raw())
    return Ed25519PrivateKey.from_private_bytes(_secret(path))


def store(directory: Path, terminal_id: UUID, facility: Facility, card_reference_key: bytes) -> None:
    """Write down an enrolment. The identity comes last: where it stands, everything stands."""
    told = {"terminal": str(terminal_id), "facility": {"id": str(facility.id), "name": facility.name}}
    _replace(directory / REFERENCE_KEY_FILE, card_reference_key)
    _replace(directory / IDENTITY_FILE, json.dumps(told, ensure_ascii=False, indent=1).encode())


def load(directory: Path) -> Identity:
    """Raises NotEnrolled, ExposedFile, DamagedFile."""
    path = directory / IDENTITY_FILE
    try:
        told = json.loads(_read(path))
        facility = Facility(UUID(told["facility"]["id"]), str(told["facility"]["name"]))
        terminal_id = UUID(told["terminal"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DamagedFile(path) from None
    return Identity(terminal_id, facility, Ed25519PrivateKey.from_private_bytes(_secret(directory / KEY_FILE)))


def load_card_reference_key(directory: Path) -> bytes:
    """The server's key for references to cards, 32 bytes. Raises NotEnrolled, ExposedFile, DamagedFile."""
    return _secret(directory / REFERENCE_KEY_FILE)


def _secret(path: Path) -> bytes:
    content = _read(path)
    if len(content) != _KEY_BYTES:
        raise DamagedFile(path)
    return content


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NotEnrolled(path.name) from None
    with os.fdopen(descriptor, "rb") as file:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        if mode & 0o077:
            raise ExposedFile(path, mode)
        return file.read()


def _create(path: Path, content: bytes) -> None:
    """All of the file or none of it, and never over one that is there: two processes end up with the same key."""
    draft = _draft(path, content)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    _sync_directory(path.parent)


def _replace(path: Path, content: bytes) -> None:
    _draft(path, content).replace(path)
    _sync_directory(path.parent)


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    return draft


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
