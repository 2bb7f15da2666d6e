"""Staff's gesture: one finger, held in one place for five seconds, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from kiosk.ui.gesture import HELD_SECONDS, Hold

PLACE = (60.0, 570.0)
SLACK = 100.0


@dataclass
class Diary:
    """Time passes when the test says so."""

    now: float = 0.0
    noted: list["Noted"] = field(default_factory=list)

    def schedule_once(self, callback: Callable[[float], None], timeout: float) -> "Noted":
        self.noted.append(Noted(callback, self.now + timeout))
        return self.noted[-1]

    def passes(self, seconds: float) -> None:
        self.now += seconds
        for noted in [each for each in self.noted if not each.cancelled and each.due <= self.now]:
            self.noted.remove(noted)
            noted.callback(seconds)


@dataclass(eq=False)
class Noted:
    callback: Callable[[float], None]
    due: float
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class Corner:
    diary: Diary = field(default_factory=Diary)
    calls: int = 0

    def __post_init__(self) -> None:
        self.hold = Hold(self.diary, self._called)

    def _called(self) -> None:
        self.calls += 1

    def finger(self, place: tuple[float, float] = PLACE) -> None:
        self.hold.touched()
        self.hold.begin(place)


@pytest.fixture
def corner() -> Corner:
    return Corner()


def test_a_finger_held_for_five_seconds_calls_once(corner: Corner) -> None:
    corner.finger()
    corner.diary.passes(HELD_SECONDS - 0.1)
    assert corner.calls == 0
    corner.diary.passes(0.1)
    corner.diary.passes(2 * HELD_SECONDS)
    assert (HELD_SECONDS, corner.calls) == (5.0, 1)


def test_one_that_is_lifted_before_calls_nobody(corner: Corner) -> None:
    corner.finger()
    corner.diary.passes(4.9)
    corner.hold.end()
    corner.diary.passes(HELD_SECONDS)
    assert corner.calls == 0


@pytest.mark.parametrize(
    ("to", "calls"),
    [((60.0, 471.0), 1), ((131.0, 499.0), 0), ((60.0, 469.0), 0), ((161.0, 570.0), 0)],
    ids=["trembles", "aslant", "down", "aside"],
)
def test_one_that_slides_away_calls_nobody(to: tuple[float, float], calls: int, corner: Corner) -> None:
    corner.finger()
    corner.diary.passes(1)
    corner.hold.moved(to, SLACK)
    corner.hold.moved(PLACE, SLACK)
    corner.diary.passes(HELD_SECONDS)
    assert corner.calls == calls


def test_a_second_finger_ends_it_and_begins_none(corner: Corner) -> None:
    corner.finger()
    corner.diary.passes(1)
    corner.finger()
    corner.diary.passes(HELD_SECONDS)
    assert corner.calls == 0


def test_a_second_finger_on_something_to_press_ends_it(corner: Corner) -> None:
    corner.finger()
    corner.hold.touched()
    corner.diary.passes(HELD_SECONDS)
    assert corner.calls == 0


def test_after_one_that_was_lifted_the_next_counts_from_its_own_beginning(corner: Corner) -> None:
    corner.finger()
    corner.diary.passes(4)
    corner.hold.end()
    corner.finger()
    corner.diary.passes(4)
    assert corner.calls == 0
    corner.diary.passes(1)
    assert corner.calls == 1


def test_a_finger_that_only_moves_holds_nothing(corner: Corner) -> None:
    corner.hold.moved(PLACE, SLACK)
    corner.diary.passes(HELD_SECONDS)
    assert corner.calls == 0
