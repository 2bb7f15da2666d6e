"""Who this terminal is: its Ed25519 key, made here and never leaving, and what enrolment told it about itself.

Three files in one directory, readable by their owner only; beside the key, while there is one, the key that is to follow it
and the one before it. Not in here: asking the server for the enrolment.
"""

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync import secret_file
from sync.secret_file import DamagedFile

KEY_FILE = "terminal.key"
NEXT_KEY_FILE = "terminal.key.next"
KEY_BEFORE_FILE = "terminal.key.before"
REFERENCE_KEY_FILE = "card-reference.key"
IDENTITY_FILE = "terminal.json"
_KEY_BYTES = 32
_CHECK_BYTES = 8


class NotEnrolled(Exception):  # noqa: N818 - named for what happened
    """A file of the identity is not there: no server has enrolled this terminal yet."""


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
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _made(directory / KEY_FILE)


def next_key(directory: Path) -> Ed25519PrivateKey:
    """The key that is to take the place of the present one, made at the first call. Raises ExposedFile, DamagedFile."""
    return _made(directory / NEXT_KEY_FILE)


def has_next_key(directory: Path) -> bool:
    return (directory / NEXT_KEY_FILE).exists()


def adopt_next_key(directory: Path, at: datetime) -> None:
    """The next key is the present one from now on, made `at` by the server's time; that one is the key before."""
    secret_file.replace(directory / KEY_BEFORE_FILE, _written(_secret(directory / KEY_FILE)))
    path = directory / NEXT_KEY_FILE
    os.utime(path, (at.timestamp(), at.timestamp()))
    secret_file.rename(path, directory / KEY_FILE)


def key_before(directory: Path) -> Ed25519PrivateKey | None:
    """The key whose place the present one took; None for the first. Raises ExposedFile, DamagedFile."""
    path = directory / KEY_BEFORE_FILE
    return Ed25519PrivateKey.from_private_bytes(_secret(path)) if path.exists() else None


@contextlib.contextmanager
def one_at_a_time(directory: Path) -> Iterator[None]:
    """Changes to the keys of an enrolled terminal, each process in its turn. Raises NotEnrolled."""
    try:
        descriptor = os.open(directory / IDENTITY_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NotEnrolled(IDENTITY_FILE) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def key_made_at(directory: Path) -> datetime:
    """By the clock of its making, which for the first key is this machine's."""
    return datetime.fromtimestamp((directory / KEY_FILE).stat().st_mtime, UTC)


def store(directory: Path, terminal_id: UUID, facility: Facility, card_reference_key: bytes) -> None:
    """Write down an enrolment. The identity comes last: where it stands, everything stands."""
    told = {"terminal": str(terminal_id), "facility": {"id": str(facility.id), "name": facility.name}}
    secret_file.replace(directory / REFERENCE_KEY_FILE, _written(card_reference_key))
    secret_file.replace(directory / IDENTITY_FILE, json.dumps(told, ensure_ascii=False, indent=1).encode())


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


def _made(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        secret_file.create(path, _written(Ed25519PrivateKey.generate().private_bytes_raw()))
    return Ed25519PrivateKey.from_private_bytes(_secret(path))


def _secret(path: Path) -> bytes:
    """32 bytes as they were written, or alone, as they were before they had a check behind them."""
    content = _read(path)
    secret = content[:_KEY_BYTES]
    if len(secret) != _KEY_BYTES or content not in (secret, _written(secret)):
        raise DamagedFile(path)
    return secret


def _written(secret: bytes) -> bytes:
    """With a check behind it: a byte that a disk changed would make another key of it, which the server refuses for ever."""
    return secret + hashlib.sha256(secret).digest()[:_CHECK_BYTES]


def _read(path: Path) -> bytes:
    try:
        return secret_file.read(path)
    except FileNotFoundError:
        raise NotEnrolled(path.name) from None
