"""Counting in calendar months, where months differ in length. Not in here: what is counted (membership, application)."""

from calendar import monthrange
from datetime import date, timedelta

_MONTHS_A_YEAR = 12


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def months_later(day: date, months: int) -> date:
    """The same day of another month, or that month's last where it is shorter; fewer than 0 months for earlier."""
    year, month = divmod(day.year * _MONTHS_A_YEAR + day.month - 1 + months, _MONTHS_A_YEAR)
    first = date(year, month + 1, 1)
    return first.replace(day=min(day.day, last_of_month(first).day))


def period_ends(first: date, months: int) -> date:
    """The last day of `months` that begin with `first`: the eve of the same day, or where there is none the month's last.

    Civil Code, article 143.
    """
    same_day = months_later(first, months)
    return same_day - timedelta(days=1) if same_day.day == first.day else same_day
