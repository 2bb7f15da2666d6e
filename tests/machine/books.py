"""What was heard, what the server holds, and whether the promise was kept: judged from the files alone.

Not in here: how it came about.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from visits.decision import Direction
from visits.event import FIRST_PREVIOUS, Kind, ServerOffset, parse_event, record_hash
from visits.fold import Flag, Passage, Visit, carried_on, fold
from visits.timeline import Basis, timeline

Record = dict[str, Any]
_KINDS = {Direction.IN.value: Kind.CHECK_IN.value, Direction.OUT.value: Kind.CHECK_OUT.value}


@dataclass(frozen=True, slots=True)
class Heard:
    """The birdsongs of one terminal by sequence: member and kind; `begins` is the queue's head at each start of the screen."""

    songs: dict[int, tuple[str, str]]
    repeated: int
    begins: tuple[int, ...]


def heard(told: Path) -> Heard:
    songs: dict[int, tuple[str, str]] = {}
    repeated, begins = 0, []
    for line in told.read_text().splitlines():
        match json.loads(line):
            case ["begins", seq]:
                begins.append(seq)
            case ["sings", seq, member, way]:
                repeated += seq in songs
                songs[seq] = member, _KINDS[way]
    return Heard(songs, repeated, tuple(begins))


def held(database: Path, terminal: UUID) -> list[Record]:
    """The terminal's records on the server, in sequence. The server may be running."""
    query = "SELECT record FROM ledger_event WHERE terminal_id = ? ORDER BY seq"
    with closing(_reader(database)) as connection:
        return [json.loads(record) for (record,) in connection.execute(query, (terminal.hex,))]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Each the number of breaches of one part of the promise; `unheard` records may be one for each death of the screen."""

    songs: int
    records: int
    lost: int
    duplicate: int
    out_of_order: int
    broken_links: int
    unheard: int

    @property
    def kept(self) -> bool:
        return not (self.lost or self.duplicate or self.out_of_order or self.broken_links)


def judge(heard: Heard, records: Sequence[Record]) -> Verdict:
    """One terminal's songs against its records on the server."""
    at_server = {record["seq"]: (record["member"], record["kind"]) for record in records}
    instants = [record["monotonic_ms"] for record in records]
    unheard = set(at_server) - set(heard.songs)
    deaths = {*heard.begins, len(records)}
    return Verdict(
        songs=len(heard.songs) + heard.repeated,
        records=len(records),
        lost=sum(at_server.get(seq) != song for seq, song in heard.songs.items()),
        duplicate=heard.repeated + len(records) - len(at_server) + len(unheard - deaths),
        out_of_order=sum(later < earlier for earlier, later in pairwise(instants)),
        broken_links=broken_links(records),
        unheard=len(unheard),
    )


def broken_links(records: Sequence[Record]) -> int:
    """How often a record is not the successor of the one before it, the first's being the beginning of all chains."""
    expected, previous, broken = 1, FIRST_PREVIOUS, 0
    for record in records:
        broken += (record["seq"], record["prev"]) != (expected, previous.hex())
        expected, previous = record["seq"] + 1, record_hash(record)
    return broken


def _reader(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True)


@dataclass(frozen=True, slots=True)
class Stay:
    """A visit as the server has it; `first` is the terminal and sequence of the record that began it."""

    member: UUID
    first: tuple[UUID, int]
    entered_at: datetime | None
    left_at: datetime | None
    flags: frozenset[Flag]


def stays(database: Path) -> set[Stay]:
    query = "SELECT member_id, first_terminal_id, first_seq, entered_at, left_at, flags FROM ledger_visit"
    with closing(_reader(database)) as connection:
        return {
            Stay(UUID(member), (UUID(terminal), seq), _instant(entered), _instant(left), _flags(flags))
            for member, terminal, seq, entered, left, flags in connection.execute(query)
        }


def stays_of_the_records(database: Path, *, corrected: bool = True) -> set[Stay]:
    """What the server's visits should be: all its records of one facility folded at once, in any order.

    Not `corrected`, they are taken at their wall clocks' word, as the product never does.
    """
    with closing(_reader(database)) as connection:
        terminals = [
            UUID(terminal) for (terminal,) in connection.execute("SELECT DISTINCT terminal_id FROM ledger_event")
        ]
        passages = [
            passage for terminal in terminals for passage in _passages(connection, terminal, corrected=corrected)
        ]
    return {_stay(visit) for visit in fold(reversed(passages))}


def stays_in_order_of_arrival(database: Path) -> set[Stay]:
    """What would become of the records if each were counted when it came, as the product never does."""
    with closing(_reader(database)) as connection:
        arrived = connection.execute("SELECT record FROM ledger_event WHERE rejection IS NULL ORDER BY id")
        visits: dict[UUID, list[Visit]] = {}
        for event in (parse_event(json.loads(record)) for (record,) in arrived):
            passage = Passage(event.member, event.kind, event.at, event.position.terminal, event.position.seq)
            stays = visits.setdefault(event.member, [])
            last = stays.pop() if stays else None
            stays += carried_on(last, [passage])
    return {_stay(visit) for stays in visits.values() for visit in stays}


def _stay(visit: Visit) -> Stay:
    first = visit.first_terminal, visit.first_seq
    return Stay(visit.member, first, visit.entered_at, visit.left_at, visit.flags)


def _passages(connection: sqlite3.Connection, terminal: UUID, *, corrected: bool) -> Iterator[Passage]:
    records = "SELECT record FROM ledger_event WHERE terminal_id = ? AND rejection IS NULL ORDER BY seq"
    told = "SELECT boot, offset_ms, error_ms FROM ledger_bootoffset WHERE terminal_id = ?"
    events = [parse_event(json.loads(record)) for (record,) in connection.execute(records, (terminal.hex,))]
    offsets = {
        UUID(boot): ServerOffset(offset, error) for boot, offset, error in connection.execute(told, (terminal.hex,))
    }
    for event, timing in zip(events, timeline(events, offsets), strict=True):
        doubtful = timing.basis is Basis.DOUBTFUL
        at = timing.at if corrected else event.at
        yield Passage(event.member, event.kind, at, terminal, event.position.seq, doubtful)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _flags(words: str) -> frozenset[Flag]:
    return frozenset(Flag(word) for word in words.split())
