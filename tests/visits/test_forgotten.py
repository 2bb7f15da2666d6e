"""When a stay ends that nobody ended (D9): assumed at closing, believed once the house opens again or on a new day."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.calendar import HOUSE_TIME, Calendar, Closure, Hours, YearlyClosure, house_day
from visits.forgotten import assumed_end, forgotten, presence_at
from visits.occupancy import Inside, Outside, Presence, Unknown
from visits.rulebook import NO_RULES, Rulebook, Version

A_DAY = timedelta(days=1)
MICROSECOND = timedelta.resolution
MONDAY = date(2026, 11, 23)
TEN_TO_SEVEN = Hours(time(10), time(19))
CLOSED_ON_TUESDAYS = Calendar(
    weekly=(TEN_TO_SEVEN, None, *(TEN_TO_SEVEN,) * 5),
    yearly=(YearlyClosure((12, 29), (1, 3)),),
)
HOUSE = Rulebook((Version(date(2026, 4, 1), CLOSED_ON_TUESDAYS),))


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), HOUSE_TIME)


def on(november: int, hour: int, minute: int = 0) -> datetime:
    """Of November 2026; the 24th is a Tuesday."""
    return moment(date(2026, 11, november), hour, minute)


@pytest.mark.parametrize(
    ("since", "end"),
    [
        (on(22, 10), on(22, 19)),
        (on(22, 18, 59), on(22, 19)),
        (on(22, 8), on(22, 19)),
        (on(22, 0), on(22, 19)),
        (on(22, 19) - MICROSECOND, on(22, 19)),
        (on(22, 19), on(23, 0)),
        (on(22, 23, 59), on(23, 0)),
        (on(24, 12), on(25, 0)),
        (moment(date(2026, 12, 31), 12), moment(date(2027, 1, 1), 0)),
        (moment(date(2028, 2, 29), 12), moment(date(2028, 3, 1), 0)),
        (moment(date(2026, 3, 31), 12), None),
        (moment(date(2026, 4, 1), 12), moment(date(2026, 4, 1), 19)),
    ],
    ids=[
        "at opening",
        "a minute before closing",
        "before opening",
        "at midnight",
        "just before closing",
        "at closing",
        "after closing",
        "on a closed weekday",
        "at the end of the year",
        "on a leap day that is a Tuesday",
        "before there were rules",
        "on the first day of the rules",
    ],
)
def test_a_stay_is_taken_to_end_with_the_hours_of_its_day_or_with_the_day(
    since: datetime, end: datetime | None
) -> None:
    assert assumed_end(HOUSE, since) == end


def test_the_day_is_the_houses_own_whatever_the_zone_of_the_instant() -> None:
    assert assumed_end(HOUSE, datetime(2026, 11, 21, 15, tzinfo=UTC)) == on(22, 19)
    assert assumed_end(HOUSE, datetime(2026, 11, 21, 14, 59, tzinfo=UTC)) == on(22, 0)


@pytest.mark.parametrize(
    ("at", "entering", "end"),
    [
        (on(22, 18, 59), False, None),
        (on(22, 19), False, None),
        (on(23, 0, 30), False, None),
        (on(23, 9, 59), False, None),
        (on(23, 10) - MICROSECOND, False, None),
        (on(23, 10), False, on(22, 19)),
        (on(22, 19), True, None),
        (on(22, 23, 59), True, None),
        (on(23, 0) - MICROSECOND, True, None),
        (on(23, 0), True, on(22, 19)),
        (on(23, 9), True, on(22, 19)),
        (on(27, 12), False, on(22, 19)),
    ],
)
def test_a_way_out_belongs_until_the_next_opening_and_a_way_in_until_midnight(
    at: datetime, entering: bool, end: datetime | None
) -> None:
    assert forgotten(HOUSE, on(22, 12), at, entering=entering) == end


def test_over_a_closed_day_who_is_inside_may_leave_until_the_one_after_opens() -> None:
    assert forgotten(HOUSE, on(23, 12), on(24, 23, 59)) is None
    assert forgotten(HOUSE, on(23, 12), on(25, 10) - MICROSECOND) is None
    assert forgotten(HOUSE, on(23, 12), on(25, 10)) == on(23, 19)


def test_over_the_end_of_the_year_too() -> None:
    eve = moment(date(2026, 12, 28), 12)
    assert forgotten(HOUSE, eve, moment(date(2027, 1, 4), 10) - MICROSECOND) is None
    assert forgotten(HOUSE, eve, moment(date(2027, 1, 4), 10)) == moment(date(2026, 12, 28), 19)


def test_a_stay_of_a_closed_day_is_over_when_the_next_day_opens() -> None:
    assert forgotten(HOUSE, on(24, 12), on(25, 9, 59)) is None
    assert forgotten(HOUSE, on(24, 12), on(25, 10)) == on(25, 0)


def test_a_stay_before_opening_goes_on_through_the_opening_of_its_own_day() -> None:
    assert forgotten(HOUSE, on(22, 8), on(22, 10)) is None
    assert forgotten(HOUSE, on(22, 8), on(23, 10)) == on(22, 19)


def test_a_house_that_opens_at_midnight_has_opened_when_a_stay_after_closing_ends() -> None:
    nightly = Rulebook((Version(date(2026, 4, 1), Calendar((Hours(time(0), time(19)),) * 7)),))
    assert forgotten(nightly, on(22, 20), on(23, 0) - MICROSECOND) is None
    assert forgotten(nightly, on(22, 20), on(23, 0)) == on(23, 0)


def test_a_house_that_never_opens_again_leaves_a_day_to_leave_it() -> None:
    last_day = Rulebook((Version(date(2026, 4, 1), CLOSED_ON_TUESDAYS), Version(MONDAY, Calendar((None,) * 7))))
    assert forgotten(last_day, on(22, 12), on(23, 19) - MICROSECOND) is None
    assert forgotten(last_day, on(22, 12), on(23, 19)) == on(22, 19)


def test_a_version_that_begins_between_names_the_opening_and_not_the_closing() -> None:
    later = Version(MONDAY, Calendar((Hours(time(12), time(22)),) * 7))
    rulebook = Rulebook((Version(date(2026, 4, 1), CLOSED_ON_TUESDAYS), later))
    assert forgotten(rulebook, on(22, 12), on(23, 12) - MICROSECOND) is None
    assert forgotten(rulebook, on(22, 12), on(23, 12)) == on(22, 19)


def test_a_closure_that_begins_between_lets_a_stay_be_ended_until_it_is_over() -> None:
    shut = Calendar((TEN_TO_SEVEN,) * 7, closures=(Closure(MONDAY, date(2026, 11, 29), "改装"),))
    rulebook = Rulebook((Version(date(2026, 4, 1), shut),))
    assert forgotten(rulebook, on(22, 12), on(29, 23, 59)) is None
    assert forgotten(rulebook, on(22, 12), on(30, 10)) == on(22, 19)


@pytest.mark.parametrize("rulebook", [NO_RULES, Rulebook((Version(date(2027, 1, 1), CLOSED_ON_TUESDAYS),))])
def test_without_rules_for_its_day_a_stay_never_ends_by_itself(rulebook: Rulebook) -> None:
    assert forgotten(rulebook, on(22, 12), moment(date(2030, 1, 1), 12), entering=True) is None


@pytest.mark.parametrize(
    ("presence", "later"),
    [
        (Inside(on(22, 12)), Outside(on(22, 19), assumed=True)),
        (Inside(on(23, 10)), Inside(on(23, 10))),
        (Outside(on(22, 13)), Outside(on(22, 13))),
        (Outside(on(22, 19), assumed=True), Outside(on(22, 19), assumed=True)),
        (Outside(), Outside()),
        (Unknown(), Unknown()),
    ],
)
def test_what_was_known_as_it_stands_the_next_day(presence: Presence, later: Presence) -> None:
    assert presence_at(presence, HOUSE, on(23, 10)) == later


def test_in_the_night_who_enters_was_outside_and_who_leaves_was_inside() -> None:
    assert presence_at(Inside(on(22, 12)), HOUSE, on(23, 1), entering=True) == Outside(on(22, 19), assumed=True)
    assert presence_at(Inside(on(22, 12)), HOUSE, on(23, 1)) == Inside(on(22, 12))


_INSTANTS = st.integers(0, 60 * 24 * 60).map(lambda minutes: on(1, 0) + timedelta(minutes=minutes))


@given(_INSTANTS)
def test_a_stay_ends_after_it_began_and_no_later_than_its_day(since: datetime) -> None:
    end = assumed_end(HOUSE, since)
    assert end is not None
    assert since < end <= moment(house_day(since) + A_DAY, 0)


@given(_INSTANTS, _INSTANTS, _INSTANTS, st.booleans())
def test_what_was_forgotten_once_is_forgotten_ever_after(
    since: datetime, one: datetime, other: datetime, entering: bool
) -> None:
    earlier, later = sorted((one, other))
    known = forgotten(HOUSE, since, earlier, entering=entering)
    assert known is None or forgotten(HOUSE, since, later, entering=entering) == known
