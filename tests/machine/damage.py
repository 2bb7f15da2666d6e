"""A terminal's files with damage done to them, and what is left of its records afterwards.

Not in here: which damage.
"""

import fcntl
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from samples.storage import ANN, BEN, EVE, NOT_CHECKED, TERMINAL, HandClock, card_of, member
from sqlalchemy import Engine, select

from kiosk.storage import integrity, newest
from kiosk.storage.carving import carve
from kiosk.storage.database import DATABASE, KEY, TAIL
from kiosk.storage.pages import PAGE_BYTES
from kiosk.storage.recovery import folders, open_terminal
from kiosk.storage.roster import RosterStore
from kiosk.storage.visitbook import Recorded, VisitBook
from kiosk.storage.writelog import every_page, read_log
from sync import identity, outbox
from sync.identity import Facility
from visits.decision import Direction

WAL = f"{DATABASE}-wal"
MEMBERS = (ANN, BEN, EVE)

_LOG_HEADER, _FRAME_HEADER = 32, 24
_FRAME = _FRAME_HEADER + PAGE_BYTES
_SEAL = PAGE_BYTES - 64  # where the HMAC of a page begins

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Terminal:
    """What lay on the disk when the machine stopped, and the hash of each record somebody was told of."""

    files: Files
    told: Mapping[int, bytes]

    @property
    def key(self) -> bytes:
        return self.files[KEY]

    def flipped(self, name: str, at: int, bits: int) -> Files:
        """One byte of one file changed."""
        content = bytearray(self.files[name])
        content[at] ^= bits
        return {**self.files, name: bytes(content)}


def enrol(directory: Path) -> None:
    identity.own_key(directory)
    identity.store(directory, TERMINAL, Facility(TERMINAL, "a facility"), bytes(32))


def stopped(directory: Path, taps: int, *, folded_in: int | None) -> Terminal:
    """After so many taps; `folded_in` of them are in the main file and the others in the log, None: orderly, all of them."""
    enrol(directory)
    engine = open_terminal(directory)
    clock = HandClock()
    RosterStore(engine, clock).replace([member(one) for one in MEMBERS], "1", 0)
    book = VisitBook(engine, terminal=TERMINAL, clock=clock, fresh=timedelta(0))
    for number in range(taps):
        clock.passes(60)
        assert isinstance(book.tap(Direction.IN, card_of(MEMBERS[number % 3]), NOT_CHECKED), Recorded)
        if number + 1 == folded_in:
            _checkpoint(engine)
    told = records(engine)
    if folded_in is None:
        engine.dispose()
    files = read(directory)
    engine.dispose()
    return Terminal(files, told)


def read(directory: Path) -> Files:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file() and "-shm" not in path.name}


def put(directory: Path, files: Files) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700)
    for name, content in files.items():
        (directory / name).write_bytes(content)
        (directory / name).chmod(0o600)


def records(engine: Engine) -> dict[int, bytes]:
    with engine.begin() as connection:
        rows = connection.execute(select(outbox.outbox_events.c.seq, outbox.outbox_events.c.hash)).all()
    return {row.seq: row.hash for row in rows}


def after_start(directory: Path) -> tuple[dict[int, bytes], bool]:
    """Starts the terminal on what lies there: the records it then has or can recover, and whether it set them aside."""
    engine = open_terminal(directory)
    held = records(engine)
    engine.dispose()
    for folder in folders(directory):
        return carved(read(folder)), True
    return held, False


def carved(files: Files) -> dict[int, bytes]:
    """What can be read back from files that were set aside."""
    noted = newest.parse(files.get(newest.FILE, b""))
    known = () if noted is None else (noted.hash,)
    found = carve(files[DATABASE], [files.get(WAL, b""), files.get(TAIL, b"")], files[KEY], TERMINAL, known)
    return {each.seq: each.hash for each in found}


@dataclass(frozen=True, slots=True)
class Copies:
    """In which pages of which files each record stands."""

    pages: Mapping[tuple[str, int], frozenset[int]]

    def only_at(self, name: str, at: int) -> frozenset[int]:
        """Records of which a byte changed there may leave no copy; a seal or a header is no part of a record."""
        page, place = divmod(at - (_LOG_HEADER if name == WAL else 0), _FRAME if name == WAL else PAGE_BYTES)
        place -= _FRAME_HEADER if name == WAL else 0
        if not 0 <= place < _SEAL:
            return frozenset()
        elsewhere = [seqs for where, seqs in self.pages.items() if where != (name, page)]
        return self.pages.get((name, page), frozenset()).difference(*elsewhere)


def copies(terminal: Terminal) -> Copies:
    content = terminal.files[DATABASE]
    pages = [(DATABASE, at // PAGE_BYTES, content[at : at + PAGE_BYTES]) for at in range(0, len(content), PAGE_BYTES)]
    pages += [(WAL, number, page) for number, page in enumerate(every_page(terminal.files.get(WAL, b"")))]
    return Copies({(name, number): _on(page, terminal.key) for name, number, page in pages})


def _on(page: bytes, key: bytes) -> frozenset[int]:
    return frozenset(each.seq for each in carve(page, (), key, TERMINAL))


def believed_bytes(terminal: Terminal) -> int:
    """How much of the log SQLite reads."""
    return _LOG_HEADER + _FRAME * len(read_log(terminal.files[WAL]).frames)


_read_once = lru_cache(2)(read_log)


def seen_by_sqlite(files: Files) -> dict[int, bytes]:
    """Each page as SQLite would read it."""
    content = files[DATABASE]
    pages = {at // 4096 + 1: content[at : at + 4096] for at in range(0, len(content), 4096)}
    return pages | {frame.page: frame.content for frame in _read_once(files.get(WAL, b"")).frames}


def found(files: Files) -> bool:
    """Whether the look at the files alone finds damage."""
    log = _read_once(files.get(WAL, b""))
    return log.damaged or integrity.judge(files[DATABASE], files[KEY], log).damage is not None


def _checkpoint(engine: Engine) -> None:
    connection = engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute("PRAGMA wal_checkpoint(RESTART)")
    cursor.fetchall()
    cursor.close()
    connection.close()


def put_byte(path: Path, at: int) -> None:
    """Another one than what was there."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def share(hold: newest.Hold) -> None:
    """As a process does that has the database open."""
    fcntl.flock(hold._descriptor, fcntl.LOCK_SH)
