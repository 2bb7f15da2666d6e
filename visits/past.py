"""What members are told of their own stays when they leave: the last day before, and how long they were here this month.

A stay counts on the day of the house on which it began, in whole minutes. An end that nobody saw was only assumed, and
the stay's length with it: then only the day counts. Not in here: whether anybody is told, and what limits use (limits).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from visits.months import first_of_month

_A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Past:
    """The last day of a stay that has ended, and the minutes of its month up to then. ValueError for minutes of no day."""

    last: date | None = None
    minutes: int = 0

    def __post_init__(self) -> None:
        if self.minutes < 0 or (self.last is None and self.minutes):
            raise ValueError("these are minutes of no days")


@dataclass(frozen=True, slots=True)
class Stay:
    """One that has ended, and began on `day`; `length` is None where the end was only assumed."""

    day: date
    length: timedelta | None

    @property
    def minutes(self) -> int:
        return 0 if self.length is None else max(self.length, timedelta(0)) // _A_MINUTE


@dataclass(frozen=True, slots=True)
class History:
    """`last` is a day before today; None where there is none, and where its only word is from today."""

    last: date | None
    this_month: timedelta


NO_PAST = Past()


def stayed(past: Past, stay: Stay) -> Past:
    """With one more stay. One of a month before the last day's no longer counts."""
    if past.last is None:
        return Past(stay.day, stay.minutes)
    return past_of([(past.last, past.minutes), (stay.day, stay.minutes)])


def past_of(stays: Sequence[tuple[date, int]]) -> Past:
    """Of all stays of somebody in any order, each by its day and whole minutes."""
    if not stays:
        return NO_PAST
    last = max(day for day, _ in stays)
    first = first_of_month(last)
    return Past(last, sum(minutes for day, minutes in stays if day >= first))


def told(before: Past, now: Past, today: date) -> History:
    """To whoever leaves: `before` is the past without this stay, and `now` with it."""
    last = None if before.last is None or before.last >= today else before.last
    counts = now.last is not None and first_of_month(now.last) == first_of_month(today)
    return History(last, now.minutes * _A_MINUTE if counts else timedelta(0))
