"""Public holidays on the server: which days they are, what a facility does on them, and that the past stays."""

from datetime import date, time

import pytest
from django.core.management import call_command

from machine.opening_hours import SPRING, open_daily
from server.house import holidays
from server.house.holidays import remember_holidays
from server.house.models import ChangedDay, HouseRules, PublicHoliday, YearlyClosure
from server.house.number import rules_number
from server.house.rulebook import rulebook_of
from server.terminals.models import Facility
from visits.calendar import Hours, hours_on
from visits.rulebook import hours_by, in_force

NOVEMBER = date(2026, 11, 22)
UNTIL_NOON = Hours(time(10), time(12))
UNTIL_SEVEN = Hours(time(10), time(19))


@pytest.fixture
def facility_with_short_sundays(facility: Facility) -> HouseRules:
    rules = open_daily(facility)
    rules.sunday_closes = time(12)
    rules.save()
    return rules


def keep(rules: HouseRules, on_holidays: str) -> HouseRules:
    rules.on_holidays = on_holidays
    rules.save()
    return rules


def kept(year: int) -> list[tuple[int, int]]:
    days = PublicHoliday.objects.filter(day__year=year).order_by("day")
    return [(each.day.month, each.day.day) for each in days]


def test_the_holidays_of_2026_are_those_of_the_law(db: None) -> None:
    """With the substitute for 3 May, a Sunday, and 22 September, which lies between two of them."""
    remember_holidays(NOVEMBER)

    assert kept(2026) == [
        (1, 1), (1, 12), (2, 11), (2, 23), (3, 20), (4, 29), (5, 3), (5, 4), (5, 5), (5, 6),
        (7, 20), (8, 11), (9, 21), (9, 22), (9, 23), (10, 12), (11, 3), (11, 23),
    ]  # fmt: skip
    assert PublicHoliday.objects.get(day=date(2026, 5, 6)).name == "振替休日"
    assert PublicHoliday.objects.get(day=date(2026, 9, 22)).name == "国民の休日"


def test_a_holiday_on_a_sunday_moves_to_the_next_day_that_is_none(db: None) -> None:
    remember_holidays(NOVEMBER)

    assert (3, 22) in kept(2027), "21 March 2027, the equinox, is a Sunday"
    assert (5, 6) not in kept(2027), "in 2027 no holiday of May falls on a Sunday"
    assert (2, 24) in kept(2025), "23 February 2025 was a Sunday"


def test_the_days_moved_for_the_games_of_2021_are_known(db: None) -> None:
    remember_holidays(NOVEMBER)

    assert {(7, 22), (7, 23), (8, 8), (8, 9)} <= set(kept(2021))
    assert (10, 11) not in kept(2021)


@pytest.mark.parametrize(("today", "last"), [(date(2026, 12, 31), 2028), (date(2027, 1, 1), 2029)])
def test_holidays_are_known_until_the_end_of_the_year_after_next(db: None, today: date, last: int) -> None:
    remember_holidays(today)

    assert PublicHoliday.objects.first() == PublicHoliday.objects.get(day=date(last, 11, 23))


def test_by_default_a_holiday_is_a_day_as_any(facility: Facility) -> None:
    open_daily(facility)
    remember_holidays(NOVEMBER)

    (version,) = rulebook_of(facility.pk).versions
    assert version.calendar.exceptions == ()


def test_a_facility_may_be_closed_on_holidays(facility_with_short_sundays: HouseRules) -> None:
    rules = keep(facility_with_short_sundays, "closed")
    rulebook = rulebook_of(rules.facility_id)

    hours = [hours_by(rulebook, date(2026, 9, day)) for day in (20, 21, 22, 23, 24)]
    assert hours == [UNTIL_NOON, None, None, None, UNTIL_SEVEN]


def test_a_facility_may_keep_the_hours_of_sundays_on_holidays(facility_with_short_sundays: HouseRules) -> None:
    rules = keep(facility_with_short_sundays, "sunday")
    rulebook = rulebook_of(rules.facility_id)

    assert [hours_by(rulebook, date(2026, 11, day)) for day in (23, 24)] == [UNTIL_NOON, UNTIL_SEVEN]


def test_a_holiday_opens_no_weekday_by_itself(facility: Facility) -> None:
    """C5: closed on Tuesdays; 22 September 2026 is one."""
    keep(open_daily(facility, except_on="tuesday"), "nothing")

    assert hours_by(rulebook_of(facility.pk), date(2026, 9, 22)) is None


def test_what_staff_changed_goes_before_a_holiday(facility: Facility) -> None:
    keep(open_daily(facility), "closed")
    ChangedDay.objects.create(facility=facility, day=date(2026, 11, 23), opens=time(10), closes=time(12))

    assert hours_by(rulebook_of(facility.pk), date(2026, 11, 23)) == UNTIL_NOON
    assert hours_by(rulebook_of(facility.pk), date(2026, 11, 3)) is None


def test_a_yearly_closure_stays_closed_on_a_holiday(facility_with_short_sundays: HouseRules) -> None:
    """C4: New Year's Day is a holiday, on which this house would keep the hours of Sundays."""
    rules = keep(facility_with_short_sundays, "sunday")
    YearlyClosure.objects.create(rules=rules, first_month=1, first_day=1, last_month=1, last_day=1)
    rulebook = rulebook_of(rules.facility_id)

    assert hours_by(rulebook, date(2027, 1, 1)) is None
    assert hours_by(rulebook, date(2027, 1, 11)) == UNTIL_NOON


def test_each_version_does_on_holidays_what_it_says(facility: Facility) -> None:
    keep(open_daily(facility), "closed")
    open_daily(facility, date(2026, 10, 1))
    rulebook = rulebook_of(facility.pk)

    assert hours_by(rulebook, date(2026, 9, 23)) is None
    assert hours_by(rulebook, date(2026, 10, 12)) == UNTIL_SEVEN
    before = in_force(rulebook, SPRING)
    assert before is not None
    assert hours_on(before.calendar, date(2026, 10, 12)) == UNTIL_SEVEN, "each carries the days of its own time only"


def test_another_day_is_no_other_number(facility: Facility) -> None:
    keep(open_daily(facility), "closed")
    remember_holidays(NOVEMBER)
    before = rules_number(facility.pk), rulebook_of(facility.pk)

    assert not remember_holidays(date(2026, 12, 31))
    assert (rules_number(facility.pk), rulebook_of(facility.pk)) == before


def test_a_new_year_tells_terminals_of_one_more(facility: Facility) -> None:
    keep(open_daily(facility), "closed")
    remember_holidays(date(2090, 12, 31))
    before = rules_number(facility.pk)

    assert remember_holidays(date(2091, 1, 1))
    assert rules_number(facility.pk) == before + 1
    assert hours_by(rulebook_of(facility.pk), date(2093, 1, 1)) is None


def test_a_server_that_stood_still_for_years_catches_up(db: None) -> None:
    remember_holidays(date(2026, 1, 1))
    assert not kept(2029)

    remember_holidays(date(2031, 6, 1))

    assert len(kept(2029)) >= 16
    assert len(kept(2033)) >= 16


def test_another_law_changes_the_days_to_come_and_none_gone_by(
    facility: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C22."""
    remember_holidays(NOVEMBER)
    before, count = rules_number(facility.pk), PublicHoliday.objects.count()
    law = holidays._known_from(1949, 2028)
    changed = {day: name for day, name in law.items() if (day.month, day.day) != (11, 23)}
    new = {date(2026, 6, 10): "時の記念日", date(2027, 6, 10): "時の記念日"}
    monkeypatch.setattr(holidays, "_known_from", lambda first, last: changed | new)

    assert remember_holidays(NOVEMBER)

    assert rules_number(facility.pk) == before + 1
    assert (6, 10) not in kept(2026), "a day gone by"
    assert (11, 23) in kept(2025), "a day gone by"
    assert (11, 23) not in kept(2026), "tomorrow"
    assert (6, 10) in kept(2027)
    assert PublicHoliday.objects.count() == count - 3 + 1


def test_a_facility_that_begins_to_observe_them_knows_them_at_once(facility: Facility) -> None:
    assert not PublicHoliday.objects.exists()

    keep(open_daily(facility), "closed")

    assert PublicHoliday.objects.exists()


def test_the_command_of_every_day_keeps_them(facility: Facility, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("close_day")
    assert "other public holidays" in capsys.readouterr().out
    assert PublicHoliday.objects.exists()

    call_command("close_day")
    assert "holidays" not in capsys.readouterr().out
