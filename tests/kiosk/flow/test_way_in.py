"""What the hours of the house mean at the door, to the minute (C1-C6, C33)."""

from datetime import date, datetime, time

import pytest

from kiosk.flow.house import Entrance, House, house_now
from visits.calendar import HOUSE_TIME, Calendar, Closure, Hours
from visits.rulebook import Rulebook, Text, Version

HOURS = Hours(time(10), time(19))
TUESDAYS_CLOSED = (HOURS, None, HOURS, HOURS, HOURS, HOURS, HOURS)
RULES = Rulebook((Version(date(2026, 4, 1), Calendar(TUESDAYS_CLOSED, last_check_in_minutes=30)),))
MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)


def on(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute, second), HOUSE_TIME)


def test_while_it_is_open_the_next_opening_is_nobody_s_business() -> None:
    assert house_now(RULES, on(MONDAY, 12)) == House(Entrance.OPEN, HOURS, None)


@pytest.mark.parametrize(
    ("at", "entrance"),
    [
        (on(MONDAY, 9, 59, 59), Entrance.CLOSED),
        (on(MONDAY, 10), Entrance.OPEN),
        (on(MONDAY, 18, 29, 59), Entrance.OPEN),
        (on(MONDAY, 18, 30), Entrance.LAST_CHECK_IN_OVER),
        (on(MONDAY, 18, 59, 59), Entrance.LAST_CHECK_IN_OVER),
        (on(MONDAY, 19), Entrance.CLOSED),
        (on(TUESDAY, 12), Entrance.CLOSED),
    ],
    ids=str,
)
def test_the_way_in_is_open_to_the_minute(at: datetime, entrance: Entrance) -> None:
    house = house_now(RULES, at)
    assert house is not None
    assert house.entrance is entrance


@pytest.mark.parametrize(
    ("at", "opens", "today"),
    [
        (on(MONDAY, 9), on(MONDAY, 10), HOURS),
        (on(MONDAY, 18, 45), on(WEDNESDAY, 10), HOURS),
        (on(MONDAY, 20), on(WEDNESDAY, 10), HOURS),
        (on(TUESDAY, 10), on(WEDNESDAY, 10), None),
    ],
    ids=str,
)
def test_a_closed_house_tells_when_it_opens_again(at: datetime, opens: datetime, today: Hours | None) -> None:
    house = house_now(RULES, at)
    assert house is not None
    assert (house.next_opening, house.today) == (opens, today)


def test_the_next_opening_is_by_the_rules_of_its_own_day() -> None:
    earlier = Calendar((Hours(time(8), time(19)),) * 7)
    changed = Rulebook((*RULES.versions, Version(TUESDAY, earlier)))
    house = house_now(changed, on(MONDAY, 20))
    assert house is not None
    assert house.next_opening == on(TUESDAY, 8)


def test_a_house_that_never_opens_names_no_day() -> None:
    never = Rulebook((Version(date(2026, 4, 1), Calendar((None,) * 7)),))
    assert house_now(never, on(MONDAY, 12)) == House(Entrance.CLOSED, None, None)


def test_what_staff_wrote_for_members_comes_along() -> None:
    news, where = Text("祭り", "festival"), Text("2階", "second floor")
    wordy = Rulebook((Version(date(2026, 4, 1), Calendar(TUESDAYS_CLOSED), announcement=news, reception=where),))
    house = house_now(wordy, on(MONDAY, 12))
    assert house is not None
    assert (house.announcement, house.reception, house.closure) == (news, where, "")


@pytest.mark.parametrize(("day", "reason"), [(MONDAY, "点検"), (TUESDAY, ""), (WEDNESDAY, "")], ids=str)
def test_the_reason_of_a_closure_is_told_on_its_own_days(day: date, reason: str) -> None:
    """C3, C33."""
    closed = Calendar(TUESDAYS_CLOSED, closures=(Closure(MONDAY, MONDAY, "点検"),))
    house = house_now(Rulebook((Version(date(2026, 4, 1), closed),)), on(day, 12))
    assert house is not None
    assert house.closure == reason


@pytest.mark.parametrize(
    ("rules", "at"),
    [(Rulebook(), on(MONDAY, 3)), (RULES, None), (RULES, on(date(2026, 3, 31), 3))],
    ids=["no rules", "no clock to trust", "rules of a later day"],
)
def test_a_house_of_which_too_little_is_known_is_not_called_closed(rules: Rulebook, at: datetime | None) -> None:
    assert house_now(rules, at) is None
