"""Months of 28 to 31 days, counted forwards and back."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.months import first_of_month, last_of_month, months_later, period_ends

_DAYS = st.dates(date(1970, 1, 1), date(2199, 12, 31))
_MONTHS = st.integers(-36, 36)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 1, 28), 1, date(2028, 2, 28)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2027, 1, 1), -1, date(2026, 12, 1)),
        (date(2027, 3, 31), -1, date(2027, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2026, 11, 22), 0, date(2026, 11, 22)),
        (date(2026, 12, 15), -12, date(2025, 12, 15)),
    ],
)
def test_the_same_day_of_another_month_or_its_last(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2028, 2, 1), date(2028, 2, 29)),
        (date(2100, 2, 28), date(2100, 2, 28)),
        (date(2026, 4, 30), date(2026, 4, 30)),
        (date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_the_last_of_a_month(day: date, last: date) -> None:
    assert last_of_month(day) == last
    assert first_of_month(last) == day.replace(day=1)


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2026, 4, 1), 12, date(2027, 3, 31)),
        (date(2026, 4, 15), 12, date(2027, 4, 14)),
        (date(2027, 3, 1), 12, date(2028, 2, 29)),
        (date(2026, 3, 1), 12, date(2027, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 30), 1, date(2026, 2, 28)),
        (date(2026, 1, 29), 1, date(2026, 2, 28)),
        (date(2026, 1, 28), 1, date(2026, 2, 27)),
    ],
)
def test_a_period_ends_on_the_eve_of_the_same_day(first: date, months: int, last: date) -> None:
    assert period_ends(first, months) == last


@given(_DAYS, _MONTHS)
def test_so_many_months_later_is_that_many_months_away(day: date, months: int) -> None:
    later = months_later(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and later == last_of_month(later))


@given(_DAYS, st.integers(1, 36))
def test_a_period_has_no_day_more_than_the_next_needs_to_begin(first: date, months: int) -> None:
    following = period_ends(first, months) + timedelta(days=1)
    assert following.day in {first.day, 1}
    assert following >= months_later(first, months)
