"""What notice, a change of contract, a renewal and a payment make of memberships, on both sides of every date."""

from datetime import date, datetime

import pytest

from server.members.cards import CardOfAnotherError, link
from server.members.changes import Obstacle, Plan, cancelled, carry_out, needed_at_desk, paid_on, renewed_for_a_year
from server.members.changes import switched as planned_switch
from server.members.models import CardLink, Member, Membership, Organisation
from server.terminals.models import Facility
from visits.calendar import HOUSE_TIME
from visits.membership import DeskLink

SPRING = date(2026, 4, 1)
YEAR_END = date(2027, 3, 31)
OLD, NEW = date(2024, 4, 6), date(2024, 4, 7)
NOON = datetime(2026, 11, 22, 12, tzinfo=HOUSE_TIME)


@pytest.fixture
def member(facility: Facility) -> Member:
    return Member.objects.create(home_facility=facility, number="1", name="青葉 みのり", standing="active")


def belong(member: Member, kind: str = "individual", first: date = SPRING, last: date | None = None) -> Membership:
    through = {"corporate": "general", "school": "school", "partner": "partner"}.get(kind)
    organisation = through and organised(through)
    return Membership.objects.create(
        member=member, kind=kind, organisation=organisation or None, first=first, last=last
    )


def organised(kind: str = "general", registered_on: date | None = OLD, *, refuses: bool = False) -> Organisation:
    name = f"{kind} {registered_on} {refuses}"
    defaults = {"kind": kind, "registered_on": registered_on, "refuses_desk_linking": refuses}
    return Organisation.objects.get_or_create(name=name, defaults=defaults)[0]


def done(plan: Plan | Obstacle) -> list[tuple[str, date, date | None, date | None]]:
    """The member's memberships after it, by their days."""
    assert isinstance(plan, Plan), plan
    carry_out(plan)
    rows = Membership.objects.order_by("first")
    return list(rows.values_list("kind", "first", "last", "paid_through"))


@pytest.mark.parametrize(
    ("notice", "last"),
    [
        (date(2026, 11, 20), date(2026, 11, 30)),
        (date(2026, 11, 21), date(2026, 12, 31)),
        (date(2026, 12, 21), date(2027, 1, 31)),
        (date(2028, 1, 21), date(2028, 2, 29)),
        (date(2027, 1, 31), date(2027, 2, 28)),
    ],
)
@pytest.mark.parametrize("kind", ["individual", "corporate", "school", "partner"])
def test_a_membership_ends_with_the_month_the_notice_leads_to(
    member: Member, kind: str, notice: date, last: date
) -> None:
    """A36."""
    row = belong(member, kind)

    assert done(cancelled([row], notice)) == [(kind, SPRING, last, None)]


def test_notice_never_makes_a_membership_longer(member: Member) -> None:
    row = belong(member, last=date(2026, 11, 30))

    assert cancelled([row], date(2026, 11, 20)) is Obstacle.ENDS_BEFORE
    assert cancelled([row], date(2026, 11, 21)) is Obstacle.ENDS_BEFORE


def test_notice_may_still_be_given_on_the_last_day_and_is_too_late_after_it(member: Member) -> None:
    row = belong(member, last=date(2026, 11, 20))

    assert cancelled([row], date(2026, 11, 20)) is Obstacle.ENDS_BEFORE
    assert cancelled([row], date(2026, 11, 21)) is Obstacle.NO_MONTHLY_MEMBERSHIP


def test_what_was_to_begin_after_the_end_never_begins(member: Member) -> None:
    rows = [belong(member, last=date(2026, 11, 30)), belong(member, "corporate", date(2026, 12, 1))]

    assert done(cancelled(rows, date(2026, 11, 20))) == [("individual", SPRING, date(2026, 11, 30), None)]


@pytest.mark.parametrize("kind", ["daily", "drop_in", "staff"])
def test_only_what_is_paid_by_the_month_is_cancelled_renewed_and_paid_on(member: Member, kind: str) -> None:
    row = belong(member, kind, last=YEAR_END)

    none = Obstacle.NO_MONTHLY_MEMBERSHIP
    assert cancelled([row], SPRING) is none
    assert renewed_for_a_year([row], SPRING) is none
    assert paid_on([row], 1, SPRING) is none
    assert planned_switch(member, SPRING, None) is none


@pytest.mark.parametrize(
    ("completed", "first"),
    [
        (date(2026, 7, 20), date(2026, 8, 1)),
        (date(2026, 7, 21), date(2026, 9, 1)),
        (date(2026, 12, 20), date(2027, 1, 1)),
        (date(2026, 12, 21), date(2027, 2, 1)),
    ],
)
def test_a_change_to_an_organisation_applies_from_the_first_of_a_month(
    member: Member, completed: date, first: date
) -> None:
    """A37, with the source's own example; one contract ends on the eve of the other."""
    belong(member)

    before, after = done(planned_switch(member, completed, organised()))

    assert (before[0], after[0], after[1]) == ("individual", "corporate", first)
    assert before[2] is not None
    assert (first - before[2]).days == 1


def test_a_change_to_individual_is_paid_for_its_first_month_and_keeps_the_members_own_limits(member: Member) -> None:
    """C15, C34, A37."""
    row = belong(member, "corporate")
    row.uses_in_month = 12
    row.save()

    _, after = done(planned_switch(member, date(2026, 7, 20), None))

    assert after == ("individual", date(2026, 8, 1), date(2027, 7, 31), date(2026, 8, 31))
    assert Membership.objects.get(kind="individual").uses_in_month == 12


def test_who_has_no_membership_joins_at_once_for_a_year(member: Member) -> None:
    """C15-C16."""
    assert done(planned_switch(member, date(2028, 2, 29), None)) == [
        ("individual", date(2028, 2, 29), date(2029, 2, 28), date(2028, 2, 29))
    ]


def test_a_school_makes_its_people_school_members(member: Member) -> None:
    assert [row[0] for row in done(planned_switch(member, SPRING, organised("school")))] == ["school"]


@pytest.mark.parametrize(
    ("last", "expected"), [(date(2026, 7, 30), Obstacle.ENDS_BEFORE), (date(2026, 7, 31), None)], ids=str
)
def test_what_ends_before_the_change_applies_is_to_be_renewed_first(
    member: Member, last: date, expected: Obstacle | None
) -> None:
    belong(member, last=last)

    plan = planned_switch(member, date(2026, 7, 20), organised())

    assert plan is expected or (expected is None and isinstance(plan, Plan))


def test_nothing_is_changed_twice_or_against_what_is_entered_for_later(member: Member) -> None:
    belong(member)
    assert planned_switch(member, SPRING, None) is Obstacle.SAME_ALREADY

    carried = planned_switch(member, SPRING, organised())
    assert isinstance(carried, Plan)
    carry_out(carried)
    member = Member.objects.get()
    assert planned_switch(member, SPRING, organised()) is Obstacle.ANOTHER_IS_AHEAD


@pytest.mark.parametrize(
    ("registered_on", "refuses", "need"),
    [
        (OLD, False, DeskLink.WITHOUT_CARD),
        (NEW, False, DeskLink.CARD_NEEDED),
        (None, False, DeskLink.CARD_NEEDED),
        (OLD, True, DeskLink.REFUSED),
        (NEW, True, DeskLink.REFUSED),
    ],
)
def test_what_the_desk_needs_hangs_on_the_organisations_first_day(
    db: None, registered_on: date | None, refuses: bool, need: DeskLink
) -> None:
    """A20, A31-A32; a corporation of unknown age is taken for a new one."""
    assert needed_at_desk(organised(registered_on=registered_on, refuses=refuses)) is need


def test_people_of_a_new_corporation_need_a_card_that_is_in_use(member: Member) -> None:
    """A31."""
    belong(member)
    assert planned_switch(member, SPRING, organised(registered_on=NEW)) is Obstacle.CARD_MISSING

    card = CardLink.objects.create(member=member, card_reference=bytes(32), replaced_at=NOON)
    assert planned_switch(member, SPRING, organised(registered_on=NEW)) is Obstacle.CARD_MISSING

    card.replaced_at = None
    card.save()
    assert isinstance(planned_switch(member, SPRING, organised(registered_on=NEW)), Plan)


def test_nobody_is_linked_at_the_desk_with_a_corporation_that_wants_none(member: Member) -> None:
    """A32."""
    belong(member)

    assert planned_switch(member, SPRING, organised(refuses=True)) is Obstacle.LINKS_NOBODY_AT_DESK


@pytest.mark.parametrize(
    ("last", "renewed"),
    [(YEAR_END, date(2028, 3, 31)), (date(2027, 2, 28), date(2028, 2, 29)), (date(2028, 2, 29), date(2029, 2, 28))],
)
def test_a_renewal_is_a_year_more_and_no_payment(member: Member, last: date, renewed: date) -> None:
    """C15-C16."""
    row = belong(member, last=last)
    row.paid_through = date(2026, 4, 30)

    assert done(renewed_for_a_year([row], SPRING)) == [("individual", SPRING, renewed, date(2026, 4, 30))]


def test_what_has_no_end_is_not_renewed(member: Member) -> None:
    assert renewed_for_a_year([belong(member)], SPRING) is Obstacle.HAS_NO_END


def test_a_renewal_may_come_a_month_late(member: Member) -> None:
    row = belong(member, last=YEAR_END)

    assert isinstance(renewed_for_a_year([row], date(2027, 4, 30)), Plan)
    assert renewed_for_a_year([row], date(2027, 5, 1)) is Obstacle.NO_MONTHLY_MEMBERSHIP


@pytest.mark.parametrize(
    ("paid", "months", "through"),
    [
        (date(2026, 11, 30), 1, date(2026, 12, 31)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (None, 1, date(2026, 11, 30)),
        (None, 12, date(2027, 10, 31)),
    ],
)
def test_months_are_paid_on_from_what_is_paid_or_from_this_month(
    member: Member, paid: date | None, months: int, through: date
) -> None:
    """A43, C15."""
    row = belong(member)
    row.paid_through = paid

    assert done(paid_on([row], months, date(2026, 11, 22))) == [("individual", SPRING, None, through)]


def test_the_first_month_is_paid_before_it_begins(member: Member) -> None:
    row = belong(member, first=date(2026, 12, 10))

    assert done(paid_on([row], 1, date(2026, 11, 22)))[0][3] == date(2026, 12, 31)


def test_a_card_takes_the_place_of_those_before(member: Member) -> None:
    link(member, b"\x01" * 32, NOON, in_place_of_others=False)

    link(member, b"\x02" * 32, NOON, in_place_of_others=True)

    replaced = {bytes(card.card_reference)[0]: card.replaced_at for card in CardLink.objects.all()}
    assert replaced == {1: NOON, 2: None}


def test_a_replaced_card_may_come_back_into_use(member: Member) -> None:
    for number in (1, 2, 1):
        link(member, bytes([number]) * 32, NOON, in_place_of_others=True)

    in_use = CardLink.objects.get(replaced_at=None)
    assert (bytes(in_use.card_reference)[0], CardLink.objects.count()) == (1, 2)


def test_a_card_beside_others_replaces_none(member: Member) -> None:
    for number in (1, 2):
        link(member, bytes([number]) * 32, NOON, in_place_of_others=False)

    assert CardLink.objects.filter(replaced_at=None).count() == 2


def test_the_card_of_another_is_not_taken(member: Member, facility: Facility) -> None:
    other = Member.objects.create(home_facility=facility, number="2", name="春野 つばさ")
    link(other, bytes(32), NOON, in_place_of_others=True)

    with pytest.raises(CardOfAnotherError) as refused:
        link(member, bytes(32), NOON, in_place_of_others=True)

    assert refused.value.member == other
