"""Doors and server, given the same history, decide the same to the byte: every member, both ways, whatever the moment.

What happens goes the product's own way: the terminal's database, signed deliveries, the ledger's fold, the roster back.
In the campaign a door that heard of nothing must be found out. Not in here: what is decided (tests/visits).
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings as DjangoSettings

from machine.campaign import Campaign
from machine.cast import COLLEAGUES, Person, Place, boundaries, place
from machine.contact import ConnectedDoor, SharedClock
from server.ledger.closing import close_forgotten
from server.ledger.corrections import void
from server.ledger.models import Event
from visits.calendar import HOUSE_TIME, house_day
from visits.decision import Admitted, Direction, Rule

PEOPLE = 20
DAY = timedelta(days=1)
LEAP_DAY, YEAR_END, MONTH_END, ORDINARY = (
    datetime(*when, tzinfo=HOUSE_TIME)  # type: ignore[misc] # of minutes and seconds
    for when in ((2028, 2, 28, 10, 5), (2026, 12, 27, 18, 20), (2026, 11, 29, 18, 29, 50), (2026, 11, 13, 9, 59, 55))
)
GAPS = [timedelta(seconds=gap) for gap in (1, 5, 9, 10, 60)] + [timedelta(hours=gap) for gap in (1, 3, 9, 15, 24, 72)]

Placed = Callable[..., AbstractContextManager[Place]]
DESK = 2


@dataclass(frozen=True, slots=True)
class Step:
    """`door` DESK is the desk's hand."""

    door: int
    person: int
    way: Direction
    gap: timedelta


STEPS = st.builds(
    Step,
    door=st.sampled_from([0, 0, 1, 1, DESK]),
    person=st.integers(0, PEOPLE - 1),
    way=st.sampled_from([Direction.IN, Direction.IN, Direction.OUT]),
    gap=st.sampled_from(GAPS),
)


@pytest.fixture
def placed(db: None, settings: DjangoSettings, monkeypatch: pytest.MonkeyPatch) -> Placed:
    """A place whose clock is the server's too, and nothing of which is left."""
    settings.RATES = dict.fromkeys(settings.RATES, 10**9)

    @contextmanager
    def of(at: datetime, **rules: Any) -> Iterator[Place]:
        cache.clear()
        clock = SharedClock(at - timedelta(hours=1), at)
        with TemporaryDirectory() as folder, transaction.atomic(), monkeypatch.context() as patch:
            patch.setattr(timezone, "now", clock.now)
            with place(Path(folder), clock, **rules) as here:
                yield here
            transaction.set_rollback(True)

    return of


def _live(here: Place, steps: Sequence[Step]) -> list[Event]:
    """What staff recorded by hand is given."""
    by_hand = []
    for step in steps:
        here.clock.at += step.gap
        person = here.people[step.person % len(here.people)]
        if step.door == DESK:
            by_hand.append(here.recorded_by_hand(person, step.way))
        else:
            here.passes(here.doors[step.door], person, step.way)
    return by_hand


def _ahead(now: datetime) -> list[datetime]:
    """Everything at which something begins or ends, today and on the next four days, and in the month after."""
    days = [house_day(now) + ahead * DAY for ahead in (0, 1, 2, 3, 4)]
    days.append((house_day(now).replace(day=1) + 32 * DAY).replace(day=1))
    moments = [now + timedelta(milliseconds=ms) for ms in (0, 4_999, 5_000, 9_999, 10_000)]
    return [*moments, *(at for day in days for at in boundaries(day) if at > moments[-1])]


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a history takes too long to be shrunk
)
@given(
    begin=st.sampled_from([LEAP_DAY, YEAR_END, MONTH_END, ORDINARY]),
    steps=st.lists(STEPS, max_size=14),
    hard=st.booleans(),
    later=st.lists(st.integers(0, 60), min_size=1, max_size=2),
    voided=st.booleans(),
    closes=st.booleans(),
)
def test_whatever_happened_doors_and_server_decide_the_same(
    placed: Placed, begin: datetime, steps: Sequence[Step], hard: bool, later: Sequence[int], voided: bool, closes: bool
) -> None:
    with placed(begin, capacity=4, capacity_is_hard=hard, uses_in_month=5, days_in_a_row=4) as here:
        by_hand = _live(here, steps)
        if voided and by_hand:
            void(by_hand[0], "desk", "did not happen", here.clock.at)
            here.all_look()
        ahead = _ahead(here.clock.at)
        for which in sorted({index % len(ahead) for index in later}):
            here.clock.at = ahead[which]
            if closes:
                close_forgotten(here.facility.pk, here.clock.at)
                here.all_look()
            assert here.differences(here.people) == []


@pytest.mark.parametrize("begin", [LEAP_DAY, YEAR_END, MONTH_END, ORDINARY], ids=lambda at: f"{at:%Y-%m-%d}")
def test_on_both_sides_of_every_hour_of_a_day_doors_and_server_decide_the_same(placed: Placed, begin: datetime) -> None:
    """Everybody came in by the desk's hand a minute apart, a third of them left, and nobody was seen since."""
    with placed(begin, capacity=4, capacity_is_hard=True) as here:
        for number, person in enumerate(here.people):
            here.clock.at += timedelta(minutes=1)
            here.recorded_unheard(person, Direction.IN)
            if number % 3 == 0:
                here.recorded_unheard(person, Direction.OUT)
        here.all_look()
        some = here.people[:: len(here.people) // 6]
        for at in _ahead(here.clock.at)[::4]:
            here.clock.at = at
            assert here.differences(some) == []


def test_the_fourth_colleague_is_told_the_same_fee_at_both_doors_as_at_the_server(placed: Placed) -> None:
    with placed(ORDINARY) as here:
        here.clock.at += timedelta(minutes=1)
        colleagues = here.people[:COLLEAGUES]
        for number, person in enumerate(colleagues[:-1]):
            here.passes(here.doors[number % 2], person, Direction.IN)
        fifth = colleagues[-1]
        told = json.loads(here.server_decides(fifth, Direction.IN))
        assert (told["rule"], told["fee"]) == (Rule.OVER_LIMIT.value, [5, 3, 300])
        assert here.differences(colleagues) == []


def test_a_school_s_eleventh_pays_at_either_door(placed: Placed) -> None:
    with placed(ORDINARY, pupils=11) as here:
        here.clock.at += timedelta(minutes=1)
        pupils = [person for person in here.people if "pupil" in person.row.number]
        for number, person in enumerate(pupils[:-1]):
            assert here.passes(here.doors[number % 2], person, Direction.IN) == Admitted(
                Direction.IN, Rule.ACTIVE_MEMBER
            )
        assert json.loads(here.server_decides(pupils[-1], Direction.IN))["fee"] == [11, 10, 300]
        assert here.differences(pupils) == []


@dataclass(slots=True)
class Week:
    """`heard_nothing` is on how many a door differed that heard of nothing since the beginning."""

    asked: int = 0
    differ: int = 0
    heard_nothing: int = 0
    taps: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)

    def ask(self, here: Place, deaf: ConnectedDoor, people: Sequence[Person]) -> None:
        self.asked += len(people) * len(Direction)
        self.differ += len(here.differences(people))
        for person in people:
            for way in Direction:
                decided = here.server_decides(person, way)
                self.heard_nothing += deaf.would_decide(way, person.card) != decided
                self.by_rule[json.loads(decided)["rule"]] += 1


def test_a_week_of_taps_at_two_doors_and_at_the_desk(placed: Placed, campaign: Campaign) -> None:
    dice, week = campaign.random("week"), Week()
    monday = ORDINARY.replace(day=16, hour=8, minute=0, second=0)
    with placed(monday, doors=3, pupils=campaign.size(short=1, full=12), capacity=12) as here:
        *doors, deaf = here.doors
        here.doors = tuple(doors)
        for at in _moments(dice, monday, days=campaign.size(short=2, full=7), taps=campaign.size(short=8, full=120)):
            here.clock.at = at
            person, way = dice.choice(here.people), dice.choice([Direction.IN, Direction.IN, Direction.OUT])
            week.ask(here, deaf, [person, dice.choice(here.people)])
            week.taps += 1
            if dice.random() < 0.15:
                here.recorded_by_hand(person, way)
            else:
                here.passes(dice.choice(doors), person, way)
        for at in _ahead(here.clock.at)[:: campaign.size(short=8, full=1)]:
            here.clock.at = at
            week.ask(here, deaf, here.people)
    figures = {
        "taps": week.taps,
        "decisions by both": week.asked,
        "that differ": week.differ,
        "by a door that heard nothing": week.heard_nothing,
        **dict(sorted(week.by_rule.items())),
    }
    campaign.report("same_decisions", figures)
    assert week.differ == 0
    assert week.heard_nothing > 0


def _moments(dice: Random, monday: datetime, *, days: int, taps: int) -> list[datetime]:
    """Of each day from before opening until after closing, to the second, and half a minute after some of them."""
    day = [
        monday + number * DAY + timedelta(seconds=dice.randrange(14 * 3600))
        for number in range(days)
        for _ in range(taps)
    ]
    return sorted({*day, *(at + timedelta(seconds=dice.randrange(30)) for at in day if dice.random() < 0.2)})
