"""Whether the database on disk is the one that was written: each page's seal, the log, and the queue.

Looked at by the first process that opens it, before SQLite does: SQLite would drop the end of a damaged log without a
word. Not in here: opening, and what is done about damage (recovery).
"""

import hashlib
import json
import mmap
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select, text

from kiosk.storage.newest import Newest
from kiosk.storage.pages import PAGE_BYTES, SALT_BYTES, Seal, decrypt, is_empty, pages_of_database
from kiosk.storage.writelog import Log, read_log
from sync.envelope import Sealed
from sync.outbox import outbox_cursor, outbox_events
from visits.event import parse_position

RECOVERY = "recovery"
NEXT = "next"

_CHAINED = 1000
"""So many of the newest records are hashed anew at each start: a terminal's day."""


@dataclass(frozen=True, slots=True)
class Findings:
    """`damage` is what is wrong, for the log; None when nothing is. `gaps`: SQLite has to look at the whole as well.

    `dropped` is what SQLite will drop from the end of the log, where that may be a torn last commit or not.
    """

    damage: str | None
    gaps: bool = False
    dropped: bytes = b""


def being_set_aside(directory: Path) -> bool:
    """Whether a process ended while it put damaged files away (kiosk.storage.recovery)."""
    return any(directory.glob(f"{RECOVERY}/[!.]*/{NEXT}"))


def look(database: Path, key: bytes) -> Findings:
    """The files as they lie there; nobody may have them open."""
    log = read_log(_content(database.with_name(f"{database.name}-wal")))
    if log.damaged:
        return Findings("its log is damaged before the end")
    if not database.exists():
        return Findings("its log is there without it" if log.frames else None)
    with database.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            return judge(b"", key, log)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return judge(content, key, log)


def judge(content: "bytes | mmap.mmap", key: bytes, log: Log) -> Findings:
    """The main file under a log that holds. A page the log holds too is not looked at: it may be torn, and is replaced."""
    replaced = {frame.page for frame in log.frames}
    size = log.size or _size(content, key)
    if len(content) == 0 or size is None:
        return Findings(None if len(content) == 0 else "its first page is damaged", dropped=log.dropped)
    seal, gaps = Seal(key, content[:SALT_BYTES]), False
    for number in range(1, size + 1):
        if number in replaced:
            continue
        page = content[(number - 1) * PAGE_BYTES : number * PAGE_BYTES]
        if len(page) < PAGE_BYTES:
            return Findings(f"it ends before page {number} of {size}")
        if is_empty(page):
            gaps = True
        elif not seal.holds(number, page):
            return Findings(f"page {number} of {size} is damaged")
    return Findings(None, gaps, log.dropped)


def disagreement(connection: Connection, newest: Newest | None, *, whole: bool) -> str | None:
    """What is wrong with the database as SQLite sees it, all of it where `whole`; None when nothing is."""
    if whole and connection.execute(text("PRAGMA quick_check(1)")).scalar_one() != "ok":
        return "its pages do not fit together"
    last = connection.execute(select(outbox_events).order_by(outbox_events.c.seq.desc()).limit(_CHAINED)).all()
    if newest is not None and newest.seq > (last[0].seq if last else 0):
        return f"record {newest.seq} was written and is gone"
    changed = _changed([Sealed(row.seq, row.hash, row.record) for row in last])
    if changed is not None:
        return f"record {changed} is not the one that was written"
    return None if _whole(connection) else "records are missing"


def _changed(records: Sequence[Sealed]) -> int | None:
    """The number of the first, from the newest back, that does not hash to what it is known by."""
    known_by = records[0].hash if records else b""
    for sealed in records:
        if sealed.hash != known_by or hashlib.sha256(sealed.record.encode()).digest() != known_by:
            return sealed.seq
        known_by = parse_position(json.loads(sealed.record)).previous
    return None


def _whole(connection: Connection) -> bool:
    """Whatever is not acknowledged is there, without a gap."""
    acknowledged = connection.scalar(select(outbox_cursor.c.acknowledged)) or 0
    waiting = select(func.count(), func.coalesce(func.max(outbox_events.c.seq), acknowledged))
    count, newest = connection.execute(waiting.where(outbox_events.c.seq > acknowledged)).one()
    return bool(newest == acknowledged + count)


def _size(content: "bytes | mmap.mmap", key: bytes) -> int | None:
    """As the first page says, where that holds."""
    first = content[:PAGE_BYTES]
    if len(first) < PAGE_BYTES or not Seal(key, first[:SALT_BYTES]).holds(1, first):
        return None
    return pages_of_database(decrypt(key, first, first=True))


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
