"""Two doors without contact, then joined: who is charged, and how much, is the same in whatever order records arrive (A23).

Not in here: what the doors told the members meanwhile, which rests on what each knew.
"""

from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from uuid import UUID

import pytest
from django.core.cache import cache
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings as DjangoSettings

from machine.opening_hours import open_daily
from machine.signing_terminal import MORNING, Record, SigningTerminal
from server.fees.over_limit import month_of
from server.house.prices import Tariff
from server.ledger.closing import close_forgotten
from server.members.models import Member, Membership, Organisation
from server.terminals.models import Facility
from visits.event import Kind

COLLEAGUES = 6
NEXT_DAY = MORNING + timedelta(days=1)

Charge = tuple[str, int | None, int | None]
"""Who, at which place, and the amount."""

PASSAGES = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, COLLEAGUES - 1), st.sampled_from(Kind), st.integers(1, 50)),
    min_size=4,
    max_size=16,
)


@pytest.fixture
def house(facility: Facility, settings: DjangoSettings) -> Facility:
    settings.RATES = dict.fromkeys(settings.RATES, 10**9)
    open_daily(facility, date(2026, 1, 1), closes=time(19))
    Tariff.objects.create(facility=facility, valid_from=date(2026, 1, 1), drop_in_general=300, drop_in_student=150)
    return facility


def _colleagues(house: Facility) -> list[UUID]:
    corporation = Organisation.objects.create(name="架空工房株式会社")
    rows = [
        Member.objects.create(home_facility=house, number=f"colleague-{number}", name="誰か", standing="active")
        for number in range(COLLEAGUES)
    ]
    for row in rows:
        Membership.objects.create(member=row, kind="corporate", organisation=corporation, first=date(2025, 4, 1))
    return [row.pk for row in rows]


def _after(house: Facility, deliver: Callable[[], None]) -> list[Charge]:
    """What is charged once all was delivered and the next day has begun; nothing of it stays."""
    with transaction.atomic():
        deliver()
        close_forgotten(house.pk, NEXT_DAY)
        charged = [(row.member.number, row.place, row.amount) for row in month_of(house.pk, MORNING.date())]
        transaction.set_rollback(True)
    return charged


def _pieces(records: Sequence[Record], sizes: Sequence[int]) -> list[list[Record]]:
    pieces, rest = [], list(records)
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    return [piece for piece in [*pieces, rest] if piece]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    passages=PASSAGES,
    sizes=st.tuples(*[st.lists(st.integers(1, 4), max_size=4)] * 2),
    turns=st.lists(st.integers(0, 1), max_size=8),
    closings=st.sets(st.integers(0, 7), max_size=2),
)
def test_charges_are_the_same_in_whatever_pieces_and_order_two_doors_deliver(
    house: Facility,
    passages: Sequence[tuple[int, int, Kind, int]],
    sizes: Sequence[Sequence[int]],
    turns: Sequence[int],
    closings: set[int],
) -> None:
    cache.clear()
    with transaction.atomic():
        doors = [SigningTerminal.enrolled_at(house, str(number)) for number in range(2)]
        people = _colleagues(house)
        chains: list[list[Record]] = [[], []]
        at = MORNING
        for door, person, kind, minutes in passages:
            at += timedelta(minutes=minutes)
            chains[door].append(doors[door].record(people[person], kind, at))

        def one_after_the_other() -> None:
            for door, chain in zip(doors, chains, strict=True):
                if chain:
                    door.deliver(*chain)

        def in_pieces() -> None:
            waiting = [_pieces(chain, of_door) for chain, of_door in zip(chains, sizes, strict=True)]
            for turn, which in enumerate([*turns, *[0] * 20, *[1] * 20]):
                if turn in closings:
                    close_forgotten(house.pk, NEXT_DAY)
                if waiting[which]:
                    doors[which].deliver(*waiting[which].pop(0))

        assert _after(house, in_pieces) == _after(house, one_after_the_other)
        transaction.set_rollback(True)


def test_the_fourth_at_either_of_two_doors_that_know_nothing_of_each_other_is_charged_once(house: Facility) -> None:
    doors = [SigningTerminal.enrolled_at(house, str(number)) for number in range(2)]
    people = _colleagues(house)
    chains: list[list[Record]] = [[], []]
    for number in range(4):
        at = MORNING + timedelta(minutes=number)
        chains[number % 2].append(doors[number % 2].record(people[number], Kind.CHECK_IN, at))
    chains[1].append(doors[1].record(people[3], Kind.CHECK_OUT, MORNING + timedelta(minutes=3 + 61)))

    def both(order: Sequence[int]) -> Callable[[], None]:
        def deliver() -> None:
            for which in order:
                doors[which].deliver(*chains[which])

        return deliver

    charged = [("colleague-3", 4, 600)]
    assert _after(house, both([0, 1])) == charged
    assert _after(house, both([1, 0])) == charged
