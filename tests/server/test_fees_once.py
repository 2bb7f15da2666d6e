"""A page of reception that is sent twice is recorded once: a double click, a page loaded again, two at the same moment."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from server.desk.example_prices import EXAMPLE, set_up_prices
from server.fees import parking, stays
from server.fees.models import DropInStay, OncePerPage, ParkingDiscount, ParkingVoucher, RecordedAlreadyError
from server.fees.stays import Asked
from server.members.models import Member
from server.terminals.models import Facility
from visits.calendar import HOUSE_TIME
from visits.dropin import Visitor
from visits.parking import Occasion, Parked, Purpose

TEN = datetime(2026, 11, 20, 10, tzinfo=HOUSE_TIME)
HOUR = timedelta(hours=1)
THREE_HOURS = Parked(Purpose.COWORKING, 3 * HOUR, 3 * HOUR, registered=True)
ALREADY = "記録済みです"
NOT_COMPLETE = "この画面の内容が不完全です"
BEGIN, HAND_OUT, GIVE = (
    "admin:fees_dropinstay_begin",
    "admin:fees_parkingvoucher_hand_out",
    "admin:fees_parkingdiscount_give",
)
PAGES = [
    pytest.param(BEGIN, {"visitor": "general", "minutes": "60"}, {"paid": "300"}, DropInStay, id="stay"),
    pytest.param(
        HAND_OUT, {"purpose": "coworking", "used": "180", "parked": "180"}, {"seen": "60"}, ParkingVoucher, id="voucher"
    ),
    pytest.param(GIVE, {"occasion": "showroom_event", "purchased": "0"}, {"seen": "2"}, ParkingDiscount, id="discount"),
]
Fields = dict[str, str]


@pytest.fixture
def priced(facility: Facility, monkeypatch: pytest.MonkeyPatch) -> Facility:
    set_up_prices(facility, EXAMPLE)
    monkeypatch.setattr("django.utils.timezone.now", lambda: TEN)
    return facility


def sent(client: Client, page: str, fields: Fields) -> str:
    answer = client.post(reverse(page), fields, follow=True, headers={"Accept-Language": "ja"})
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200
    return answer.content.decode()


def hidden(text: str) -> str:
    """What the page carries along."""
    [once] = re.findall(r'<input type="hidden" name="once" value="([^"]+)"', text)
    return str(once)


@pytest.mark.parametrize(("page", "fields", "press", "kept"), PAGES)
def test_a_page_sent_twice_is_recorded_once(
    staff: Client, priced: Facility, page: str, fields: Fields, press: Fields, kept: type[OncePerPage]
) -> None:
    fields = {**fields, "facility": str(priced.pk)}
    fields["once"] = hidden(staff.get(reverse(page)).content.decode())
    assert hidden(sent(staff, page, fields)) == fields["once"]

    first, second = (sent(staff, page, {**fields, **press}) for _ in range(2))

    assert (ALREADY in first, ALREADY in second) == (False, True)
    assert kept._default_manager.count() == LogEntry.objects.count() == 1


@pytest.mark.parametrize(("page", "fields", "press", "kept"), PAGES)
@pytest.mark.parametrize("once", [None, "", "x", "0" * 33, "\0", "9" * 5000])
def test_a_page_without_its_own_number_records_nothing(
    staff: Client,
    priced: Facility,
    page: str,
    fields: Fields,
    press: Fields,
    kept: type[OncePerPage],
    once: str | None,
) -> None:
    given = {} if once is None else {"once": once}

    text = sent(staff, page, {**fields, **press, **given, "facility": str(priced.pk)})

    assert NOT_COMPLETE in text
    assert not kept._default_manager.exists()


@pytest.mark.parametrize(("page", "fields", "press", "kept"), PAGES)
def test_who_goes_back_and_asks_for_the_next_visitor_records_that_too(
    staff: Client, priced: Facility, page: str, fields: Fields, press: Fields, kept: type[OncePerPage]
) -> None:
    fields = {**fields, "facility": str(priced.pk), "once": str(uuid4())}
    sent(staff, page, {**fields, **press})

    anew = hidden(sent(staff, page, fields))
    text = sent(staff, page, {**fields, **press, "once": anew})

    assert ALREADY not in text
    assert kept._default_manager.count() == 2


def test_a_member_whose_page_is_sent_twice_has_the_one_stay(staff: Client, priced: Facility) -> None:
    """Not: this member has a stay that has not ended."""
    Member.objects.create(home_facility=priced, number="D-1", name="立寄 かえで", standing="active")
    fields = {"facility": str(priced.pk), "visitor": "general", "minutes": "60", "paid": "300", "once": str(uuid4())}
    fields["member_number"] = "D-1"

    assert ALREADY not in sent(staff, BEGIN, fields)
    assert ALREADY in sent(staff, BEGIN, fields)


def begin(facility: Facility, once: object) -> None:
    stays.begin(facility, None, Asked(Visitor.GENERAL, HOUR), "desk", TEN, once=once)  # type: ignore[arg-type]


def hand_out(facility: Facility, once: object) -> None:
    parking.hand_out(facility, THREE_HOURS, "desk", TEN, once=once)  # type: ignore[arg-type]


def give(facility: Facility, once: object) -> None:
    parking.give_discount(facility, Occasion.SHOWROOM_EVENT, 0, "desk", TEN, once=once)  # type: ignore[arg-type]


@pytest.mark.parametrize("record", [begin, hand_out, give])
def test_the_second_of_two_at_the_same_moment_hears_of_the_first(
    priced: Facility, record: Callable[[Facility, object], None]
) -> None:
    """Both have passed the page, which looks before it records."""
    once = uuid4()
    record(priced, once)

    with pytest.raises(RecordedAlreadyError):
        record(priced, once)


@pytest.mark.parametrize(("record", "kept"), [(begin, DropInStay), (hand_out, ParkingVoucher), (give, ParkingDiscount)])
def test_the_database_keeps_a_page_once(
    priced: Facility, record: Callable[[Facility, object], None], kept: type[OncePerPage]
) -> None:
    record(priced, uuid4())
    record(priced, uuid4())

    with pytest.raises(IntegrityError):
        kept._default_manager.update(once=uuid4())


@pytest.mark.parametrize(("page", "fields", "press", "kept"), PAGES)
def test_a_page_that_another_desk_has_just_recorded_leads_to_the_same_result(
    staff: Client,
    priced: Facility,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    fields: Fields,
    press: Fields,
    kept: type[OncePerPage],
) -> None:
    """Between the page's look and its record: the look finds nothing, the record finds the other's."""
    fields = {**fields, **press, "facility": str(priced.pk), "once": str(uuid4())}
    sent(staff, page, fields)
    monkeypatch.setattr(OncePerPage, "of_page", classmethod(lambda _kept, _once: None))

    assert ALREADY in sent(staff, page, fields)
    assert kept._default_manager.count() == 1
