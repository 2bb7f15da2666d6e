"""The page that says what would happen if a member tapped: the terminals' own rule, what it rests on, and why."""

import re
from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from machine.opening_hours import SPRING, open_daily
from machine.signing_terminal import SigningTerminal, document
from server.desk.verdicts import why
from server.house.models import Closure
from server.ledger.models import Event
from server.members.models import CardLink, Member
from server.terminals.models import Facility
from visits import member as rules_of
from visits.calendar import HOUSE_TIME
from visits.decision import Direction, Rule, Situation, decide
from visits.occupancy import Outside
from visits.rulebook import parse_rulebook

AFTERNOON = "2026-11-24T14:00"
NIGHT = "2026-11-24T19:00"


@pytest.fixture
def member(facility: Facility) -> Member:
    member = Member.objects.create(home_facility=facility, number="A-1", name="青葉 みのり", standing="active")
    CardLink.objects.create(member=member, card_reference=b"\x01" * 32)
    return member


def page(client: Client, member: Member, at: str = AFTERNOON, language: str = "ja") -> str:
    url = reverse("admin:members_member_tap", args=[member.pk])
    answer = client.get(url, {"at": at}, headers={"Accept-Language": language})
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200
    return answer.content.decode()


def rules(text: str) -> list[str]:
    """Those of entering and of leaving."""
    return re.findall(r"<code>(\w+)</code>", text)


def test_an_active_member_may_come_in_and_has_nothing_to_leave(staff: Client, member: Member) -> None:
    text = page(staff, member)

    assert rules(text) == ["active_member", "not_in"]
    assert re.findall(r'desk-figure">([^<]+)<', text) == ["通れます", "通れません"]


def test_who_is_inside_may_leave(staff: Client, member: Member, terminal: SigningTerminal) -> None:
    terminal.deliver(terminal.record(member.pk))

    text = page(staff, member)

    assert rules(text) == ["already_in", "leaving_is_free"]
    assert "2026-11-22 (日) 09:58" in text


@pytest.mark.parametrize(
    ("standing", "rule"), [("pending", "pending_approval"), ("suspended", "suspended"), ("ended", "membership_ended")]
)
def test_the_standing_is_the_reason_of_a_refusal(staff: Client, member: Member, standing: str, rule: str) -> None:
    """A30, C32."""
    Member.objects.update(standing=standing)

    assert rules(page(staff, member)) == [rule, "not_in"]


def test_without_a_linked_card_nobody_passes(staff: Client, member: Member) -> None:
    """A3."""
    CardLink.objects.all().delete()

    assert rules(page(staff, member)) == ["card_not_linked", "card_not_linked"]


def test_without_hours_nobody_is_refused_for_the_hour(staff: Client, member: Member) -> None:
    text = page(staff, member, NIGHT)

    assert rules(text)[0] == "active_member"
    assert "開館時間が登録されていない" in text


def test_the_closing_minute_is_closed_and_the_next_opening_is_named(
    staff: Client, member: Member, facility: Facility
) -> None:
    """C1, C6."""
    open_daily(facility)

    assert rules(page(staff, member, "2026-11-24T18:59"))[0] == "active_member"
    text = page(staff, member, NIGHT)
    assert rules(text)[0] == "closed"
    assert "2026-11-25 (水) 10:00" in text


def test_the_last_check_in_is_before_closing(staff: Client, member: Member, facility: Facility) -> None:
    open_daily(facility, last_check_in_minutes=30)

    assert rules(page(staff, member, "2026-11-24T18:29"))[0] == "active_member"
    assert rules(page(staff, member, "2026-11-24T18:30"))[0] == "closed"


def test_a_closure_is_named_with_its_reason(staff: Client, member: Member, facility: Facility) -> None:
    """C3."""
    open_daily(facility)
    Closure.objects.create(first=date(2026, 11, 24), last=date(2026, 11, 24), text="全館停電")

    text = page(staff, member)

    assert rules(text)[0] == "closed"
    assert "全館停電" in text


def test_leaving_is_free_after_closing(
    staff: Client, member: Member, facility: Facility, terminal: SigningTerminal
) -> None:
    open_daily(facility)
    terminal.deliver(terminal.record(member.pk))

    assert rules(page(staff, member, "2026-11-22T19:00"))[1] == "leaving_is_free"


def test_a_past_tap_goes_by_the_rules_of_its_time(staff: Client, member: Member, facility: Facility) -> None:
    """C22."""
    open_daily(facility)
    open_daily(facility, date(2026, 10, 1), closes=time(13))

    assert rules(page(staff, member, "2026-09-30T14:00"))[0] == "active_member"
    assert rules(page(staff, member, "2026-10-01T14:00"))[0] == "closed"


def test_before_the_first_version_no_hours_are_known(staff: Client, member: Member, facility: Facility) -> None:
    open_daily(facility)

    assert rules(page(staff, member, f"{SPRING - timedelta(days=1)}T23:00"))[0] == "active_member"


@pytest.mark.parametrize("hour", ["09:59", "10:00", "18:29", "18:30", "18:59", "19:00", "23:59"])
def test_the_page_says_what_a_terminal_decides_by_the_document_it_gets(
    staff: Client, member: Member, facility: Facility, terminal: SigningTerminal, hour: str
) -> None:
    open_daily(facility, last_check_in_minutes=30)
    rulebook = parse_rulebook(document(terminal.request("GET", "/api/v1/rules"))["rulebook"])
    at = datetime.fromisoformat(f"2026-11-24T{hour}").replace(tzinfo=HOUSE_TIME)
    known = rules_of.Member(member.pk, rules_of.Standing.ACTIVE)

    decided = decide(Direction.IN, known, Situation(Outside()), rulebook, at)

    assert rules(page(staff, member, f"2026-11-24T{hour}"))[0] == decided.rule.value


def test_without_a_time_it_is_now(staff: Client, member: Member, facility: Facility) -> None:
    open_daily(facility, date(2020, 1, 1), closes=time(10, 1))
    Closure.objects.create(first=date(2020, 1, 1), last=date(2999, 1, 1))

    text = page(staff, member, "")

    assert rules(text)[0] == "closed"
    assert "一年以内にありません" in text


def test_a_time_that_is_none_is_said(staff: Client, member: Member) -> None:
    assert "errorlist" in page(staff, member, "in the evening")


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_the_ends_of_the_calendar_are_no_times_of_a_tap(staff: Client, member: Member, at: str) -> None:
    assert "このシステムが扱う年ではありません" in page(staff, member, at)


def test_the_page_speaks_english_too(staff: Client, member: Member, facility: Facility) -> None:
    open_daily(facility)

    text = page(staff, member, NIGHT, "en")

    assert "is refused" in text
    assert "it is too late to come in before closing" in text


def test_every_rule_has_its_reason_in_words() -> None:
    assert all(why(rule) for rule in Rule)


def test_looking_leaves_nothing_behind(staff: Client, member: Member) -> None:
    page(staff, member)

    assert not Event.objects.exists()


def test_the_members_page_leads_there(staff: Client, member: Member) -> None:
    text = staff.get(reverse("admin:members_member_change", args=[member.pk])).content.decode()

    assert reverse("admin:members_member_tap", args=[member.pk]) in text


def test_a_member_nobody_knows_is_not_found(staff: Client) -> None:
    assert staff.get(reverse("admin:members_member_tap", args=[uuid4()])).status_code == 404


def test_only_who_may_look_at_members_may_ask(member: Member) -> None:
    client = Client()
    client.force_login(User.objects.create_user("reader", is_staff=True))

    assert client.get(reverse("admin:members_member_tap", args=[member.pk])).status_code == 403
