"""Price lists at the console: entered on one page, with the mistakes named, and copied to a new date (C22-C31)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from server.desk.example_prices import EXAMPLE, NAMES, keep_tariff
from server.house import prices
from server.house.number import rules_number
from server.house.tariffs import names_of, tariff_of, tariffs_of
from server.terminals.models import Facility
from visits.calendar import house_day
from visits.tariff import DropInPrices, Factors, Slot, SlotPrices, Tariff

ADD = "admin:house_tariff_add"
TODAY = house_day(timezone.now())
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
ROWS = ("slotspace_set", "hourprice_set", "dayprice_set", "monthprice_set", "thingprice_set")
SLOTS = "am 10:00-12:00 2800 午前 / Morning\nall_day 10:00-21:00 14,000 全日 / All day"
SPACE = {"key": "open_space", "name_ja": "オープンスペース", "name_en": "Open space", "overtime": 1700, "floor": "on"}


def submit(client: Client, url: str, data: dict[str, Any], language: str = "ja") -> str:
    answer = client.post(url, data, follow=True, headers={"Accept-Language": language})
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200
    return answer.content.decode()


def rows(name: str, each: Iterable[dict[str, Any]], initial: int = 0) -> dict[str, Any]:
    """The rows of one table as the page sends them."""
    sent = {f"{name}-{at}-{field}": value for at, row in enumerate(each) for field, value in row.items()}
    total = len({key.split("-")[1] for key in sent})
    return {f"{name}-TOTAL_FORMS": total, f"{name}-INITIAL_FORMS": initial, **sent}


def form(facility: Facility, **changes: Any) -> dict[str, Any]:
    """Drop-in hours and what the page begins with, without rows."""
    data: dict[str, Any] = {
        "facility": str(facility.pk),
        "valid_from": TODAY.isoformat(),
        "drop_in_general": 300,
        "drop_in_student": 150,
        "parking_free_minutes": 120,
        "parking_allowance_minutes": 30,
        "parking_purchase_from": 2000,
        "parking_purchase_hours": 1,
        "parking_event_hours": 2,
    }
    for name in ROWS:
        data |= rows(name, [])
    return data | changes


def with_space(facility: Facility, **changes: Any) -> dict[str, Any]:
    return form(facility, **(rows("slotspace_set", [SPACE | {"slots": SLOTS}]) | changes))


def test_a_price_list_is_entered_on_one_page(staff: Client, facility: Facility) -> None:
    factors = {"admission_from": 2000, "admission_factor": 2, "promotion_factor": 5}

    submit(staff, reverse(ADD), with_space(facility, **factors))

    assert tariffs_of(facility.pk) == (
        Tariff(
            valid_from=TODAY,
            slots=(
                SlotPrices(
                    "open_space",
                    (Slot("am", time(10), time(12), 2_800), Slot("all_day", time(10), time(21), 14_000)),
                    overtime=1_700,
                ),
            ),
            factors=Factors(2_000, 2, 5),
            drop_in=DropInPrices(300, 150),
        ),
    )
    assert names_of(facility.pk, TODAY)["am"] == ("午前", "Morning")


@pytest.mark.parametrize(
    ("slots", "said"),
    [
        ("am ten to twelve 2800 午前 / Morning", "読み取れません：am ten"),
        ("am 10:00-12:00 午前 / Morning", "読み取れません：am 10:00"),
        ("am 10:00-25:00 2800 午前 / Morning", "時刻として読み取れません"),
        ("am 12:00-10:00 2800 午前 / Morning", "終了が開始より前です"),
        ("am 12:00-12:00 2800 午前 / Morning", "終了が開始より前です"),
        ("am 10:00-12:00 100,000,001 午前 / Morning", "金額として読み取れません"),
        ("am 10:00-12:00 , 午前 / Morning", "金額として読み取れません"),
        ("am 10:00-12:00 2800 午前 / Morning\nam 10:00-12:00 2800 午前 / Morning", "同じキー"),
        ("am 10:00-12:00 1 午前 / Morning\npm 13:00-17:00 1 午後 / Afternoon", "最初から最後まで"),
    ],
)
def test_a_slot_that_is_none_is_named(staff: Client, facility: Facility, slots: str, said: str) -> None:
    assert said in submit(staff, reverse(ADD), with_space(facility, **{"slotspace_set-0-slots": slots}))
    assert not prices.Tariff.objects.exists()
    assert rules_number(facility.pk) == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"drop_in_student": ""}, "すべて入力するか、すべて空欄に"),
        ({"admission_from": 2000}, "すべて入力するか、すべて空欄に"),
        ({"admission_from": 2000, "admission_factor": 5, "promotion_factor": 2}, "倍率はどちらも1以上"),
        (rows("monthprice_set", [{**SPACE, "general": 14990, "reduced": 7495}]), "半額"),
        (rows("dayprice_set", [{**SPACE, "price": 650}, {**SPACE, "price": 600}]), "重複"),
    ],
    ids=["half a drop-in", "half of the factors", "factors in the wrong order", "not half the price", "a key twice"],
)
def test_mistakes_are_named_and_nothing_is_kept(
    staff: Client, facility: Facility, changes: dict[str, Any], said: str
) -> None:
    assert said in submit(staff, reverse(ADD), form(facility, **changes))
    assert not prices.Tariff.objects.exists()


def sent_from(facility: Facility, row: prices.Tariff, valid_from: date, **changes: Any) -> dict[str, Any]:
    """The page of a kept list with all its rows, as the browser sends it back."""
    fields = {each.name: getattr(row, each.name) for each in row._meta.fields if each.name not in {"id", "facility"}}
    data = form(facility, **{name: "" if value is None else value for name, value in fields.items()})
    for name in ROWS:
        kept = list(getattr(row, name).all())
        data |= rows(name, [_row(each) for each in kept], initial=len(kept))
    return data | {"valid_from": valid_from.isoformat()} | changes


def _row(row: Any) -> dict[str, Any]:
    sent = {each.name: each.value_from_object(row) for each in row._meta.fields}
    sent = {name: value for name, value in sent.items() if value is not None and value is not False}
    if isinstance(row, prices.SlotSpace):
        each = row.slots.all()
        lines = (f"{s.key} {s.starts:%H:%M}-{s.ends:%H:%M} {s.price} {s.name_ja} / {s.name_en}" for s in each)
        sent["slots"] = "\n".join(lines)
    return sent


def test_a_whole_price_list_is_copied_to_a_new_date(staff: Client, facility: Facility) -> None:
    """C22, C23-C29: what was until then stays."""
    keep_tariff(facility, EXAMPLE, NAMES)
    row = prices.Tariff.objects.get()
    url = reverse("admin:house_tariff_change", args=[row.pk])

    submit(staff, url, sent_from(facility, row, TOMORROW, _saveasnew="1", drop_in_general=400))

    dearer = replace(EXAMPLE, valid_from=TOMORROW, drop_in=DropInPrices(400, 150))
    assert tariffs_of(facility.pk) == (EXAMPLE, dearer)


def test_saving_without_a_change_leaves_every_price(staff: Client, facility: Facility) -> None:
    keep_tariff(facility, EXAMPLE, NAMES)
    row = prices.Tariff.objects.get()
    slots = set(prices.Slot.objects.values_list("pk", flat=True))
    url = reverse("admin:house_tariff_change", args=[row.pk])

    submit(staff, url, sent_from(facility, row, EXAMPLE.valid_from, is_correction="on"))

    assert tariff_of(facility.pk, TODAY) == EXAMPLE
    assert set(prices.Slot.objects.values_list("pk", flat=True)) == slots


def test_the_slots_of_a_space_are_corrected_line_by_line(staff: Client, facility: Facility) -> None:
    submit(staff, reverse(ADD), with_space(facility, valid_from=TOMORROW.isoformat()))
    row = prices.Tariff.objects.get()
    url = reverse("admin:house_tariff_change", args=[row.pk])
    assert "all_day 10:00-21:00 14000 全日 / All day" in staff.get(url).content.decode()
    data = sent_from(facility, row, TOMORROW)

    submit(staff, url, data | {"slotspace_set-0-slots": "all_day 10:00-21:00 15000 全日 / All day"})

    (space,) = tariffs_of(facility.pk)[0].slots
    assert space.slots == (Slot("all_day", time(10), time(21), 15_000),)


def test_prices_in_force_change_only_as_a_correction(staff: Client, facility: Facility) -> None:
    keep_tariff(facility, EXAMPLE, NAMES)
    row = prices.Tariff.objects.get()
    url = reverse("admin:house_tariff_change", args=[row.pk])
    dearer = sent_from(facility, row, EXAMPLE.valid_from, drop_in_general=400)

    assert "誤りの訂正であれば" in submit(staff, url, dearer)
    assert tariff_of(facility.pk, TODAY) == EXAMPLE

    submit(staff, url, dearer | {"is_correction": "on"})
    assert tariff_of(facility.pk, TODAY) == replace(EXAMPLE, drop_in=DropInPrices(400, 150))


def test_prices_that_were_in_force_are_not_deleted(staff: Client, facility: Facility) -> None:
    keep_tariff(facility, EXAMPLE, NAMES)
    row = prices.Tariff.objects.get()

    assert staff.post(reverse("admin:house_tariff_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_the_list_marks_the_prices_in_force(staff: Client, facility: Facility) -> None:
    for day in (EXAMPLE.valid_from, TOMORROW):
        keep_tariff(facility, replace(EXAMPLE, valid_from=day), NAMES)

    listed = staff.get(reverse("admin:house_tariff_changelist")).content.decode()
    assert (listed.count("icon-yes"), listed.count("icon-no")) == (1, 1)


def test_a_change_of_prices_is_in_the_history(staff: Client, facility: Facility) -> None:
    submit(staff, reverse(ADD), form(facility))

    history = staff.get(reverse("admin:house_rulechange_changelist")).content.decode()
    assert f"{facility} {TODAY}</td>" in history


def test_who_may_not_change_prices_does_not(facility: Facility) -> None:
    client = Client()
    client.force_login(User.objects.create_user("reader", is_staff=True))

    assert client.get(reverse(ADD)).status_code == 403
