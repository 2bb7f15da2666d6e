"""When a use may be applied for and called off (C9-C10, C18, C30, D2), at the ends of months and years."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.application import accepted_from, called_off_by, first_acceptance, given_notice_by, may_apply
from visits.calendar import HOUSE_TIME, Calendar, Closure, Hours, YearlyClosure
from visits.rulebook import Rulebook, Version

LONG_DAY = Hours(time(10), time(21))
NINTH_FLOOR = Calendar(weekly=(LONG_DAY, None, *(LONG_DAY,) * 5), yearly=(YearlyClosure((12, 29), (1, 3)),))
HOUSE = Rulebook((Version(date(2025, 1, 1), NINTH_FLOOR),))
CLOSED_HOUSE = Rulebook((Version(date(2025, 1, 1), Calendar(weekly=(None,) * 7)),))

_DAYS = st.dates(date(1970, 1, 1), date(2199, 12, 31))


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=HOUSE_TIME)


@pytest.mark.parametrize(
    ("use", "first"),
    [
        (date(2026, 10, 2), date(2026, 4, 1)),  # the eve is 1 October
        (date(2026, 10, 1), date(2026, 3, 1)),  # the eve is 30 September
        (date(2026, 10, 31), date(2026, 4, 1)),
        (date(2026, 11, 1), date(2026, 4, 1)),  # 31 October: April has no 31st and stays April
        (date(2026, 11, 2), date(2026, 5, 1)),
        (date(2026, 8, 30), date(2026, 2, 1)),  # 29 August: February 2026 has no 29th
        (date(2028, 8, 30), date(2028, 2, 1)),  # and February 2028 has
        (date(2026, 9, 1), date(2026, 2, 1)),  # 31 August
        (date(2026, 9, 2), date(2026, 3, 1)),
        (date(2027, 3, 1), date(2026, 8, 1)),  # 28 February
        (date(2028, 3, 1), date(2027, 8, 1)),  # 29 February
        (date(2028, 2, 29), date(2027, 8, 1)),
        (date(2027, 1, 1), date(2026, 6, 1)),  # 31 December: June has no 31st
        (date(2027, 1, 2), date(2026, 7, 1)),
        (date(2027, 6, 30), date(2026, 12, 1)),
        (date(2027, 7, 1), date(2026, 12, 1)),
        (date(2027, 7, 2), date(2027, 1, 1)),
        (date(2027, 8, 31), date(2027, 2, 1)),  # 30 August: February 2027 has neither 29th nor 30th
        (date(2028, 9, 1), date(2028, 2, 1)),  # 31 August
        (date(2028, 9, 2), date(2028, 3, 1)),
        (date(2027, 12, 1), date(2027, 5, 1)),  # 30 November
        (date(2027, 12, 31), date(2027, 6, 1)),
    ],
)
def test_applications_begin_with_the_month_six_months_before_the_eve(use: date, first: date) -> None:
    assert accepted_from(use) == first


@given(_DAYS)
def test_every_use_can_be_applied_for_six_months_ahead_and_none_eight(use: date) -> None:
    ahead = (use.year - accepted_from(use).year) * 12 + use.month - accepted_from(use).month
    assert ahead == (7 if use.day == 1 else 6)


@given(_DAYS)
def test_a_later_use_is_never_accepted_earlier(use: date) -> None:
    assert accepted_from(use) <= accepted_from(use + timedelta(days=1))


@pytest.mark.parametrize(
    ("use", "first"),
    [
        (date(2026, 10, 15), at(date(2026, 4, 1), 10)),
        (date(2027, 3, 15), at(date(2026, 9, 2), 10)),  # 1 September 2026 is a Tuesday
        (date(2026, 7, 15), at(date(2026, 1, 4), 10)),
    ],
)
def test_a_closed_first_day_takes_applications_on_the_next_open_one(use: date, first: datetime) -> None:
    assert first_acceptance(HOUSE, use) == first


def test_a_house_open_from_midnight_takes_applications_from_midnight() -> None:
    early = Rulebook((Version(date(2025, 1, 1), Calendar(weekly=(Hours(time(0), time(1)),) * 7)),))
    assert first_acceptance(early, date(2026, 10, 15)) == at(date(2026, 4, 1), 0)


def test_a_house_that_never_opens_takes_no_applications() -> None:
    assert first_acceptance(CLOSED_HOUSE, date(2026, 10, 15)) is None


@pytest.mark.parametrize(
    ("moment", "may"),
    [
        (at(date(2026, 3, 30), 12), False),
        (at(date(2026, 4, 1), 9, 59), False),
        (at(date(2026, 4, 1), 10), True),
        (at(date(2026, 4, 1), 20, 59), True),
        (at(date(2026, 4, 1), 21), False),
        (at(date(2026, 4, 7), 12), False),  # a Tuesday
        (at(date(2026, 10, 15), 10), True),
        (at(date(2026, 10, 15), 20, 59), True),
        (at(date(2026, 10, 15), 21), False),
        (at(date(2026, 10, 16), 10), False),
    ],
)
def test_the_desk_takes_applications_while_the_house_is_open(moment: datetime, may: bool) -> None:
    assert may_apply(HOUSE, date(2026, 10, 15), moment) is may


def test_before_there_are_rules_nothing_can_be_applied_for() -> None:
    assert not may_apply(Rulebook(), date(2026, 10, 15), at(date(2026, 4, 1), 12))


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)))
def test_the_first_acceptance_is_accepted_and_the_moment_before_is_not(use: date) -> None:
    first = first_acceptance(HOUSE, use)
    assert first is not None
    assert may_apply(HOUSE, use, first)
    assert not may_apply(HOUSE, use, first - timedelta.resolution)


@pytest.mark.parametrize(
    ("use", "day"),
    [
        (date(2026, 11, 23), date(2026, 11, 22)),  # Sundays are business days here
        (date(2026, 11, 25), date(2026, 11, 23)),  # over the closed Tuesday
        (date(2027, 1, 4), date(2026, 12, 28)),
        (date(2028, 3, 1), date(2028, 2, 28)),  # 29 February 2028 is a Tuesday
    ],
)
def test_a_use_is_called_off_by_the_open_day_before(use: date, day: date) -> None:
    assert called_off_by(HOUSE, use) == day


def test_a_closed_building_moves_the_last_day_to_call_off() -> None:
    closed = Calendar(weekly=(LONG_DAY,) * 7, closures=(Closure(date(2026, 11, 20), date(2026, 11, 22)),))
    rulebook = Rulebook((Version(date(2025, 1, 1), closed),))
    assert called_off_by(rulebook, date(2026, 11, 23)) == date(2026, 11, 19)


def test_in_a_house_that_never_opens_nothing_can_be_called_off() -> None:
    assert called_off_by(CLOSED_HOUSE, date(2026, 11, 23)) is None


def test_the_day_itself_is_too_late_to_call_off() -> None:
    assert called_off_by(HOUSE, date(2026, 11, 22)) == date(2026, 11, 21)


def test_a_use_on_the_first_day_of_the_rules_cannot_be_called_off_before_there_were_any() -> None:
    assert called_off_by(HOUSE, date(2025, 1, 1)) is None


@pytest.mark.parametrize(
    ("ceases", "notice"),
    [
        (date(2026, 11, 30), date(2026, 10, 30)),
        (date(2026, 12, 31), date(2026, 11, 30)),
        (date(2027, 1, 1), date(2026, 12, 1)),
        (date(2027, 3, 31), date(2027, 2, 28)),
        (date(2027, 3, 28), date(2027, 2, 28)),
        (date(2028, 3, 31), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2028, 1, 29)),
        (date(2027, 3, 1), date(2027, 2, 1)),
        (date(2028, 3, 30), date(2028, 2, 29)),
        (date(2028, 3, 29), date(2028, 2, 29)),
        (date(2028, 3, 28), date(2028, 2, 28)),
        (date(2027, 1, 31), date(2026, 12, 31)),
    ],
)
def test_use_by_the_month_is_given_up_a_month_before(ceases: date, notice: date) -> None:
    assert given_notice_by(ceases) == notice
