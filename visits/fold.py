"""From passages to visits: the same set of passages gives the same visits, in whatever order and however often they came.

A check-out nobody made is assumed by the rules of the house, and marked (forgotten). Pure. Not in here: which facility a
terminal stands in (the caller folds one facility at a time), and what the time of a passage rests on (timeline).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, unique
from itertools import groupby
from uuid import UUID

from visits.event import Kind
from visits.forgotten import forgotten
from visits.rulebook import NO_RULES, Rulebook


@unique
class Flag(Enum):
    """What staff should know about a visit. The values are stored."""

    NO_CHECK_IN = "no_check_in"
    REPEATED_CHECK_IN = "repeated_check_in"
    DOUBTFUL_TIME = "doubtful_time"
    FORGOTTEN_CHECK_OUT = "forgotten_check_out"


@dataclass(frozen=True, slots=True)
class Passage:
    """What the fold needs of an event; `at` is the corrected time, `doubtful` where nothing vouches for it."""

    member: UUID
    kind: Kind
    at: datetime
    terminal: UUID
    seq: int
    doubtful: bool = False

    def place(self) -> tuple[datetime, UUID, int]:
        """Where it stands among its member's passages."""
        return self.at, self.terminal, self.seq


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


def fold(passages: Iterable[Passage], rulebook: Rulebook = NO_RULES, now: datetime | None = None) -> tuple[Visit, ...]:
    """The visits at one facility, by member and then by time. A passage given twice counts once.

    `now` ends stays that by then are taken to have ended; None leaves the last stay of a member as it is.
    """
    different = {(passage.terminal, passage.seq): passage for passage in passages}
    ordered = sorted(different.values(), key=lambda passage: (passage.member, *passage.place()))
    return tuple(
        visit
        for _, of_member in groupby(ordered, key=lambda passage: passage.member)
        for visit in carried_on(None, of_member, rulebook, now)
    )


def carried_on(
    last: Visit | None, passages: Iterable[Passage], rulebook: Rulebook = NO_RULES, now: datetime | None = None
) -> list[Visit]:
    """The visits of one member from `last` on, given passages in order and all of them after what made `last`.

    A second check-in without a way out between is the same stay; a way out without a way in is a stay of its own. Where
    the end of `last` was only assumed, a passage may still show that it went on.
    """
    stays = [] if last is None else [last]
    for passage in passages:
        ongoing = _ongoing(stays[-1]) if stays else None
        if ongoing is None:
            stays.append(_begun_by(passage))
        elif end := forgotten(rulebook, _entered(ongoing), passage.at, entering=passage.kind is Kind.CHECK_IN):
            stays[-1:] = [_assumed(ongoing, end), _begun_by(passage)]
        else:
            stays[-1] = _within(ongoing, passage)
    if stays and now is not None:
        stays[-1] = closed_by(stays[-1], rulebook, now)
    return stays


def closed_by(visit: Visit, rulebook: Rulebook, now: datetime) -> Visit:
    """The visit as it stands at `now`, with the assumed end where nobody checked out."""
    ongoing = _ongoing(visit)
    end = None if ongoing is None else forgotten(rulebook, _entered(ongoing), now)
    return visit if ongoing is None or end is None else _assumed(ongoing, end)


def _ongoing(visit: Visit) -> Visit | None:
    """Still open, or open again because its end was only assumed; None after a check-out."""
    if visit.left_at is not None and Flag.FORGOTTEN_CHECK_OUT not in visit.flags:
        return None
    return replace(visit, left_at=None, flags=visit.flags - {Flag.FORGOTTEN_CHECK_OUT})


def _entered(ongoing: Visit) -> datetime:
    assert ongoing.entered_at is not None  # a visit without a check-in ends with what began it
    return ongoing.entered_at


def _assumed(ongoing: Visit, end: datetime) -> Visit:
    return replace(ongoing, left_at=end, flags=ongoing.flags | {Flag.FORGOTTEN_CHECK_OUT})


def _begun_by(passage: Passage) -> Visit:
    entered = passage.kind is Kind.CHECK_IN
    return Visit(
        member=passage.member,
        first_terminal=passage.terminal,
        first_seq=passage.seq,
        entered_at=passage.at if entered else None,
        left_at=None if entered else passage.at,
        flags=_flags(passage, frozenset() if entered else frozenset({Flag.NO_CHECK_IN})),
    )


def _within(visit: Visit, passage: Passage) -> Visit:
    match passage.kind:
        case Kind.CHECK_IN:
            return replace(visit, flags=_flags(passage, visit.flags | {Flag.REPEATED_CHECK_IN}))
        case Kind.CHECK_OUT:
            return replace(visit, left_at=passage.at, flags=_flags(passage, visit.flags))


def _flags(passage: Passage, flags: frozenset[Flag]) -> frozenset[Flag]:
    return flags | {Flag.DOUBTFUL_TIME} if passage.doubtful else flags
