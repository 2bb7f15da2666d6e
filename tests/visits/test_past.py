"""What a member is told of earlier stays."""

from datetime import date, timedelta
from itertools import permutations

import pytest

from visits.past import NO_PAST, History, Past, Stay, past_of, stayed, told

HOUR = timedelta(hours=1)
FRIDAY, SATURDAY, SUNDAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)
OCTOBER = date(2026, 10, 31)


def test_the_stays_of_a_month_add_up() -> None:
    assert past_of([(FRIDAY, 60), (SATURDAY, 120)]) == Past(SATURDAY, 180)


def test_a_new_month_begins_at_nothing() -> None:
    assert past_of([(OCTOBER, 540), (FRIDAY, 60)]) == Past(FRIDAY, 60)


def test_who_never_stayed_has_no_past() -> None:
    assert past_of([]) == NO_PAST


def test_an_assumed_end_counts_its_day_and_no_time() -> None:
    assert stayed(Past(FRIDAY, 60), Stay(SATURDAY, None)) == Past(SATURDAY, 60)


def test_each_stay_is_counted_in_whole_minutes() -> None:
    almost = Stay(FRIDAY, timedelta(minutes=1, seconds=59))
    assert stayed(stayed(NO_PAST, almost), almost) == Past(FRIDAY, 2)


def test_clocks_set_back_take_no_time_away() -> None:
    assert stayed(Past(FRIDAY, 60), Stay(FRIDAY, -HOUR)) == Past(FRIDAY, 60)


def test_the_order_makes_no_difference() -> None:
    stays = [Stay(OCTOBER, HOUR), Stay(FRIDAY, HOUR), Stay(SATURDAY, None), Stay(SUNDAY, 3 * HOUR)]
    for order in permutations(stays):
        one_by_one = NO_PAST
        for stay in order:
            one_by_one = stayed(one_by_one, stay)
        assert one_by_one == past_of([(stay.day, stay.minutes) for stay in order]) == Past(SUNDAY, 240)


@pytest.mark.parametrize(("last", "minutes"), [(None, 1), (FRIDAY, -1)], ids=["of no day", "negative"])
def test_minutes_that_no_stays_have_are_refused(last: date | None, minutes: int) -> None:
    with pytest.raises(ValueError, match="minutes of no days"):
        Past(last, minutes)


# What is told


def test_who_leaves_is_told_the_day_before_and_the_month_with_this_stay() -> None:
    before = Past(FRIDAY, 570)
    assert told(before, stayed(before, Stay(SUNDAY, 3 * HOUR)), SUNDAY) == History(FRIDAY, timedelta(minutes=750))


def test_an_earlier_stay_of_today_is_no_day_before() -> None:
    before = Past(SUNDAY, 60)
    assert told(before, stayed(before, Stay(SUNDAY, HOUR)), SUNDAY) == History(None, 2 * HOUR)


def test_on_a_first_visit_there_is_this_stay_alone() -> None:
    assert told(NO_PAST, stayed(NO_PAST, Stay(SUNDAY, HOUR)), SUNDAY) == History(None, HOUR)


def test_a_day_of_another_month_is_told_and_its_hours_are_not() -> None:
    before = Past(OCTOBER, 540)
    assert told(before, stayed(before, Stay(SUNDAY, HOUR)), SUNDAY) == History(OCTOBER, HOUR)


def test_a_stay_over_the_end_of_a_month_is_of_the_month_it_began_in() -> None:
    now = stayed(NO_PAST, Stay(OCTOBER, HOUR))
    assert told(NO_PAST, now, date(2026, 11, 1)) == History(None, timedelta(0))
