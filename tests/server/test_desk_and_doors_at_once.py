"""Doors, the desk and whoever looks, all at the same moment: the visits are still what the rules make of everything."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta

import pytest
from django.db import connection

from machine.signing_terminal import SigningTerminal
from server.house.models import WEEKDAYS, HouseRules
from server.house.rulebook import rulebook_of
from server.ledger.batch import Sealed
from server.ledger.closing import close_forgotten
from server.ledger.corrections import record_passage, void
from server.ledger.ingest import Delivery, ingest
from server.ledger.models import Event, Visit
from server.members.models import Member
from server.terminals.models import Facility, Terminal
from visits import fold as rules
from visits.calendar import HOUSE_TIME
from visits.event import Kind

MORNING = datetime(2026, 11, 16, 10, tzinfo=HOUSE_TIME)
NOW = MORNING + timedelta(days=2)
ROUNDS = 12


@pytest.fixture
def house(transactional_db: None) -> Facility:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time; test_on_postgresql runs this")
    facility = Facility.objects.create(name="みどり町コワーキング")
    hours = {f"{day}_{end}": at for day in WEEKDAYS for end, at in (("opens", time(10)), ("closes", time(19)))}
    HouseRules.objects.create(facility=facility, valid_from=MORNING.date(), **hours)
    return facility


def test_doors_the_desk_and_whoever_looks_at_once_leave_the_visits_the_rules_make(house: Facility) -> None:
    members = [
        Member.objects.create(home_facility=house, number=str(n), name="誰か", standing="active") for n in range(3)
    ]
    doors = [SigningTerminal.enrolled_at(house, name) for name in "ab"]

    def at(n: int) -> datetime:
        return MORNING + timedelta(hours=n % 7, days=n % 2, minutes=n)

    def deliver(door: SigningTerminal) -> None:
        terminal = Terminal.objects.get(pk=door.id)
        for n in range(ROUNDS):
            record = door.record(members[n % 3].pk, list(Kind)[n % 2], at(n))
            ingest(terminal, Delivery([Sealed.of(record)]), NOW)

    def correct() -> None:
        for n in range(ROUNDS):
            event = record_passage(house, members[n % 3], list(Kind)[n % 2], at(n + 3), "desk", "", NOW)
            if n % 3 == 0:
                void(event, "desk", "", NOW)

    def look() -> None:
        for n in range(ROUNDS):
            close_forgotten(house.pk, NOW - timedelta(hours=n))

    _at_once(lambda: deliver(doors[0]), lambda: deliver(doors[1]), correct, look)
    close_forgotten(house.pk, NOW)

    assert Event.objects.count() == 3 * ROUNDS
    expected = rules.fold(map(_passage, Event.objects.filter(rejection=None)), rulebook_of(house.pk), NOW)
    assert {_shape(visit) for visit in Visit.objects.all()} == {
        (each.first_terminal, each.first_seq, each.entered_at, each.left_at, each.flags) for each in expected
    }


def _at_once(*works: Callable[[], None]) -> None:
    def alone(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        list(pool.map(alone, works))


def _passage(event: Event) -> rules.Passage:
    assert event.member_id is not None
    assert event.at is not None
    return rules.Passage(event.member_id, Kind(event.kind), event.at, event.terminal_id, event.seq)


def _shape(visit: Visit) -> tuple[object, ...]:
    flags = frozenset(map(rules.Flag, visit.flags.split()))
    return visit.first_terminal_id, visit.first_seq, visit.entered_at, visit.left_at, flags
