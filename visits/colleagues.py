"""How many of one corporation use the house at once, and whose use is charged for it (A22-A23, D8).

The 4th colleague (of a school the 11th) is let in and pays as a drop-in. The place is that in the order of check-ins
among those inside, and each use has the place it had when it began: who leaves later changes nothing. All inside count,
those who pay too. A terminal asks with what it knows; the server judges again with all passages, and gets the same
from the same passages in whatever order they came.
Not in here: what a drop-in pays (dropin), and whether somebody told of it would rather leave: no passage, no use.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique
from itertools import groupby
from uuid import UUID

from visits.calendar import house_day
from visits.event import Kind
from visits.fold import Passage


@unique
class Corporation(Enum):
    GENERAL = "general"
    SCHOOL = "school"


FREE_AT_ONCE = {Corporation.GENERAL: 3, Corporation.SCHOOL: 10}
"""How many colleagues use the house at once without paying (A22)."""


@dataclass(frozen=True, slots=True)
class Use:
    """What began with one check-in, named by it. `place` is 1 for who found no colleague inside."""

    member: UUID
    terminal: UUID
    seq: int
    at: datetime
    place: int


def is_charged(place: int, corporation: Corporation) -> bool:
    return place > FREE_AT_ONCE[corporation]


def uses(passages: Iterable[Passage]) -> tuple[Use, ...]:
    """The uses of one corporation's members at one facility, in order of check-in. A passage given twice counts once.

    A check-in of somebody inside goes on with the same use. Nobody is inside from one day of the house into the next:
    hours end within a day, and a forgotten check-out must not cost colleagues weeks later. So a late record changes the
    places of its own day alone.
    """
    ordered = sorted(passages, key=Passage.place)
    return tuple(
        use for _, of_day in groupby(ordered, key=lambda passage: house_day(passage.at)) for use in _of_day(of_day)
    )


def _of_day(passages: Iterable[Passage]) -> Iterable[Use]:
    inside: set[UUID] = set()
    for passage in passages:
        match passage.kind:
            case Kind.CHECK_OUT:
                inside.discard(passage.member)
            case Kind.CHECK_IN if passage.member not in inside:
                inside.add(passage.member)
                yield Use(passage.member, passage.terminal, passage.seq, passage.at, place=len(inside))
            case Kind.CHECK_IN:
                pass
