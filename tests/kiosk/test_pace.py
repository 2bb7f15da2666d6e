"""The screen's thread sleeps until there is something to do, and no longer."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from kiosk.ui.pace import LONGEST_SECONDS, Pace

NOTHING_TO_DO = sys.float_info.max
FRAME = 0.05


@dataclass(slots=True)
class Day:
    """A clock and a bell: who sleeps is woken when the time is over, or when `rings_after` seconds have passed."""

    now: float = 1000.0
    due: float = NOTHING_TO_DO
    rings_after: float = NOTHING_TO_DO
    slept: list[float] = field(default_factory=list)
    rung: int = 0

    def time(self) -> float:
        return self.now

    def get_min_timeout(self) -> float:
        return self.due

    def wait(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += min(seconds, self.rings_after)

    def ring(self) -> None:
        self.rung += 1


@pytest.fixture
def day() -> Day:
    return Day()


@pytest.fixture
def turn(day: Day) -> Callable[[], None]:
    return Pace(day, day, frames_per_second=20).keep(lambda: None)


def test_nothing_to_do_is_slept_through_for_as_long_as_a_signal_may_wait(day: Day, turn: Callable[[], None]) -> None:
    turn()
    assert day.slept == [LONGEST_SECONDS]


def test_what_is_due_ends_the_sleep(day: Day, turn: Callable[[], None]) -> None:
    day.due = day.now + 0.1
    turn()
    assert day.slept == [pytest.approx(0.1)]


def test_what_is_late_already_waits_for_a_frame_and_no_more(day: Day, turn: Callable[[], None]) -> None:
    day.due = day.now - 3
    turn()
    assert day.slept == [pytest.approx(FRAME)]


def test_what_moves_in_every_frame_is_painted_so_many_times_a_second(day: Day, turn: Callable[[], None]) -> None:
    day.due = 0
    for _ in range(40):
        turn()
    assert day.now == pytest.approx(1002)


def test_a_frame_that_took_longer_than_its_time_is_followed_by_the_next_at_once(
    day: Day, turn: Callable[[], None]
) -> None:
    day.due = 0
    turn()
    day.now += 2 * FRAME
    turn()
    assert len(day.slept) == 1


def test_a_press_ends_the_sleep_and_is_asked_for_at_once(day: Day) -> None:
    asked: list[float] = []
    day.rings_after = 0.01
    Pace(day, day, frames_per_second=20).keep(lambda: asked.append(day.now))()
    assert asked == [pytest.approx(1000.01)]


def test_a_report_from_another_thread_rings_the_bell(day: Day) -> None:
    Pace(day, day, frames_per_second=20).end_rest()
    assert day.rung == 1
