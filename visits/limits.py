"""How often, and how many days in a row, one member may use the house (C34).

A use is a day on which the member came in, however often: going out and in again is free (C17). Not in here: whether
the house limits anybody, which is for staff to decide.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, unique

from visits.months import first_of_month

_A_DAY = timedelta(days=1)


MOST_DAYS_IN_A_ROW = 62
"""A longer row is not counted: the server looks back two months, and further ones would cost every look at the members."""


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

    def before(self, other: "Limits") -> "Limits":
        """These, and the other's where these do not limit."""
        return Limits(
            other.uses_in_month if self.uses_in_month is None else self.uses_in_month,
            other.days_in_a_row if self.days_in_a_row is None else self.days_in_a_row,
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """What limits need of the days of use: the last one, how many in its month, how many in a row up to it.

    A day on which the house was closed breaks a row. ValueError for counts that no days have.
    """

    last: date | None = None
    uses_in_month: int = 0
    days_in_a_row: int = 0

    def __post_init__(self) -> None:
        if self.last is None:
            possible = self.uses_in_month == self.days_in_a_row == 0
        else:
            possible = 1 <= self.uses_in_month <= self.last.day and self.days_in_a_row >= 1
        if not possible:
            raise ValueError("these are counts of no days")


UNLIMITED = Limits()
UNUSED = Usage()


def used_on(usage: Usage, day: date) -> Usage:
    """With a use on `day` added; the same where that is no later than the last one."""
    if usage.last is not None and day <= usage.last:
        return usage
    same_month = usage.last is not None and first_of_month(usage.last) == first_of_month(day)
    follows = usage.last == day - _A_DAY
    return Usage(day, usage.uses_in_month + 1 if same_month else 1, usage.days_in_a_row + 1 if follows else 1)


def usage_of(days: Iterable[date]) -> Usage:
    """Of all days of use, in any order, as often as given."""
    usage = Usage()
    for day in sorted(set(days)):
        usage = used_on(usage, day)
    return usage


def limit_reached(limits: Limits, usage: Usage, day: date) -> Limit | None:
    """Which limit keeps a member out on `day`; none on a day already used, or before one."""
    if usage.last is not None and day <= usage.last:
        return None
    with_today = used_on(usage, day)
    if limits.uses_in_month is not None and with_today.uses_in_month > limits.uses_in_month:
        return Limit.USES_IN_MONTH
    if limits.days_in_a_row is not None and with_today.days_in_a_row > limits.days_in_a_row:
        return Limit.DAYS_IN_A_ROW
    return None
