"""The rules of the house on the server: what the database refuses, what becomes of them in a rulebook, and their number."""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from machine.opening_hours import SPRING, open_daily
from server.house.models import ChangedDay, Closure, HouseRules, YearlyClosure
from server.house.number import rules_number
from server.house.rulebook import rulebook_of
from server.terminals.models import Facility
from visits.calendar import HOUSE_TIME, Calendar, Hours, hours_on, is_open
from visits.limits import MOST_DAYS_IN_A_ROW, UNLIMITED, Limits
from visits.occupancy import Capacity
from visits.rulebook import NO_TEXT, Text, in_force, parse_rulebook, to_document

FROM_TEN_TO_SEVEN = Hours(time(10), time(19))


@pytest.fixture
def annex(db: None) -> Facility:
    return Facility.objects.create(name="別館")


def calendar(facility: Facility, day: date) -> Calendar:
    version = in_force(rulebook_of(facility.pk), day)
    assert version is not None
    return version.calendar


def yearly(rules: HouseRules, first: tuple[int, int], last: tuple[int, int]) -> YearlyClosure:
    return YearlyClosure.objects.create(
        rules=rules, first_month=first[0], first_day=first[1], last_month=last[0], last_day=last[1]
    )


def test_a_facility_without_hours_has_a_rulebook_without_versions(facility: Facility) -> None:
    assert rulebook_of(facility.pk).versions == ()
    assert rules_number(facility.pk) == 0


def test_the_week_is_told_monday_first(facility: Facility) -> None:
    """C2, C5: closed on Tuesdays."""
    open_daily(facility, closes=time(21), except_on="tuesday")

    hours = Hours(time(10), time(21))
    assert calendar(facility, SPRING).weekly == (hours, None, hours, hours, hours, hours, hours)


def test_yearly_closures_are_those_of_their_version(facility: Facility) -> None:
    """C5: 29 December to 3 January."""
    yearly(open_daily(facility), (12, 29), (1, 3))

    of_house = calendar(facility, SPRING)
    closed = [day for day in (28, 29, 30, 31) if hours_on(of_house, date(2026, 12, day)) is None]
    assert closed == [29, 30, 31]
    assert hours_on(of_house, date(2027, 1, 3)) is None
    assert hours_on(of_house, date(2027, 1, 4)) == FROM_TEN_TO_SEVEN


def test_new_hours_leave_the_days_before_as_they_were(facility: Facility) -> None:
    """C22: a past visit is judged by the rules of its time."""
    autumn = date(2026, 10, 1)
    open_daily(facility)
    open_daily(facility, autumn, closes=time(17))

    before = autumn - timedelta(days=1)
    assert hours_on(calendar(facility, before), before) == FROM_TEN_TO_SEVEN
    assert hours_on(calendar(facility, autumn), autumn) == Hours(time(10), time(17))


def test_a_closure_of_the_building_is_one_of_every_facility(facility: Facility, annex: Facility) -> None:
    """C3."""
    for each in (facility, annex):
        open_daily(each)
    Closure.objects.create(first=date(2026, 8, 13), last=date(2026, 8, 15), text="全館停電")

    for each in (facility, annex):
        assert hours_on(calendar(each, SPRING), date(2026, 8, 15)) is None
        assert hours_on(calendar(each, SPRING), date(2026, 8, 16)) == FROM_TEN_TO_SEVEN


def test_a_closure_of_one_facility_leaves_the_other_open(facility: Facility, annex: Facility) -> None:
    """C33."""
    for each in (facility, annex):
        open_daily(each)
    Closure.objects.create(facility=annex, first=date(2026, 8, 13), last=date(2026, 8, 13))

    assert hours_on(calendar(annex, SPRING), date(2026, 8, 13)) is None
    assert hours_on(calendar(facility, SPRING), date(2026, 8, 13)) == FROM_TEN_TO_SEVEN


def test_a_changed_day_keeps_other_hours_or_none(facility: Facility) -> None:
    """C2, C5: temporary changes."""
    open_daily(facility, except_on="tuesday")
    tuesday = date(2026, 11, 24)
    ChangedDay.objects.create(facility=facility, day=tuesday, opens=time(10), closes=time(17))
    ChangedDay.objects.create(facility=facility, day=tuesday + timedelta(days=1))

    of_house = calendar(facility, tuesday)
    assert hours_on(of_house, tuesday) == Hours(time(10), time(17))
    assert hours_on(of_house, tuesday + timedelta(days=1)) is None


def test_each_version_carries_the_days_of_its_own_time(facility: Facility) -> None:
    autumn = date(2026, 10, 1)
    open_daily(facility)
    open_daily(facility, autumn)
    Closure.objects.create(first=date(2026, 9, 1), last=date(2026, 9, 30), text="before")
    Closure.objects.create(first=date(2026, 9, 30), last=autumn, text="across")
    Closure.objects.create(first=autumn, last=autumn, text="after")
    for day in (autumn - timedelta(days=1), autumn):
        ChangedDay.objects.create(facility=facility, day=day)

    first, second = (version.calendar for version in rulebook_of(facility.pk).versions)
    assert [closure.text for closure in first.closures] == ["before", "across"]
    assert [closure.text for closure in second.closures] == ["across", "after"]
    assert [day for day, _ in first.exceptions] == [autumn - timedelta(days=1)]
    assert [day for day, _ in second.exceptions] == [autumn]


def test_the_last_check_in_is_told(facility: Facility) -> None:
    open_daily(facility, last_check_in_minutes=30)

    assert calendar(facility, SPRING).last_check_in_minutes == 30


def test_what_staff_keep_is_a_document_terminals_can_read(facility: Facility) -> None:
    yearly(open_daily(facility, except_on="sunday", last_check_in_minutes=30), (2, 29), (2, 29))
    Closure.objects.create(first=date(2026, 8, 13), last=date(2026, 8, 15), text="夏季休館")
    ChangedDay.objects.create(facility=facility, day=date(2026, 11, 24))
    rulebook = rulebook_of(facility.pk)

    assert parse_rulebook(json.loads(json.dumps(to_document(rulebook)))) == rulebook


def test_the_closing_minute_is_closed_and_seconds_are_not_kept(facility: Facility) -> None:
    """C1."""
    open_daily(facility, closes=time(19, 0, 59))

    of_house = calendar(facility, SPRING)
    seven = datetime(2026, 4, 2, 19, 0, tzinfo=HOUSE_TIME)
    assert not is_open(of_house, seven)
    assert is_open(of_house, seven - timedelta(seconds=1))


def test_limits_capacity_and_texts_ride_in_the_version(facility: Facility) -> None:
    """C34; the reason to keep them by date is C22."""
    open_daily(
        facility,
        uses_in_month=20,
        days_in_a_row=5,
        capacity=80,
        capacity_is_hard=True,
        seconds_between_taps=15,
        announcement_ja="本日は催しがあります",
        announcement_en="There is an event today",
        reception_ja="受付は2階です",
        reception_en="Reception is upstairs",
    )

    (version,) = rulebook_of(facility.pk).versions
    assert version.limits == Limits(20, 5)
    assert version.capacity == Capacity(80, hard=True)
    assert version.seconds_between_taps == 15
    assert version.announcement == Text("本日は催しがあります", "There is an event today")
    assert version.reception == Text("受付は2階です", "Reception is upstairs")


def test_what_staff_leave_empty_limits_nobody(facility: Facility) -> None:
    open_daily(facility)

    (version,) = rulebook_of(facility.pk).versions
    assert (version.limits, version.capacity, version.announcement) == (UNLIMITED, None, NO_TEXT)
    assert version.seconds_between_taps == 10


def test_limits_are_those_of_their_version(facility: Facility) -> None:
    """C22."""
    open_daily(facility, uses_in_month=20)
    open_daily(facility, date(2026, 10, 1), uses_in_month=10)

    assert [version.limits.uses_in_month for version in rulebook_of(facility.pk).versions] == [20, 10]


def later(**fields: Any) -> Callable[[Facility, HouseRules], object]:
    return lambda facility, _: open_daily(facility, date(2026, 5, 1), **fields)


MISTAKES: dict[str, Callable[[Facility, HouseRules], object]] = {
    "nobody to hold": later(capacity=0),
    "a full house of no size": later(capacity_is_hard=True),
    "no use in a month": later(uses_in_month=0),
    "no day in a row": later(days_in_a_row=0),
    "more days in a row than are counted": later(days_in_a_row=MOST_DAYS_IN_A_ROW + 1),
    "eleven minutes between two taps": later(seconds_between_taps=601),
    "holidays nobody knows what to do on": later(on_holidays="maybe"),
    "a second version of one day": lambda facility, _: open_daily(facility),
    "closing at the opening": lambda facility, _: open_daily(facility, date(2026, 5, 1), closes=time(10)),
    "a last check-in of a day before": lambda facility, _: open_daily(
        facility, date(2026, 5, 1), last_check_in_minutes=721
    ),
    "an opening without a closing": lambda facility, _: HouseRules.objects.create(
        facility=facility, valid_from=date(2026, 5, 1), friday_opens=time(10)
    ),
    "a closing without an opening": lambda facility, _: HouseRules.objects.create(
        facility=facility, valid_from=date(2026, 5, 1), friday_closes=time(10)
    ),
    "the 31st of April": lambda _, rules: yearly(rules, (4, 31), (5, 1)),
    "until the 30th of February": lambda _, rules: yearly(rules, (2, 1), (2, 30)),
    "the 13th month": lambda _, rules: yearly(rules, (13, 1), (1, 1)),
    "no day of a month": lambda _, rules: yearly(rules, (12, 29), (1, 0)),
    "a closure that ends before it begins": lambda facility, _: Closure.objects.create(
        facility=facility, first=date(2026, 8, 2), last=date(2026, 8, 1)
    ),
    "a day that is changed twice": lambda facility, _: [
        ChangedDay.objects.create(facility=facility, day=SPRING) for _ in range(2)
    ],
    "a changed day that only opens": lambda facility, _: ChangedDay.objects.create(
        facility=facility, day=SPRING, opens=time(10)
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_the_database_refuses(facility: Facility, mistake: Callable[[Facility, HouseRules], object]) -> None:
    rules = open_daily(facility)
    before = rules_number(facility.pk)

    with pytest.raises(IntegrityError), transaction.atomic():
        mistake(facility, rules)

    assert rules_number(facility.pk) == before


def test_hours_that_are_none_are_named_by_their_weekday(facility: Facility) -> None:
    rules = open_daily(facility)
    rules.friday_closes = None
    rules.sunday_opens = time(20)

    with pytest.raises(ValidationError) as refusal:
        rules.full_clean()

    assert set(refusal.value.message_dict) == {"friday_opens", "sunday_opens"}


def test_a_facility_with_hours_is_not_deleted(facility: Facility) -> None:
    open_daily(facility)

    with pytest.raises(ProtectedError):
        facility.delete()


def test_a_facility_whose_hours_are_gone_can_go(facility: Facility) -> None:
    open_daily(facility).delete()

    facility.delete()

    assert rules_number(facility.pk) == 0


CHANGES: dict[str, Callable[[Facility, HouseRules], object]] = {
    "new hours": lambda facility, _: open_daily(facility, date(2026, 10, 1)),
    "corrected hours": lambda _, rules: rules.save(),
    "deleted hours": lambda _, rules: rules.delete(),
    "a selection of deleted hours": lambda *_: HouseRules.objects.all().delete(),
    "a yearly closure": lambda _, rules: yearly(rules, (12, 29), (1, 3)),
    "a closure": lambda facility, _: Closure.objects.create(facility=facility, first=SPRING, last=SPRING),
    "a closure of the building": lambda *_: Closure.objects.create(first=SPRING, last=SPRING),
    "a changed day": lambda facility, _: ChangedDay.objects.create(facility=facility, day=SPRING),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_has_a_number_of_its_own(
    facility: Facility, change: Callable[[Facility, HouseRules], object]
) -> None:
    rules = open_daily(facility)
    assert rules_number(facility.pk) == 1

    change(facility, rules)

    assert rules_number(facility.pk) == 2


def test_deleted_closures_and_changed_days_are_changes_too(facility: Facility) -> None:
    rules = open_daily(facility)
    yearly(rules, (12, 29), (1, 3))
    Closure.objects.create(facility=facility, first=SPRING, last=SPRING)
    ChangedDay.objects.create(facility=facility, day=SPRING)

    for kind in (YearlyClosure, Closure, ChangedDay):
        before = rules_number(facility.pk)
        kind._default_manager.all().delete()
        assert rules_number(facility.pk) == before + 1


def test_what_one_facility_keeps_is_no_change_of_another(facility: Facility, annex: Facility) -> None:
    open_daily(annex)

    assert rules_number(facility.pk) == 0


def test_a_closure_that_is_given_to_another_facility_is_a_change_of_both(facility: Facility, annex: Facility) -> None:
    closure = Closure.objects.create(facility=facility, first=SPRING, last=SPRING)

    closure.facility = annex
    closure.save()

    assert [rules_number(each.pk) for each in (facility, annex)] == [2, 1]


def test_a_closure_that_becomes_the_buildings_is_a_change_of_all(facility: Facility, annex: Facility) -> None:
    closure = Closure.objects.create(facility=facility, first=SPRING, last=SPRING)

    closure.facility = None
    closure.save()

    assert [rules_number(each.pk) for each in (facility, annex)] == [2, 1]


def test_a_change_that_is_rolled_back_has_no_number(facility: Facility) -> None:
    with transaction.atomic():
        open_daily(facility)
        transaction.set_rollback(True)

    assert rules_number(facility.pk) == 0
