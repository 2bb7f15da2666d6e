"""Fees over the limit: which uses of a month are charged, what became of them, and what late records change (A22-A23)."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from machine.signing_terminal import SigningTerminal
from server.desk.example_prices import EXAMPLE, set_up_prices
from server.fees import over_limit, stays
from server.fees.models import DropInStay, OutcomeWords, Settlement
from server.fees.over_limit import NotAsShownError, State, Word, month_of, settle
from server.fees.stays import Asked
from server.house.prices import Tariff
from server.ledger.corrections import correct_times
from server.ledger.models import Visit
from server.ledger.succession import Name
from server.members.models import Member, Membership, Organisation
from server.terminals.models import Facility
from visits.calendar import HOUSE_TIME
from visits.dropin import Visitor
from visits.event import Kind

TEN = datetime(2026, 11, 20, 10, tzinfo=HOUSE_TIME)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
NOVEMBER = date(2026, 11, 1)
PAID = Word(OutcomeWords.PAID, "desk")


@pytest.fixture
def priced(facility: Facility) -> Facility:
    set_up_prices(facility, EXAMPLE)
    return facility


def people(facility: Facility, count: int, kind: str = "general") -> list[Member]:
    """Of one organisation, since last year."""
    organisation = Organisation.objects.create(name=f"{kind} of {count}", kind=kind)
    members = [
        Member.objects.create(
            home_facility=facility, number=f"{kind}-{place}", name=f"{kind} {place}", standing="active"
        )
        for place in range(1, count + 1)
    ]
    for member in members:
        Membership.objects.create(
            member=member,
            kind={"general": "corporate", "school": "school"}[kind],
            organisation=organisation,
            first=date(2025, 4, 1),
        )
    return members


def all_in(terminal: SigningTerminal, members: list[Member], length: timedelta = 2 * HOUR) -> None:
    """One after the other, a minute apart, and each out again after `length`."""
    begun = [(TEN + place * MINUTE, member.pk) for place, member in enumerate(members)]
    terminal.deliver(
        *(terminal.record(member, Kind.CHECK_IN, at) for at, member in begun),
        *(terminal.record(member, Kind.CHECK_OUT, at + length) for at, member in begun),
    )


def charged(facility: Facility) -> list[tuple[str, int | None, int | None]]:
    return [(row.member.number, row.place, row.amount) for row in month_of(facility.pk, NOVEMBER)]


def first_use(facility: Facility) -> tuple[Name, int]:
    row = month_of(facility.pk, NOVEMBER)[0]
    assert row.amount is not None
    return row.name, row.amount


def page(client: Client, facility: Facility, **fields: object) -> str:
    address = f"{reverse('admin:fees_settlement_month')}?facility={facility.pk}&month=2026-11"
    headers = {"Accept-Language": "ja"}
    answer = (
        client.post(address, fields, follow=True, headers=headers) if fields else client.get(address, headers=headers)
    )
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200
    return answer.content.decode()


def settled_by(facility: Facility, outcome: str, note: str = "") -> dict[str, object]:
    (terminal, seq), amount = first_use(facility)
    return {"terminal": terminal, "seq": seq, "amount": amount, "outcome": outcome, "note": note}


@pytest.mark.parametrize(("kind", "free"), [("general", 3), ("school", 10)])
def test_the_first_beyond_the_free_places_is_charged(
    priced: Facility, terminal: SigningTerminal, kind: str, free: int
) -> None:
    """A22-A23."""
    all_in(terminal, people(priced, free + 1, kind))

    assert charged(priced) == [(f"{kind}-{free + 1}", free + 1, 600)]


def test_within_the_free_places_nothing_is_charged(priced: Facility, terminal: SigningTerminal) -> None:
    all_in(terminal, people(priced, 3))

    assert charged(priced) == []


@pytest.mark.parametrize(("stayed", "amount"), [(HOUR, 300), (HOUR + MINUTE, 600)])
def test_the_hours_begun_are_charged(
    priced: Facility, terminal: SigningTerminal, stayed: timedelta, amount: int
) -> None:
    all_in(terminal, people(priced, 4), stayed)

    assert charged(priced) == [("general-4", 4, amount)]


def test_who_has_left_the_organisation_before_that_day_takes_no_place(
    priced: Facility, terminal: SigningTerminal
) -> None:
    members = people(priced, 4)
    Membership.objects.filter(member=members[0]).update(last=TEN.date() - timedelta(days=1))
    all_in(terminal, members)

    assert charged(priced) == []


def test_who_had_a_membership_before_is_charged_once(priced: Facility, terminal: SigningTerminal) -> None:
    members = people(priced, 4)
    Membership.objects.create(
        member=members[3],
        kind="corporate",
        organisation=members[3].memberships.get().organisation,
        first=date(2024, 4, 1),
        last=date(2025, 3, 31),
    )
    all_in(terminal, members)

    assert charged(priced) == [("general-4", 4, 600)]


def test_a_month_is_charged_by_its_own_days(priced: Facility, terminal: SigningTerminal) -> None:
    all_in(terminal, people(priced, 4))

    assert month_of(priced.pk, date(2026, 10, 31)) == []
    assert month_of(priced.pk, date(2026, 12, 1)) == []


def test_who_is_still_inside_has_no_amount_yet(priced: Facility, terminal: SigningTerminal) -> None:
    members = people(priced, 4)
    terminal.deliver(*(terminal.record(each.pk, at=TEN + place * MINUTE) for place, each in enumerate(members)))

    [row] = month_of(priced.pk, NOVEMBER)

    assert (row.amount, row.state()) == (None, State.INSIDE)


def test_a_house_without_drop_in_prices_has_no_amount(priced: Facility, terminal: SigningTerminal) -> None:
    Tariff.objects.update(drop_in_general=None, drop_in_student=None)
    all_in(terminal, people(priced, 4))

    [row] = month_of(priced.pk, NOVEMBER)

    assert (row.amount, row.state()) == (None, State.NO_PRICE)


@pytest.mark.parametrize(("rule", "told"), [("over_limit", True), ("active_member", False)])
def test_whether_the_terminal_told_the_member_is_known(
    priced: Facility, terminal: SigningTerminal, rule: str, told: bool
) -> None:
    *three, fourth = people(priced, 4)
    all_in(terminal, three)
    at = TEN + 30 * MINUTE
    terminal.deliver(
        terminal.spoilt(fourth.pk, {"rule": rule}, Kind.CHECK_IN, at),
        terminal.record(fourth.pk, Kind.CHECK_OUT, at + HOUR),
    )

    assert [row.told for row in month_of(priced.pk, NOVEMBER)] == [told]


def test_a_settled_use_is_no_longer_to_be_settled(priced: Facility, terminal: SigningTerminal) -> None:
    all_in(terminal, people(priced, 4))
    settle(priced, *first_use(priced), PAID, TEN)

    assert [row.state() for row in month_of(priced.pk, NOVEMBER)] == [State.SETTLED]


def test_a_late_record_that_changes_the_amount_is_seen(priced: Facility, terminal: SigningTerminal) -> None:
    members = people(priced, 4)
    all_in(terminal, members)
    settle(priced, *first_use(priced), PAID, TEN)
    other = SigningTerminal.enrolled_at(priced, "別の入口")

    other.deliver(other.record(members[3].pk, Kind.CHECK_OUT, TEN + 30 * MINUTE))

    changed = month_of(priced.pk, NOVEMBER)[0]
    assert (changed.amount, changed.state()) == (300, State.CHANGED)
    settle(priced, *first_use(priced), PAID, TEN)
    assert month_of(priced.pk, NOVEMBER)[0].state() is State.SETTLED


def test_a_late_record_that_frees_a_place_is_seen(priced: Facility, terminal: SigningTerminal) -> None:
    members = people(priced, 4)
    all_in(terminal, members)
    settle(priced, *first_use(priced), PAID, TEN)
    other = SigningTerminal.enrolled_at(priced, "別の入口")

    other.deliver(other.record(members[0].pk, Kind.CHECK_OUT, TEN + MINUTE))

    rows = month_of(priced.pk, NOVEMBER)
    assert [(row.member.number, row.state()) for row in rows] == [("general-4", State.NO_LONGER_CHARGED)]


def test_a_settled_use_whose_check_in_staff_put_right_is_not_charged_again(
    priced: Facility, terminal: SigningTerminal
) -> None:
    all_in(terminal, people(priced, 4))
    [row] = month_of(priced.pk, NOVEMBER)
    settle(priced, row.name, 600, PAID, TEN)
    for minutes in (5, 10):
        visit = Visit.objects.get(member=row.member)
        correct_times(visit, TEN + minutes * MINUTE, visit.left_at, "desk", "時計", TEN + 24 * HOUR)

    [row] = month_of(priced.pk, NOVEMBER)
    assert (row.state(), row.amount) == (State.SETTLED, 600)


def test_what_was_settled_as_another_month_is_not_charged_again(priced: Facility, terminal: SigningTerminal) -> None:
    all_in(terminal, people(priced, 4))
    [row] = month_of(priced.pk, NOVEMBER)
    settle(priced, row.name, 600, PAID, TEN)
    Settlement.objects.update(day=date(2026, 10, 31))

    assert [row.state() for row in month_of(priced.pk, NOVEMBER)] == [State.SETTLED]
    assert month_of(priced.pk, date(2026, 10, 1)) == []


def test_a_use_judged_anew_after_it_was_paid_owes_the_difference(
    staff: Client, priced: Facility, terminal: SigningTerminal
) -> None:
    all_in(terminal, people(priced, 4))
    [row] = month_of(priced.pk, NOVEMBER)
    settle(priced, row.name, 600, PAID, TEN)
    visit = Visit.objects.get(member=row.member)
    correct_times(visit, visit.entered_at, TEN + 3 * HOUR, "desk", "忘れ", TEN + 24 * HOUR)

    [row] = month_of(priced.pk, NOVEMBER)
    assert (row.state(), row.amount, row.difference()) == (State.CHANGED, 900, 300)
    assert '<td class="desk-yen">¥300</td>' in page(staff, priced)
    settle(priced, row.name, 900, PAID, TEN)
    assert [row.state() for row in month_of(priced.pk, NOVEMBER)] == [State.SETTLED]
    assert Settlement.objects.count() == 1


def fourth_by_drop_in(facility: Facility, terminal: SigningTerminal, begun: datetime) -> Member:
    """Three colleagues are in from ten to one; the fourth pays an hour at the desk and is checked in there."""
    *three, fourth = people(facility, 4)
    all_in(terminal, three, 3 * HOUR)
    stay = stays.begin(facility, fourth, Asked(Visitor.GENERAL, HOUR), "desk", begun)
    stays.end(stay, 300, "desk", begun + 2 * HOUR)
    return fourth


def test_who_paid_for_a_drop_in_stay_owes_nothing_over_the_limit(
    staff: Client, priced: Facility, terminal: SigningTerminal
) -> None:
    """A23: the fee over the limit is the drop-in price, and that was paid."""
    fourth = fourth_by_drop_in(priced, terminal, TEN + 10 * MINUTE)

    [row] = month_of(priced.pk, NOVEMBER)
    assert (row.member, row.place, row.state(), row.amount) == (fourth, 4, State.BY_DROP_IN, None)
    text = page(staff, priced)
    assert "ドロップイン利用として支払い済み" in text
    assert "ドロップイン利用 11-20 10:10 ¥600" in text
    assert re.findall(r'<td class="desk-yen">¥([\d,]+)</td>', text) == ["0"]
    with pytest.raises(NotAsShownError):
        settle(priced, row.name, 600, PAID, TEN + 4 * HOUR)


def test_who_is_inside_and_then_pays_for_a_stay_has_paid(priced: Facility, terminal: SigningTerminal) -> None:
    members = people(priced, 4)
    terminal.deliver(
        *(terminal.record(each.pk, Kind.CHECK_IN, TEN + place * MINUTE) for place, each in enumerate(members))
    )
    stays.begin(priced, members[3], Asked(Visitor.GENERAL, HOUR), "desk", TEN + 10 * MINUTE)

    assert [(row.state(), row.amount) for row in month_of(priced.pk, NOVEMBER)] == [(State.BY_DROP_IN, None)]


@pytest.mark.parametrize(
    ("begun", "ended", "state"),
    [
        (0 * MINUTE, 3 * MINUTE, State.OPEN),
        (0 * MINUTE, 3 * MINUTE + SECOND, State.BY_DROP_IN),
        (122 * MINUTE, 130 * MINUTE, State.BY_DROP_IN),
        (123 * MINUTE, 130 * MINUTE, State.OPEN),
        (-24 * HOUR, None, State.OPEN),
        (24 * HOUR, None, State.OPEN),
        (-HOUR, None, State.BY_DROP_IN),
    ],
    ids=["ended as they came", "ended after", "begun before they left", "as they left", "day before", "after", "open"],
)
def test_a_stay_pays_for_the_visit_it_falls_into(
    priced: Facility, terminal: SigningTerminal, begun: timedelta, ended: timedelta | None, state: State
) -> None:
    """The fourth is in from three past ten for two hours."""
    members = people(priced, 4)
    all_in(terminal, members)
    closed = {} if ended is None else {"ended_at": TEN + ended, "overstay": 0, "ended_by": "desk"}
    DropInStay.objects.create(
        facility=priced,
        member=members[3],
        visitor="general",
        begun_at=TEN + begun,
        declared_minutes=60,
        prepaid=300,
        taken_by="desk",
        **closed,
    )

    assert [row.state() for row in month_of(priced.pk, NOVEMBER)] == [state]


def test_the_stay_of_a_colleague_pays_for_nobody_else(priced: Facility, terminal: SigningTerminal) -> None:
    members = people(priced, 4)
    all_in(terminal, members)
    stays.begin(priced, members[0], Asked(Visitor.GENERAL, HOUR), "desk", TEN + 10 * MINUTE)

    assert [row.state() for row in month_of(priced.pk, NOVEMBER)] == [State.OPEN]


@pytest.mark.parametrize(
    ("word", "state"),
    [(PAID, State.NO_LONGER_CHARGED), (Word(OutcomeWords.WAIVED, "desk", "前払い済み"), State.BY_DROP_IN)],
    ids=["paid twice", "waived"],
)
def test_what_was_paid_over_the_limit_and_by_a_stay_was_paid_twice(
    priced: Facility, terminal: SigningTerminal, word: Word, state: State
) -> None:
    members = people(priced, 4)
    all_in(terminal, members)
    settle(priced, *first_use(priced), word, TEN + 3 * HOUR)
    DropInStay.objects.create(
        facility=priced,
        member=members[3],
        visitor="general",
        begun_at=TEN + 3 * MINUTE,
        declared_minutes=120,
        prepaid=600,
        taken_by="desk",
    )

    [row] = month_of(priced.pk, NOVEMBER)
    assert (row.state(), row.difference()) == (state, -600)


def test_a_month_of_thousands_of_uses_is_told(priced: Facility, terminal: SigningTerminal) -> None:
    """SQLite takes no condition that is a thousand alternatives deep."""
    names = [(terminal.id, seq) for seq in range(1, 3000)]

    assert over_limit._told(names) == set()


def test_what_the_desk_did_not_see_is_not_settled(priced: Facility, terminal: SigningTerminal) -> None:
    all_in(terminal, people(priced, 4))
    (of_terminal, seq), amount = first_use(priced)

    for name, seen in (((of_terminal, seq), amount + 1), ((of_terminal, 1), amount), ((of_terminal, 999), amount)):
        with pytest.raises(NotAsShownError):
            settle(priced, name, seen, PAID, TEN)


@pytest.mark.parametrize("wrong", [{"outcome": "free"}, {"outcome": "waived", "note": ""}])
def test_the_database_keeps_no_settlement_that_cannot_be(
    priced: Facility, terminal: SigningTerminal, wrong: dict[str, str]
) -> None:
    all_in(terminal, people(priced, 4))
    settle(priced, *first_use(priced), PAID, TEN)

    with pytest.raises(IntegrityError):
        Settlement.objects.update(**wrong)


def test_the_page_lists_what_is_to_be_settled_and_settles_it(
    staff: Client, priced: Facility, terminal: SigningTerminal
) -> None:
    all_in(terminal, people(priced, 4))

    text = page(staff, priced)
    assert re.findall(r'<td class="desk-yen">¥([\d,]+)</td>', text) == ["600", "600"]

    text = page(staff, priced, **settled_by(priced, "paid"))
    assert "処理しました" in text
    assert (Settlement.objects.get().amount, Settlement.objects.get().by) == (600, "desk")
    assert re.findall(r'<td class="desk-yen">¥([\d,]+)</td>', text) == ["600", "0"]


def test_a_fee_is_waived_for_a_reason(staff: Client, priced: Facility, terminal: SigningTerminal) -> None:
    all_in(terminal, people(priced, 4))

    assert "免除の理由を入力してください。" in page(staff, priced, **settled_by(priced, "waived"))
    assert not Settlement.objects.exists()

    page(staff, priced, **settled_by(priced, "waived", "案内の不備"))
    assert Settlement.objects.get().note == "案内の不備"


def test_an_amount_that_changed_meanwhile_is_said(staff: Client, priced: Facility, terminal: SigningTerminal) -> None:
    all_in(terminal, people(priced, 4))

    text = page(staff, priced, **{**settled_by(priced, "paid"), "amount": 1})

    assert "その間に判定が変わりました" in text


def test_a_month_takes_a_constant_number_of_questions(
    priced: Facility, terminal: SigningTerminal, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    all_in(terminal, people(priced, 9))

    with django_assert_max_num_queries(20):
        assert len(month_of(priced.pk, NOVEMBER)) == 6


def test_only_who_settles_may_open_the_page(priced: Facility) -> None:
    client = Client()
    client.force_login(User.objects.create_user("reader", is_staff=True))

    assert client.get(reverse("admin:fees_settlement_month")).status_code == 403


def test_without_a_month_it_is_the_present_one(staff: Client, priced: Facility) -> None:
    assert staff.get(reverse("admin:fees_settlement_month")).status_code == 200
