"""A folder of revocation lists that someone else replaces daily: the source a terminal can ask at every tap.

`refresh` reads what has changed, on whatever thread has the time; questions are answered from memory. Fetching lists is
not done here.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.x509 import Certificate

from cardreader.revocation.lists import Freshness, RevocationList, UnusableList, read_list, register
from cardreader.revocation.source import Revocation

SUFFIX = ".crl"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Version:
    """Of a file: replaced in place or by another, one of these changes."""

    inode: int
    modified_ns: int
    size: int


@dataclass(frozen=True, slots=True)
class _Loaded:
    version: _Version
    list: RevocationList | None


class ListFolder:
    """Empty until the first `refresh`. Of several lists of one authority the newest counts."""

    def __init__(self, folder: Path, authorities: Sequence[Certificate]) -> None:
        self._folder = folder
        self._authorities = authorities
        self._files: dict[str, _Loaded] = {}
        self._register = register(authorities, ())

    def refresh(self) -> None:
        """Read the files that are new or were replaced, and forget those that are gone; one thread at a time.

        A file that cannot be used (it may be half copied) leaves what it held before. Takes about a second for a million
        entries; never raises.
        """
        before = self._files
        self._files = {path.name: self._load(path, before.get(path.name)) for path in self._paths()}
        if self._files != before:
            lists = [each.list for each in self._files.values() if each.list]
            self._register = register(self._authorities, lists)

    def of_certificate(self, certificate: Certificate, authority: Certificate, now: datetime) -> Revocation:
        return self.at_tap(certificate.serial_number, authority.subject.public_bytes(), now)

    def at_tap(self, serial: int, issuer: bytes, now: datetime) -> Revocation:
        return self._register.look_up(serial, issuer, now)

    def freshness(self, now: datetime) -> Freshness:
        return self._register.freshness(now)

    def _paths(self) -> list[Path]:
        try:
            return sorted(path for path in self._folder.iterdir() if path.suffix.lower() == SUFFIX)
        except OSError as error:
            log.warning("the folder of revocation lists cannot be read: %s", error)
            return []

    def _load(self, path: Path, before: _Loaded | None) -> _Loaded:
        kept = before.list if before else None
        try:
            version = _version(path)
            if before and before.version == version:
                return before
            return _Loaded(version, read_list(path.read_bytes(), self._authorities))
        except OSError as error:
            log.warning("a revocation list cannot be read: %s", error)
            return _Loaded(_Version(0, 0, 0), kept)
        except UnusableList as error:
            log.warning("the revocation list %s is not used: %s", path, error)
            return _Loaded(version, kept)


def _version(path: Path) -> _Version:
    status = path.stat()
    return _Version(status.st_ino, status.st_mtime_ns, status.st_size)
