"""Quotes: the printed figures of the source, the dates that go with them, and what is said against a use (C9-C30)."""

import re
from dataclasses import replace
from datetime import date, datetime, time

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from machine.opening_hours import open_daily
from server.desk.example_prices import EXAMPLE, NAMES, keep_tariff, set_up_prices
from server.house.prices import MonthPrice, Tariff
from server.terminals.models import Facility
from visits.calendar import HOUSE_TIME

USE_DAY = "2026-11-25"


@pytest.fixture(autouse=True)
def _priced(facility: Facility, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked on a Tuesday at noon, in a house that is open daily from ten to nine."""
    set_up_prices(facility, EXAMPLE)
    open_daily(facility, closes=time(21))
    ask_at(monkeypatch, datetime(2026, 11, 24, 12, tzinfo=HOUSE_TIME))


def ask_at(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)


def page(
    client: Client, facility: Facility, what: str = "", day: str = USE_DAY, language: str = "ja", **fields: str
) -> str:
    asked = {"facility": str(facility.pk), "day": day, "what": what, "filled_in": what, **fields}
    answer = client.get(reverse("quote"), asked, headers={"Accept-Language": language})
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200
    return answer.content.decode()


def total(text: str) -> str:
    [amount] = re.findall(r'<tfoot>.*?<td class="desk-yen">¥([\d,]+)</td>', text, re.DOTALL)
    return str(amount)


def objections(text: str) -> list[str]:
    return re.findall(r'desk-objection">([^<]+)<', text)


@pytest.mark.parametrize(
    ("what", "starts", "ends", "amount"),
    [
        ("slots:open_space_full", "10:00", "12:00", "2,800"),
        ("slots:open_space_full", "13:00", "17:00", "6,200"),
        ("slots:open_space_full", "18:00", "21:00", "5,000"),
        ("slots:open_space_full", "10:00", "17:00", "9,000"),
        ("slots:open_space_full", "13:00", "21:00", "11,200"),
        ("slots:open_space_full", "10:00", "21:00", "14,000"),
        ("slots:open_space_full", "10:00", "12:30", "4,500"),
        ("slots:open_space_half", "10:00", "17:00", "4,500"),
        ("slots:multipurpose_full", "10:00", "17:00", "2,750"),
        ("hours:multipurpose_half", "10:00", "13:00", "600"),
        ("hours:meeting_room", "10:00", "11:00", "200"),
        ("hours:meeting_room", "10:00", "11:01", "400"),
        ("hours:consultation_room", "10:00", "12:00", "100"),
    ],
)
def test_a_space_costs_what_the_list_prints(
    staff: Client, facility: Facility, what: str, starts: str, ends: str, amount: str
) -> None:
    """C23-C24."""
    assert total(page(staff, facility, what, starts=starts, ends=ends, admission="0")) == amount


@pytest.mark.parametrize(
    ("admission", "promotion", "amount"),
    [("1999", "", "9,000"), ("2000", "", "18,000"), ("0", "on", "45,000"), ("2000", "on", "45,000")],
)
def test_a_floor_costs_twice_for_admission_and_five_times_for_promotion(
    staff: Client, facility: Facility, admission: str, promotion: str, amount: str
) -> None:
    """C28."""
    ticked = {"promotion": promotion} if promotion else {}
    text = page(staff, facility, "slots:open_space_full", starts="10:00", ends="17:00", admission=admission, **ticked)

    assert total(text) == amount


def test_the_showroom_is_let_by_the_square_metre(staff: Client, facility: Facility) -> None:
    """C25."""
    hours = {"starts": "10:00", "ends": "14:00", "admission": "0"}

    assert total(page(staff, facility, "slots:showroom", square_metres="30", **hours)) == "2,100"
    assert "desk-quote" not in page(staff, facility, "slots:showroom", **hours)


def test_a_seat_for_the_day(staff: Client, facility: Facility) -> None:
    """C24."""
    assert total(page(staff, facility, "days:workspace", seats="2")) == "1,300"


@pytest.mark.parametrize(
    ("space", "general", "reduced"),
    [
        ("rental_room", "14,990", "7,490"),
        ("workspace_full", "77,120", "38,560"),
        ("workspace_half", "38,560", "19,280"),
        ("meeting_room", "42,840", "21,420"),
        ("rental_booth", "17,500", "8,750"),
    ],
)
def test_a_month_costs_what_the_list_prints(
    staff: Client, facility: Facility, space: str, general: str, reduced: str
) -> None:
    """C19, C26."""
    month = {"day": "2026-12-01", "months": "1"}
    claim = {"ground": "founded", "since": "2025-04-01", "documented": "on"}

    assert total(page(staff, facility, f"months:{space}", **month)) == general
    assert total(page(staff, facility, f"months:{space}", **month, **claim)) == reduced


@pytest.mark.parametrize(
    ("first", "amount"), [("2026-12-01", "14,990"), ("2026-12-02", "14,500"), ("2026-12-31", "480")]
)
def test_the_first_month_is_charged_by_the_day(staff: Client, facility: Facility, first: str, amount: str) -> None:
    """C14."""
    assert total(page(staff, facility, "months:rental_room", day=first, months="1")) == amount


def test_the_months_after_the_first_are_whole(staff: Client, facility: Facility) -> None:
    text = page(staff, facility, "months:rental_room", day="2026-12-31", months="3")

    assert total(text) == "30,460"


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ({"ground": "founded", "since": "2023-11-25", "documented": "on"}, "半額です。"),
        ({"ground": "founded", "since": "2023-11-24", "documented": "on"}, "3年を過ぎています"),
        ({"ground": "founded", "since": "2025-01-01"}, "書類"),
        ({"ground": "office_opened_here", "since": "2025-01-01", "documented": "on"}, "法人のみ"),
        ({"ground": "founded", "since": "2027-02-26", "documented": "on"}, "先すぎます"),
    ],
)
def test_half_the_price_has_its_reasons(staff: Client, facility: Facility, claim: dict[str, str], words: str) -> None:
    """C19."""
    assert words in page(staff, facility, "months:rental_room", months="1", **claim)


def test_half_the_price_is_judged_anew_each_month(staff: Client, facility: Facility) -> None:
    """C19: the three years end on 15 December, which December still begins within."""
    claim = {"ground": "founded", "since": "2023-12-15", "documented": "on"}

    assert total(page(staff, facility, "months:rental_room", day="2026-12-01", months="2", **claim)) == "22,480"


def test_each_month_is_charged_by_the_prices_of_its_first_day(staff: Client, facility: Facility) -> None:
    """C22."""
    new = Tariff.objects.create(facility=facility, valid_from=date(2027, 1, 1))
    MonthPrice.objects.create(
        tariff=new, key="rental_room", name_ja="個室", name_en="Room", general=20_000, reduced=10_000
    )

    assert total(page(staff, facility, "months:rental_room", day="2026-12-01", months="2")) == "34,990"


def test_a_month_has_its_dates(staff: Client, facility: Facility) -> None:
    """C15-C16, C18."""
    text = page(staff, facility, "months:rental_room", months="1")

    assert re.findall(r"<dd>(\d{4}-\d\d-\d\d)", text) == [
        "2026-05-01", "2026-11-30", "2027-11-24", "2029-11-24", "2027-10-24"
    ]  # fmt: skip


def test_what_is_renewed_without_end_names_no_last_day(staff: Client, facility: Facility) -> None:
    """C16: rental rooms and booths twice at most."""
    assert "2029-11-24" in page(staff, facility, "months:rental_booth", months="1")
    assert "2029-11-24" not in page(staff, facility, "months:meeting_room", months="1")


def test_things_are_added(staff: Client, facility: Facility) -> None:
    """C29."""
    things = {"thing-projector": "1", "thing-copy_mono": "3", "thing-phone_booth": "2"}

    assert total(page(staff, facility, "hours:meeting_room", starts="10:00", ends="11:00", **things)) == "2,030"
    assert total(page(staff, facility, "things:", **things)) == "1,830"


def test_a_fifth_of_what_was_sold_is_kept(staff: Client, facility: Facility) -> None:
    """C27."""
    assert total(page(staff, facility, "consignment:", sales="12345")) == "2,469"


@pytest.mark.parametrize(
    ("visitor", "minutes", "amount"),
    [("student", "60", "150"), ("student", "61", "300"), ("general", "60", "300"), ("child_with_guardian", "60", "0")],
)
def test_drop_in_is_paid_by_the_hour_begun(
    staff: Client, facility: Facility, visitor: str, minutes: str, amount: str
) -> None:
    """A63-A64."""
    assert total(page(staff, facility, "drop_in:", visitor=visitor, minutes=minutes)) == amount


def test_a_child_alone_gets_no_quote_but_the_rule(staff: Client, facility: Facility) -> None:
    """A65."""
    text = page(staff, facility, "drop_in:", visitor="child_alone", minutes="60")

    assert objections(text) == ["小学生以下のみでのご利用はできません。"]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-11-23", ["その日は過ぎています。"]),
        ("2026-11-24", []),
        ("2027-06-01", []),
        ("2027-06-02", ["この日の申込みはまだ受け付けていません。"]),
    ],
)
def test_a_use_may_be_applied_for_from_six_months_before_until_the_day(
    staff: Client, facility: Facility, day: str, words: list[str]
) -> None:
    """C10: on 24 November a use on 1 June counts from its eve in May; one on the 2nd counts from December."""
    text = page(staff, facility, "hours:meeting_room", day=day, starts="10:00", ends="11:00")

    assert objections(text) == words


@pytest.mark.parametrize(("today", "said"), [("2026-11-30", 1), ("2026-12-01", 0)])
def test_the_first_day_of_acceptance_counts(
    staff: Client, facility: Facility, monkeypatch: pytest.MonkeyPatch, today: str, said: int
) -> None:
    """C10."""
    ask_at(monkeypatch, datetime.fromisoformat(f"{today}T12:00").replace(tzinfo=HOUSE_TIME))
    staff.force_login(User.objects.get(username="desk"))

    text = page(staff, facility, "hours:meeting_room", day="2027-06-02", starts="10:00", ends="11:00")

    assert len(objections(text)) == said


def test_applications_are_taken_within_the_hours_of_the_house(
    staff: Client, facility: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C9."""
    for minute, said in (("20:59", 0), ("21:00", 1)):
        ask_at(monkeypatch, datetime.fromisoformat(f"2026-11-24T{minute}").replace(tzinfo=HOUSE_TIME))
        text = page(staff, facility, "hours:meeting_room", starts="10:00", ends="11:00")
        assert len(objections(text)) == said


@pytest.mark.parametrize(("ends", "said"), [("21:00", 0), ("21:01", 1)])
def test_a_use_lies_within_the_hours_of_the_day(staff: Client, facility: Facility, ends: str, said: int) -> None:
    """C9, D1."""
    assert len(objections(page(staff, facility, "hours:meeting_room", starts="20:00", ends=ends))) == said


def test_it_can_be_called_off_until_the_open_day_before(staff: Client, facility: Facility) -> None:
    """C18, C30."""
    text = page(staff, facility, "hours:meeting_room", starts="10:00", ends="11:00")

    assert re.findall(r"<dd>(\d{4}-\d\d-\d\d)", text) == ["2026-05-01", "2026-11-24"]


def test_a_time_between_two_slots_is_said(staff: Client, facility: Facility) -> None:
    text = page(staff, facility, "slots:open_space_full", starts="12:00", ends="13:00", admission="0")

    assert "errorlist" in text
    assert "desk-quote" not in text


def test_an_end_before_the_beginning_is_said(staff: Client, facility: Facility) -> None:
    text = page(staff, facility, "hours:meeting_room", starts="11:00", ends="11:00")

    assert "終了は開始より後にしてください。" in text


def test_before_the_first_price_list_nothing_is_quoted(staff: Client, facility: Facility) -> None:
    """C22."""
    text = page(staff, facility, "hours:meeting_room", day="2023-07-31", starts="10:00", ends="11:00")

    assert "料金表がありません" in text


def test_the_page_speaks_english_too(staff: Client, facility: Facility) -> None:
    text = page(staff, facility, "hours:meeting_room", language="en", starts="10:00", ends="11:00")

    assert "Meeting room" in text
    assert "total, tax included" in text


def test_the_fields_are_those_of_the_offer(staff: Client, facility: Facility) -> None:
    assert 'name="seats"' in page(staff, facility, "days:workspace", filled_in="")
    assert 'name="sales"' in page(staff, facility, "consignment:", filled_in="")
    assert "errorlist" not in page(staff, facility, "days:workspace", filled_in="hours:meeting_room")


def test_nobody_asks_without_signing_in(facility: Facility) -> None:
    assert Client().get(reverse("quote")).status_code == 302


def test_a_space_that_is_not_offered_any_more_in_a_later_month_is_said(staff: Client, facility: Facility) -> None:
    keep_tariff(facility, replace(EXAMPLE, valid_from=date(2027, 1, 1), months=()), NAMES)

    text = page(staff, facility, "months:rental_room", months="3", ground="")

    assert "この期間中に始まる料金表にこのスペースはありません。" in text
