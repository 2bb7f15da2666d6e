"""Drop-in stays at the desk: paid before they begin, what is stayed longer on leaving, and what terminals hear of it."""

import re
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from server.desk.example_prices import EXAMPLE, set_up_prices
from server.fees import stays
from server.fees.models import DropInStay
from server.fees.stays import Asked, begin, due_on_leaving, end, paid_until_of
from server.house.prices import Tariff
from server.ledger.corrections import record_passage
from server.ledger.models import Event, Visit
from server.members.models import Member
from server.members.roster_change import latest_number
from server.terminals.models import Facility
from visits.calendar import HOUSE_TIME
from visits.dropin import Visitor
from visits.event import Kind
from visits.fees import NotInTariff

TEN = datetime(2026, 11, 20, 10, tzinfo=HOUSE_TIME)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
ONE_HOUR = Asked(Visitor.STUDENT, HOUR)


@pytest.fixture
def priced(facility: Facility) -> Facility:
    set_up_prices(facility, EXAMPLE)
    return facility


@pytest.fixture
def member(facility: Facility) -> Member:
    return Member.objects.create(home_facility=facility, number="D-1", name="立寄 かえで", standing="active")


def at(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


def post(client: Client, address: str, *args: object, **fields: object) -> str:
    answer = client.post(reverse(address, args=args), fields, follow=True, headers={"Accept-Language": "ja"})
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200
    return answer.content.decode()


def asked(facility: Facility, visitor: str = "student", minutes: int = 60, **fields: object) -> dict[str, object]:
    return {"facility": str(facility.pk), "visitor": visitor, "minutes": minutes, "once": str(uuid4()), **fields}


@pytest.mark.parametrize(
    ("visitor", "minutes", "prepaid"),
    [
        (Visitor.STUDENT, 60, 150),
        (Visitor.STUDENT, 61, 300),
        (Visitor.GENERAL, 120, 600),
        (Visitor.CHILD_WITH_GUARDIAN, 60, 0),
    ],
)
def test_the_declared_time_is_prepaid_by_the_hour_begun(
    priced: Facility, visitor: Visitor, minutes: int, prepaid: int
) -> None:
    """A38, A63-A64."""
    stay = begin(priced, None, Asked(visitor, minutes * MINUTE), "desk", TEN)

    assert (stay.prepaid, stay.taken_by, stay.ended_at) == (prepaid, "desk", None)


@pytest.mark.parametrize(
    ("stayed", "overstay"),
    [
        (20 * MINUTE, 0),
        (HOUR, 0),
        (HOUR + 59 * SECOND, 0),
        (HOUR + MINUTE, 150),
        (2 * HOUR, 150),
        (2 * HOUR + MINUTE, 300),
    ],
)
def test_what_is_stayed_longer_is_charged_on_leaving_and_nothing_is_refunded(
    priced: Facility, stayed: timedelta, overstay: int
) -> None:
    """A39-A40."""
    stay = end(begin(priced, None, ONE_HOUR, "desk", TEN), overstay, "evening", TEN + stayed)

    assert (stay.overstay, stay.ended_by, stay.ended_at) == (overstay, "evening", TEN + stayed)


def test_an_hour_and_a_half_has_two_hours_paid(priced: Facility) -> None:
    stay = begin(priced, None, Asked(Visitor.GENERAL, 90 * MINUTE), "desk", TEN)

    assert stay.paid_until() == TEN + 2 * HOUR
    assert due_on_leaving(stay, TEN + 2 * HOUR).total == 0
    assert due_on_leaving(stay, TEN + 2 * HOUR + MINUTE).total == 300


def test_a_child_alone_cannot_stay(priced: Facility) -> None:
    """A65."""
    with pytest.raises(stays.ChildAloneError):
        begin(priced, None, Asked(Visitor.CHILD_ALONE, HOUR), "desk", TEN)

    assert not DropInStay.objects.exists()


def test_a_stay_over_midnight_is_charged_by_the_prices_of_its_first_day(priced: Facility) -> None:
    """C22."""
    stay = begin(priced, None, ONE_HOUR, "desk", TEN)
    Tariff.objects.create(facility=priced, valid_from=date(2026, 11, 21), drop_in_general=999, drop_in_student=999)

    assert due_on_leaving(stay, TEN + 24 * HOUR).total == 23 * 150


def test_without_prices_nothing_begins(facility: Facility) -> None:
    with pytest.raises(NotInTariff):
        begin(facility, None, ONE_HOUR, "desk", TEN)


def test_a_member_is_checked_in_and_out_by_the_desk(priced: Facility, member: Member) -> None:
    """A14."""
    stay = begin(priced, member, ONE_HOUR, "desk", TEN)
    assert [(visit.entered_at, visit.left_at) for visit in Visit.objects.all()] == [(TEN, None)]

    end(stay, 0, "desk", TEN + HOUR)
    assert [(visit.entered_at, visit.left_at) for visit in Visit.objects.all()] == [(TEN, TEN + HOUR)]


def test_who_is_inside_already_is_not_checked_in_again(priced: Facility, member: Member) -> None:
    record_passage(priced, member, Kind.CHECK_IN, TEN - HOUR, "desk", "", TEN)

    begin(priced, member, ONE_HOUR, "desk", TEN)

    assert Event.objects.count() == 1


def test_who_checked_out_at_the_door_is_charged_until_then(priced: Facility, member: Member) -> None:
    stay = begin(priced, member, ONE_HOUR, "desk", TEN)
    record_passage(priced, member, Kind.CHECK_OUT, TEN + 90 * MINUTE, "desk", "", TEN + 4 * HOUR)

    stay = end(stay, 150, "desk", TEN + 4 * HOUR)

    assert (stay.ended_at, stay.overstay) == (TEN + 90 * MINUTE, 150)
    assert Event.objects.count() == 2


def test_terminals_hear_until_when_a_stay_is_paid(priced: Facility, member: Member) -> None:
    before = latest_number(priced.pk)
    stay = begin(priced, member, ONE_HOUR, "desk", TEN)

    begun = latest_number(priced.pk)
    assert begun > before
    assert paid_until_of(priced.pk, [member.pk]) == {member.pk: TEN + HOUR}

    end(stay, 0, "desk", TEN + HOUR)
    assert latest_number(priced.pk) > begun
    assert paid_until_of(priced.pk, [member.pk]) == {}


def test_a_member_has_one_stay_at_a_time(priced: Facility, member: Member) -> None:
    first = begin(priced, member, ONE_HOUR, "desk", TEN)

    with pytest.raises(stays.StayOpenError):
        begin(priced, member, ONE_HOUR, "desk", TEN + MINUTE)
    end(first, 0, "desk", TEN + HOUR)
    begin(priced, member, ONE_HOUR, "desk", TEN + 2 * HOUR)


def test_a_stay_ends_once(priced: Facility) -> None:
    stay = begin(priced, None, ONE_HOUR, "desk", TEN)
    end(stay, 0, "desk", TEN + HOUR)

    with pytest.raises(stays.StayEndedError):
        end(stay, 0, "desk", TEN + 5 * HOUR)


def test_another_amount_than_was_taken_ends_nothing(priced: Facility) -> None:
    """The member checked out at the door between the look at the bill and the payment."""
    stay = begin(priced, None, ONE_HOUR, "desk", TEN)

    with pytest.raises(stays.NotAsTakenError):
        end(stay, 300, "desk", TEN + 90 * MINUTE)
    assert DropInStay.objects.get().ended_at is None


@pytest.mark.parametrize("still_inside", [True, False], ids=["inside again", "left again"])
def test_a_stay_that_nobody_ended_costs_nothing_for_another_day(
    priced: Facility, member: Member, still_inside: bool
) -> None:
    stay = begin(priced, member, ONE_HOUR, "desk", TEN)
    next_day = TEN + 24 * HOUR
    record_passage(priced, member, Kind.CHECK_OUT, TEN + HOUR, "desk", "", next_day)
    record_passage(priced, member, Kind.CHECK_IN, next_day, "desk", "", next_day)
    if not still_inside:
        record_passage(priced, member, Kind.CHECK_OUT, next_day + HOUR, "desk", "", next_day + HOUR)

    stay = end(stay, 0, "desk", next_day + 2 * HOUR)

    assert (stay.ended_at, stay.overstay) == (TEN + HOUR, 0)
    assert Visit.objects.filter(left_at=None).exists() is still_inside


def test_who_was_inside_since_the_day_before_stays_until_now(priced: Facility, member: Member) -> None:
    record_passage(priced, member, Kind.CHECK_IN, TEN - 24 * HOUR, "desk", "", TEN)
    stay = begin(priced, member, ONE_HOUR, "desk", TEN)

    assert end(stay, 150, "desk", TEN + 2 * HOUR).ended_at == TEN + 2 * HOUR
    assert not Visit.objects.filter(left_at=None).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"visitor": "child_alone"},
        {"visitor": "nobody"},
        {"declared_minutes": 0},
        {"declared_minutes": 24 * 60 + 1},
        {"ended_at": TEN, "overstay": None, "ended_by": "desk"},
        {"ended_at": TEN - SECOND, "overstay": 0, "ended_by": "desk"},
        {"ended_at": TEN, "overstay": 0, "ended_by": ""},
        {"overstay": 5},
    ],
)
def test_the_database_keeps_no_stay_that_cannot_be(priced: Facility, wrong: dict[str, object]) -> None:
    stay = begin(priced, None, ONE_HOUR, "desk", TEN)

    with pytest.raises(IntegrityError):
        DropInStay.objects.filter(pk=stay.pk).update(**wrong)


def test_the_page_shows_the_price_before_it_is_paid(
    staff: Client, priced: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A38."""
    at(monkeypatch, TEN)

    text = post(staff, "admin:fees_dropinstay_begin", **asked(priced, minutes=61))
    assert "¥300を受領し" in text
    assert not DropInStay.objects.exists()

    text = post(staff, "admin:fees_dropinstay_begin", **asked(priced, minutes=61, paid="300"))
    assert "12:00 まで支払い済みです" in text
    assert DropInStay.objects.get().prepaid == 300


def test_another_price_than_was_seen_is_shown_first(
    staff: Client, priced: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, TEN)

    assert "¥300を受領し" in post(staff, "admin:fees_dropinstay_begin", **asked(priced, minutes=61, paid="150"))
    assert not DropInStay.objects.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"visitor": "child_alone"}, "小学生以下のみでのご利用はできません。"),
        ({"minutes": 0}, "errorlist"),
        ({"member_number": "none such"}, "この会員番号の会員はいません。"),
    ],
)
def test_the_page_says_why_no_stay_begins(
    staff: Client, priced: Facility, fields: dict[str, object], words: str
) -> None:
    """A65."""
    assert words in post(staff, "admin:fees_dropinstay_begin", **(asked(priced, paid="150") | fields))
    assert not DropInStay.objects.exists()


def test_a_member_of_another_facility_is_not_known_at_these_doors(staff: Client, priced: Facility) -> None:
    other = Facility.objects.create(name="他の施設")
    Member.objects.create(home_facility=other, number="D-2", name="他所 つばさ")

    text = post(staff, "admin:fees_dropinstay_begin", **asked(priced, paid="150", member_number="D-2"))

    assert "別の施設の所属です" in text


def test_a_house_without_drop_in_says_so(staff: Client, facility: Facility) -> None:
    assert "ドロップイン料金が登録されていません" in post(staff, "admin:fees_dropinstay_begin", **asked(facility))


def test_the_page_of_leaving_says_what_is_due_and_ends_the_stay(
    staff: Client, priced: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A40."""
    stay = begin(priced, None, ONE_HOUR, "desk", TEN)
    at(monkeypatch, TEN + 61 * MINUTE)

    address = reverse("admin:fees_dropinstay_end", args=[stay.pk])
    text = staff.get(address, headers={"Accept-Language": "ja"}).content.decode()
    assert "¥150を受領し" in text

    at(monkeypatch, TEN + 121 * MINUTE)
    text = post(staff, "admin:fees_dropinstay_end", stay.pk, paid="150")
    assert "その間に次の1時間に入りました" in text

    post(staff, "admin:fees_dropinstay_end", stay.pk, paid="300")
    stay.refresh_from_db()
    assert stay.overstay == 300


def test_the_list_leads_to_both_pages(staff: Client, priced: Facility) -> None:
    stay = begin(priced, None, ONE_HOUR, "desk", TEN)

    text = staff.get(reverse("admin:fees_dropinstay_changelist")).content.decode()

    assert reverse("admin:fees_dropinstay_begin") in text
    assert reverse("admin:fees_dropinstay_end", args=[stay.pk]) in text


def test_who_did_what_is_in_the_history(staff: Client, priced: Facility) -> None:
    post(staff, "admin:fees_dropinstay_begin", **asked(priced, paid="150"))
    stay = DropInStay.objects.get()

    text = staff.get(reverse("admin:fees_dropinstay_history", args=[stay.pk])).content.decode()

    assert len(re.findall(r"<td>desk</td>", text)) == 1


def test_only_who_takes_fees_begins_and_ends_stays(priced: Facility) -> None:
    stay = begin(priced, None, ONE_HOUR, "desk", TEN)
    reader = User.objects.create_user("reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_dropinstay"))
    client = Client()
    client.force_login(reader)

    assert client.get(reverse("admin:fees_dropinstay_changelist")).status_code == 200
    assert client.get(reverse("admin:fees_dropinstay_begin")).status_code == 403
    assert client.post(reverse("admin:fees_dropinstay_end", args=[stay.pk]), {"paid": "0"}).status_code == 403
