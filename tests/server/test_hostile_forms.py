"""Whatever is typed into the console's forms or its addresses, the answer is a page with a sentence, and never a failure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from machine.opening_hours import open_daily
from server.desk.example_prices import EXAMPLE, set_up_prices
from server.ledger.corrections import record_passage
from server.ledger.models import Visit
from server.members.models import Member
from server.terminals.models import Facility
from visits.calendar import HOUSE_TIME
from visits.event import Kind

TEN = datetime(2026, 11, 20, 10, tzinfo=HOUSE_TIME)
STRANGE = (
    "",
    " ",
    "-1",
    "0",
    "1" + "0" * 9,
    "9" * 40,
    "１２",
    "1.5",
    "NaN",
    "x" * 5000,
    "漢" * 501,
    "<script>",
    "\x00",
    "25:00",
)
DAYS = ("0001-01-01", "0001-01", "9999-12", "2024-02-29", "2026-02-29", "9999-12-31")
MOMENTS = (*(f"{day}T00:00:00" for day in DAYS), "9999-12-31T23:59:59", "2026-11-20T25:00", "２０２６-11-20T10:00")
DATED = {"day", "month", "since", "at", "entered_at", "left_at"}


@pytest.fixture
def member(facility: Facility) -> Member:
    set_up_prices(facility, EXAMPLE)
    open_daily(facility, closes=time(21))
    return Member.objects.create(home_facility=facility, number="1", name="青葉 みのり", standing="active")


@pytest.fixture
def visit(member: Member) -> Visit:
    record_passage(member.home_facility, member, Kind.CHECK_IN, TEN, "desk", "", TEN)
    return Visit.objects.get()


def each(client: Client, url: str, asked: Mapping[str, str], *, method: str = "post", only: Sequence[str] = ()) -> None:
    """Every strange value in every field, one at a time, each from a page of its own; days where a day is asked for."""
    ask = client.post if method == "post" else client.get
    for field in only or asked:
        for strange in STRANGE + (DAYS + MOMENTS if field in DATED else ()):
            answer = ask(url, {"once": str(uuid4()), **asked, field: strange})
            assert isinstance(answer, HttpResponse)
            assert answer.status_code in {200, 302, 404}, (field, strange)


def test_a_drop_in_stay(staff: Client, member: Member) -> None:
    asked = {"facility": str(member.home_facility_id), "visitor": "student", "minutes": "60", "member_number": ""}
    each(staff, reverse("admin:fees_dropinstay_begin"), {**asked, "paid": "150"})


def test_a_voucher(staff: Client, visit: Visit) -> None:
    asked = {"facility": str(visit.facility_id), "purpose": "coworking", "used": "200", "parked": "200", "seen": "80"}
    page = reverse("admin:fees_parkingvoucher_hand_out")
    each(staff, page, asked)
    each(staff, f"{page}?visit={visit.pk}", asked | {"again": ""})
    each(staff, page, {"visit": "1"}, method="get")


def test_who_is_leaving(staff: Client, visit: Visit) -> None:
    each(staff, reverse("admin:fees_parkingvoucher_leaving"), {"facility": str(visit.facility_id)}, method="get")


def test_a_discount(staff: Client, member: Member) -> None:
    asked = {"facility": str(member.home_facility_id), "occasion": "showroom_purchase", "purchased": "2000"}
    each(staff, reverse("admin:fees_parkingdiscount_give"), {**asked, "seen": "1"})


def test_fees_over_the_limit(staff: Client, member: Member) -> None:
    page, asked = reverse("admin:fees_settlement_month"), {"facility": str(member.home_facility_id), "month": "2026-11"}
    each(staff, page, asked, method="get")
    settled = {"terminal": str(uuid4()), "seq": "1", "amount": "300", "outcome": "waived", "note": "why"}
    each(staff, f"{page}?facility={member.home_facility_id}&month=2026-11", settled)


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("slots:showroom", {"starts": "10:00", "ends": "12:00", "admission": "0", "square_metres": "3"}),
        ("months:rental_room", {"months": "3", "ground": "founded", "since": "2025-01-01", "documented": "on"}),
    ],
)
def test_a_quote(staff: Client, member: Member, what: str, fields: dict[str, str]) -> None:
    asked = {"facility": str(member.home_facility_id), "day": "2026-11-25", "what": what, "filled_in": what}
    each(staff, reverse("quote"), asked | fields, method="get")


def test_a_passage_at_the_desk(staff: Client, member: Member) -> None:
    page = reverse("admin:ledger_correction_passage", args=[member.pk])
    each(staff, page, {"at": "", "note": "why", "way": "in"})


def test_a_correction(staff: Client, visit: Visit) -> None:
    page = reverse("admin:ledger_correction_visit", args=[visit.pk])
    each(staff, page, {"left_at": "", "note": "", "entered_at": "2026-11-20T10:00:00"})


def test_a_tried_tap(staff: Client, member: Member) -> None:
    each(staff, reverse("admin:members_member_tap", args=[member.pk]), {"at": ""}, method="get")


def test_a_card(staff: Client, member: Member) -> None:
    each(staff, reverse("admin:members_member_card", args=[member.pk]), {"reference": "", "in_place_of_others": ""})


@pytest.mark.parametrize("press", ["asked", "carry_out"])
@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("cancel", {"day": "2026-11-20"}),
        ("switch", {"day": "2026-11-20", "to": ""}),
        ("pay", {"months": "1"}),
        ("renew", {}),
        ("suspend", {"reason": ""}),
    ],
)
def test_what_is_done_with_members(
    staff: Client, member: Member, action: str, fields: dict[str, str], press: str
) -> None:
    asked = {"action": action, "_selected_action": str(member.pk), "asked": "yes", press: "yes"}
    each(staff, reverse("admin:members_member_changelist"), asked | fields, only=[*fields, "asked"])


@pytest.mark.parametrize("strange", ["9" * 5, "9" * 19, "9" * 40])
@pytest.mark.parametrize("page", ["console/ledger/correction/visit/{}/", "console/fees/dropinstay/{}/end/"])
def test_an_address_with_a_number_that_nothing_has(staff: Client, page: str, strange: str) -> None:
    assert staff.get(f"/{page.format(strange)}").status_code == 404


def test_a_membership_that_ends_in_no_year_of_this_system_is_not_kept(staff: Client, member: Member) -> None:
    rows = {"memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0", "cards-TOTAL_FORMS": "0"}
    row = {"memberships-0-kind": "individual", "memberships-0-first": "2026-04-01", "memberships-0-last": "9999-12-31"}
    asked = {"number": "1", "name": "青葉 みのり", "standing": "active", "home_facility": str(member.home_facility_id)}
    data = asked | rows | row | {"cards-INITIAL_FORMS": "0"}

    staff.post(reverse("admin:members_member_change", args=[member.pk]), data)
    assert not member.memberships.exists()
    staff.post(reverse("admin:members_member_change", args=[member.pk]), data | {"memberships-0-last": "2199-12-31"})
    assert member.memberships.exists()


def test_rules_and_prices_from_a_year_of_no_system_are_not_kept(staff: Client, facility: Facility) -> None:
    from_then = {"facility": str(facility.pk), "valid_from": "9999-12-31", "first": "0001-01-01", "last": "9999-12-31"}
    for kind in ("houserules", "tariff", "closure"):
        answer = staff.post(reverse(f"admin:house_{kind}_add"), from_then, headers={"Accept-Language": "en"})
        assert "This is in no year of this system." in answer.content.decode()
