"""Where a member is: this terminal's last passage or the server's word, whichever knows of the other, and neither when old.

"Covered": the server held the passage when the roster was pulled. The two words disagree in every row, so that each row
tells which of them was believed.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from samples.storage import ANN, FIRST_BOOT, FRESH, NINE, NOT_CHECKED, SECOND_BOOT, HandClock, card_of, member
from sqlalchemy import Engine

from kiosk.storage.holder import holder_of
from kiosk.storage.roster import RosterStore
from kiosk.storage.visitbook import Recorded, VisitBook
from sync import outbox
from visits.decision import Direction
from visits.occupancy import Inside, Outside, Presence, Unknown

STALE = FRESH.total_seconds() + 1
ELSEWHERE_SINCE = NINE - timedelta(hours=1)
ELSEWHERE = "2026-11-21T23:00:00.000Z"


@dataclass
class House:
    engine: Engine
    clock: HandClock
    book: VisitBook
    roster: RosterStore

    def pull(self, *, inside_since: str | None = None, **more: Any) -> None:
        """From a server that holds what was delivered so far."""
        with self.engine.begin() as connection:
            acknowledged = outbox.standing(connection).acknowledged
        self.roster.replace([member(ANN, inside_since=inside_since, **more)], "1", acknowledged)

    def passes(self, way: Direction) -> None:
        assert isinstance(self.book.tap(way, card_of(ANN), NOT_CHECKED), Recorded)

    def delivers(self) -> None:
        with self.engine.begin() as connection:
            outbox.acknowledge(connection, outbox.head(connection).seq)

    def presence(self) -> Presence:
        with self.engine.begin() as connection:
            holder = holder_of(connection, card_of(ANN), self.clock.moment(), FRESH, self.clock.moment().at)
        assert holder is not None
        return holder.presence


@pytest.fixture
def house(engine: Engine, clock: HandClock, book: VisitBook, roster: RosterStore) -> House:
    house = House(engine, clock, book, roster)
    clock.boots(FIRST_BOOT)
    return house


def test_a_fresh_roster_says_inside(house: House) -> None:
    house.pull(inside_since=ELSEWHERE)
    assert house.presence() == Inside(ELSEWHERE_SINCE)


def test_a_fresh_roster_says_outside(house: House) -> None:
    house.pull()
    assert house.presence() == Outside()


def test_a_fresh_roster_says_since_when_and_whether_somebody_saw_it(house: House) -> None:
    house.pull(outside_since=ELSEWHERE)
    assert house.presence() == Outside(ELSEWHERE_SINCE)
    house.pull(outside_since=ELSEWHERE, assumed=True)
    assert house.presence() == Outside(ELSEWHERE_SINCE, assumed=True)


def test_who_is_inside_again_is_not_outside_since_before(house: House) -> None:
    house.pull(inside_since=ELSEWHERE, outside_since="2026-11-20T09:00:00.000Z")
    assert house.presence() == Inside(ELSEWHERE_SINCE)


@pytest.mark.parametrize("inside_since", [ELSEWHERE, None], ids=["inside", "outside"])
def test_a_stale_roster_says_nothing(house: House, inside_since: str | None) -> None:
    house.pull(inside_since=inside_since)
    house.clock.passes(STALE)
    assert house.presence() == Unknown()


def test_freshness_has_its_last_millisecond(house: House) -> None:
    house.pull()
    house.clock.passes(FRESH.total_seconds())
    assert house.presence() == Outside()
    house.clock.passes(0.001)
    assert house.presence() == Unknown()


def test_a_roster_of_another_boot_says_nothing_however_small_the_counter(house: House) -> None:
    house.pull(inside_since=ELSEWHERE)
    house.clock.boots(SECOND_BOOT)
    assert house.presence() == Unknown()


def test_a_later_year_on_the_wall_makes_nothing_stale(house: House) -> None:
    house.pull()
    house.clock.now = type(house.clock.now)(
        NINE.replace(year=2036), house.clock.now.monotonic_ms, FIRST_BOOT, synchronised=False
    )
    assert house.presence() == Outside()


# Two words: the passage says inside, the roster says outside


def lets_time_pass(house: House, age: str) -> None:
    match age:
        case "fresh":
            house.clock.passes(1)
        case "stale":
            house.clock.passes(STALE)
        case _:
            house.clock.boots(SECOND_BOOT)


@pytest.mark.parametrize(
    ("passage", "delivered", "pulled", "believed"),
    [
        ("fresh", "not covered", "fresh", "passage"),
        ("fresh", "covered", "fresh", "roster"),
        ("fresh", "not covered", "none", "passage"),
        ("stale", "not covered", "none", "nothing"),
        ("of the boot before", "not covered", "none", "nothing"),
        ("stale", "covered", "fresh", "roster"),
        ("stale", "covered", "stale", "nothing"),
        ("stale", "not covered", "stale", "nothing"),
        ("stale", "not covered", "fresh", "nothing"),
        ("of the boot before", "covered", "fresh", "roster"),
        ("of the boot before", "covered", "of the boot before", "nothing"),
        ("of the boot before", "not covered", "of the boot before", "nothing"),
        ("of the boot before", "not covered", "fresh", "nothing"),
    ],
)
def test_after_a_check_in_here(house: House, passage: str, delivered: str, pulled: str, believed: str) -> None:
    house.pull()
    at = house.clock.now.at
    house.passes(Direction.IN)
    if delivered == "covered":
        house.delivers()
    if pulled == "fresh":
        lets_time_pass(house, passage)
        house.pull()
    elif pulled == "none":
        lets_time_pass(house, passage)
        _forget_the_pull(house)
    else:
        house.pull()
        lets_time_pass(house, pulled)
    assert house.presence() == {"passage": Inside(at), "roster": Outside(), "nothing": Unknown()}[believed]


def _forget_the_pull(house: House) -> None:
    with house.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM roster")


def test_a_roster_older_than_the_passage_does_not_count_against_it(house: House) -> None:
    house.pull(inside_since=ELSEWHERE)
    house.passes(Direction.OUT)
    assert house.presence() == Outside(NINE)


def test_a_delivered_passage_is_believed_until_a_roster_that_covers_it_comes(house: House) -> None:
    house.pull()
    house.passes(Direction.IN)
    house.delivers()
    assert house.presence() == Inside(NINE)
    house.pull(inside_since=ELSEWHERE)
    assert house.presence() == Inside(ELSEWHERE_SINCE)


def test_a_passage_delivered_while_the_server_answers_is_not_yet_covered(house: House) -> None:
    house.pull()
    house.passes(Direction.IN)
    house.delivers()
    house.roster.replace([member(ANN)], "2", 0)
    assert house.presence() == Inside(NINE)


def test_a_covered_passage_and_a_way_out_elsewhere(house: House) -> None:
    house.pull()
    house.passes(Direction.IN)
    house.delivers()
    house.pull()
    assert house.presence() == Outside()
    house.passes(Direction.IN)


def test_the_last_passage_here_counts_and_not_the_first(house: House) -> None:
    house.pull()
    house.passes(Direction.IN)
    house.passes(Direction.OUT)
    assert house.presence() == Outside(NINE)


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(hours=3), timedelta(days=20_000)], ids=str)
def test_a_clock_put_right_meanwhile_makes_no_stay_longer_or_shorter(house: House, jump: timedelta) -> None:
    """A machine without a battery begins with the clock of its last day, or in 1970."""
    house.pull()
    house.passes(Direction.IN)
    house.clock.passes(90)
    house.clock.now = replace(house.clock.now, at=house.clock.now.at + jump)
    assert house.presence() == Inside(house.clock.now.at - timedelta(seconds=90))
