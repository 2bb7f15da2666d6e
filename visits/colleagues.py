"""How many of one organisation use the house at once, and whose use is charged for it (A22-A23, D8).

The 4th colleague (of a school the 11th) is let in and pays as a drop-in. The place is that in the order of check-ins
among those inside, and each visit has the place it had when it began: who leaves later changes nothing. All inside count,
those who pay too. A terminal asks with what it knows; the server judges again with all visits, and gets the same from the
same visits in whatever order their records came.
Not in here: what a drop-in pays (dropin), and whether somebody told of it would rather leave: no record, no visit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from visits.calendar import house_day
from visits.fold import Flag, Visit
from visits.member import Kind
from visits.occupancy import FREE_AT_ONCE


@dataclass(frozen=True, slots=True)
class Use:
    """A visit that began with a check-in. `place` is 1 for who found no colleague inside."""

    visit: Visit
    place: int


def is_charged(place: int, kind: Kind) -> bool:
    """`kind` is the membership's; only members through a corporation or a school share places."""
    return kind in FREE_AT_ONCE and place > FREE_AT_ONCE[kind]


def uses(visits: Iterable[Visit]) -> tuple[Use, ...]:
    """The uses of one organisation's members at one facility, in order of check-in.

    Nobody counts as inside from one day of the house into the next: a forgotten check-out must not cost colleagues weeks
    later, also where no rules say when it is taken to have happened. So a late record changes the places of its own day
    alone.
    """
    ordered = sorted((_Entry(visit.entered_at, visit) for visit in visits if visit.entered_at), key=_Entry.place)
    return tuple(
        use for _, of_day in groupby(ordered, key=lambda entry: house_day(entry.at)) for use in _of_day(of_day)
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    at: datetime
    visit: Visit

    def place(self) -> tuple[datetime, UUID, int]:
        return self.at, self.visit.first_terminal, self.visit.first_seq


def _of_day(entries: Iterable[_Entry]) -> Iterable[Use]:
    inside: list[Visit] = []
    for entry in entries:
        inside = [each for each in inside if _is_inside(each, entry)]
        inside.append(entry.visit)
        yield Use(entry.visit, place=len(inside))


def _is_inside(earlier: Visit, entry: _Entry) -> bool:
    """A member's own earlier visit is over, whatever it says: nobody is inside twice.

    A way out that is only assumed frees no place: the door asked before it was, and whoever came in then was told theirs.
    """
    if earlier.member == entry.visit.member:
        return False
    return earlier.left_at is None or earlier.left_at > entry.at or Flag.FORGOTTEN_CHECK_OUT in earlier.flags
