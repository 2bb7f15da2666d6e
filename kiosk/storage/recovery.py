"""Putting a damaged database away, whole, and letting the terminal go on with a fresh one under a new identity.

What is damaged goes into `recovery/<terminal>/` with the keys that open it and sign for it; nothing is deleted. The steps
can be cut off anywhere: all is prepared under a name that counts for nothing, one rename of the folder decides, and from
then on `next` in the folder holds what is still to be put in place; as long as it is there no database is opened, and the
next start goes on. Not in here: finding damage (integrity), and getting the records back (carving).
"""

import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine

from kiosk.storage import newest
from kiosk.storage.database import (
    DATABASE,
    KEY,
    TAIL,
    DamagedDatabase,
    StorageError,
    one_opening_at_a_time,
    open_held,
)
from kiosk.storage.integrity import NEXT, RECOVERY
from sync import identity, lineage
from sync.identity import IDENTITY_FILE, KEY_BEFORE_FILE, KEY_FILE, NEXT_KEY_FILE, NotEnrolled
from sync.secret_file import DamagedFile, ExposedFile

DONE = "recovered.json"
"""In a folder whose records are with the server."""

_DAMAGED = (DATABASE, f"{DATABASE}-wal", TAIL, newest.FILE)
_LOOKS = 2  # what a device answered wrongly once is no damage
_KEPT = (KEY, KEY_FILE, NEXT_KEY_FILE, KEY_BEFORE_FILE, IDENTITY_FILE)

log = logging.getLogger(__name__)


def open_terminal(directory: Path) -> Engine:
    """The terminal's database, a fresh one in the place of one that is damaged: the identity is then another too.

    Raises StorageError, also where another process still has the damaged one open; ExposedFile, DamagedFile.
    """
    with one_opening_at_a_time(directory):
        for _ in range(_LOOKS):
            try:
                return open_held(directory)
            except DamagedDatabase as found:
                damage = str(found)
            except DamagedFile as found:
                if found.path != directory / KEY:
                    raise
                damage = str(found)
            log.error("%s", damage)
        set_aside(directory)
        return open_held(directory)


def set_aside(directory: Path) -> None:
    """For whoever holds the opening. Raises StorageError where another process has the database open, and OSError."""
    with newest.Hold(directory / newest.FILE) as hold:
        if not hold.alone():
            raise StorageError(f"{directory / DATABASE} is damaged, and a process that has it open must end first")
        folder = next((waiting.parent for waiting in directory.glob(f"{RECOVERY}/[!.]*/{NEXT}")), None)
        folder = folder or _prepare(directory)
        _finish(directory, folder)
    log.warning("the damaged database was put into %s", folder)


def folders(directory: Path) -> Iterator[Path]:
    """Everything ever set aside, oldest first."""
    found = directory.glob(f"{RECOVERY}/[!.]*")
    yield from sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))


def waiting(directory: Path) -> tuple[Path, ...]:
    """The folders that are not done."""
    return tuple(folder for folder in folders(directory) if not (folder / DONE).exists())


def _prepare(directory: Path) -> Path:
    """Up to the one rename that decides. The log's index goes first: it is worth nothing, and a full disk needs its room."""
    (directory / f"{DATABASE}-shm").unlink(missing_ok=True)
    recovery = directory / RECOVERY
    recovery.mkdir(mode=0o700, exist_ok=True)
    for abandoned in recovery.glob(".*"):
        shutil.rmtree(abandoned)
    draft = recovery / f".{uuid4().hex}"
    (draft / NEXT).mkdir(mode=0o700, parents=True)
    for name in _KEPT:
        if (directory / name).exists():
            (draft / name).hardlink_to(directory / name)
    folder = recovery / _name(directory, draft)
    for place in (draft / NEXT, draft):
        _sync(place)
    draft.rename(folder)
    for place in (recovery, directory):
        _sync(place)
    return folder


def _name(directory: Path, draft: Path) -> str:
    """The old terminal's id. Without its key nobody can speak for it: then staff enrol the terminal anew."""
    try:
        terminal = str(identity.load(directory).terminal_id)
        lineage.draft(directory, draft / NEXT)
    except (NotEnrolled, DamagedFile, ExposedFile):
        return f"unknown-{uuid4()}"
    return terminal


def _finish(directory: Path, folder: Path) -> None:
    """Each step may have been done before."""
    (directory / f"{DATABASE}-shm").unlink(missing_ok=True)
    for name in _DAMAGED:
        if (directory / name).exists() and not (folder / name).exists():
            (directory / name).rename(folder / name)
    for name in _KEPT:
        here, kept = directory / name, folder / name
        if here.exists() and kept.exists() and here.samefile(kept):
            here.unlink()
    for waiting in (folder / NEXT).iterdir():
        waiting.rename(directory / waiting.name)
    for place in (folder, directory):
        _sync(place)
    (folder / NEXT).rmdir()
    _sync(folder)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
