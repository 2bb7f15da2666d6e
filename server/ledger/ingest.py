"""Taking in a delivery: each record once, in its place in the terminal's chain, whatever it says.

A past fact is never refused: a record that cannot be counted is kept and named in the answer, and the chain goes on
over it. Only a record without its place in the chain stops the batch, because nothing after it can be trusted either.
Not in here: HTTP, and what the visits become (folding).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from server.ledger.batch import Sealed
from server.ledger.folding import refold
from server.ledger.models import Alarm, AlarmKind, Event, Rejection
from server.members.models import Member
from server.terminals.models import Terminal, lock_facility
from visits.event import FIRST_PREVIOUS, EventError, Position, parse_event, parse_position
from visits.event import Event as Fact

# Outside of these a calendar in some time zone cannot show the instant, or no terminal of ours existed.
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rejected:
    seq: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`acknowledged` is the highest sequence number up to which everything is held."""

    acknowledged: int
    rejected: tuple[Rejected, ...]
    conflicts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Objection:
    code: Rejection
    detail: str


@dataclass(slots=True)
class _Chain:
    """The terminal's chain as it is held, growing while a batch is read."""

    seq: int
    head: bytes
    hashes: dict[int, bytes]

    def append(self, seq: int, record_hash: bytes) -> None:
        self.seq, self.head = seq, record_hash
        self.hashes[seq] = record_hash


@transaction.atomic
def ingest(terminal: Terminal, batch: Sequence[Sealed], now: datetime) -> Outcome:
    """All of a batch or, where this raises, nothing of it."""
    # All that a facility's terminals report is taken in turn: the fold must see what the others have just written.
    lock_facility(terminal.facility_id)
    positions = [_position(terminal, sealed) for sealed in batch]
    chain = _held(terminal, [position.seq for position in positions if position is not None])
    fresh: list[tuple[Position, Sealed]] = []
    conflicts: list[int] = []
    for position, sealed in zip(positions, batch, strict=True):
        match _fit(chain, position, sealed):
            case AlarmKind.CONFLICT if position is not None:
                conflicts.append(position.seq)
                _raise_alarm(terminal, AlarmKind.CONFLICT, position.seq, sealed, now)
            case AlarmKind() as kind:
                _raise_alarm(terminal, kind, chain.seq + 1, sealed, now)
                break
            case Position() as place:
                chain.append(place.seq, sealed.hash)
                fresh.append((place, sealed))
            case None:
                pass
    _store(terminal, fresh, now)
    return Outcome(chain.seq, _rejected(terminal, chain.hashes), tuple(conflicts))


def _position(terminal: Terminal, sealed: Sealed) -> Position | None:
    try:
        position = parse_position(sealed.record)
    except EventError:
        return None
    return position if position.terminal == terminal.pk else None


def _held(terminal: Terminal, seqs: Iterable[int]) -> _Chain:
    events = Event.objects.filter(terminal=terminal)
    last = events.order_by("-seq").values_list("seq", "hash").first() or (0, FIRST_PREVIOUS)
    known = events.filter(seq__in=list(seqs)).values_list("seq", "hash")
    return _Chain(last[0], bytes(last[1]), {seq: bytes(record_hash) for seq, record_hash in known})


def _fit(chain: _Chain, position: Position | None, sealed: Sealed) -> Position | AlarmKind | None:
    """The place of a new record, what is wrong with it, or None where it is held already."""
    if position is None:
        return AlarmKind.BROKEN_CHAIN
    if position.seq <= chain.seq:
        return None if chain.hashes[position.seq] == sealed.hash else AlarmKind.CONFLICT
    if position.seq > chain.seq + 1:
        return AlarmKind.GAP
    return position if position.previous == chain.head else AlarmKind.BROKEN_CHAIN


def _raise_alarm(terminal: Terminal, kind: AlarmKind, expected_seq: int, sealed: Sealed, now: datetime) -> None:
    Alarm.objects.get_or_create(
        terminal=terminal,
        kind=kind,
        expected_seq=expected_seq,
        hash=sealed.hash,
        defaults={"facility_id": terminal.facility_id, "record": sealed.text, "raised_at": now},
    )


def _store(terminal: Terminal, fresh: Sequence[tuple[Position, Sealed]], now: datetime) -> None:
    readings = [_read(sealed) for _, sealed in fresh]
    named = {reading.member for reading in readings if isinstance(reading, Fact)}
    known = set(Member.objects.filter(pk__in=named).values_list("pk", flat=True))
    events = [
        _event(terminal, position.seq, sealed, _judge(reading, known), now)
        for (position, sealed), reading in zip(fresh, readings, strict=True)
    ]
    Event.objects.bulk_create(events)
    refold(terminal.facility_id, {event.member_id for event in events if event.member_id is not None})


def _read(sealed: Sealed) -> Fact | _Objection:
    try:
        return parse_event(sealed.record)
    except EventError as error:
        return _Objection(Rejection.UNREADABLE, str(error))


def _judge(reading: Fact | _Objection, known: set[UUID]) -> Fact | _Objection:
    match reading:
        case Fact(at=at) if not _EARLIEST <= at < _LATEST:
            return _Objection(Rejection.IMPLAUSIBLE_TIME, "at: is in no year of this system")
        case Fact(member=member) if member not in known:
            return _Objection(Rejection.UNKNOWN_MEMBER, "member: is not known here")
        case _:
            return reading


def _event(terminal: Terminal, seq: int, sealed: Sealed, judged: Fact | _Objection, now: datetime) -> Event:
    event = Event(
        facility_id=terminal.facility_id,
        terminal=terminal,
        seq=seq,
        hash=sealed.hash,
        record=sealed.text,
        received_at=now,
    )
    match judged:
        case _Objection(code=code, detail=detail):
            event.rejection, event.rejection_detail = code, detail
        case Fact(kind=kind, member=member, at=at):
            event.kind, event.member_id, event.at = kind.value, member, at
    return event


def _rejected(terminal: Terminal, hashes: Iterable[int]) -> tuple[Rejected, ...]:
    """Also those of an earlier delivery, whose answer may have been lost."""
    rows = Event.objects.filter(terminal=terminal, seq__in=list(hashes), rejection__isnull=False).order_by("seq")
    return tuple(Rejected(row.seq, row.rejection or "", row.rejection_detail) for row in rows)
