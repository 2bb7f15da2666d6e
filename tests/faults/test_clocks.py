"""Clocks turned back to 1970, a day back, an hour on, ten years on, and reboots: the visits on the server have the right times.

Real processes with libfaketime and namespaces. Times are right where the server was spoken to in the same boot, before or
after the tap; a boot that never spoke to it is marked doubtful. The same records by their wall clocks must come out wrong.
"""

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, unique
from random import Random
from uuid import UUID

import pytest

from machine import books, boots, crowd
from machine.boots import Boot, Hand, Turn
from machine.campaign import Campaign
from machine.house import Door, drained, each, house, knows_members
from visits.decision import Direction
from visits.fold import Flag

pytestmark = [pytest.mark.system, pytest.mark.skipif(boots.missing() is not None, reason=str(boots.missing()))]

NEAR = timedelta(seconds=1)
STAY_SECONDS = 0.4
ROUNDS_SHORT, ROUNDS_FULL = 2, 60
TAPS = 24


@unique
class Contact(Enum):
    BEFORE = "before the taps"
    AFTER = "after the taps"
    NEVER = "never"


@dataclass(slots=True)
class Visitor:
    """`entered` and `left` by the true clock."""

    number: int
    door: Door
    entered: datetime
    left: datetime | None = None


@dataclass(slots=True)
class Truth:
    """Who came and went. Of a doubtful visit both ways were at one door in one boot."""

    sure: list[Visitor] = field(default_factory=list)
    doubtful: list[Visitor] = field(default_factory=list)
    turns: int = 0
    boots: int = 0


@dataclass(slots=True)
class Evening:
    """One round: each door has a boot of its own."""

    dice: Random
    truth: Truth

    def passes(self, hands: list[tuple[Boot, Hand, Contact]]) -> None:
        for _ in range(TAPS):
            boot, hand, contact = self.dice.choice(hands)
            if self.dice.random() < 0.3:
                boot.turn(self.dice.choice(list(Turn)))
                self.truth.turns += 1
            doubtful = contact is Contact.NEVER
            visitors = self.truth.doubtful if doubtful else self.truth.sure
            self._one_passes(hand, boot.door, visitors, here_only=doubtful)

    def _one_passes(self, hand: Hand, door: Door, visitors: list[Visitor], *, here_only: bool) -> None:
        now = datetime.now(UTC)
        leaving = [
            visitor
            for visitor in visitors
            if visitor.left is None
            and now - visitor.entered > timedelta(seconds=STAY_SECONDS)
            and (visitor.door is door or not here_only)
        ]
        if leaving and self.dice.random() < 0.6:
            visitor = self.dice.choice(leaving)
            hand.tap(Direction.OUT, visitor.number)
            visitor.left = now
        else:
            number = len(self.truth.sure) + len(self.truth.doubtful)
            hand.tap(Direction.IN, number)
            visitors.append(Visitor(number, door, now))
        time.sleep(self.dice.uniform(0, 2 * STAY_SECONDS / TAPS))


@dataclass(frozen=True, slots=True)
class End:
    truth: Truth
    stays: set[books.Stay]
    by_wall_clock: set[books.Stay]
    folded: set[books.Stay]


@pytest.fixture(scope="module")
def end(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> End:
    begun = time.monotonic()
    rounds = campaign.size(short=ROUNDS_SHORT, full=ROUNDS_FULL)
    dice = campaign.random("clocks")
    truth = Truth()
    folder = tmp_path_factory.mktemp("clocks")
    with house(folder / "stage", terminals=2, members=rounds * TAPS) as made:
        doors = [made.enrol(name) for name in ("left", "right")]
        with made.delivering(doors):
            each(doors, knows_members)
        for _ in range(rounds):
            _round(doors, dice, truth)
        with made.delivering(doors):
            each(doors, drained)
        end = End(
            truth,
            books.stays(made.database),
            books.stays_of_the_records(made.database, corrected=False),
            books.stays_of_the_records(made.database),
        )
    wrong = sum(not _right(visitor, end.stays) for visitor in truth.sure)
    wrong_by_wall_clock = sum(not _right(visitor, end.by_wall_clock) for visitor in truth.sure)
    figures = {
        "boots": truth.boots,
        "turns of a clock": truth.turns,
        "visits in boots with contact": len(truth.sure),
        "of these wrong": wrong,
        "of these wrong by the wall clock": wrong_by_wall_clock,
        "visits in boots without": len(truth.doubtful),
        "seconds": round(time.monotonic() - begun),
    }
    campaign.report("clocks", figures)
    return end


def _round(doors: list[Door], dice: Random, truth: Truth) -> None:
    """Every kind of contact comes in turn, at one door or the other."""
    with ExitStack() as parts:
        hands: list[tuple[Boot, Hand, Contact]] = []
        for number, door in enumerate(doors):
            contact = list(Contact)[(truth.boots + number) % len(Contact)]
            boot_id = UUID(int=dice.getrandbits(128), version=4)
            boot = parts.enter_context(Boot(door, boot_id, door.terminal.folder / f"boot-{boot_id}"))
            boot.turn(dice.choice(list(Turn)))
            if contact is Contact.BEFORE:
                boot.has_contact()
            hand = boot.goes_to_the_door()
            hand.ready()
            hands.append((boot, hand, contact))
        Evening(dice, truth).passes(hands)
        for boot, _, contact in hands:
            if contact is Contact.AFTER:
                boot.has_contact()
        each([boot.door for boot, _, contact in hands if contact is not Contact.NEVER], drained)
        truth.boots += len(hands)


def _right(visitor: Visitor, stays: set[books.Stay]) -> bool:
    """One stay, at the right times, and nobody doubts them."""
    own = [stay for stay in stays if stay.member == crowd.member(visitor.number)]
    return (
        len(own) == 1
        and _near(own[0].entered_at, visitor.entered)
        and _near(own[0].left_at, visitor.left)
        and not own[0].flags
    )


def _near(told: datetime | None, true: datetime | None) -> bool:
    if told is None or true is None:
        return told is true
    return abs(told - true) < NEAR


def test_visits_are_right_however_the_clock_was_turned(end: End) -> None:
    assert end.truth.sure
    assert [visitor for visitor in end.truth.sure if not _right(visitor, end.stays)] == []


def test_a_boot_that_never_spoke_to_the_server_leaves_doubtful_visits_and_no_others(end: End) -> None:
    doubted = {stay.member for stay in end.stays if Flag.DOUBTFUL_TIME in stay.flags}
    assert doubted
    assert doubted == {crowd.member(visitor.number) for visitor in end.truth.doubtful}


def test_a_doubtful_visit_is_one_visit_still(end: End) -> None:
    for visitor in end.truth.doubtful:
        (stay,) = [stay for stay in end.stays if stay.member == crowd.member(visitor.number)]
        assert (stay.left_at is None) == (visitor.left is None)


def test_the_visits_are_what_the_records_make_them(end: End) -> None:
    assert end.stays == end.folded


def test_wall_clocks_alone_would_have_made_wrong_visits(end: End) -> None:
    assert [visitor for visitor in end.truth.sure if not _right(visitor, end.by_wall_clock)]
