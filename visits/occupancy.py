"""Where a member is, as far as is known, and how many the house holds. Not in here: how it became known."""

from dataclasses import dataclass
from datetime import datetime

from visits.member import Kind

FREE_AT_ONCE = {Kind.CORPORATE: 3, Kind.SCHOOL: 10}
"""How many people of one organisation use the house at once without paying (A22)."""


@dataclass(frozen=True, slots=True)
class Inside:
    since: datetime


@dataclass(frozen=True, slots=True)
class Outside:
    """`since` is the last way out, None where none is known; `assumed` where nobody saw it (forgotten)."""

    since: datetime | None = None
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """No recent word from the other terminals: the member may have passed one of them since."""


Presence = Inside | Outside | Unknown
UNKNOWN = Unknown()


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many people the house holds; only a `hard` one keeps anybody out."""

    people: int
    hard: bool

    def __post_init__(self) -> None:
        if self.people < 1:
            raise ValueError("a house holds one person or more")
