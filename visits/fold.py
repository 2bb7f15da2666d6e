"""From events to visits: the same set of events gives the same visits, in whatever order and however often they came.

Pure. Not in here: which facility a terminal stands in (the caller folds one facility at a time), clock corrections.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, unique
from itertools import groupby
from uuid import UUID

from visits.event import Event, Kind


@unique
class Flag(Enum):
    """What staff should know about a visit. The values are stored."""

    NO_CHECK_IN = "no_check_in"
    REPEATED_CHECK_IN = "repeated_check_in"


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay of one member. `entered_at` is None where only the way out is known, `left_at` None while inside.

    `first_terminal` and `first_seq` name the event that opened it, and with it the visit for ever.
    """

    member: UUID
    first_terminal: UUID
    first_seq: int
    entered_at: datetime | None
    left_at: datetime | None
    flags: frozenset[Flag] = frozenset()


def fold(events: Iterable[Event]) -> tuple[Visit, ...]:
    """The visits at one facility, by member and then by time. An event given twice counts once."""
    unique_events = {(event.position.terminal, event.position.seq): event for event in events}
    ordered = sorted(unique_events.values(), key=_place_in_time)
    return tuple(
        visit for _, of_member in groupby(ordered, key=lambda event: event.member) for visit in _stays(of_member)
    )


def _place_in_time(event: Event) -> tuple[UUID, datetime, UUID, int]:
    return event.member, event.at, event.position.terminal, event.position.seq


def _stays(events: Iterable[Event]) -> list[Visit]:
    """A second check-in without a way out between is the same stay; a way out without a way in is a stay of its own."""
    stays: list[Visit] = []
    for event in events:
        inside = bool(stays) and stays[-1].left_at is None
        match event.kind:
            case Kind.CHECK_IN if inside:
                stays[-1] = replace(stays[-1], flags=stays[-1].flags | {Flag.REPEATED_CHECK_IN})
            case Kind.CHECK_IN:
                stays.append(_visit(event, entered_at=event.at, left_at=None))
            case Kind.CHECK_OUT if inside:
                stays[-1] = replace(stays[-1], left_at=event.at)
            case Kind.CHECK_OUT:
                stays.append(
                    replace(_visit(event, entered_at=None, left_at=event.at), flags=frozenset({Flag.NO_CHECK_IN}))
                )
    return stays


def _visit(event: Event, *, entered_at: datetime | None, left_at: datetime | None) -> Visit:
    return Visit(event.member, event.position.terminal, event.position.seq, entered_at, left_at)
