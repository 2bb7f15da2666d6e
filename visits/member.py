"""A member as the rules see one, and the terms on which one belongs to the house (A21, A36-A37, A56, C7, C15).

Not in here: names of organisations, addresses, card keys, and the dates notice and renewal lead to (membership).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum, unique
from uuid import UUID

from visits.limits import UNLIMITED, Limits


@unique
class Standing(Enum):
    """What staff decided, whatever the dates say (A3, A29-A30, C32). The values are the wire form."""

    ACTIVE = "active"
    PENDING = "pending"
    SUSPENDED = "suspended"
    ENDED = "ended"


@unique
class Kind(Enum):
    """How somebody belongs to the house. The values are the wire form.

    CORPORATE and SCHOOL belong through an organisation, whose people share its places (A22); PARTNER through another
    facility (A56). DAILY has paid for the day (C17), DROP_IN for the hours declared at reception (A38).
    """

    INDIVIDUAL = "individual"
    CORPORATE = "corporate"
    SCHOOL = "school"
    PARTNER = "partner"
    DAILY = "daily"
    DROP_IN = "drop_in"
    STAFF = "staff"


_THROUGH_ORGANISATION = {Kind.CORPORATE, Kind.SCHOOL, Kind.PARTNER}


@dataclass(frozen=True, slots=True)
class Membership:
    """Days of the house, both inclusive; `last` is None where no end is known. ValueError for what contradicts itself.

    `limits` are the member's own and go before those of the house (C34).
    """

    kind: Kind
    first: date
    last: date | None = None
    organisation: UUID | None = None
    limits: Limits = UNLIMITED

    def __post_init__(self) -> None:
        if self.last is not None and self.last < self.first:
            raise ValueError("a membership begins before it ends")
        if (self.organisation is not None) is not (self.kind in _THROUGH_ORGANISATION):
            raise ValueError("an organisation is named where, and only where, membership comes through one")

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Member:
    """`name` is what the screen may greet with; None where the facility does not show names.

    Without any `memberships` the standing alone decides: a house need not keep dates.
    """

    id: UUID
    standing: Standing
    name: str | None = None
    memberships: tuple[Membership, ...] = ()


def held_on(memberships: Iterable[Membership], day: date) -> Membership | None:
    """The one in force on `day`; of several the one that began last, the same in whatever order they are given."""
    covering = [each for each in memberships if each.covers(day)]
    return max(covering, key=_precedence, default=None)


def _precedence(membership: Membership) -> tuple[date, str, str, date]:
    return membership.first, membership.kind.value, str(membership.organisation), membership.last or date.max
