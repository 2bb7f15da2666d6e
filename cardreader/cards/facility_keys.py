"""What a facility's own cards are known by: where on the card, and the key that makes every card's own key.

The keys live in one file that only the service may read. Making and installing that file is the facility's business.
"""

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cardreader.cards.ev2 import cmac

SERIAL_BYTES = 7
_KEY_BYTES = 16
_APPLICATION_BYTES = 3
_SYSTEM_BYTES = range(6, 22)
_KEY_NUMBERS = range(14)
_FILE_NUMBERS = range(32)
_AES_128 = b"\x01"  # AN10922: the constant of the AES-128 method


class KeysNotInstalled(Exception):  # noqa: N818 - named for what happened
    """There is no key file: this terminal takes no facility cards."""


class KeysExposed(Exception):  # noqa: N818 - named for what happened
    """Other users of this machine may read the key file: it is not used."""

    def __init__(self, path: Path, mode: int) -> None:
        super().__init__(f"{path} has mode {mode:04o}, others may read it; it must be 0600 or 0400")
        self.path = path
        self.mode = mode


class KeysDamaged(Exception):  # noqa: N818 - named for what happened
    """The key file does not hold what it must. What it holds instead is not said."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is damaged")
        self.path = path


@dataclass(frozen=True, slots=True)
class FacilityKeys:
    """`application`: three bytes in the order in which the card gets them (least significant first).

    `system` names the issuing system, 6 to 21 bytes: with fewer, AN10922 would no longer be a plain CMAC.
    """

    application: bytes
    key_number: int
    file_number: int
    system: bytes
    master_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.application) != _APPLICATION_BYTES or len(self.master_key) != _KEY_BYTES:
            raise ValueError("an application has 3 bytes and a key 16")
        if self.key_number not in _KEY_NUMBERS or self.file_number not in _FILE_NUMBERS:
            raise ValueError("a card has keys 0 to 13 and files 0 to 31")
        if len(self.system) not in _SYSTEM_BYTES:
            raise ValueError("the name of the system has 6 to 21 bytes")

    def of_card(self, serial: bytes) -> bytes:
        """The key of the card with this serial number (7 bytes): NXP AN10922, 2.2.1."""
        if len(serial) != SERIAL_BYTES:
            raise ValueError(f"a serial number has {SERIAL_BYTES} bytes")
        return cmac(self.master_key, _AES_128 + serial + self.application + self.system)


def load(path: Path) -> FacilityKeys:
    """Raises KeysNotInstalled, KeysExposed, KeysDamaged."""
    content = _read(path)
    try:
        told = json.loads(content)
        return FacilityKeys(
            application=bytes.fromhex(told["application"]),
            key_number=int(told["key_number"]),
            file_number=int(told["file_number"]),
            system=str(told["system"]).encode(),
            master_key=bytes.fromhex(told["master_key"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeysDamaged(path) from None  # the cause quotes the file, and the file is the key


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise KeysNotInstalled(path.name) from None
    with os.fdopen(descriptor, "rb") as file:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        if mode & 0o077:
            raise KeysExposed(path, mode)
        return file.read()
