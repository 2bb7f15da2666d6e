"""Members at the console: what the desk finds, enters and carries out, and that it sees the days before it keeps them."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from machine.signing_terminal import SigningTerminal, document
from server.members.models import CardLink, Member, Membership, Organisation
from server.terminals.models import Facility
from visits.calendar import house_day

LIST = "admin:members_member_changelist"
SPRING = date(2026, 4, 1)
TODAY = house_day(datetime.now(UTC))
A_DAY = timedelta(days=1)


@pytest.fixture
def member(facility: Facility) -> Member:
    return Member.objects.create(home_facility=facility, number="1", name="青葉 みのり", standing="active")


@pytest.fixture
def makers(db: None) -> Organisation:
    return Organisation.objects.create(name="架空工房株式会社", registered_on=date(2024, 4, 6))


def act(client: Client, action: str, *members: Member, **fields: str) -> str:
    data = {"action": action, "_selected_action": [str(each.pk) for each in members], **fields}
    return sent(client, reverse(LIST), data)


def sent(client: Client, url: str, data: dict[str, Any]) -> str:
    answer = client.post(url, data, follow=True, headers={"Accept-Language": "ja"})
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200
    return answer.content.decode()


def carried_out(client: Client, action: str, *members: Member, **fields: str) -> str:
    return act(client, action, *members, asked="yes", carry_out="yes", **fields)


def names(client: Client, query: str) -> set[str]:
    page = client.get(f"{reverse(LIST)}?{query}").content.decode()
    return set(re.findall(r'field-name"><a[^>]*>([^<]+)<', page))


def form(member: Member, *rows: dict[str, str]) -> dict[str, str]:
    """The member's page as it is sent back, with these rows of memberships."""
    inlines = {"cards-TOTAL_FORMS": "0", "cards-INITIAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    fields = {"number": member.number, "name": member.name, "standing": member.standing}
    cells = {f"memberships-{index}-{name}": text for index, row in enumerate(rows) for name, text in row.items()}
    place = {"home_facility": str(member.home_facility_id), "memberships-TOTAL_FORMS": str(len(rows))}
    return {**fields, **inlines, **place, **cells}


def change_page(member: Member) -> str:
    return reverse("admin:members_member_change", args=[member.pk])


def test_memberships_are_entered_with_the_member(staff: Client, member: Member, makers: Organisation) -> None:
    first = {"kind": "individual", "first": "2026-04-01", "last": "2026-07-31"}
    second = {"kind": "corporate", "organisation": str(makers.pk), "first": "2026-08-01", "paid_through": "2026-08-31"}

    sent(staff, change_page(member), form(member, first, second))

    assert list(Membership.objects.order_by("first").values_list("kind", "first", "last")) == [
        ("individual", SPRING, date(2026, 7, 31)),
        ("corporate", date(2026, 8, 1), None),
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"kind": "individual", "first": "2026-04-02", "last": "2026-04-01"}], "最終日が初日より前です"),
        ([{"kind": "corporate", "first": "2026-04-01"}], "所属団体が必要です"),
        ([{"kind": "school", "first": "2026-04-01", "organisation": "makers"}], "種別が合っていません"),
        ([{"kind": "individual", "first": "2026-04-01", "uses_in_month": "0"}], "上限は 1 以上です"),
        ([{"kind": "individual", "first": "2026-04-02", "paid_through": "2026-04-01"}], "初日以降にしてください"),
        (
            [
                {"kind": "individual", "first": "2026-04-01", "last": "2026-04-30"},
                {"kind": "daily", "first": "2026-04-30", "last": "2026-04-30"},
            ],
            "期間が重なっています",
        ),
    ],
    ids=["ends before it begins", "no organisation", "another kind", "no use", "paid before it begins", "meeting"],
)
def test_mistakes_are_named_and_nothing_is_kept(
    staff: Client, member: Member, makers: Organisation, rows: list[dict[str, str]], said: str
) -> None:
    for row in rows:
        if "organisation" in row:
            row["organisation"] = str(makers.pk)

    assert said in sent(staff, change_page(member), form(member, *rows))
    assert not Membership.objects.exists()


def test_members_are_found_by_membership_organisation_and_its_end(
    staff: Client, facility: Facility, makers: Organisation
) -> None:
    def join(name: str, last: int | None, kind: str = "individual", **fields: Any) -> Member:
        member = Member.objects.create(home_facility=facility, number=name, name=name, standing="active")
        end = None if last is None else TODAY + timedelta(days=last)
        Membership.objects.create(member=member, kind=kind, first=TODAY - 90 * A_DAY, last=end, **fields)
        return member

    join("today", 0)
    join("month", 30)
    join("later", 31)
    join("unpaid", None, paid_through=TODAY + 30 * A_DAY)
    join("over", -1)
    join("maker", None, "corporate", organisation=makers)
    followed = join("followed", 5)
    Membership.objects.create(member=followed, kind="individual", first=TODAY + 6 * A_DAY)

    assert names(staff, "ending=soon") == {"today", "month", "unpaid"}
    assert names(staff, "kind=corporate") == {"maker"}
    assert names(staff, f"organisation={makers.pk}") == {"maker"}
    assert names(staff, "kind=none") == {"over"}
    assert len(names(staff, "")) == 7


def test_the_days_that_follow_a_notice_are_shown_before_they_are_kept(staff: Client, member: Member) -> None:
    """A36."""
    Membership.objects.create(member=member, kind="individual", first=SPRING)

    shown = act(staff, "cancel", member, asked="yes", day="2026-11-20")
    assert "2026-11-30" in shown
    assert Membership.objects.get().last is None
    assert "2026-12-31" in act(staff, "cancel", member, asked="yes", day="2026-11-21")

    carried_out(staff, "cancel", member, day="2026-11-20")
    assert Membership.objects.get().last == date(2026, 11, 30)


def test_the_first_page_of_an_action_shows_what_today_leads_to(staff: Client, member: Member) -> None:
    Membership.objects.create(member=member, kind="individual", first=SPRING, last=date(2027, 3, 31))

    assert "2028-03-31" in act(staff, "renew", member)
    assert f'value="{TODAY.isoformat()}"' in act(staff, "cancel", member)
    assert Membership.objects.get().last == date(2027, 3, 31)


def test_what_is_carried_out_reaches_the_terminals_and_the_history(
    staff: Client, terminal: SigningTerminal, member: Member
) -> None:
    Membership.objects.create(member=member, kind="individual", first=SPRING, paid_through=date(2026, 11, 30))
    cursor = document(terminal.roster())["cursor"]

    page = carried_out(staff, "pay", member, months="2")

    assert "1 名の会員契約を変更しました。" in page
    (told,) = document(terminal.roster(cursor))["members"]
    assert told["memberships"][0]["last"] == "2027-01-31"
    assert LogEntry.objects.get(object_id=str(member.pk)).user.get_username() == "desk"


def test_what_stands_against_a_change_is_said_and_the_others_are_changed(
    staff: Client, facility: Facility, member: Member
) -> None:
    other = Member.objects.create(home_facility=facility, number="2", name="春野 つばさ", standing="active")
    Membership.objects.create(member=member, kind="individual", first=SPRING)

    asked = act(staff, "cancel", member, other, asked="yes", day="2026-11-20")
    assert "対象となる月額の会員契約がありません。" in asked

    page = carried_out(staff, "cancel", member, other, day="2026-11-20")
    assert "春野 つばさ: 対象となる月額の会員契約がありません。" in page
    assert "1 名の会員契約を変更しました。" in page


@pytest.mark.parametrize("fields", [{"day": ""}, {"day": "2026-02-30"}], ids=["no day", "no such day"])
def test_without_a_day_nothing_is_carried_out(staff: Client, member: Member, fields: dict[str, str]) -> None:
    Membership.objects.create(member=member, kind="individual", first=SPRING)

    carried_out(staff, "cancel", member, **fields)

    assert Membership.objects.get().last is None


@pytest.mark.parametrize(
    ("registered_on", "shown", "changed"),
    [
        ("2024-04-06", {}, False),
        ("2024-04-06", {"affiliation": "on"}, True),
        ("2024-04-07", {"affiliation": "on"}, False),
        ("2024-04-07", {"affiliation": "on", "identity": "on"}, True),
    ],
    ids=["old, nothing", "old, affiliation", "new, affiliation", "new, both"],
)
def test_the_desk_asks_for_the_proof_an_organisation_needs(
    staff: Client, member: Member, makers: Organisation, registered_on: str, shown: dict[str, str], changed: object
) -> None:
    """A20, A31."""
    Organisation.objects.update(registered_on=registered_on)
    Membership.objects.create(member=member, kind="individual", first=SPRING)
    CardLink.objects.create(member=member, card_reference=bytes(32))

    carried_out(staff, "switch", member, day="2026-07-20", to=str(makers.pk), **shown)

    assert Membership.objects.filter(kind="corporate", first=date(2026, 8, 1)).exists() is changed


def test_an_organisation_that_wants_nobody_linked_at_the_desk_is_kept_from_it(
    staff: Client, member: Member, makers: Organisation
) -> None:
    """A32."""
    Organisation.objects.update(refuses_desk_linking=True)
    Membership.objects.create(member=member, kind="individual", first=SPRING)

    page = carried_out(staff, "switch", member, day="2026-07-20", to=str(makers.pk))

    assert "この団体は受付での連携を希望していません。" in page
    assert Membership.objects.get().kind == "individual"
    url = reverse("admin:members_organisation_change", args=[makers.pk])
    assert "受付では連携できません" in staff.get(url, headers={"Accept-Language": "ja"}).content.decode()


def test_applications_are_approved(staff: Client, terminal: SigningTerminal, member: Member) -> None:
    """A29; who is suspended stays so."""
    suspended = Member.objects.create(
        home_facility=member.home_facility, number="2", name="秋月 しずか", standing="suspended"
    )
    Member.objects.filter(pk=member.pk).update(standing="pending")
    cursor = document(terminal.roster())["cursor"]

    act(staff, "approve", member, suspended)
    assert Member.objects.filter(standing="active").count() == 0
    page = act(staff, "approve", member, suspended, asked="yes")

    assert "1 件の申請を承認しました。" in page
    told = document(terminal.roster(cursor))["members"]
    assert [(each["id"], each["standing"]) for each in told] == [(str(member.pk), "active")]


@pytest.mark.parametrize("conditions", ["営業は禁止", "x" * 200])
def test_conditions_of_an_approval_stay_with_the_membership_and_at_the_desk(
    staff: Client, terminal: SigningTerminal, member: Member, conditions: str
) -> None:
    """C8."""
    Member.objects.update(standing="pending")
    for first, last in ((SPRING, SPRING), (TODAY + A_DAY, TODAY + A_DAY), (TODAY + 2 * A_DAY, None)):
        Membership.objects.create(member=member, kind="individual", first=first, last=last)

    page = act(staff, "approve", member)
    assert re.search(r'name="conditions" maxlength="200"', page)
    act(staff, "approve", member, asked="yes", conditions=conditions)

    kept = Membership.objects.order_by("first").values_list("conditions", flat=True)
    assert list(kept) == ["", conditions, ""]
    assert conditions in staff.get(change_page(member)).content.decode()
    answer = terminal.roster()
    assert [each["standing"] for each in document(answer)["members"]] == ["active"]
    assert conditions not in str(document(answer))


@pytest.mark.parametrize(
    ("conditions", "words"), [("営業は禁止", "条件を付ける契約がありません。"), ("x" * 201, "errorlist")]
)
def test_conditions_that_cannot_be_kept_approve_nobody(
    staff: Client, member: Member, conditions: str, words: str
) -> None:
    Member.objects.update(standing="pending")
    other = Member.objects.create(home_facility=member.home_facility, number="2", name="秋月", standing="pending")
    Membership.objects.create(member=other, kind="individual", first=SPRING)

    assert words in act(staff, "approve", member, other, asked="yes", conditions=conditions)
    assert set(Member.objects.values_list("standing", flat=True)) == {"pending"}
    assert Membership.objects.get().conditions == ""


def test_conditions_are_entered_with_the_membership_and_go_on_with_a_change(
    staff: Client, member: Member, makers: Organisation
) -> None:
    row = {"kind": "individual", "first": str(SPRING), "conditions": "営業は禁止"}
    sent(staff, change_page(member), form(member, row))
    assert Membership.objects.get().conditions == "営業は禁止"

    fields = {"day": str(TODAY), "to": str(makers.pk), "affiliation": "on", "identity": "on"}
    carried_out(staff, "switch", member, **fields)
    assert [each.conditions for each in Membership.objects.all()] == ["営業は禁止"] * 2


def test_members_are_suspended_with_a_reason_and_the_terminals_hear_of_it(
    staff: Client, terminal: SigningTerminal, member: Member
) -> None:
    """C32."""
    cursor = document(terminal.roster())["cursor"]
    for fields in ({}, {"asked": "yes"}, {"asked": "yes", "reason": " "}):
        act(staff, "suspend", member, **fields)
        member.refresh_from_db()
        assert member.standing == "active"

    page = act(staff, "suspend", member, asked="yes", reason="規約違反のため")

    assert "1 名を利用停止にしました。" in page
    answer = terminal.roster(cursor)
    assert [each["standing"] for each in document(answer)["members"]] == ["suspended"]
    member.refresh_from_db()
    assert member.standing_reason == "規約違反のため"
    assert "規約違反" not in answer.content.decode()


def test_who_has_left_the_membership_is_not_suspended(staff: Client, member: Member) -> None:
    Member.objects.update(standing="ended")

    act(staff, "suspend", member, asked="yes", reason="x")

    member.refresh_from_db()
    assert member.standing == "ended"


def test_a_card_is_linked_in_the_place_of_another(staff: Client, terminal: SigningTerminal, member: Member) -> None:
    CardLink.objects.create(member=member, card_reference=b"\x01" * 32)
    cursor = document(terminal.roster())["cursor"]

    page = sent(
        staff,
        reverse("admin:members_member_card", args=[member.pk]),
        {"reference": "02" * 32, "in_place_of_others": "on"},
    )

    assert "カードを連携しました。" in page
    (told,) = document(terminal.roster(cursor))["members"]
    assert (told["cards"], told["replaced_cards"]) == (["02" * 32], ["01" * 32])


@pytest.mark.parametrize("reference", ["", "02" * 31, "xy" * 32, "02" * 33])
def test_what_is_no_reference_of_a_card_links_none(staff: Client, member: Member, reference: str) -> None:
    sent(staff, reverse("admin:members_member_card", args=[member.pk]), {"reference": reference})

    assert not CardLink.objects.exists()


def test_the_card_of_another_member_is_not_taken(staff: Client, facility: Facility, member: Member) -> None:
    other = Member.objects.create(home_facility=facility, number="A-2", name="春野 つばさ")
    CardLink.objects.create(member=other, card_reference=bytes(32))

    page = sent(staff, reverse("admin:members_member_card", args=[member.pk]), {"reference": "00" * 32})

    assert "別の会員（A-2）に連携されています" in page
    assert CardLink.objects.get().member == other


def test_who_may_only_look_changes_no_member(member: Member) -> None:
    Membership.objects.create(member=member, kind="individual", first=SPRING)
    user = User.objects.create_user("trainee", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_member"))
    client = Client()
    client.force_login(user)

    for action, fields in (("cancel", {"day": "2026-11-20"}), ("suspend", {"reason": "x"}), ("approve", {})):
        carried_out(client, action, member, **fields)
    card = client.post(reverse("admin:members_member_card", args=[member.pk]), {"reference": "00" * 32})

    member.refresh_from_db()
    assert (member.standing, Membership.objects.get().last, card.status_code) == ("active", None, 403)


def test_the_list_shows_the_membership_of_today(staff: Client, member: Member, makers: Organisation) -> None:
    Membership.objects.create(member=member, kind="individual", first=SPRING, last=TODAY - A_DAY)
    Membership.objects.create(member=member, kind="corporate", organisation=makers, first=TODAY)

    page = staff.get(reverse(LIST), headers={"Accept-Language": "ja"}).content.decode()

    (cell,) = re.findall(r'field-membership">([^<]+)<', page)
    assert cell == f"一般法人の所属者 架空工房株式会社 {TODAY}"
