"""When the house is open, on both sides of every minute and date (C1-C6, C33)."""

import os
import time as machine
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.calendar import (
    HOUSE_TIME,
    LOOK_AHEAD_DAYS,
    Calendar,
    Closure,
    Hours,
    YearlyClosure,
    closure_on,
    hours_on,
    house_day,
    is_open,
    may_check_in,
    opening_after,
)

DAY = Hours(time(10), time(19))
LONG_DAY = Hours(time(10), time(21))
SHORT_DAY = Hours(time(13), time(16))
NEVER: tuple[Hours | None, ...] = (None,) * 7
MINUTE = timedelta(minutes=1)
INSTANT = timedelta(microseconds=1)

FIRST_FLOOR = Calendar(weekly=(DAY,) * 7, yearly=(YearlyClosure((1, 1), (1, 1)),))
"""C1, C4."""
NINTH_FLOOR = Calendar(
    weekly=(LONG_DAY, None, *(LONG_DAY,) * 5),
    yearly=(YearlyClosure((12, 29), (1, 3)),),
)
"""C2, C5."""

SUNDAY = date(2026, 11, 22)
MONDAY = date(2026, 11, 23)
TUESDAY = date(2026, 11, 24)
WEDNESDAY = date(2026, 11, 25)


def clock(day: date, text: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(text), HOUSE_TIME)


def next_opening(calendar: Calendar, at: datetime) -> datetime | None:
    return opening_after(at, lambda day: hours_on(calendar, day))


@pytest.mark.parametrize(
    ("text", "open_"),
    [
        ("00:00", False),
        ("09:59", False),
        ("09:59:59.999999", False),
        ("10:00", True),
        ("18:59:59.999999", True),
        ("19:00", False),
        ("23:59:59.999999", False),
    ],
)
def test_the_first_floor_is_open_from_ten_until_just_before_seven(text: str, open_: bool) -> None:
    assert is_open(FIRST_FLOOR, clock(MONDAY, text)) is open_


@pytest.mark.parametrize(
    ("text", "open_"),
    [("09:59:59.999999", False), ("10:00", True), ("20:59:59.999999", True), ("21:00", False)],
)
def test_the_ninth_floor_is_open_from_ten_until_just_before_nine(text: str, open_: bool) -> None:
    assert is_open(NINTH_FLOOR, clock(MONDAY, text)) is open_


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 12, 31), DAY),
        (date(2027, 1, 1), None),
        (date(2027, 1, 2), DAY),
        (date(2028, 1, 1), None),
        (TUESDAY, DAY),
    ],
)
def test_the_first_floor_is_closed_on_new_years_day_only(day: date, hours: Hours | None) -> None:
    assert hours_on(FIRST_FLOOR, day) == hours


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2027, 12, 27), LONG_DAY),
        (date(2027, 12, 28), None),  # a Tuesday
        (date(2024, 12, 28), LONG_DAY),
        (date(2024, 12, 29), None),
        (date(2024, 12, 31), None),
        (date(2025, 1, 1), None),
        (date(2025, 1, 3), None),
        (date(2025, 1, 4), LONG_DAY),
    ],
)
def test_the_ninth_floor_is_closed_over_the_turn_of_the_year(day: date, hours: Hours | None) -> None:
    assert hours_on(NINTH_FLOOR, day) == hours


@pytest.mark.parametrize(("day", "hours"), [(MONDAY, LONG_DAY), (TUESDAY, None), (WEDNESDAY, LONG_DAY)])
def test_the_ninth_floor_is_closed_on_tuesdays(day: date, hours: Hours | None) -> None:
    assert hours_on(NINTH_FLOOR, day) == hours


@pytest.mark.parametrize("ahead", range(7))
def test_the_week_begins_on_monday(ahead: int) -> None:
    week = tuple(Hours(time(10), time(11 + each)) for each in range(7))
    assert hours_on(Calendar(weekly=week), MONDAY + timedelta(days=ahead)) == week[ahead]


def test_a_tuesday_on_which_the_ninth_floor_opens_for_once() -> None:
    calendar = replace(NINTH_FLOOR, exceptions=((TUESDAY, SHORT_DAY),))
    assert not is_open(calendar, clock(TUESDAY, "12:59:59.999999"))
    assert is_open(calendar, clock(TUESDAY, "13:00"))
    assert is_open(calendar, clock(TUESDAY, "15:59:59.999999"))
    assert not is_open(calendar, clock(TUESDAY, "16:00"))
    assert hours_on(calendar, TUESDAY + timedelta(days=7)) is None


def test_a_day_that_stays_closed_for_once() -> None:
    calendar = replace(FIRST_FLOOR, exceptions=((MONDAY, None),))
    assert hours_on(calendar, SUNDAY) == DAY
    assert hours_on(calendar, MONDAY) is None
    assert hours_on(calendar, TUESDAY) == DAY


def test_an_opening_for_once_goes_before_a_yearly_closure() -> None:
    new_year = date(2027, 1, 1)
    assert hours_on(replace(FIRST_FLOOR, exceptions=((new_year, SHORT_DAY),)), new_year) == SHORT_DAY


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 8, 12), DAY),
        (date(2026, 8, 13), None),
        (date(2026, 8, 14), None),
        (date(2026, 8, 15), None),
        (date(2026, 8, 16), DAY),
        (date(2027, 8, 14), DAY),
    ],
)
def test_a_dated_closure_takes_in_both_its_days_and_no_other_year(day: date, hours: Hours | None) -> None:
    building = Closure(date(2026, 8, 13), date(2026, 8, 15), "全館休館")
    assert hours_on(replace(FIRST_FLOOR, closures=(building,)), day) == hours


def test_a_closed_building_goes_before_an_opening_for_once() -> None:
    calendar = replace(NINTH_FLOOR, closures=(Closure(TUESDAY, TUESDAY, "点検"),), exceptions=((TUESDAY, SHORT_DAY),))
    assert hours_on(calendar, TUESDAY) is None


def test_the_reason_of_a_closure_is_told_for_its_days() -> None:
    inspection = Closure(TUESDAY, TUESDAY, "点検")
    calendar = replace(FIRST_FLOOR, closures=(inspection,))
    assert closure_on(calendar, TUESDAY) == inspection
    assert closure_on(calendar, MONDAY) is None
    assert closure_on(calendar, WEDNESDAY) is None


@pytest.mark.parametrize(
    ("day", "closed"),
    [
        (date(2028, 2, 28), False),
        (date(2028, 2, 29), True),
        (date(2028, 3, 1), False),
        (date(2027, 2, 28), False),
        (date(2027, 3, 1), False),
    ],
)
def test_a_yearly_closure_of_the_leap_day_is_there_in_leap_years_only(day: date, closed: bool) -> None:
    calendar = replace(FIRST_FLOOR, yearly=(YearlyClosure((2, 29), (2, 29)),))
    assert (hours_on(calendar, day) is None) is closed


def test_a_yearly_closure_over_the_end_of_february_takes_in_the_leap_day() -> None:
    calendar = replace(FIRST_FLOOR, yearly=(YearlyClosure((2, 28), (3, 1)),))
    days = [date(2028, 2, 27) + timedelta(days=ahead) for ahead in range(5)]
    assert [hours_on(calendar, day) is None for day in days] == [False, True, True, True, False]


@pytest.mark.parametrize(
    ("minutes", "text", "let_in"),
    [
        (0, "09:59:59.999999", False),
        (0, "10:00", True),
        (0, "18:59:59.999999", True),
        (0, "19:00", False),
        (30, "09:59:59.999999", False),
        (30, "10:00", True),
        (30, "18:29:59.999999", True),
        (30, "18:30", False),
        (539, "10:00:59.999999", True),
        (539, "10:01", False),
        (540, "10:00", False),
        (1439, "10:00", False),
    ],
)
def test_nobody_is_let_in_for_the_last_minutes_before_closing(minutes: int, text: str, let_in: bool) -> None:
    calendar = replace(FIRST_FLOOR, last_check_in_minutes=minutes)
    assert may_check_in(calendar, clock(MONDAY, text)) is let_in


def test_hours_until_the_last_minute_of_a_day_do_not_reach_into_the_next() -> None:
    calendar = Calendar(weekly=(Hours(time(0), time(23, 59)),) * 7)
    assert is_open(calendar, clock(MONDAY, "00:00"))
    assert is_open(calendar, clock(MONDAY, "23:58:59.999999"))
    assert not is_open(calendar, clock(MONDAY, "23:59"))
    assert is_open(calendar, clock(TUESDAY, "00:00"))


@pytest.fixture(params=["America/New_York", "Europe/Berlin", "Pacific/Kiritimati", "UTC"])
def machine_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", request.param)
    machine.tzset()
    yield
    if before is None:
        monkeypatch.delenv("TZ")
    else:
        monkeypatch.setenv("TZ", before)
    machine.tzset()


@pytest.mark.usefixtures("machine_zone")
@pytest.mark.parametrize(
    ("at", "open_"),
    [
        (datetime(2026, 11, 23, 0, 59, 59, 999999, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 1, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 22, 20, 0, tzinfo=timezone(timedelta(hours=-5))), True),
        (datetime(2026, 7, 6, 9, 59, 59, tzinfo=UTC), True),  # summer time elsewhere
        (datetime(2026, 7, 6, 10, 0, tzinfo=UTC), False),
    ],
)
def test_the_machines_zone_opens_no_door(at: datetime, open_: bool) -> None:
    assert is_open(FIRST_FLOOR, at) is open_


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 12, 31, 14, 59, 59, 999999, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2026, 12, 31, 15, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2028, 2, 28, 15, 0, tzinfo=UTC), date(2028, 2, 29)),
    ],
)
def test_the_houses_day_begins_at_its_own_midnight(at: datetime, day: date) -> None:
    assert house_day(at) == day


def test_an_instant_without_a_zone_is_no_instant() -> None:
    with pytest.raises(ValueError, match="time zone"):
        is_open(FIRST_FLOOR, datetime(2026, 11, 23, 12))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        (clock(MONDAY, "00:00"), clock(MONDAY, "10:00")),
        (clock(MONDAY, "09:59:59.999999"), clock(MONDAY, "10:00")),
        (clock(MONDAY, "10:00"), clock(WEDNESDAY, "10:00")),
        (clock(MONDAY, "21:00"), clock(WEDNESDAY, "10:00")),
        (clock(TUESDAY, "12:00"), clock(WEDNESDAY, "10:00")),
        (clock(date(2024, 12, 28), "21:00"), clock(date(2025, 1, 4), "10:00")),
        (clock(date(2027, 12, 27), "21:00"), clock(date(2028, 1, 5), "10:00")),  # 4 January is a Tuesday
    ],
)
def test_the_next_opening_of_the_ninth_floor(at: datetime, opening: datetime) -> None:
    assert next_opening(NINTH_FLOOR, at) == opening


def test_the_next_opening_is_told_in_the_houses_time() -> None:
    opening = next_opening(FIRST_FLOOR, datetime(2026, 11, 22, 15, 0, tzinfo=UTC))
    assert opening is not None
    assert opening.isoformat() == "2026-11-23T10:00:00+09:00"


def test_a_house_that_never_opens_has_no_next_opening() -> None:
    assert next_opening(Calendar(weekly=NEVER), clock(MONDAY, "12:00")) is None


def test_nothing_opens_after_the_last_date_there_is() -> None:
    assert next_opening(Calendar(weekly=(DAY,) * 7), clock(date.max, "12:00")) is None


@pytest.mark.parametrize(("ahead", "found"), [(LOOK_AHEAD_DAYS, True), (LOOK_AHEAD_DAYS + 1, False)])
def test_an_opening_is_looked_for_a_leap_year_ahead(ahead: int, found: bool) -> None:
    day = MONDAY + timedelta(days=ahead)
    calendar = Calendar(weekly=NEVER, exceptions=((day, DAY),))
    assert next_opening(calendar, clock(MONDAY, "12:00")) == (clock(day, "10:00") if found else None)


@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        (time(10), time(10)),
        (time(10), time(9, 59)),
        (time(10), time(0)),
        (time(10, 0, 1), time(19)),
        (time(10), time(19, 0, 0, 1)),
        (time(10, tzinfo=UTC), time(19, tzinfo=UTC)),
    ],
)
def test_hours_that_are_none(opens: time, closes: time) -> None:
    with pytest.raises(ValueError, match="hours"):
        Hours(opens, closes)


def test_one_minute_is_hours() -> None:
    calendar = Calendar(weekly=(Hours(time(10), time(10, 1)),) * 7)
    assert is_open(calendar, clock(MONDAY, "10:00:59.999999"))
    assert not is_open(calendar, clock(MONDAY, "10:01"))


@pytest.mark.parametrize("month_day", [(2, 30), (4, 31), (0, 1), (13, 1), (1, 0)])
def test_a_day_no_year_has_closes_nothing(month_day: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"day|month"):
        YearlyClosure(month_day, (12, 31))
    with pytest.raises(ValueError, match=r"day|month"):
        YearlyClosure((1, 1), month_day)


def test_a_closure_does_not_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="closure"):
        Closure(TUESDAY, MONDAY)


@pytest.mark.parametrize("days", [6, 8])
def test_a_week_has_seven_days(days: int) -> None:
    with pytest.raises(ValueError, match="seven"):
        Calendar(weekly=(DAY,) * days)


def test_one_date_is_not_excepted_twice() -> None:
    with pytest.raises(ValueError, match="once"):
        replace(FIRST_FLOOR, exceptions=((MONDAY, DAY), (MONDAY, None)))


@pytest.mark.parametrize("minutes", [-1, 1440])
def test_the_last_check_in_is_within_a_day(minutes: int) -> None:
    with pytest.raises(ValueError, match="last check-in"):
        replace(FIRST_FLOOR, last_check_in_minutes=minutes)


_MINUTES = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))
_HOURS = st.lists(_MINUTES, min_size=2, max_size=2, unique=True).map(sorted).map(lambda pair: Hours(*pair))
_DAYS = st.dates(date(2027, 11, 1), date(2029, 4, 30))
_MONTH_DAYS = _DAYS.map(lambda day: (day.month, day.day))
_CALENDARS = st.builds(
    Calendar,
    weekly=st.tuples(*[st.none() | _HOURS] * 7),
    yearly=st.lists(st.builds(YearlyClosure, _MONTH_DAYS, _MONTH_DAYS), max_size=2).map(tuple),
    closures=st.lists(
        st.builds(lambda first, days: Closure(first, first + timedelta(days=days)), _DAYS, st.integers(0, 40)),
        max_size=2,
    ).map(tuple),
    exceptions=st.dictionaries(_DAYS, st.none() | _HOURS, max_size=4).map(lambda each: tuple(each.items())),
    last_check_in_minutes=st.integers(0, 1439),
)
_INSTANTS = st.datetimes(datetime(2027, 11, 1), datetime(2029, 4, 30), timezones=st.just(UTC))  # noqa: DTZ001


@given(_CALENDARS, _INSTANTS)
def test_the_next_opening_is_open_and_the_instant_before_it_is_not(calendar: Calendar, at: datetime) -> None:
    opening = next_opening(calendar, at)
    if opening is not None:
        assert opening > at
        assert is_open(calendar, opening)
        assert not is_open(calendar, opening - INSTANT)


@given(_CALENDARS, _INSTANTS, st.floats(0, 1))
def test_nothing_is_open_between_a_closed_moment_and_the_next_opening(
    calendar: Calendar, at: datetime, part: float
) -> None:
    opening = next_opening(calendar, at)
    if not is_open(calendar, at) and opening is not None:
        between = min(at + (opening - at) * part, opening - INSTANT)
        assert not is_open(calendar, between)
        assert all(hours_on(calendar, day) is None for day in _days_between(house_day(at), house_day(opening)))


@given(_CALENDARS, _INSTANTS)
def test_who_is_let_in_comes_into_an_open_house(calendar: Calendar, at: datetime) -> None:
    if may_check_in(calendar, at):
        assert is_open(calendar, at)


@given(_CALENDARS, _INSTANTS)
def test_who_is_let_in_could_still_stay_for_the_last_minutes(calendar: Calendar, at: datetime) -> None:
    if may_check_in(calendar, at):
        assert is_open(calendar, at + timedelta(minutes=calendar.last_check_in_minutes))


@given(_CALENDARS, _INSTANTS, st.integers(-12, 14))
def test_one_instant_has_one_answer_however_it_is_written(calendar: Calendar, at: datetime, hours: int) -> None:
    elsewhere = at.astimezone(timezone(timedelta(hours=hours)))
    assert is_open(calendar, elsewhere) == is_open(calendar, at)
    assert next_opening(calendar, elsewhere) == next_opening(calendar, at)


def _days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=ahead) for ahead in range(1, (last - first).days)]
