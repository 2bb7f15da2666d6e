"""A check-out nobody made is assumed by the rules of the house, and what is heard or changed later is still put right.

Whatever happens in whatever order, the visits are what the present rules make of all passages that count.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from machine.signing_terminal import Record, SigningTerminal
from server.house.models import WEEKDAYS, ChangedDay, HouseRules, SlotSpace, Tariff
from server.house.rulebook import rulebook_of
from server.ledger import closing
from server.ledger.batch import Sealed
from server.ledger.closing import close_forgotten
from server.ledger.corrections import AheadOfTimeError, record_passage, void
from server.ledger.ingest import Delivery, ingest
from server.ledger.models import BasisWords, Event, FoldedBy, Visit
from server.ledger.standing import Whereabouts, standing_of
from server.members.models import Member
from server.members.roster_change import RosterChange
from server.terminals.models import Facility, Terminal
from visits import fold as rules
from visits.calendar import HOUSE_TIME
from visits.event import Kind
from visits.fold import Flag
from visits.tariff import TariffError

MONDAY = date(2026, 11, 16)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
OPENS, CLOSES = time(10), time(19)
TIMES = [time(8), time(9, 59), OPENS, time(12), time(18, 59), CLOSES, time(23)]


def on(day: date, at: time) -> datetime:
    return datetime.combine(day, at, HOUSE_TIME)


@pytest.fixture
def house(facility: Facility) -> Facility:
    """Open from 10 to 19, but closed on Tuesdays; no rules before the Monday."""
    keep_hours(facility)
    return facility


def keep_hours(facility: Facility) -> None:
    open_on = [day for day in WEEKDAYS if day != "tuesday"]
    hours = {f"{day}_{end}": at for day in open_on for end, at in (("opens", OPENS), ("closes", CLOSES))}
    HouseRules.objects.create(facility=facility, valid_from=MONDAY, **hours)


@pytest.fixture
def ann(facility: Facility) -> Member:
    return member(facility, 1)


def member(facility: Facility, number: int) -> Member:
    return Member.objects.create(home_facility=facility, number=str(number), name="青葉 みのり", standing="active")


def deliver(terminal: SigningTerminal, now: datetime, *records: Record) -> None:
    ingest(Terminal.objects.get(pk=terminal.id), Delivery([Sealed.of(record) for record in records]), now)


def times() -> tuple[datetime | None, datetime | None, str]:
    visit = Visit.objects.get()
    return visit.entered_at, visit.left_at, visit.flags


def counted() -> list[rules.Passage]:
    return [
        rules.Passage(event.member_id, Kind(event.kind), event.at, event.terminal_id, event.seq)
        for event in Event.objects.filter(rejection=None).exclude(basis=BasisWords.DOUBTFUL)
        if event.member_id and event.at
    ]


def stored() -> set[rules.Visit]:
    return {
        rules.Visit(
            visit.member_id,
            visit.first_terminal_id,
            visit.first_seq,
            visit.entered_at,
            visit.left_at,
            frozenset(map(Flag, visit.flags.split())),
        )
        for visit in Visit.objects.all()
    }


def test_nobody_is_taken_to_have_left_before_the_house_opens_again(
    house: Facility, terminal: SigningTerminal, ann: Member
) -> None:
    deliver(terminal, on(MONDAY, time(12)), terminal.record(ann.pk, at=on(MONDAY, time(12))))
    opening = on(WEDNESDAY, OPENS)

    assert close_forgotten(house.pk, opening - timedelta(milliseconds=1)) == 0
    assert times() == (on(MONDAY, time(12)), None, "")
    assert close_forgotten(house.pk, opening) == 1
    assert times() == (on(MONDAY, time(12)), on(MONDAY, CLOSES), "forgotten_check_out")


def test_a_delivery_of_anybody_ends_what_is_forgotten(house: Facility, terminal: SigningTerminal, ann: Member) -> None:
    ben = member(house, 2)
    deliver(terminal, on(MONDAY, time(12)), terminal.record(ann.pk, at=on(MONDAY, time(12))))

    deliver(terminal, on(WEDNESDAY, OPENS), terminal.record(ben.pk, at=on(WEDNESDAY, OPENS)))

    assert Visit.objects.get(member=ann).left_at == on(MONDAY, CLOSES)
    assert Visit.objects.get(member=ben).left_at is None


def test_a_check_out_that_arrives_after_the_end_was_assumed_is_the_end(
    house: Facility, terminal: SigningTerminal, ann: Member
) -> None:
    exit_door = SigningTerminal.enrolled_at(house, "退室機")
    deliver(terminal, on(MONDAY, time(12)), terminal.record(ann.pk, at=on(MONDAY, time(12))))
    close_forgotten(house.pk, on(WEDNESDAY, OPENS))

    late = exit_door.record(ann.pk, Kind.CHECK_OUT, on(MONDAY, time(23)))
    deliver(exit_door, on(WEDNESDAY, time(12)), late)

    assert times() == (on(MONDAY, time(12)), on(MONDAY, time(23)), "")


def test_so_is_one_that_staff_record_then(house: Facility, terminal: SigningTerminal, ann: Member) -> None:
    deliver(terminal, on(MONDAY, time(12)), terminal.record(ann.pk, at=on(MONDAY, time(12))))
    close_forgotten(house.pk, on(WEDNESDAY, OPENS))

    record_passage(house, ann, Kind.CHECK_OUT, on(MONDAY, time(23)), "desk", "", on(WEDNESDAY, time(12)))

    assert times() == (on(MONDAY, time(12)), on(MONDAY, time(23)), "")


def test_a_check_out_at_the_next_opening_is_no_end_of_a_stay_that_was_over(
    house: Facility, terminal: SigningTerminal, ann: Member
) -> None:
    came = terminal.record(ann.pk, at=on(MONDAY, time(12)))
    deliver(terminal, on(WEDNESDAY, OPENS), came, terminal.record(ann.pk, Kind.CHECK_OUT, on(WEDNESDAY, OPENS)))

    assert [visit.flags for visit in Visit.objects.order_by("day")] == ["forgotten_check_out", "no_check_in"]


def test_a_check_in_on_the_next_day_ends_the_stay_before_it(
    house: Facility, terminal: SigningTerminal, ann: Member
) -> None:
    came = terminal.record(ann.pk, at=on(MONDAY, time(12)))
    deliver(terminal, on(TUESDAY, time(8)), came, terminal.record(ann.pk, at=on(TUESDAY, time(8))))

    assert [visit.left_at for visit in Visit.objects.order_by("day")] == [on(MONDAY, CLOSES), None]


def test_where_the_house_keeps_no_hours_nothing_is_assumed(
    facility: Facility, terminal: SigningTerminal, ann: Member
) -> None:
    deliver(terminal, on(MONDAY, time(12)), terminal.record(ann.pk, at=on(MONDAY, time(12))))

    assert close_forgotten(facility.pk, on(MONDAY, time(12)) + timedelta(days=4000)) == 0


def test_a_stay_before_there_were_rules_stays_open(house: Facility, terminal: SigningTerminal, ann: Member) -> None:
    sunday = on(MONDAY, time(12)) - timedelta(days=1)
    deliver(terminal, sunday, terminal.record(ann.pk, at=sunday))

    assert close_forgotten(house.pk, on(WEDNESDAY, time(12))) == 0


def test_hours_entered_afterwards_end_the_stays_since_they_hold(
    facility: Facility, terminal: SigningTerminal, ann: Member
) -> None:
    deliver(terminal, on(MONDAY, time(12)), terminal.record(ann.pk, at=on(MONDAY, time(12))))
    keep_hours(facility)

    close_forgotten(facility.pk, on(WEDNESDAY, OPENS))

    assert times() == (on(MONDAY, time(12)), on(MONDAY, CLOSES), "forgotten_check_out")


def test_an_assumed_end_follows_the_hours_of_its_day_when_staff_put_them_right(
    house: Facility, terminal: SigningTerminal, ann: Member
) -> None:
    deliver(terminal, on(MONDAY, time(12)), terminal.record(ann.pk, at=on(MONDAY, time(12))))
    close_forgotten(house.pk, on(WEDNESDAY, OPENS))
    told = RosterChange.objects.get(member=ann.pk).number
    ChangedDay.objects.create(facility=house, day=MONDAY, opens=OPENS, closes=time(21))

    close_forgotten(house.pk, on(WEDNESDAY, time(11)))

    assert Visit.objects.get().left_at == on(MONDAY, time(21))
    assert RosterChange.objects.get(member=ann.pk).number > told


def test_a_stay_goes_on_again_where_the_house_did_not_open_after_all(
    house: Facility, terminal: SigningTerminal, ann: Member
) -> None:
    deliver(terminal, on(MONDAY, time(12)), terminal.record(ann.pk, at=on(MONDAY, time(12))))
    close_forgotten(house.pk, on(WEDNESDAY, OPENS))
    ChangedDay.objects.create(facility=house, day=WEDNESDAY)

    close_forgotten(house.pk, on(WEDNESDAY, time(11)))

    assert times() == (on(MONDAY, time(12)), None, "")


def test_rules_that_change_no_hours_make_no_visit_anew(
    house: Facility, terminal: SigningTerminal, ann: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(terminal, on(MONDAY, time(12)), terminal.record(ann.pk, at=on(MONDAY, time(12))))
    ChangedDay.objects.create(facility=house, day=date(2030, 1, 1))
    monkeypatch.setattr(closing, "make_anew", lambda *_: pytest.fail("made anew"))

    close_forgotten(house.pk, on(MONDAY, time(13)))

    assert FoldedBy.objects.get().number == 2


def test_a_look_at_a_house_where_nothing_is_due_writes_and_locks_nothing(
    house: Facility, terminal: SigningTerminal, ann: Member
) -> None:
    deliver(terminal, on(MONDAY, time(12)), terminal.record(ann.pk, at=on(MONDAY, time(12))))

    with CaptureQueriesContext(
        connection,
    ) as asked:
        close_forgotten(house.pk, on(TUESDAY, time(12)))

    said = [query["sql"] for query in asked.captured_queries]
    assert [sql for sql in said if not sql.startswith(("SELECT", "SAVEPOINT", "RELEASE"))] == []
    assert len(said) <= 5


def test_the_command_ends_what_is_forgotten_at_every_facility(terminal: SigningTerminal, ann: Member) -> None:
    keep_hours(ann.home_facility)
    deliver(terminal, on(MONDAY, time(12)), terminal.record(ann.pk, at=on(MONDAY, time(12))))

    call_command("close_day")

    assert Visit.objects.get().left_at == on(MONDAY, CLOSES)


def test_staff_who_look_see_nobody_inside_whose_check_out_was_forgotten(
    staff: Client, house: Facility, terminal: SigningTerminal, ann: Member
) -> None:
    deliver(terminal, on(MONDAY, time(12)), terminal.record(ann.pk, at=on(MONDAY, time(12))))

    [visit] = staff.get(f"/api/v1/visits?day={MONDAY}&facility={house.pk}").json()
    present = staff.get("/console/ledger/presentvisit/").content.decode()

    assert visit["flags"] == ["forgotten_check_out"]
    assert ann.name not in present


def test_terminals_hear_that_the_end_was_assumed(house: Facility, terminal: SigningTerminal, ann: Member) -> None:
    noon = on(MONDAY, time(12))
    deliver(terminal, noon, terminal.record(ann.pk, at=noon))
    told = RosterChange.objects.get(member=ann.pk).number

    close_forgotten(house.pk, on(WEDNESDAY, OPENS))

    where = standing_of(house.pk, [ann.pk], on(WEDNESDAY, OPENS))[ann.pk]
    assert (where.inside_since, where.outside_since, where.assumed) == (None, on(MONDAY, CLOSES), True)
    assert RosterChange.objects.get(member=ann.pk).number > told


def test_usage_is_counted_by_days_with_a_check_in(house: Facility, terminal: SigningTerminal, ann: Member) -> None:
    days = [MONDAY - timedelta(days=62), MONDAY - timedelta(days=1), MONDAY]
    stays = [record for day in days for record in terminal.stay(ann.pk, on(day, OPENS), timedelta(hours=1))]
    again = terminal.stay(ann.pk, on(MONDAY, time(15)), timedelta(hours=1))
    only_out = terminal.record(ann.pk, Kind.CHECK_OUT, on(WEDNESDAY, time(12)))
    deliver(terminal, on(WEDNESDAY, time(13)), *stays, *again, only_out)

    usage = standing_of(house.pk, [ann.pk], on(WEDNESDAY, time(13)))[ann.pk].usage

    assert (usage.last, usage.uses_in_month, usage.days_in_a_row) == (MONDAY, 2, 2)


def test_who_never_came_is_outside_and_has_used_nothing(house: Facility, ann: Member) -> None:
    assert standing_of(house.pk, [ann.pk], on(MONDAY, OPENS)) == {ann.pk: Whereabouts()}


@dataclass(frozen=True)
class Step:
    """What happens next, `later` hours after what happened before."""

    what: str
    who: int
    kind: Kind
    day: int
    at: time
    later: int


STEPS = st.builds(
    Step,
    what=st.sampled_from(["tap"] * 5 + ["deliver"] * 3 + ["close", "desk", "void", "hours"]),
    who=st.integers(0, 3),
    kind=st.sampled_from(Kind),
    day=st.integers(-1, 3),
    at=st.sampled_from(TIMES),
    later=st.sampled_from([0, 0, 1, 12]),
)


@dataclass
class World:
    """Two doors with their queues, two members, and the server's clock."""

    facility: Facility
    doors: list[SigningTerminal]
    members: list[Member]
    now: datetime
    queues: list[list[Record]] = field(default_factory=lambda: [[], []])

    def go_on(self, step: Step) -> None:
        self.now += timedelta(hours=step.later)
        who, door = self.members[step.who % 2], step.who // 2
        at = on(MONDAY + timedelta(days=step.day), step.at)
        match step.what:
            case "tap":
                self.queues[door].append(self.doors[door].record(who.pk, step.kind, at))
            case "deliver" if self.queues[door]:
                deliver(self.doors[door], self.now, *self.queues[door])
                self.queues[door] = []
            case "desk" if at <= self.now:
                record_passage(self.facility, who, step.kind, at, "desk", "", self.now)
            case "void":
                if (event := Event.objects.filter(rejection=None, member=who).order_by("at").last()) is not None:
                    void(event, "desk", "", self.now)
            case "hours":
                hours = {"opens": time(9), "closes": step.at} if step.at > time(9) and step.who else {}
                day = ChangedDay.objects.filter(facility=self.facility, day=at.date()).first() or ChangedDay(
                    facility=self.facility, day=at.date()
                )
                day.opens, day.closes = hours.get("opens"), hours.get("closes")
                day.save()

    def told(self) -> dict[UUID, tuple[Whereabouts, int]]:
        ids = [each.pk for each in self.members]
        numbers = dict(RosterChange.objects.values_list("member", "number"))
        where = standing_of(self.facility.pk, ids, self.now)
        return {each: (where[each], numbers[each]) for each in ids}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=25), closes_at_once=st.booleans())
def test_whatever_happens_the_visits_are_what_the_present_rules_make_of_all_that_counts(
    facility: Facility, steps: Sequence[Step], closes_at_once: bool
) -> None:
    with transaction.atomic():
        closing._rulebook.cache_clear()  # the numbers of the rules begin anew with every example
        keep_hours(facility)
        doors = [SigningTerminal.enrolled_at(facility, name) for name in "ab"]
        world = World(facility, doors, [member(facility, number) for number in range(2)], on(MONDAY, time(9)))

        for step in steps:
            before = world.told()
            world.go_on(step)
            if closes_at_once or step.what == "close":
                close_forgotten(facility.pk, world.now)
                assert stored() == set(rules.fold(counted(), rulebook_of(facility.pk), world.now))
            for each, (where, number) in world.told().items():
                assert where == before[each][0] or number > before[each][1]

        close_forgotten(facility.pk, world.now)
        assert stored() == set(rules.fold(counted(), rulebook_of(facility.pk), world.now))
        transaction.set_rollback(True)


def test_what_has_not_happened_yet_is_not_recorded(house: Facility, ann: Member) -> None:
    noon = on(MONDAY, time(12))
    with pytest.raises(AheadOfTimeError):
        record_passage(house, ann, Kind.CHECK_IN, noon + timedelta(milliseconds=1), "desk", "", noon)


def test_a_price_list_that_nobody_can_read_keeps_no_record_out(house: Facility, terminal: SigningTerminal) -> None:
    """A space whose slots are gone, as only a hand in the database leaves it."""
    member = Member.objects.create(home_facility=house, number="1", name="青葉 みのり", standing="active")
    space = SlotSpace(tariff=Tariff.objects.create(facility=house, valid_from=MONDAY), key="room", overtime=100)
    space.save()
    with pytest.raises(TariffError):
        rulebook_of(house.pk)

    terminal.deliver(terminal.record(member.pk, Kind.CHECK_IN, on(MONDAY, OPENS)))

    assert Visit.objects.count() == 1
