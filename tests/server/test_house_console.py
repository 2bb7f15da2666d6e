"""The rules of the house at the console: kept by staff, with the mistakes named, and the history of who changed what."""

import re
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from machine.opening_hours import SPRING, open_daily
from server.house.models import WEEKDAYS, ChangedDay, Closure, HouseRules, YearlyClosure
from server.house.number import rules_number
from server.terminals.models import Facility
from visits.calendar import house_day
from visits.rulebook import LONGEST_ENGLISH, LONGEST_JAPANESE

RULES_ADD = "admin:house_houserules_add"


def submit(client: Client, url: str, data: dict[str, Any], language: str = "ja") -> str:
    answer = client.post(url, data, follow=True, headers={"Accept-Language": language})
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200
    return answer.content.decode()


def page(client: Client, url: str, language: str = "ja") -> str:
    return client.get(url, headers={"Accept-Language": language}).content.decode()


def form(facility: Facility, valid_from: date = SPRING, **changes: Any) -> dict[str, Any]:
    """Ten to nine but on Tuesdays, and closed at the year's end, as typed into the form."""
    week = {
        f"{day}_{end}": "" if day == "tuesday" else at
        for day in WEEKDAYS
        for end, at in (("opens", "10:00"), ("closes", "21:00"))
    }
    inline = {"TOTAL_FORMS": 1, "INITIAL_FORMS": 0, "0-first_month": 12, "0-first_day": 29, "0-last_month": 1}
    return {
        "facility": str(facility.pk),
        "valid_from": valid_from.isoformat(),
        "is_correction": "on",
        "last_check_in_minutes": 30,
        "on_holidays": "nothing",
        "seconds_between_taps": 10,
        **week,
        **{f"yearly_closures-{name}": value for name, value in {**inline, "0-last_day": 3}.items()},
        **changes,
    }


def test_hours_are_entered_on_one_page(staff: Client, facility: Facility) -> None:
    """C2, C5."""
    submit(staff, reverse(RULES_ADD), form(facility))

    rules = HouseRules.objects.get()
    assert rules.week() == tuple((None, None) if day == "tuesday" else (time(10), time(21)) for day in WEEKDAYS)
    assert (rules.valid_from, rules.last_check_in_minutes) == (SPRING, 30)
    assert [str(closure) for closure in rules.yearly_closures.all()] == ["12/29 - 1/3"]
    assert rules_number(facility.pk) > 0


def test_new_hours_begin_as_a_copy_and_leave_the_old_ones(staff: Client, facility: Facility) -> None:
    """C22."""
    submit(staff, reverse(RULES_ADD), form(facility))
    old = HouseRules.objects.get()
    url = reverse("admin:house_houserules_change", args=[old.pk])
    assert 'name="_saveasnew"' in page(staff, url)

    submit(staff, url, form(facility, date(2026, 10, 1), _saveasnew="1", monday_closes="17:00"))

    hours = HouseRules.objects.order_by("valid_from").values_list("valid_from", "monday_closes")
    assert list(hours) == [(SPRING, time(21)), (date(2026, 10, 1), time(17))]
    assert YearlyClosure.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"friday_closes": "10:00"}, "開館が先になるように"),
        ({"friday_closes": ""}, "開館が先になるように"),
        ({"yearly_closures-0-last_month": 2, "yearly_closures-0-last_day": 30}, "存在しない日付です"),
        ({"last_check_in_minutes": 721}, "last_check_in"),
    ],
    ids=["no time between", "no closing", "no such day", "a last check-in too early"],
)
def test_mistakes_are_named_and_nothing_is_kept(
    staff: Client, facility: Facility, changes: dict[str, Any], said: str
) -> None:
    assert said in submit(staff, reverse(RULES_ADD), form(facility, **changes))
    assert not HouseRules.objects.exists()
    assert rules_number(facility.pk) == 0


def test_the_list_marks_the_hours_in_force(staff: Client, facility: Facility) -> None:
    for day in (date(2020, 4, 1), date(2021, 4, 1), date(2199, 4, 1)):
        open_daily(facility, day)

    listed = page(staff, reverse("admin:house_houserules_changelist"))
    assert re.findall(r"/icon-(yes|no)[-.]", listed) == ["no", "yes", "no"]


def test_the_week_is_shown_in_short(staff: Client, facility: Facility) -> None:
    open_daily(facility, except_on="tuesday")

    short = "月 10:00-19:00 / 火 休館 / 水-日 10:00-19:00"
    assert short in page(staff, reverse("admin:house_houserules_changelist"))
    short = "Mon 10:00-19:00 / Tue closed / Wed-Sun 10:00-19:00"
    assert short in page(staff, reverse("admin:house_houserules_changelist"), "en")


def test_a_closure_without_a_facility_is_the_buildings(staff: Client, facility: Facility) -> None:
    """C3."""
    closure = {"facility": "", "first": "2099-08-13", "last": "2099-08-15", "text": "停電"}

    submit(staff, reverse("admin:house_closure_add"), closure)

    assert Closure.objects.get().facility is None
    listed = page(staff, reverse("admin:house_closure_changelist"))
    assert "建物全体</td>" in listed
    assert "建物全体</a>" in listed, "the filter"


def test_a_closure_without_a_reason_shows_none(staff: Client, facility: Facility) -> None:
    Closure.objects.create(facility=facility, first=SPRING, last=SPRING)

    table = page(staff, reverse("admin:house_closure_changelist")).split("<tbody>")[1].split("</tbody>")[0]
    assert "建物全体" not in table


def test_a_closure_that_ends_before_it_begins_is_not_kept(staff: Client, facility: Facility) -> None:
    closure = {"facility": "", "first": "2026-08-15", "last": "2026-08-13", "text": ""}

    assert "最終日が初日より前です" in submit(staff, reverse("admin:house_closure_add"), closure)
    assert not Closure.objects.exists()


def test_a_day_is_changed_to_other_hours_or_none(staff: Client, facility: Facility) -> None:
    """C2, C5."""
    for day, opens, closes in (("2099-11-24", "10:00", "17:00"), ("2099-11-25", "", "")):
        changed = {"facility": str(facility.pk), "day": day, "opens": opens, "closes": closes}
        submit(staff, reverse("admin:house_changedday_add"), changed)

    assert ChangedDay.objects.count() == 2
    listed = page(staff, reverse("admin:house_changedday_changelist"))
    assert listed.index("休館</td>") < listed.index("10:00-17:00</td>")


def test_the_history_says_who_changed_what(staff: Client, facility: Facility) -> None:
    submit(staff, reverse(RULES_ADD), form(facility, date(2199, 4, 1)))
    rules = HouseRules.objects.get()
    submit(staff, reverse("admin:house_houserules_delete", args=[rules.pk]), {"post": "yes"})
    submit(staff, reverse("admin:terminals_facility_add"), {"name": "別館"})

    history = page(staff, reverse("admin:house_rulechange_changelist"))
    assert history.count(">desk</td>") == 2
    assert history.count(f"{facility} 2199-04-01</td>") == 2
    assert "別館" not in history


def test_the_history_is_not_changed(staff: Client, facility: Facility) -> None:
    assert staff.get(reverse("admin:house_rulechange_add")).status_code == 403


def test_who_may_not_change_hours_does_not(facility: Facility) -> None:
    client = Client()
    client.force_login(User.objects.create_user("reader", is_staff=True))

    assert client.get(reverse(RULES_ADD)).status_code == 403


TODAY = house_day(timezone.now())
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
CORRECTION = "誤りの訂正であれば"


def stored(facility: Facility, valid_from: date) -> str:
    """The page of rules kept from that day on."""
    return reverse("admin:house_houserules_change", args=[open_daily(facility, valid_from).pk])


def of_stored(facility: Facility, valid_from: date, **changes: Any) -> dict[str, Any]:
    """The form of rules without yearly closures, with nothing ticked."""
    data = form(facility, valid_from, **{"is_correction": "", **changes})
    return {name: value for name, value in data.items() if "_closures-0" not in name} | {
        "yearly_closures-TOTAL_FORMS": 0
    }


def monday_closes() -> list[time | None]:
    return list(HouseRules.objects.order_by("valid_from").values_list("monday_closes", flat=True))


@pytest.mark.parametrize("valid_from", [YESTERDAY, TODAY, TOMORROW], ids=["yesterday", "today", "tomorrow"])
def test_rules_do_not_move_to_another_date(staff: Client, facility: Facility, valid_from: date) -> None:
    """Saving over a version with a changed date would take the old one away (C22)."""
    url = stored(facility, valid_from)

    said = submit(staff, url, of_stored(facility, date(2199, 4, 1), is_correction="on"))

    assert "適用開始日は変えられません" in said
    assert list(HouseRules.objects.values_list("valid_from", flat=True)) == [valid_from]


def test_rules_do_not_move_to_another_facility(staff: Client, facility: Facility) -> None:
    url = stored(facility, TOMORROW)
    annex = Facility.objects.create(name="別館")

    assert "施設は変えられません" in submit(staff, url, of_stored(annex, TOMORROW))
    assert HouseRules.objects.get().facility == facility


@pytest.mark.parametrize("valid_from", [YESTERDAY, TODAY], ids=["yesterday", "today"])
def test_rules_in_force_change_only_as_a_correction(staff: Client, facility: Facility, valid_from: date) -> None:
    url = stored(facility, valid_from)
    number = rules_number(facility.pk)

    assert CORRECTION in submit(staff, url, of_stored(facility, valid_from, monday_closes="17:00"))
    assert (monday_closes(), rules_number(facility.pk)) == ([time(19)], number)

    submit(staff, url, of_stored(facility, valid_from, monday_closes="17:00", is_correction="on"))
    assert monday_closes() == [time(17)]
    assert rules_number(facility.pk) > number


def test_rules_to_come_are_changed_freely(staff: Client, facility: Facility) -> None:
    submit(staff, stored(facility, TOMORROW), of_stored(facility, TOMORROW, monday_closes="17:00"))

    assert monday_closes() == [time(17)]


def test_new_rules_may_begin_today_but_before_only_as_a_correction(staff: Client, facility: Facility) -> None:
    assert CORRECTION in submit(staff, reverse(RULES_ADD), of_stored(facility, YESTERDAY))
    assert not HouseRules.objects.exists()

    submit(staff, reverse(RULES_ADD), of_stored(facility, TODAY))
    assert HouseRules.objects.count() == 1


def test_new_rules_beside_those_in_force_are_no_correction(staff: Client, facility: Facility) -> None:
    url = stored(facility, YESTERDAY)

    submit(staff, url, of_stored(facility, TOMORROW, monday_closes="17:00", _saveasnew="1"))

    assert monday_closes() == [time(19), time(17)]


@pytest.mark.parametrize(("valid_from", "status"), [(TODAY, 403), (TOMORROW, 200)], ids=["today", "tomorrow"])
def test_rules_that_were_in_force_are_not_deleted(
    staff: Client, facility: Facility, valid_from: date, status: int
) -> None:
    rules = open_daily(facility, valid_from)
    url = reverse("admin:house_houserules_delete", args=[rules.pk])

    assert staff.post(url, {"post": "yes"}, follow=True).status_code == status
    assert HouseRules.objects.exists() is (status == 403)


def test_a_selection_with_rules_that_were_in_force_is_not_deleted(staff: Client, facility: Facility) -> None:
    chosen = [open_daily(facility, day).pk for day in (YESTERDAY, TOMORROW)]
    action = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}

    staff.post(reverse("admin:house_houserules_changelist"), action)

    assert HouseRules.objects.count() == 2


def closure(first: date, last: date, text: str = "", **more: str) -> dict[str, str]:
    return {"facility": "", "first": first.isoformat(), "last": last.isoformat(), "text": text, **more}


def test_a_closure_of_days_gone_by_is_a_correction(staff: Client, facility: Facility) -> None:
    url = reverse("admin:house_closure_add")

    assert CORRECTION in submit(staff, url, closure(YESTERDAY, TODAY))
    submit(staff, url, closure(TODAY, TODAY))
    submit(staff, url, closure(YESTERDAY, TODAY, is_correction="on"))

    assert Closure.objects.count() == 2


def test_a_closure_that_has_begun_may_go_on_longer(staff: Client, facility: Facility) -> None:
    kept = Closure.objects.create(first=YESTERDAY, last=TODAY)
    url = reverse("admin:house_closure_change", args=[kept.pk])

    submit(staff, url, closure(YESTERDAY, TOMORROW, "工事"))
    kept.refresh_from_db()
    assert (kept.last, kept.text) == (TOMORROW, "工事")

    assert CORRECTION in submit(staff, url, closure(TODAY, TOMORROW))
    assert CORRECTION in submit(staff, url, closure(YESTERDAY, TOMORROW) | {"facility": str(facility.pk)})


@pytest.mark.parametrize("moved", [False, True], ids=["other hours", "another day"])
def test_a_changed_day_that_is_over_changes_only_as_a_correction(
    staff: Client, facility: Facility, *, moved: bool
) -> None:
    kept = ChangedDay.objects.create(facility=facility, day=YESTERDAY)
    url = reverse("admin:house_changedday_change", args=[kept.pk])
    day = TOMORROW if moved else YESTERDAY
    data = {"facility": str(facility.pk), "day": day.isoformat(), "opens": "10:00", "closes": "12:00"}

    assert CORRECTION in submit(staff, url, data)
    submit(staff, url, data | {"is_correction": "on"})

    kept.refresh_from_db()
    assert (kept.day, kept.closes) == (day, time(12))


def test_capacity_limits_and_texts_are_entered_on_the_same_page(staff: Client, facility: Facility) -> None:
    """C34."""
    entered = {
        "capacity": 80,
        "capacity_is_hard": "on",
        "uses_in_month": 20,
        "days_in_a_row": 5,
        "seconds_between_taps": 15,
        "announcement_ja": "本日は催しがあります",
        "reception_en": "Reception is upstairs",
    }

    submit(staff, reverse(RULES_ADD), of_stored(facility, TODAY, **entered))

    kept = HouseRules.objects.values(*entered).get()
    assert kept == entered | {"capacity_is_hard": True}


@pytest.mark.parametrize(
    ("field", "longest"),
    [
        ("announcement_ja", LONGEST_JAPANESE),
        ("announcement_en", LONGEST_ENGLISH),
        ("reception_ja", LONGEST_JAPANESE),
        ("reception_en", LONGEST_ENGLISH),
    ],
)
def test_a_text_is_as_long_as_every_screen_shows_it(
    staff: Client, facility: Facility, field: str, longest: int
) -> None:
    refused = submit(staff, reverse(RULES_ADD), of_stored(facility, TODAY, **{field: "あ" * (longest + 1)}))
    assert f"{longest} 文字以下" in refused
    assert not HouseRules.objects.exists()

    submit(staff, reverse(RULES_ADD), of_stored(facility, TODAY, **{field: "あ" * longest}))
    assert HouseRules.objects.values_list(field, flat=True).get() == "あ" * longest


def test_a_longer_text_from_before_is_kept_until_it_is_saved_again(staff: Client, facility: Facility) -> None:
    before = "あ" * 200
    rules = HouseRules.objects.create(facility=facility, valid_from=TOMORROW, announcement_ja=before)
    url = reverse("admin:house_houserules_change", args=[rules.pk])

    assert before in staff.get(url).content.decode()
    submit(staff, url, of_stored(facility, TOMORROW, announcement_ja=before))
    rules.refresh_from_db()
    assert (rules.announcement_ja, rules.announcement_en) == (before, "")

    submit(staff, url, of_stored(facility, TOMORROW, announcement_ja="催し"))
    rules.refresh_from_db()
    assert rules.announcement_ja == "催し"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"capacity": 0}, "定員は1人以上です"),
        ({"capacity_is_hard": "on"}, "定員を入力してください"),
        ({"uses_in_month": 0}, "上限は 1 以上"),
        ({"days_in_a_row": 0}, "続けてご利用できる日数は 1 から 62"),
        ({"days_in_a_row": 63}, "続けてご利用できる日数は 1 から 62"),
        ({"seconds_between_taps": 601}, "600秒以下"),
    ],
)
def test_limits_that_are_none_are_named(staff: Client, facility: Facility, changes: dict[str, Any], said: str) -> None:
    assert said in submit(staff, reverse(RULES_ADD), of_stored(facility, TODAY, **changes))
    assert not HouseRules.objects.exists()


def test_holidays_are_there_to_be_looked_at_only(staff: Client, facility: Facility) -> None:
    submit(staff, reverse(RULES_ADD), of_stored(facility, TODAY, on_holidays="closed"))

    assert "国民の休日" in page(staff, reverse("admin:house_publicholiday_changelist") + "?day__year=2026")
    assert staff.get(reverse("admin:house_publicholiday_add")).status_code == 403
