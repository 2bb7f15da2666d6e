"""Corrected times of a terminal's events, also of those already stored when more becomes known of their boots.

Not in here: the rules (visits.timeline), and what moved times do to visits (folding).
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Max, Min, QuerySet

from server.ledger.models import BasisWords, BootOffset, Event
from server.ledger.rows import Moved
from visits.event import Event as Fact
from visits.event import ServerOffset, parse_event
from visits.timeline import Basis, Timing, better, offsets_of, timeline


@dataclass(frozen=True, slots=True)
class Boot:
    """What a delivery says of the boot it is made in."""

    id: UUID
    offset: ServerOffset


@dataclass(frozen=True, slots=True)
class Settled:
    """The times of the new facts, and the stored events whose times are others now."""

    timings: tuple[Timing, ...]
    moved: tuple[Moved, ...]


def settle(terminal: UUID, facts: Sequence[Fact], boot: Boot | None) -> Settled:
    """For use before the facts, which follow all that is stored, are stored themselves."""
    told = offsets_of(facts)
    if boot is not None:
        told[boot.id] = better(told.get(boot.id), boot.offset)
    known = known_offsets(terminal, {*told, *(fact.boot for fact in facts)})
    news = {boot: better(known.get(boot), offset) for boot, offset in told.items()}
    improved = {boot: offset for boot, offset in news.items() if offset != known.get(boot)}
    _keep(terminal, improved)
    offsets = {**known, **improved}
    events = Event.objects.filter(terminal=terminal, at__isnull=False)
    last = events.order_by("-seq").values_list("seq", "at", "basis").first() or (0, None, None)
    timings = timeline(facts, offsets, last[1])
    stale = _hanging_on(events, improved)
    if last[2] == BasisWords.DOUBTFUL and any(timing.basis is not Basis.DOUBTFUL for timing in timings):
        stale.append(last[0])
    if not stale:
        return Settled(timings, ())
    return _settle_again(events, min(stale), max(stale), Settled(timings, ()), facts)


def known_offsets(terminal: UUID, boots: Collection[UUID]) -> dict[UUID, ServerOffset]:
    rows = BootOffset.objects.filter(terminal=terminal, boot__in=boots)
    return {row.boot: ServerOffset(row.offset_ms, row.error_ms) for row in rows}


def _keep(terminal: UUID, offsets: Mapping[UUID, ServerOffset]) -> None:
    BootOffset.objects.bulk_create(
        [
            BootOffset(terminal_id=terminal, boot=boot, offset_ms=offset.milliseconds, error_ms=offset.error_ms)
            for boot, offset in offsets.items()
        ],
        update_conflicts=True,
        unique_fields=("terminal", "boot"),
        update_fields=("offset_ms", "error_ms"),
    )


def _hanging_on(events: QuerySet[Event], boots: Collection[UUID]) -> list[int]:
    """First and last of the stored events whose times hang on these boots, if there are any."""
    if not boots:
        return []
    ends = events.filter(boot__in=boots).aggregate(first=Min("seq"), last=Max("seq"))
    return [seq for seq in ends.values() if seq is not None]


def _settle_again(events: QuerySet[Event], first: int, last: int, appended: Settled, facts: Sequence[Fact]) -> Settled:
    """From the certain event before `first` to the next certain one after `last`: all doubtful times between may move."""
    certain = events.exclude(basis=BasisWords.DOUBTFUL).values_list("seq", "at")
    begin, after = certain.filter(seq__lt=first).order_by("-seq").first() or (0, None)
    end, _ = certain.filter(seq__gt=last).order_by("seq").first() or (None, None)
    part = events.filter(seq__gt=begin).order_by("seq")
    if end is not None:
        part, facts = part.filter(seq__lte=end), ()
    stored = list(part.only("pk", "record", "member", "at", "basis", "rejection", "terminal"))
    held = [parse_event(json.loads(event.record)) for event in stored]
    chain = [*held, *facts]
    offsets = known_offsets(stored[0].terminal_id, {fact.boot for fact in chain})
    timings = timeline(chain, offsets, after)
    moved = tuple(
        _moved(event, timing)
        for event, timing in zip(stored, timings, strict=False)
        if (event.at, event.basis) != (timing.at, timing.basis.value)
    )
    return Settled(timings[len(held) :] if facts else appended.timings, moved)


def _moved(event: Event, timing: Timing) -> Moved:
    counted = event.rejection is None
    assert event.at is not None  # only such were asked for
    return Moved(event.pk, event.member_id if counted else None, event.at, timing.at, timing.basis.value)
