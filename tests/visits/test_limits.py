"""How often and how many days in a row (C34), up to the limit and beyond it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.limits import UNLIMITED, UNUSED, Limit, Limits, Usage, limit_reached, usage_of, used_on

DAY = date(2026, 11, 22)
A_DAY = timedelta(days=1)


def days(first: date, number: int) -> list[date]:
    return [first + timedelta(days=ahead) for ahead in range(number)]


@pytest.mark.parametrize(("uses", "reached"), [(3, None), (4, Limit.USES_IN_MONTH), (5, Limit.USES_IN_MONTH)])
def test_four_uses_a_month_are_four(uses: int, reached: Limit | None) -> None:
    used = usage_of(DAY - timedelta(days=2 * back) for back in range(1, uses + 1))
    assert limit_reached(Limits(uses_in_month=4), used, DAY) is reached


def test_a_new_month_begins_with_no_use() -> None:
    limits = Limits(uses_in_month=28)
    february = days(date(2028, 2, 1), 29)
    assert limit_reached(limits, usage_of(february[:-1]), date(2028, 2, 29)) is Limit.USES_IN_MONTH
    assert limit_reached(limits, usage_of(february), date(2028, 3, 1)) is None


def test_the_last_day_of_the_year_does_not_count_for_january() -> None:
    limits = Limits(uses_in_month=1)
    assert limit_reached(limits, usage_of([date(2026, 12, 31)]), date(2027, 1, 1)) is None
    assert limit_reached(limits, usage_of([date(2026, 12, 1)]), date(2026, 12, 31)) is Limit.USES_IN_MONTH


def test_uses_of_the_same_month_of_another_year_do_not_count() -> None:
    assert limit_reached(Limits(uses_in_month=1), usage_of([date(2025, 11, 21)]), DAY) is None


@pytest.mark.parametrize(("before", "reached"), [(4, None), (5, Limit.DAYS_IN_A_ROW), (6, Limit.DAYS_IN_A_ROW)])
def test_five_days_in_a_row_are_five(before: int, reached: Limit | None) -> None:
    used = usage_of(days(DAY - timedelta(days=before), before))
    assert limit_reached(Limits(days_in_a_row=5), used, DAY) is reached


def test_a_day_away_begins_a_new_row() -> None:
    used = usage_of(days(DAY - timedelta(days=6), 5))
    assert limit_reached(Limits(days_in_a_row=5), used, DAY) is None


def test_a_row_goes_on_over_the_end_of_february_and_of_the_year() -> None:
    limits = Limits(days_in_a_row=2)
    assert limit_reached(limits, usage_of(days(date(2028, 2, 28), 2)), date(2028, 3, 1)) is Limit.DAYS_IN_A_ROW
    assert limit_reached(limits, usage_of(days(date(2026, 12, 30), 2)), date(2027, 1, 1)) is Limit.DAYS_IN_A_ROW


def test_coming_back_on_the_same_day_is_no_further_use() -> None:
    limits = Limits(uses_in_month=1, days_in_a_row=1)
    assert limit_reached(limits, usage_of([DAY - A_DAY, DAY]), DAY) is None


def test_a_day_before_the_last_use_is_not_judged_any_more() -> None:
    assert limit_reached(Limits(uses_in_month=1), usage_of([DAY]), DAY - A_DAY) is None


def test_uses_are_counted_before_days_in_a_row() -> None:
    limits = Limits(uses_in_month=2, days_in_a_row=2)
    assert limit_reached(limits, usage_of(days(DAY - 2 * A_DAY, 2)), DAY) is Limit.USES_IN_MONTH


_USED = st.frozensets(st.dates(DAY - timedelta(days=40), DAY + timedelta(days=5)))


@given(_USED)
def test_without_limits_nobody_is_kept_out(used: frozenset[date]) -> None:
    assert limit_reached(UNLIMITED, usage_of(used), DAY) is None


@given(st.frozensets(st.dates(DAY - timedelta(days=40), DAY)), st.integers(1, 6), st.integers(1, 6))
def test_whoever_keeps_to_what_is_allowed_is_never_over_it(wanted: frozenset[date], uses: int, row: int) -> None:
    limits = Limits(uses, row)
    used: set[date] = set()
    for day in sorted(wanted):
        if limit_reached(limits, usage_of(used), day) is None:
            used.add(day)
    assert all(sum((day.year, day.month) == (each.year, each.month) for each in used) <= uses for day in used)
    assert not any(set(days(day, row + 1)) <= used for day in used)


def test_no_days_are_no_usage() -> None:
    assert usage_of([]) == UNUSED


def test_the_usage_of_a_few_days() -> None:
    assert usage_of([date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 2)]) == Usage(date(2026, 11, 2), 2, 3)
    assert usage_of([date(2026, 11, 1), date(2026, 11, 3)]) == Usage(date(2026, 11, 3), 2, 1)


@given(_USED, st.data())
def test_the_usage_is_the_same_in_whatever_order_and_however_often_days_are_given(
    used: frozenset[date], data: st.DataObject
) -> None:
    given_days = data.draw(st.permutations([*used, *(day for day in used if data.draw(st.booleans()))]))
    assert usage_of(given_days) == usage_of(used)


@given(_USED)
def test_a_usage_counts_what_can_be_counted_in_the_days(used: frozenset[date]) -> None:
    usage = usage_of(used)
    last = max(used, default=None)
    assert usage.last == last
    assert usage.uses_in_month == sum(last is not None and each.month == last.month for each in used)
    assert last is None or set(days(last - (usage.days_in_a_row - 1) * A_DAY, usage.days_in_a_row)) <= used
    assert last is None or last - usage.days_in_a_row * A_DAY not in used


@given(_USED, st.dates(DAY - timedelta(days=40), DAY + timedelta(days=5)))
def test_a_day_of_use_is_added_as_if_counted_with_the_others(used: frozenset[date], day: date) -> None:
    usage = usage_of(used)
    if usage.last is None or day >= usage.last:
        assert used_on(usage, day) == usage_of({*used, day})
    else:
        assert used_on(usage, day) == usage


@pytest.mark.parametrize(
    ("last", "uses", "row"),
    [(None, 1, 0), (None, 0, 1), (DAY, 0, 1), (DAY, 1, 0), (DAY, 23, 1), (date(2026, 12, 1), 2, 1)],
)
def test_counts_that_no_days_have_are_refused(last: date | None, uses: int, row: int) -> None:
    with pytest.raises(ValueError, match="no days"):
        Usage(last, uses, row)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_one_or_more(limit: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        Limits(uses_in_month=limit)
    with pytest.raises(ValueError, match="limit"):
        Limits(days_in_a_row=limit)


@pytest.mark.parametrize(
    ("own", "of_house", "together"),
    [
        (UNLIMITED, Limits(20, 5), Limits(20, 5)),
        (Limits(30, None), Limits(20, 5), Limits(30, 5)),
        (Limits(None, 1), Limits(20, 5), Limits(20, 1)),
        (Limits(30, 6), UNLIMITED, Limits(30, 6)),
    ],
)
def test_a_member_s_own_limits_go_before_those_of_the_house(own: Limits, of_house: Limits, together: Limits) -> None:
    assert own.before(of_house) == together
