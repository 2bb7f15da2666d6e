"""A facility with members of every kind, two doors in contact with it, and the same question asked of doors and server.

Not in here: what happens there, and when.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path

from machine.contact import ConnectedDoor, SharedClock, connected
from machine.opening_hours import open_daily
from machine.signing_terminal import SigningTerminal
from server.fees.models import DropInStay
from server.fees.stays import paid_until_of
from server.house.prices import Tariff
from server.house.rulebook import rulebook_of
from server.ledger.corrections import record_passage
from server.ledger.models import Event
from server.ledger.situation import situation_of
from server.members.models import CardLink, Member, Membership, Organisation, StandingWords
from server.members.terms import member_of
from server.terminals.models import Facility
from visits.calendar import HOUSE_TIME, house_day
from visits.decision import Decision, Direction, decide, to_document
from visits.event import Kind
from visits.member import Kind as Belonging
from visits.rulebook import Rulebook

KINDS = {Direction.IN: Kind.CHECK_IN, Direction.OUT: Kind.CHECK_OUT}
COLLEAGUES = 5
_LONG_AGO = date(2025, 4, 1)


@dataclass(frozen=True, slots=True)
class Person:
    row: Member
    card: bytes
    replaced: bytes | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    at: datetime
    person: str
    direction: Direction
    server: bytes
    doors: tuple[bytes, ...]


@dataclass
class Place:
    facility: Facility
    clock: SharedClock
    doors: tuple[ConnectedDoor, ...]
    people: tuple[Person, ...]

    def passes(self, door: ConnectedDoor, person: Person, way: Direction) -> Decision:
        """A tap, with whatever fee agreed to, and all doors hear of it."""
        decision = door.tap(way, person.card)
        door.deliver()
        self.all_look()
        return decision

    def recorded_by_hand(self, person: Person, way: Direction) -> Event:
        event = self.recorded_unheard(person, way)
        self.all_look()
        return event

    def recorded_unheard(self, person: Person, way: Direction) -> Event:
        """By hand; no door looks yet."""
        now = self.clock.at
        return record_passage(self.facility, person.row, KINDS[way], now, "desk", "at reception", now)

    def all_look(self) -> None:
        for door in self.doors:
            door.look()

    def differences(self, people: Sequence[Person]) -> list[Difference]:
        """Of the decisions at this moment, those on which doors and server do not agree to the byte."""
        rulebook = rulebook_of(self.facility.pk)
        return [each for person in people for way in Direction for each in self._asked(person, way, rulebook)]

    def _asked(self, person: Person, way: Direction, rulebook: Rulebook) -> Iterator[Difference]:
        server = self._server_decides(person, way, rulebook)
        doors = tuple(door.would_decide(way, person.card) for door in self.doors)
        if set(doors) != {server}:
            yield Difference(self.clock.at, person.row.number, way, server, doors)
        if person.replaced is not None:
            server = self._server_decides(person, way, rulebook, replaced=True)
            doors = tuple(door.would_decide(way, person.replaced) for door in self.doors)
            if set(doors) != {server}:
                yield Difference(self.clock.at, f"{person.row.number}, replaced card", way, server, doors)

    def server_decides(self, person: Person, way: Direction) -> bytes:
        return self._server_decides(person, way, rulebook_of(self.facility.pk))

    def _server_decides(self, person: Person, way: Direction, rulebook: Rulebook, *, replaced: bool = False) -> bytes:
        row = Member.objects.get(pk=person.row.pk)
        paid_until = paid_until_of(self.facility.pk, [row.pk]).get(row.pk)
        situation = situation_of(row, self.facility, self.clock.at, paid_until=paid_until)
        situation = replace(situation, card_replaced=replaced)
        return to_document(decide(way, member_of(row), situation, rulebook, self.clock.at))


@contextmanager
def place(folder: Path, clock: SharedClock, doors: int = 2, pupils: int = 1, **rules: object) -> Iterator[Place]:
    """Closed on Tuesdays and at the year's end, from ten to seven, the last check-in half an hour before.

    Every kind of member is there, the dates of some around the day of the clock. `rules` are fields of HouseRules.
    """
    at = clock.at
    facility = Facility.objects.create(name="同じ判定の家", shows_names=False)
    _rules(facility, at, **rules)
    people = tuple(_people(facility, at, pupils))
    with ExitStack() as parts:
        made = tuple(
            parts.enter_context(
                connected(folder / str(number), SigningTerminal.enrolled_at(facility, f"入口{number}"), clock)
            )
            for number in range(doors)
        )
        here = Place(facility, clock, made, people)
        here.all_look()
        yield here


def _rules(facility: Facility, at: datetime, **rules: object) -> None:
    hours = open_daily(
        facility,
        date(2026, 1, 1),
        except_on="tuesday",
        **{"last_check_in_minutes": 30, "seconds_between_taps": 10, **rules},  # type: ignore[arg-type]
    )
    hours.yearly_closures.create(first_month=12, first_day=29, last_month=1, last_day=3)
    # A new week of hours begins in the middle of what happens, without a limit of any kind.
    soon = house_day(at) + timedelta(days=2)
    open_daily(facility, soon, closes=time(21), seconds_between_taps=5)
    for valid_from, price in ((date(2026, 1, 1), 300), (soon, 350)):
        Tariff.objects.create(facility=facility, valid_from=valid_from, drop_in_general=price, drop_in_student=150)


def _people(facility: Facility, at: datetime, pupils: int) -> Iterator[Person]:
    corporation, school, partner = (
        Organisation.objects.create(name=f"{facility.pk} {kind}", kind=kind)
        for kind in ("general", "school", "partner")
    )
    today, day = house_day(at), timedelta(days=1)
    end_of_month = (today.replace(day=1) + timedelta(days=32)).replace(day=1) - day
    corporate = {"kind": Belonging.CORPORATE.value, "organisation": corporation}

    for number in range(COLLEAGUES):
        yield _person(facility, f"colleague-{number}", {**corporate, "first": _LONG_AGO})
    individual = {"kind": Belonging.INDIVIDUAL.value, "first": _LONG_AGO}
    yield _person(facility, "bare")
    for number in range(pupils):
        yield _person(
            facility,
            f"pupil-{number}",
            {"kind": Belonging.SCHOOL.value, "organisation": school, "first": _LONG_AGO},
        )
    yield _person(facility, "individual", individual)
    yield _person(facility, "ends-today", {**individual, "last": today})
    yield _person(facility, "begins-tomorrow", {**individual, "first": today + day})
    yield _person(
        facility,
        "switches",
        {**individual, "last": end_of_month},
        {**corporate, "first": end_of_month + day},
    )
    yield _person(facility, "paid-through-today", {**individual, "paid_through": today})
    yield _person(facility, "limited", {**individual, "uses_in_month": 2, "days_in_a_row": 2})
    yield _person(facility, "staff", {"kind": Belonging.STAFF.value, "first": _LONG_AGO})
    yield _person(facility, "daily", {"kind": Belonging.DAILY.value, "first": today, "last": today})
    yield _person(facility, "partner", {"kind": Belonging.PARTNER.value, "organisation": partner, "first": _LONG_AGO})
    visitor = _person(facility, "drop-in", {"kind": Belonging.DROP_IN.value, "first": _LONG_AGO})
    _paid(facility, visitor.row, at)
    yield visitor
    yield _person(facility, "pending", standing=StandingWords.PENDING)
    yield _person(facility, "suspended", individual, standing=StandingWords.SUSPENDED)
    yield _person(facility, "new-card", individual, replaced=True)


def _person(
    facility: Facility,
    label: str,
    *memberships: dict[str, object],
    standing: StandingWords = StandingWords.ACTIVE,
    replaced: bool = False,
) -> Person:
    row = Member.objects.create(
        home_facility=facility, number=f"{facility.pk.hex[:8]} {label}", name=label, standing=standing
    )
    for membership in memberships:
        Membership.objects.create(member=row, **membership)
    card, old = (sha256(f"{row.pk} {which}".encode()).digest() for which in ("card", "old card"))
    CardLink.objects.create(card_reference=card, member=row)
    if replaced:
        CardLink.objects.create(card_reference=old, member=row, replaced_at=datetime(2026, 1, 1, 12, tzinfo=HOUSE_TIME))
    return Person(row, card, old if replaced else None)


def _paid(facility: Facility, row: Member, at: datetime) -> None:
    """For three hours from `at`."""
    DropInStay.objects.create(
        facility=facility,
        member=row,
        visitor="general",
        begun_at=at,
        declared_minutes=180,
        prepaid=900,
        taken_by="desk",
    )


def boundaries(day: date) -> list[datetime]:
    """Of a day, both sides of each instant at which something begins or ends."""
    instants = [
        datetime.combine(day, at, HOUSE_TIME)
        for at in (time(0), time(10), time(13), time(18, 30), time(19), time(20, 30), time(21))
    ]
    moment = timedelta(milliseconds=1)
    return [each for instant in instants for each in (instant - moment, instant)]
