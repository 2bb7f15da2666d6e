"""Memberships as they are kept and told: sound in the database, and every change of them on its way to the terminals."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext

from machine.signing_terminal import MORNING, SigningTerminal, document
from server.api.roster import read_page
from server.members.models import CardLink, Member, Membership, Organisation
from server.members.roster_change import RosterChange, latest_number
from server.members.terms import member_of
from server.terminals.models import Facility
from visits.calendar import house_day
from visits.event import Kind, to_instant
from visits.limits import MOST_DAYS_IN_A_ROW, Limits
from visits.member import Kind as Belonging
from visits.member import Membership as Terms

SPRING = date(2026, 4, 1)
TODAY = house_day(datetime.now(UTC))
A_DAY = timedelta(days=1)


@pytest.fixture
def member(facility: Facility) -> Member:
    return Member.objects.create(home_facility=facility, number="1", name="青葉 みのり", standing="active")


@pytest.fixture
def makers(db: None) -> Organisation:
    return Organisation.objects.create(name="架空工房株式会社")


def told(terminal: SigningTerminal, cursor: str | None = None) -> list[dict[str, Any]]:
    members: list[dict[str, Any]] = document(terminal.roster(cursor))["members"]
    return members


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "friend"},
        {"last": SPRING - A_DAY},
        {"paid_through": SPRING - A_DAY},
        {"kind": "corporate"},
        {"uses_in_month": 0},
        {"uses_in_month": 32},
        {"days_in_a_row": 0},
        {"days_in_a_row": MOST_DAYS_IN_A_ROW + 1},
    ],
    ids=" ".join,
)
def test_the_database_keeps_no_membership_that_contradicts_itself(member: Member, fields: dict[str, Any]) -> None:
    row = Membership(**{"member": member, "kind": "individual", "first": SPRING, **fields})

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
    assert latest_number(member.home_facility_id) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"last": SPRING},
        {"paid_through": SPRING},
        {"uses_in_month": 1, "days_in_a_row": 1},
        {"uses_in_month": 31, "days_in_a_row": MOST_DAYS_IN_A_ROW},
    ],
    ids=" ".join,
)
def test_it_keeps_what_is_just_so(member: Member, fields: dict[str, Any]) -> None:
    Membership.objects.create(**{"member": member, "kind": "individual", "first": SPRING, **fields})

    assert Membership.objects.count() == 1


def test_an_organisation_is_named_where_membership_comes_through_one_and_nowhere_else(
    member: Member, makers: Organisation
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(member=member, kind="individual", organisation=makers, first=SPRING)

    Membership.objects.create(member=member, kind="corporate", organisation=makers, first=SPRING)


@pytest.mark.parametrize("first", [SPRING, SPRING + A_DAY], ids=["the same day", "no end before"])
def test_two_memberships_do_not_begin_on_one_day_or_both_go_on_for_ever(member: Member, first: date) -> None:
    Membership.objects.create(member=member, kind="individual", first=SPRING)

    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(member=member, kind="staff", first=first)


def test_an_organisation_is_of_a_known_kind(db: None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.filter(pk=Organisation.objects.create(name="x").pk).update(kind="club")


def test_terminals_are_told_the_terms_in_the_form_of_the_wire(
    terminal: SigningTerminal, member: Member, makers: Organisation
) -> None:
    Membership.objects.create(
        member=member,
        kind="corporate",
        organisation=makers,
        first=TODAY,
        last=TODAY + A_DAY,
        uses_in_month=20,
        days_in_a_row=5,
    )

    assert told(terminal)[0]["memberships"] == [
        {
            "kind": "corporate",
            "first": TODAY.isoformat(),
            "last": (TODAY + A_DAY).isoformat(),
            "organisation": str(makers.pk),
            "uses_in_month": 20,
            "days_in_a_row": 5,
        }
    ]


def test_a_membership_ends_with_what_is_paid_for(member: Member) -> None:
    """C15."""
    lasts = [(None, None), (date(2026, 5, 31), None), (None, date(2026, 4, 30)), (date(2026, 5, 31), date(2026, 4, 30))]
    lasts.append((date(2026, 4, 30), date(2026, 5, 31)))
    ends = []
    for last, paid_through in lasts:
        Membership.objects.all().delete()
        Membership.objects.create(
            member=member, kind="individual", first=SPRING, last=last, paid_through=paid_through, uses_in_month=3
        )
        (terms,) = member_of(Member.objects.get(pk=member.pk)).memberships
        assert terms == Terms(Belonging.INDIVIDUAL, SPRING, terms.last, limits=Limits(3))
        ends.append(terms.last)

    april, may = date(2026, 4, 30), date(2026, 5, 31)
    assert ends == [None, may, april, april, april]


def test_the_rules_know_all_memberships_and_terminals_those_that_matter_from_today_on(
    terminal: SigningTerminal, member: Member
) -> None:
    spans = [(-30, -21), (-20, -11), (-10, 0), (1, None)]
    for first, last in spans:
        end = None if last is None else TODAY + timedelta(days=last)
        Membership.objects.create(member=member, kind="individual", first=TODAY + timedelta(days=first), last=end)

    assert [each.first for each in member_of(member).memberships] == [
        TODAY + timedelta(days=first) for first, _ in spans
    ]
    assert [each["first"] for each in told(terminal)[0]["memberships"]] == [
        (TODAY + timedelta(days=first)).isoformat() for first, _ in spans[1:]
    ]


def test_replaced_cards_are_told_apart(terminal: SigningTerminal, member: Member) -> None:
    CardLink.objects.create(member=member, card_reference=b"\x02" * 32)
    CardLink.objects.create(member=member, card_reference=b"\x01" * 32, replaced_at=MORNING)

    (entry,) = told(terminal)
    assert (entry["cards"], entry["replaced_cards"]) == (["02" * 32], ["01" * 32])


def test_the_last_way_out_and_the_days_of_use_are_told(terminal: SigningTerminal, member: Member) -> None:
    for day in (2, 1, 0):
        terminal.deliver(*terminal.stay(member.pk, MORNING - timedelta(days=day)))

    (entry,) = told(terminal)
    assert (entry["inside_since"], entry["assumed"]) == (None, False)
    assert entry["outside_since"] == to_instant(MORNING + timedelta(hours=2))
    assert entry["usage"] == {"last": "2026-11-22", "uses_in_month": 3, "days_in_a_row": 3}


def _begin(member: Member) -> None:
    Membership.objects.create(member=member, kind="individual", first=SPRING)


def _change(member: Member) -> None:
    row = member.memberships.get()
    row.last = TODAY
    row.save()


def _end_all(member: Member) -> None:
    Membership.objects.filter(member=member).delete()


def _school(_: Member) -> None:
    organisation = Organisation.objects.get()
    organisation.kind = "school"
    organisation.save()


@pytest.mark.parametrize("change", [_change, _end_all, _school])
def test_a_change_of_a_membership_is_a_delta(
    terminal: SigningTerminal,
    facility: Facility,
    member: Member,
    makers: Organisation,
    change: Callable[[Member], None],
) -> None:
    Member.objects.create(home_facility=facility, number="2", name="春野 つばさ")
    Membership.objects.create(member=member, kind="corporate", organisation=makers, first=SPRING)
    cursor = document(terminal.roster())["cursor"]

    change(member)

    assert [each["id"] for each in told(terminal, cursor)] == [str(member.pk)]


def test_a_first_membership_is_a_delta(terminal: SigningTerminal, member: Member) -> None:
    cursor = document(terminal.roster())["cursor"]

    _begin(member)

    assert [each["memberships"][0]["kind"] for each in told(terminal, cursor)] == ["individual"]


def test_a_membership_that_changes_hands_is_a_delta_of_both(
    terminal: SigningTerminal, facility: Facility, member: Member
) -> None:
    other = Member.objects.create(home_facility=facility, number="2", name="春野 つばさ")
    _begin(member)
    cursor = document(terminal.roster())["cursor"]

    row = Membership.objects.get()
    row.member = other
    row.save()

    held = {each["id"]: len(each["memberships"]) for each in told(terminal, cursor)}
    assert held == {str(member.pk): 0, str(other.pk): 1}


def test_what_an_organisation_is_makes_its_people_what_they_are(member: Member, makers: Organisation) -> None:
    """A22: found out later, too."""
    Membership.objects.create(member=member, kind="corporate", organisation=makers, first=SPRING)

    _school(member)

    assert Membership.objects.get().kind == "school"


def test_another_name_of_an_organisation_is_no_news_to_terminals(
    terminal: SigningTerminal, member: Member, makers: Organisation
) -> None:
    Membership.objects.create(member=member, kind="corporate", organisation=makers, first=SPRING)
    cursor = document(terminal.roster())["cursor"]

    makers.name = "架空工房合同会社"
    makers.save()

    assert told(terminal, cursor) == []


def test_an_organisation_with_members_stays(member: Member, makers: Organisation) -> None:
    Membership.objects.create(member=member, kind="corporate", organisation=makers, first=SPRING)

    with pytest.raises(IntegrityError):
        makers.delete()


def test_a_page_is_read_with_the_same_number_of_queries_however_many_members(
    terminal: SigningTerminal, facility: Facility, makers: Organisation
) -> None:
    counts = []
    for size in (1, 5):
        for number in range(size):
            member = Member.objects.create(home_facility=facility, number=f"{size}-{number}", name="誰か")
            Membership.objects.create(member=member, kind="corporate", organisation=makers, first=SPRING)
            CardLink.objects.create(member=member, card_reference=member.pk.bytes * 2)
            terminal.deliver(*terminal.stay(member.pk), terminal.record(member.pk, Kind.CHECK_IN, MORNING + A_DAY))
        with CaptureQueriesContext(connection) as queries:
            read_page(facility.pk, None, MORNING)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_cursor_of_the_version_before_starts_a_new_snapshot(terminal: SigningTerminal, member: Member) -> None:
    """It was given with entries that said nothing of memberships."""
    number = RosterChange.objects.get().number

    answer = document(terminal.roster(f"{member.home_facility_id.hex}.1.{number}"))

    assert (answer["snapshot"], len(answer["members"])) == (True, 1)
    assert document(terminal.roster(answer["cursor"]))["snapshot"] is False


def test_an_update_makes_members_of_organisations_corporate_members_and_back(transactional_db: None) -> None:
    facility = Facility.objects.create(name="みどり町コワーキング")
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        old = _migrated_to(("members", "0001_initial"))
        makers = old.get_model("members", "Organisation").objects.create(name="架空工房株式会社")
        for number, organisation in (("1", makers), ("2", None)):
            old.get_model("members", "Member").objects.create(
                home_facility_id=facility.pk, number=number, name="誰か", organisation=organisation
            )
        _migrated_to(*latest)
        kept = list(Membership.objects.values_list("member__number", "kind", "organisation__name", "first", "last"))
        old = _migrated_to(("members", "0001_initial"))
        back = dict(old.get_model("members", "Member").objects.values_list("number", "organisation__name"))
    finally:
        _migrated_to(*latest)

    assert kept == [("1", "corporate", "架空工房株式会社", date(2000, 1, 1), None)]
    assert back == {"1": "架空工房株式会社", "2": None}


def _migrated_to(*targets: tuple[str, str]) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets))
    return executor.loader.project_state(list(targets)).apps
