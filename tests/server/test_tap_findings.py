"""What the page of a tried tap says of membership, fee, limits, people inside and the rules: all that a decision rests on."""

import html
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from machine.opening_hours import open_daily
from machine.signing_terminal import SigningTerminal
from server.desk.example_prices import EXAMPLE, NAMES, keep_tariff
from server.fees.models import DropInStay
from server.ledger.models import Event
from server.members.models import CardLink, Member, Membership, Organisation
from server.terminals.models import Facility
from visits.event import Kind
from visits.limits import MOST_DAYS_IN_A_ROW

NOON = datetime(2026, 11, 18, 3, tzinfo=UTC)
"""A Wednesday, in the house 12:00."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
YESTERDAY = NOON - DAY


@pytest.fixture
def member(facility: Facility) -> Member:
    return someone(facility, 0)


@pytest.fixture
def firm(db: None) -> Organisation:
    return Organisation.objects.create(name="架空工房")


def someone(facility: Facility, number: int) -> Member:
    member = Member.objects.create(home_facility=facility, number=str(number), name=f"{number}番", standing="active")
    CardLink.objects.create(member=member, card_reference=bytes([number]) * 32)
    return member


def belongs(member: Member, kind: str = "individual", **terms: object) -> Membership:
    return Membership.objects.create(**{"member": member, "kind": kind, "first": date(2026, 4, 1), **terms})


class Page:
    def __init__(self, text: str) -> None:
        self.rules = re.findall(r"<code>(\w+)</code>", text)
        self.told = re.findall(r"<strong>([^<]+)</strong>", text.split('class="desk-cards"')[1].split("<h2>", 1)[0])
        rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td></tr>', text)
        self.found = {label: html.unescape(value) for label, value in rows}


def tried(client: Client, member: Member, at: datetime = NOON, language: str = "en") -> Page:
    url = reverse("admin:members_member_tap", args=[member.pk])
    when = (at + 9 * HOUR).strftime("%Y-%m-%dT%H:%M:%S")
    answer = client.get(url, {"at": when}, headers={"Accept-Language": language})
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200
    return Page(answer.content.decode())


@pytest.mark.parametrize(
    ("first", "last", "rule", "shown"),
    [
        (date(2026, 11, 18), date(2026, 11, 18), "active_member", "individual (2026-11-18 - 2026-11-18)"),
        (date(2026, 11, 18), None, "active_member", "individual (2026-11-18 - )"),
        (date(2026, 11, 19), None, "not_yet_begun", "none in force that day"),
        (date(2026, 4, 1), date(2026, 11, 17), "membership_ended", "none in force that day"),
    ],
    ids=["its only day", "its first day", "begins tomorrow", "ended yesterday"],
)
def test_the_membership_of_the_day_decides_and_is_shown(
    staff: Client, member: Member, first: date, last: date | None, rule: str, shown: str
) -> None:
    belongs(member, first=first, last=last)

    page = tried(staff, member)

    assert page.rules[0] == rule
    assert page.found["membership of that day"] == shown


def test_a_membership_holds_only_while_it_is_paid_for(staff: Client, member: Member) -> None:
    """C15."""
    belongs(member, paid_through=date(2026, 11, 17))

    assert tried(staff, member, YESTERDAY).rules[0] == "active_member"
    assert tried(staff, member).rules[0] == "membership_ended"


def test_without_any_membership_the_page_says_what_decides(staff: Client, member: Member) -> None:
    page = tried(staff, member)

    assert page.found["membership of that day"] == "none is kept: the standing alone decides"


@pytest.mark.parametrize(("inside", "rule"), [(2, "active_member"), (3, "over_limit")])
def test_the_fourth_of_a_corporation_is_told_the_fee(
    staff: Client,
    facility: Facility,
    member: Member,
    firm: Organisation,
    terminal: SigningTerminal,
    inside: int,
    rule: str,
) -> None:
    """A22-A23."""
    keep_tariff(facility, EXAMPLE, NAMES)
    belongs(member, "corporate", organisation=firm)
    colleagues = [someone(facility, number) for number in range(1, inside + 1)]
    for each in colleagues:
        belongs(each, "corporate", organisation=firm)
    terminal.deliver(*(terminal.record(each.pk, at=NOON - HOUR) for each in colleagues))

    page = tried(staff, member)

    assert page.rules[0] == rule
    assert page.found["colleagues inside"] == f"{inside} / 3"
    assert page.found["people inside"] == str(inside)
    assert page.found["prices valid from"] == "2023-08-01"
    fee = "Place 4, 3 of them free: a drop-in fee of 300 yen an hour."
    assert page.told == ([fee] if rule == "over_limit" else [])


def test_a_fee_without_a_price_is_said_to_have_none(
    staff: Client, facility: Facility, member: Member, firm: Organisation, terminal: SigningTerminal
) -> None:
    belongs(member, "corporate", organisation=firm)
    colleagues = [someone(facility, number) for number in range(1, 4)]
    for each in colleagues:
        belongs(each, "corporate", organisation=firm)
    terminal.deliver(*(terminal.record(each.pk, at=NOON - HOUR) for each in colleagues))

    assert "no price list names" in tried(staff, member).told[0]


@pytest.mark.parametrize(("limit", "rule"), [(3, "active_member"), (2, "uses_in_month")])
def test_uses_of_the_month_are_shown_against_the_limit_of_the_house(
    staff: Client, facility: Facility, member: Member, terminal: SigningTerminal, limit: int, rule: str
) -> None:
    """C34."""
    open_daily(facility, uses_in_month=limit)
    for days in (4, 2):
        terminal.deliver(*terminal.stay(member.pk, NOON - days * DAY))

    page = tried(staff, member)

    assert page.rules[0] == rule
    assert page.found["uses that month"] == f"2 / {limit}"


@pytest.mark.parametrize(("limit", "rule"), [(3, "active_member"), (2, "days_in_a_row")])
def test_a_limit_of_the_membership_goes_before_that_of_the_house(
    staff: Client, facility: Facility, member: Member, terminal: SigningTerminal, limit: int, rule: str
) -> None:
    """C34."""
    open_daily(facility, days_in_a_row=5)
    belongs(member, days_in_a_row=limit)
    for days in (2, 1):
        terminal.deliver(*terminal.stay(member.pk, NOON - days * DAY))

    page = tried(staff, member)

    assert page.rules[0] == rule
    assert page.found["days in a row"] == f"2 / {limit}"


@pytest.mark.parametrize(("missed", "rule"), [(False, "days_in_a_row"), (True, "active_member")])
def test_the_longest_row_that_may_be_limited_is_counted_whole(
    staff: Client, member: Member, terminal: SigningTerminal, missed: bool, rule: str
) -> None:
    belongs(member, days_in_a_row=MOST_DAYS_IN_A_ROW)
    first = MOST_DAYS_IN_A_ROW - missed
    terminal.deliver(
        *(record for days in range(first, 0, -1) for record in terminal.stay(member.pk, NOON - days * DAY))
    )

    assert tried(staff, member).rules[0] == rule


def test_a_limit_of_the_membership_holds_where_the_house_has_no_rules(
    staff: Client, member: Member, terminal: SigningTerminal
) -> None:
    belongs(member, uses_in_month=1)
    terminal.deliver(*terminal.stay(member.pk, NOON - DAY))

    page = tried(staff, member)

    assert page.rules[0] == "uses_in_month"
    assert page.found["uses that month"] == "1 / 1"


def test_who_comes_back_on_the_same_day_is_counted_already(
    staff: Client, facility: Facility, member: Member, terminal: SigningTerminal
) -> None:
    """C17."""
    open_daily(facility, uses_in_month=1)
    terminal.deliver(*terminal.stay(member.pk, NOON - 2 * HOUR, HOUR))

    page = tried(staff, member)

    assert page.rules[0] == "came_back"
    assert page.found["uses that month"] == "1 / 1 (today counted)"
    assert page.found["outside since"] == "2026-11-18 (Wed) 11:00"


def test_a_row_that_is_broken_and_a_month_that_is_over_count_no_more(
    staff: Client, facility: Facility, member: Member, terminal: SigningTerminal
) -> None:
    open_daily(facility, uses_in_month=20, days_in_a_row=5)
    terminal.deliver(*terminal.stay(member.pk, NOON))

    later = tried(staff, member, NOON + 2 * DAY).found
    assert (later["uses that month"], later["days in a row"]) == ("1 / 20", "0 / 5")
    december = tried(staff, member, NOON + 13 * DAY).found
    assert december["uses that month"] == "0 / 20"


@pytest.mark.parametrize(("hard", "rule", "told"), [(False, "active_member", 1), (True, "full", 0)])
def test_a_full_house_is_crowded_or_lets_nobody_in(
    staff: Client, facility: Facility, member: Member, terminal: SigningTerminal, *, hard: bool, rule: str, told: int
) -> None:
    open_daily(facility, capacity=1, capacity_is_hard=hard)
    terminal.deliver(terminal.record(someone(facility, 1).pk, at=NOON - HOUR))

    page = tried(staff, member)

    assert page.rules[0] == rule
    assert page.found["people inside"] == "1 / 1"
    assert len(page.told) == told
    assert page.found.get("when it is full") == ("nobody more is let in" if hard else None)


def test_a_forgotten_check_out_is_told_with_the_time_it_is_taken_to_have_been(
    staff: Client, facility: Facility, member: Member, terminal: SigningTerminal
) -> None:
    """D9."""
    open_daily(facility)
    terminal.deliver(terminal.record(member.pk, at=YESTERDAY))

    page = tried(staff, member)

    assert page.rules == ["active_member", "not_in"]
    assert page.told == ["The last check-out was forgotten and is taken to have been at 2026-11-17 (Tue) 19:00."]
    assert page.found["outside since"] == "2026-11-17 (Tue) 19:00 (assumed: nobody checked out)"


def test_before_the_end_is_assumed_the_member_is_inside_and_may_leave(
    staff: Client, facility: Facility, member: Member, terminal: SigningTerminal
) -> None:
    open_daily(facility)
    terminal.deliver(terminal.record(member.pk, at=YESTERDAY))

    page = tried(staff, member, YESTERDAY + 9 * HOUR)

    assert page.rules == ["already_in", "leaving_is_free"]
    assert page.found["inside since"] == "2026-11-17 (Tue) 12:00"


@pytest.mark.parametrize(("seconds", "rule"), [(9, "too_soon"), (10, "already_in")])
def test_a_second_tap_by_mistake_is_too_soon(
    staff: Client, facility: Facility, member: Member, terminal: SigningTerminal, seconds: int, rule: str
) -> None:
    open_daily(facility)
    terminal.deliver(terminal.record(member.pk, at=NOON))

    page = tried(staff, member, NOON + timedelta(seconds=seconds))

    assert page.rules[0] == rule
    assert page.found["seconds between two taps"] == "10"


@pytest.mark.parametrize(
    ("kind", "rule"), [("drop_in", "reception_first"), ("staff", "staff"), ("daily", "active_member")]
)
def test_the_kind_of_membership_decides(staff: Client, member: Member, kind: str, rule: str) -> None:
    """A38, C17."""
    belongs(member, kind)

    assert tried(staff, member).rules[0] == rule


def test_a_drop_in_passes_while_the_stay_is_paid_and_is_told_what_is_over(
    staff: Client, facility: Facility, member: Member, terminal: SigningTerminal
) -> None:
    """A38, A40."""
    belongs(member, "drop_in")
    DropInStay.objects.create(
        facility=facility, member=member, visitor="general", begun_at=NOON, declared_minutes=60, prepaid=300
    )
    terminal.deliver(terminal.record(member.pk, at=NOON))

    during, after = tried(staff, member, NOON + HOUR), tried(staff, member, NOON + 2 * HOUR)

    assert during.found["drop-in paid until"] == "2026-11-18 (Wed) 13:00"
    assert (during.rules[1], during.told) == ("leaving_is_free", [])
    assert after.told == ["60 minutes longer than paid for: the member is sent to reception."]


def test_a_card_that_was_replaced_is_known_as_such(staff: Client, member: Member) -> None:
    CardLink.objects.update(replaced_at=NOON)

    page = tried(staff, member)

    assert page.rules[0] == "card_replaced"
    assert (page.found["linked cards"], page.found["replaced cards"]) == ("0", "1")


def test_beside_a_new_card_the_replaced_one_is_in_nobodys_way(staff: Client, member: Member) -> None:
    CardLink.objects.update(replaced_at=NOON)
    CardLink.objects.create(member=member, card_reference=b"\xff" * 32)

    assert tried(staff, member).rules[0] == "active_member"


def test_the_rules_it_goes_by_are_named(staff: Client, facility: Facility, member: Member) -> None:
    """C22."""
    open_daily(facility)
    open_daily(facility, date(2026, 10, 1))

    found = tried(staff, member).found

    assert (found["house rules valid from"], found["number of the rules"]) == ("2026-10-01", "2")
    assert found["facility"] == facility.name
    assert found["time of the tap"] == "2026-11-18 (Wed) 12:00"


def test_trying_changes_nothing(staff: Client, facility: Facility, member: Member, terminal: SigningTerminal) -> None:
    open_daily(facility)
    terminal.deliver(terminal.record(member.pk, Kind.CHECK_IN, YESTERDAY))
    before = Event.objects.count()

    tried(staff, member)

    assert Event.objects.count() == before
