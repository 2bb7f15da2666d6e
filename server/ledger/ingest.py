"""Taking in a delivery: each record once, in its place in the terminal's chain, whatever it says.

A past fact is never refused: a record that cannot be counted is kept and named in the answer, and the chain goes on
over it. Only a record without its place in the chain stops the batch, because nothing after it can be trusted either.
Not in here: HTTP, and what the visits become (folding).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from django.db import transaction

from server.ledger.batch import Sealed
from server.ledger.chain import Chain, place_of
from server.ledger.closing import close_due, judging
from server.ledger.folding import follow, latest
from server.ledger.judging import destroyed, judge, passage, read
from server.ledger.models import Alarm, AlarmKind, Rejection
from server.ledger.models import Event as Stored
from server.ledger.rows import Moved, insert, move
from server.ledger.timing import Boot, settle
from server.terminals.models import Terminal, lock_facility
from visits.event import FIRST_PREVIOUS, Event, Position


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a terminal sends at once; `lost` are the numbers of records it declares destroyed."""

    batch: Sequence[Sealed]
    boot: Boot | None = None
    lost: frozenset[int] = frozenset()


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


@dataclass(slots=True)
class _Intake:
    """What a delivery adds to the chain."""

    fresh: list[tuple[int, Sealed]]
    destroyed: list[int]
    conflicts: list[int]


@transaction.atomic
def ingest(terminal: Terminal, delivery: Delivery, now: datetime) -> Outcome:
    """All of a delivery or, where this raises, nothing of it."""
    # All that a facility's terminals report is taken in turn: the fold must see what the others have just written.
    lock_facility(terminal.facility_id)
    positions = [place_of(terminal.pk, sealed) for sealed in delivery.batch]
    chain = _held(terminal, [position.seq for position in positions if position is not None])
    intake = _take_in(terminal, chain, positions, delivery, now)
    before = chain.hashes.keys() - {seq for seq, _ in intake.fresh}
    rejected = [*_rejected_before(terminal, before), *_store(terminal, intake, delivery.boot, now)]
    return Outcome(chain.seq, tuple(sorted(rejected, key=attrgetter("seq"))), tuple(intake.conflicts))


def _held(terminal: Terminal, seqs: Iterable[int]) -> Chain:
    events = Stored.objects.filter(terminal=terminal)
    last = events.order_by("-seq").values_list("seq", "hash").first() or (0, FIRST_PREVIOUS)
    again = [seq for seq in seqs if seq <= last[0]]
    known = events.filter(seq__in=again).values_list("seq", "hash") if again else ()
    return Chain(last[0], bytes(last[1]), {seq: bytes(record_hash) for seq, record_hash in known})


def _take_in(
    terminal: Terminal, chain: Chain, positions: Sequence[Position | None], delivery: Delivery, now: datetime
) -> _Intake:
    intake = _Intake([], [], [])
    lost = delivery.lost - {position.seq for position in positions if position is not None}
    for position, sealed in zip(positions, delivery.batch, strict=True):
        if position is not None and position.seq > chain.seq + 1:
            intake.destroyed += chain.step_over(lost)
        match chain.fit(position, sealed):
            case AlarmKind.CONFLICT if position is not None:
                intake.conflicts.append(position.seq)
                _raise_alarm(terminal, AlarmKind.CONFLICT, position.seq, sealed, now)
            case AlarmKind() as kind:
                _raise_alarm(terminal, kind, chain.seq + 1, sealed, now)
                break
            case Position() as place:
                chain.append(place.seq, sealed.hash)
                intake.fresh.append((place.seq, sealed))
            case None:
                pass
    else:
        intake.destroyed += chain.step_over(lost)
    if intake.destroyed:
        _raise_alarm(terminal, AlarmKind.GAP, intake.destroyed[0], Sealed.of({"lost": intake.destroyed}), now)
    return intake


def _raise_alarm(terminal: Terminal, kind: AlarmKind, expected_seq: int, sealed: Sealed, now: datetime) -> None:
    Alarm.objects.update_or_create(
        terminal=terminal,
        kind=kind,
        expected_seq=expected_seq,
        hash=sealed.hash,
        defaults={"handled_at": None},
        create_defaults={"facility_id": terminal.facility_id, "record": sealed.text, "raised_at": now},
    )


def _store(terminal: Terminal, intake: _Intake, boot: Boot | None, now: datetime) -> list[Rejected]:
    readings = [read(sealed.record) for _, sealed in intake.fresh]
    facts = [reading for reading in readings if isinstance(reading, Event)]
    settled = settle(terminal.pk, facts, boot)
    by = judging(terminal.facility_id, now)
    before = latest(terminal.facility_id, {fact.member for fact in facts})
    timings = dict(zip((fact.position.seq for fact in facts), settled.timings, strict=True))
    rows = [
        judge(seq, sealed, reading, timings.get(seq), before)
        for (seq, sealed), reading in zip(intake.fresh, readings, strict=True)
    ]
    insert(terminal, [*rows, *map(destroyed, intake.destroyed)], now)
    move(settled.moved)
    counted = [passing for row in rows if (passing := passage(terminal.pk, row))]
    follow(terminal.facility_id, before, counted, _starts(settled.moved), by)
    close_due(terminal.facility_id, by)
    return [Rejected(row.seq, row.rejection, row.rejection_detail) for row in rows if row.rejection is not None]


def _starts(moved: Iterable[Moved]) -> dict[UUID, datetime]:
    """Where the first change of each member's passages is."""
    starts: dict[UUID, datetime] = {}
    for each in moved:
        if each.member is not None:
            starts[each.member] = min(each.was, each.at, starts.get(each.member, each.at))
    return starts


def _rejected_before(terminal: Terminal, seqs: Collection[int]) -> list[Rejected]:
    """Of an earlier delivery, whose answer may have been lost; not what the terminal itself called lost, or staff took back."""
    if not seqs:
        return []
    rows = Stored.objects.filter(terminal=terminal, seq__in=list(seqs), rejection__isnull=False)
    told = rows.exclude(rejection__in=(Rejection.LOST, Rejection.VOIDED)).values_list(
        "seq", "rejection", "rejection_detail"
    )
    return [Rejected(seq, code or "", detail) for seq, code, detail in told]
