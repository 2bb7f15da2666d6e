"""Who gets where in the console: nobody without an account, and an account no further than its rights."""

from datetime import datetime, time

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from machine.opening_hours import open_daily
from server.desk.example_prices import EXAMPLE, set_up_prices
from server.desk.management.commands.make_reception_group import NAME
from server.fees import stays
from server.fees.models import DropInStay
from server.fees.stays import Asked
from server.ledger.corrections import record_passage
from server.ledger.models import Visit
from server.members.models import Member
from server.terminals.models import Facility
from visits.calendar import HOUSE_TIME
from visits.dropin import Visitor
from visits.event import Kind

TEN = datetime(2026, 11, 20, 10, tzinfo=HOUSE_TIME)
FOR_ALL_STAFF = {
    "index",
    "jsi18n",
    "logout",
    "login",
    "password_change",
    "password_change_done",
    "autocomplete",
    "view_on_site",
}


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "") -> list[tuple[str, str]]:
    """Name and route of every page of the console."""
    found = []
    for each in patterns:
        route = prefix + str(each.pattern)
        found += addresses(each.url_patterns, route) if isinstance(each, URLResolver) else [(each.name or "", route)]
    return found


@pytest.fixture
def pages(facility: Facility) -> list[str]:
    """Each page once, about things that are there."""
    set_up_prices(facility, EXAMPLE)
    open_daily(facility, closes=time(21))
    member = Member.objects.create(home_facility=facility, number="1", name="青葉 みのり", standing="active")
    record_passage(facility, member, Kind.CHECK_IN, TEN, "desk", "", TEN)
    stay = stays.begin(facility, None, Asked(Visitor.STUDENT, TEN - TEN.replace(hour=9)), "desk", TEN)
    of_member = str(member.pk)
    made = []
    for name, route in addresses(admin.site.get_urls()):
        number = stay.pk if "dropinstay" in route else Visit.objects.get().pk
        page = route.replace("<uuid:pk>", of_member).replace("<path:object_id>", of_member)
        page = page.replace("<int:pk>", str(number))
        if name and name not in FOR_ALL_STAFF and "<" not in page:
            made.append(f"/console/{page}")
    assert len(made) > 100
    return made


OF_RECEPTION = {
    *("fees/dropinstay/", "fees/dropinstay/begin/", "fees/dropinstay/<stay>/end/"),
    *("fees/parkingvoucher/", "fees/parkingvoucher/leaving/", "fees/parkingvoucher/hand-out/"),
    *("fees/parkingdiscount/", "fees/parkingdiscount/give/", "fees/settlement/", "fees/settlement/month/"),
    *("ledger/visit/", "ledger/presentvisit/"),
    *("ledger/correction/", "ledger/correction/member/<member>/", "ledger/correction/visit/<visit>/"),
    *("members/organisation/", "members/member/", "members/member/<member>/tap/"),
    *("members/member/<member>/change/", "members/member/<member>/history/"),
}
"""With which members can be looked at; saving is another right."""


def at_reception() -> User:
    call_command("make_reception_group", verbosity=0)
    user = User.objects.create_user("reception", is_staff=True)
    user.groups.add(Group.objects.get(name=NAME))
    return user


def test_nobody_without_an_account_sees_a_page(pages: list[str], client: Client) -> None:
    for page in [*pages, reverse("quote"), reverse("admin:index")]:
        answer = client.get(page)
        assert (answer.status_code, "/login/" in answer.get("Location", "")) == (302, True), page


def test_an_account_without_rights_sees_only_what_is_for_all_staff(pages: list[str], client: Client) -> None:
    client.force_login(User.objects.create_user("nobody", is_staff=True))

    assert [page for page in pages if client.get(page).status_code == 200] == []
    assert client.get(reverse("quote")).status_code == 200
    assert client.get(reverse("admin:index")).status_code == 200


def test_reception_changes_neither_members_nor_rules_nor_prices(pages: list[str], client: Client) -> None:
    client.force_login(at_reception())

    shown = {page for page in pages if client.get(page).status_code == 200}

    for theirs in ("fees/dropinstay/begin/", "fees/parkingvoucher/leaving/", "fees/settlement/month/"):
        assert f"/console/{theirs}" in shown
    assert not [page for page in shown if page.startswith(("/console/house/", "/console/auth/", "/console/terminals/"))]
    assert not [page for page in shown if page.endswith(("/add/", "/card/", "/delete/"))]
    answer = client.post(reverse("admin:members_member_changelist"), {"action": "approve", "_selected_action": "x"})
    assert Member.objects.get().standing == "active"
    assert answer.status_code in {200, 302}


def test_the_group_of_reception_opens_the_pages_of_reception_and_no_others(pages: list[str], client: Client) -> None:
    client.force_login(at_reception())
    things = {
        "<member>": str(Member.objects.get().pk),
        "<stay>": str(DropInStay.objects.get().pk),
        "<visit>": str(Visit.objects.get().pk),
    }
    expected = set()
    for page in OF_RECEPTION:
        for thing, pk in things.items():
            page = page.replace(thing, pk)  # noqa: PLW2901 - one thing after the other
        expected.add(f"/console/{page}")

    assert {page for page in pages if client.get(page).status_code == 200} == expected


def test_the_group_of_reception_looks_at_a_member_and_saves_none(pages: list[str], client: Client) -> None:
    assert pages
    client.force_login(at_reception())
    address = reverse("admin:members_member_change", args=[Member.objects.get().pk])

    shown = client.get(address).content.decode()
    assert 'id="memberships-group"' in shown
    assert 'id="cards-group"' in shown
    assert 'name="_save"' not in shown
    assert client.post(address, {"name": "別人"}).status_code == 403
    assert Member.objects.get().name == "青葉 みのり"


def test_a_group_of_reception_that_was_given_other_rights_keeps_them(db: None) -> None:
    call_command("make_reception_group", verbosity=0)
    Group.objects.get(name=NAME).permissions.set(Permission.objects.filter(codename="view_member"))

    call_command("make_reception_group", verbosity=0)

    assert [each.codename for each in Group.objects.get(name=NAME).permissions.all()] == ["view_member"]


@pytest.mark.parametrize(
    "page", ["admin:fees_dropinstay_begin", "admin:fees_parkingvoucher_hand_out", "admin:fees_settlement_month"]
)
def test_nothing_is_sent_from_another_site(staff: Client, page: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = staff.cookies

    assert strict.post(reverse(page), {"minutes": "60"}).status_code == 403
