"""How often and how many days in a row (C34), up to the limit and beyond it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.limits import Limit, Limits, limit_reached

DAY = date(2026, 11, 22)


def days(first: date, number: int) -> frozenset[date]:
    return frozenset(first + timedelta(days=ahead) for ahead in range(number))


@pytest.mark.parametrize(("uses", "reached"), [(3, None), (4, Limit.USES_IN_MONTH), (5, Limit.USES_IN_MONTH)])
def test_four_uses_a_month_are_four(uses: int, reached: Limit | None) -> None:
    used = frozenset(DAY - timedelta(days=2 * back) for back in range(1, uses + 1))
    assert limit_reached(Limits(uses_in_month=4), used, DAY) is reached


def test_a_new_month_begins_with_no_use() -> None:
    used = days(date(2028, 2, 1), 29)
    limits = Limits(uses_in_month=28)
    assert limit_reached(limits, used - {date(2028, 2, 29)}, date(2028, 2, 29)) is Limit.USES_IN_MONTH
    assert limit_reached(limits, used, date(2028, 3, 1)) is None


def test_the_last_day_of_the_year_does_not_count_for_january() -> None:
    limits = Limits(uses_in_month=1)
    assert limit_reached(limits, frozenset({date(2026, 12, 31)}), date(2027, 1, 1)) is None
    assert limit_reached(limits, frozenset({date(2026, 12, 1)}), date(2026, 12, 31)) is Limit.USES_IN_MONTH


def test_uses_of_the_same_month_of_another_year_do_not_count() -> None:
    assert limit_reached(Limits(uses_in_month=1), frozenset({date(2025, 11, 21)}), DAY) is None


@pytest.mark.parametrize(("before", "reached"), [(4, None), (5, Limit.DAYS_IN_A_ROW), (6, Limit.DAYS_IN_A_ROW)])
def test_five_days_in_a_row_are_five(before: int, reached: Limit | None) -> None:
    used = days(DAY - timedelta(days=before), before)
    assert limit_reached(Limits(days_in_a_row=5), used, DAY) is reached


def test_a_day_away_begins_a_new_row() -> None:
    used = days(DAY - timedelta(days=6), 5)
    assert limit_reached(Limits(days_in_a_row=5), used, DAY) is None


def test_a_row_goes_on_over_the_end_of_february_and_of_the_year() -> None:
    limits = Limits(days_in_a_row=2)
    assert limit_reached(limits, days(date(2028, 2, 28), 2), date(2028, 3, 1)) is Limit.DAYS_IN_A_ROW
    assert limit_reached(limits, days(date(2026, 12, 30), 2), date(2027, 1, 1)) is Limit.DAYS_IN_A_ROW


def test_coming_back_on_the_same_day_is_no_further_use() -> None:
    limits = Limits(uses_in_month=1, days_in_a_row=1)
    assert limit_reached(limits, frozenset({DAY, DAY - timedelta(days=1)}), DAY) is None


@given(st.frozensets(st.dates(DAY - timedelta(days=40), DAY + timedelta(days=5))))
def test_without_limits_nobody_is_kept_out(used: frozenset[date]) -> None:
    assert limit_reached(Limits(), used, DAY) is None


@given(st.frozensets(st.dates(DAY - timedelta(days=40), DAY)), st.integers(1, 6), st.integers(1, 6))
def test_whoever_keeps_to_what_is_allowed_is_never_over_it(wanted: frozenset[date], uses: int, row: int) -> None:
    limits = Limits(uses, row)
    used: set[date] = set()
    for day in sorted(wanted):
        if limit_reached(limits, used, day) is None:
            used.add(day)
    assert all(sum((day.year, day.month) == (each.year, each.month) for each in used) <= uses for day in used)
    assert not any(days(day, row + 1) <= used for day in used)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_one_or_more(limit: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        Limits(uses_in_month=limit)
    with pytest.raises(ValueError, match="limit"):
        Limits(days_in_a_row=limit)
