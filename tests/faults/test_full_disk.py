"""A disk filled to its last block: visits go on being recorded, then are refused and nothing of them is there.

A minute's upkeep passes every so many taps, as at the door. The same disk refuses a terminal that set no room apart.
"""

import os
import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from shutil import move
from uuid import UUID

import pytest
from faults.aftermath import Promise, broken_promises
from faults.full_disk import filled, small_disk
from samples.storage import NOT_CHECKED, TERMINAL, card_of, member
from sqlalchemy import Engine

from kiosk.clock import SystemClock
from kiosk.storage.database import open_database
from kiosk.storage.roster import RosterStore
from kiosk.storage.upkeep import Upkeep
from kiosk.storage.visitbook import NotRecordedError, Recorded, VisitBook
from machine import books, crowd
from machine.campaign import Campaign
from machine.house import drained, each, house, knows_members
from sync import outbox
from visits.decision import Direction
from visits.event import record_hash

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a disk needs root")

MEMBERS = 100
TAPS_A_MINUTE = 50
A_FEW_TAPS = 1 << 18  # bytes
ANY_AGE = timedelta(microseconds=-1)  # no news of other terminals is fresh enough to keep a member out


@dataclass(frozen=True, slots=True)
class Screen:
    """The screen's half of a terminal. `promise` is what it said."""

    engine: Engine
    book: VisitBook
    upkeep: Upkeep
    cards: tuple[bytes, ...]
    promise: Promise

    def taps(self, at_most: int, dice: random.Random) -> int:
        """How many were recorded before one was refused, with upkeep every minute."""
        for number in range(at_most):
            if number % TAPS_A_MINUTE == 0:
                self.upkeep.turn()
            try:
                self.tap(dice)
            except NotRecordedError:
                return number
        return at_most

    def tap(self, dice: random.Random) -> None:
        way, card = dice.choice(list(Direction)), dice.choice(self.cards)
        assert isinstance(self.book.tap(way, card, NOT_CHECKED), Recorded)
        head = self.head()
        self.promise.tapped[head.seq] = head.hash

    def head(self) -> outbox.Head:
        with self.engine.begin() as connection:
            return outbox.head(connection)


@contextmanager
def screen(data: Path, terminal: UUID, cards: Iterable[bytes]) -> Iterator[Screen]:
    engine = open_database(data)
    book = VisitBook(engine, terminal=terminal, clock=SystemClock(), fresh=ANY_AGE)
    try:
        yield Screen(engine, book, Upkeep(engine, data, timedelta(days=30)), tuple(cards), Promise())
    finally:
        engine.dispose()


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk() as folder:
        yield folder


@pytest.fixture
def lonely(disk: Path) -> Iterator[Screen]:
    """Without a server, and before its first upkeep."""
    members = [UUID(int=number) for number in range(1, MEMBERS + 1)]
    with screen(disk / "terminal", TERMINAL, map(card_of, members)) as made:
        RosterStore(made.engine, SystemClock()).replace([member(one) for one in members], "1", 0)
        yield made


@pytest.mark.system
def test_taps_on_a_full_disk_are_recorded_and_delivered_once_there_is_room(
    campaign: Campaign, disk: Path, tmp_path: Path
) -> None:
    count, dice = campaign.size(short=500, full=10_000), campaign.random()
    with house(tmp_path / "stage", terminals=1, members=MEMBERS) as made:
        door = made.enrol("full")
        move(door.data, disk / "terminal")
        door.data.symlink_to(disk / "terminal")
        with made.delivering([door]):
            each([door], knows_members)
        with screen(door.data, door.id, map(crowd.card, range(MEMBERS))) as terminal:
            terminal.upkeep.turn()
            with filled(disk):
                recorded = terminal.taps(count, dice)
                more = terminal.taps(campaign.size(short=0, full=10 * count), dice)
        broken = broken_promises(door.data, terminal.promise)
        with made.delivering([door]):
            each([door], drained)
        delivered = [record_hash(record) for record in books.held(made.database, door.id)]
    campaign.report("full_disk", {"taps on a full disk": recorded, "more until one was refused": more})
    assert broken == []
    assert recorded == count
    assert delivered == list(terminal.promise.tapped.values())


def test_a_terminal_that_set_no_room_apart_is_caught_refusing(campaign: Campaign, disk: Path, lonely: Screen) -> None:
    with filled(disk):
        recorded = lonely.taps(500, campaign.random("no room"))
    campaign.report("full_disk", {"taps of a terminal with no room set apart": recorded})
    assert recorded < 500


def test_of_a_refused_tap_nothing_is_there(campaign: Campaign, disk: Path, lonely: Screen) -> None:
    dice = campaign.random("refused")
    with filled(disk, but=A_FEW_TAPS):
        assert lonely.taps(500, dice) > 0
        before = lonely.head()
        with pytest.raises(NotRecordedError):
            lonely.tap(dice)
        assert lonely.head() == before
    lonely.engine.dispose()
    assert broken_promises(disk / "terminal", lonely.promise) == []


def test_a_terminal_records_again_once_there_is_room(campaign: Campaign, disk: Path, lonely: Screen) -> None:
    dice = campaign.random("room again")
    with filled(disk, but=A_FEW_TAPS):
        before = lonely.taps(500, dice)
    assert lonely.taps(50, dice) == 50
    assert lonely.head().seq == before + 50
