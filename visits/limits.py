"""How often, and how many days in a row, one member may use the house (C34).

A use is a day on which the member came in, however often: going out and in again is free (C17). Not in here: whether
the house limits anybody, which is for staff to decide, and what happens to one over the limit.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, unique

from visits.months import first_of_month


@unique
class Limit(Enum):
    USES_IN_MONTH = "uses_in_month"
    DAYS_IN_A_ROW = "days_in_a_row"


@dataclass(frozen=True, slots=True)
class Limits:
    """Uses in a calendar month and consecutive days of the calendar, 1 or more; None does not limit. ValueError."""

    uses_in_month: int | None = None
    days_in_a_row: int | None = None

    def __post_init__(self) -> None:
        if any(limit is not None and limit < 1 for limit in (self.uses_in_month, self.days_in_a_row)):
            raise ValueError("a limit is 1 or more")


def limit_reached(limits: Limits, used: AbstractSet[date], day: date) -> Limit | None:
    """Which limit keeps a member out on `day`, given the days of earlier uses; never on a day already used."""
    if day in used:
        return None
    if limits.uses_in_month is not None and _in_month(used, day) >= limits.uses_in_month:
        return Limit.USES_IN_MONTH
    if limits.days_in_a_row is not None and _in_a_row(used, day) >= limits.days_in_a_row:
        return Limit.DAYS_IN_A_ROW
    return None


def _in_month(used: AbstractSet[date], day: date) -> int:
    return sum(first_of_month(day) <= each < day for each in used)


def _in_a_row(used: AbstractSet[date], day: date) -> int:
    """Days used without a gap up to the eve of `day`; a day on which the house was closed is a gap."""
    days = 0
    while day - timedelta(days=days + 1) in used:
        days += 1
    return days
