"""Parking at reception: what is handed out to whom, with the reason, and once per visit (A49-A54, C31)."""

import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from server.desk.example_prices import EXAMPLE, set_up_prices
from server.fees import parking
from server.fees.models import ParkingDiscount, ParkingVoucher
from server.house.prices import Tariff
from server.ledger.corrections import correct_times, record_passage, void_visit
from server.ledger.models import Visit
from server.members.models import Member
from server.terminals.models import Facility
from visits.calendar import HOUSE_TIME
from visits.event import Kind
from visits.parking import Parked, Purpose

NOON = datetime(2026, 11, 20, 12, tzinfo=HOUSE_TIME)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
THREE_HOURS = Parked(Purpose.COWORKING, 3 * HOUR, 3 * HOUR, registered=True)


@pytest.fixture
def visit(facility: Facility) -> Visit:
    """From nine to noon, and it is noon."""
    member = Member.objects.create(home_facility=facility, number="P-1", name="車田 みさき", standing="active")
    record_passage(facility, member, Kind.CHECK_IN, NOON - 3 * HOUR, "desk", "", NOON)
    record_passage(facility, member, Kind.CHECK_OUT, NOON, "desk", "", NOON)
    return Visit.objects.get()


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)


def post(client: Client, address: str, *query: str, **fields: object) -> str:
    answer = client.post(reverse(address) + "".join(query), fields, follow=True, headers={"Accept-Language": "ja"})
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200
    return answer.content.decode()


def figure(text: str) -> str:
    [shown] = re.findall(r'desk-figure">([^<]*)<', text)
    return str(shown)


def asked(facility: Facility, **fields: object) -> dict[str, object]:
    required = {"facility": str(facility.pk), "once": str(uuid4())}
    return {**required, "purpose": "coworking", "used": 180, "parked": 180, **fields}


@pytest.mark.parametrize(
    ("used", "parked", "minutes", "charged"),
    [(120, 121, 0, 1), (121, 120, 0, 0), (121, 121, 1, 0), (180, 180, 60, 0), (180, 210, 90, 0), (180, 211, 90, 1)],
)
def test_a_voucher_is_for_what_goes_beyond_two_hours_of_parking_and_of_use(
    staff: Client, facility: Facility, used: int, parked: int, minutes: int, charged: int
) -> None:
    """A49-A50: thirty minutes are allowed for the way to the car."""
    text = post(staff, "admin:fees_parkingvoucher_hand_out", **asked(facility, used=used, parked=parked))

    assert figure(text) == str(minutes)
    assert ("ご本人負担の分数" in text) is bool(charged)


@pytest.mark.parametrize(
    ("purpose", "registered", "minutes", "words"),
    [
        ("coworking", "", "60", "無料時間を超えて"),
        ("meeting_space", "on", "60", "無料時間を超えて"),
        ("meeting_space", "", "0", "会員登録のある方のみ"),
        ("seminar_organiser", "", "60", "無料時間を超えて"),
        ("seminar_participant", "", "60", "無料時間を超えて"),
        ("coordinator", "on", "0", "コーディネーター相談は対象外"),
        ("tour", "on", "0", "見学・視察は対象外"),
        ("elsewhere", "on", "0", "会員でも対象外"),
    ],
)
def test_the_purpose_decides_and_the_reason_is_said(
    staff: Client, facility: Facility, purpose: str, registered: str, minutes: str, words: str
) -> None:
    """A51-A54."""
    ticked = {"registered": registered} if registered else {}
    text = post(staff, "admin:fees_parkingvoucher_hand_out", **asked(facility, purpose=purpose, **ticked))

    assert figure(text) == minutes
    assert words in text


def test_the_terms_are_those_of_the_day(staff: Client, facility: Facility) -> None:
    """C22."""
    set_up_prices(facility, EXAMPLE)
    Tariff.objects.update(parking_free_minutes=60, parking_allowance_minutes=0)

    assert figure(post(staff, "admin:fees_parkingvoucher_hand_out", **asked(facility, parked=200))) == "120"


def test_a_voucher_is_kept_as_it_was_handed_out(staff: Client, facility: Facility, visit: Visit) -> None:
    query = f"?visit={visit.pk}"
    assert figure(post(staff, "admin:fees_parkingvoucher_hand_out", query, **asked(facility, parked=240))) == "90"
    assert not ParkingVoucher.objects.exists()

    text = post(staff, "admin:fees_parkingvoucher_hand_out", query, **asked(facility, parked=240, seen="90"))

    assert "90 分の駐車券を発行しました" in text
    voucher = ParkingVoucher.objects.get()
    assert (voucher.minutes, voucher.charged_minutes, voucher.issued_by, voucher.at) == (90, 30, "desk", NOON)
    assert (voucher.member, voucher.first_terminal, voucher.first_seq) == (
        visit.member,
        visit.first_terminal,
        visit.first_seq,
    )


def test_another_result_than_was_seen_is_shown_first(staff: Client, facility: Facility) -> None:
    assert figure(post(staff, "admin:fees_parkingvoucher_hand_out", **asked(facility, seen="90"))) == "60"
    assert not ParkingVoucher.objects.exists()


def test_a_second_voucher_for_a_visit_is_confirmed_first(staff: Client, facility: Facility, visit: Visit) -> None:
    parking.hand_out(visit, THREE_HOURS, "desk", NOON)
    query = f"?visit={visit.pk}"

    text = post(staff, "admin:fees_parkingvoucher_hand_out", query, **asked(facility, seen="60"))
    assert "この利用には発行済みです" in text
    assert ParkingVoucher.objects.count() == 1

    post(staff, "admin:fees_parkingvoucher_hand_out", query, **asked(facility, seen="60", again="on"))
    assert list(ParkingVoucher.objects.order_by("pk").values_list("again", flat=True)) == [False, True]


def test_the_database_hands_out_once_per_visit(visit: Visit) -> None:
    parking.hand_out(visit, THREE_HOURS, "desk", NOON)
    parking.hand_out(visit, THREE_HOURS, "desk", NOON, again=True)

    with pytest.raises(IntegrityError):
        ParkingVoucher.objects.update(again=False)


@pytest.mark.parametrize(
    "wrong", [{"minutes": 0}, {"minutes": 181}, {"reason": "tour"}, {"purpose": "fun"}, {"first_seq": None}]
)
def test_the_database_keeps_no_voucher_that_cannot_be(visit: Visit, wrong: dict[str, object]) -> None:
    parking.hand_out(visit, THREE_HOURS, "desk", NOON)

    with pytest.raises(IntegrityError):
        ParkingVoucher.objects.update(**wrong)


def test_a_visit_put_right_has_had_its_voucher(facility: Facility, visit: Visit) -> None:
    parking.hand_out(visit, THREE_HOURS, "desk", NOON)
    visit = correct_times(visit, NOON - 4 * HOUR, NOON, "desk", "時計", NOON)

    with pytest.raises(parking.HandedOutError):
        parking.hand_out(visit, THREE_HOURS, "desk", NOON)


def test_nothing_is_handed_out_where_nothing_is_due(facility: Facility) -> None:
    with pytest.raises(parking.NothingDueError):
        parking.hand_out(facility, Parked(Purpose.TOUR, 3 * HOUR, 3 * HOUR, registered=True), "desk", NOON)


def test_a_voucher_stays_where_its_visit_is_taken_back(visit: Visit) -> None:
    parking.hand_out(visit, THREE_HOURS, "desk", NOON)

    void_visit(visit, "desk", "a mistake", NOON)

    assert ParkingVoucher.objects.count() == 1


def test_who_left_lately_and_who_is_inside_are_on_the_worksheet(facility: Facility, visit: Visit) -> None:
    guest = Member.objects.create(home_facility=facility, number="P-2", name="在館 はるか", standing="active")
    record_passage(facility, guest, Kind.CHECK_IN, NOON - HOUR, "desk", "", NOON)

    sheet = parking.leaving(facility.pk, NOON)
    assert [(row.visit.member.number, row.used) for row in sheet] == [("P-1", 3 * HOUR), ("P-2", HOUR)]

    assert [row.visit.member.number for row in parking.leaving(facility.pk, NOON + 3 * HOUR)] == ["P-2"]


def test_the_worksheet_says_what_was_handed_out_and_leads_on(staff: Client, facility: Facility, visit: Visit) -> None:
    parking.hand_out(visit, THREE_HOURS, "desk", NOON)

    text = staff.get(reverse("admin:fees_parkingvoucher_leaving"), headers={"Accept-Language": "ja"}).content.decode()

    assert "60分" in text
    assert f"?visit={visit.pk}" in text


def test_the_time_in_the_house_is_filled_in(staff: Client, facility: Facility, visit: Visit) -> None:
    text = staff.get(reverse("admin:fees_parkingvoucher_hand_out"), {"visit": visit.pk}).content.decode()

    assert 'name="used" value="180"' in text


@pytest.mark.parametrize(
    ("occasion", "purchased", "due", "hours"),
    [
        ("showroom_purchase", 1999, "なし", None),
        ("showroom_purchase", 2000, "1 時間", 1),
        ("showroom_event", 0, "2 時間", 2),
        ("showroom_organiser", 0, "終日", None),
        ("upstairs_public_event", 0, "2 時間", 2),
        ("upstairs_private_event", 0, "なし", None),
        ("visit", 5000, "なし", None),
    ],
)
def test_a_discount_is_given_by_the_occasion(
    staff: Client, facility: Facility, occasion: str, purchased: int, due: str, hours: int | None
) -> None:
    """C31."""
    fields = {"facility": str(facility.pk), "occasion": occasion, "purchased": purchased}
    fields["once"] = str(uuid4())
    text = post(staff, "admin:fees_parkingdiscount_give", **fields)
    assert figure(text) == due

    seen = re.findall(r'name="seen" value="([^"]+)"', text)
    post(staff, "admin:fees_parkingdiscount_give", **fields, seen=seen[0] if seen else "1")
    assert list(ParkingDiscount.objects.values_list("hours", "given_by")) == ([(hours, "desk")] if seen else [])
    assert bool(seen) is (due != "なし")


def test_the_database_keeps_no_discount_for_nothing(facility: Facility) -> None:
    ParkingDiscount.objects.create(facility=facility, occasion="visit", hours=1, at=NOON, given_by="desk")

    with pytest.raises(IntegrityError):
        ParkingDiscount.objects.update(hours=None)


def test_only_who_hands_out_may_open_these_pages(facility: Facility) -> None:
    client = Client()
    client.force_login(User.objects.create_user("reader", is_staff=True))

    for address in ("parkingvoucher_leaving", "parkingvoucher_hand_out", "parkingdiscount_give"):
        assert client.get(reverse(f"admin:fees_{address}")).status_code == 403
