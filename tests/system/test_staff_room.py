"""Staff at a real window: the finger held on the facility's name, their code, and what they find behind it."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from kiosk.demo import demo_settings
from kiosk.settings import Doors, Screen
from kiosk.stage import Stage
from kiosk.ui.gesture import HELD_SECONDS
from machine.member import Seen
from machine.station import Station, set_up
from machine.waiting import until
from sounds import Sound

pytestmark = pytest.mark.system

WIDTH = 1024
NAME = (60, 60)
"""Of the facility, under the banner of the demonstration."""
CODE, ANOTHER = "27182818", "31415926"

_until = partial(until, patience_seconds=15.0, poll_seconds=0.05)


@dataclass(frozen=True, slots=True)
class Door:
    stage: Stage
    station: Station

    def calls_staff(self) -> Seen:
        with self.station.display.held(*NAME):
            return self.station.member.waits_for("staff.code.title")

    def still_serves(self, shown: int) -> None:
        """A press that works shows the very next scene; anything the finger had done would stand between."""
        member = self.station.member
        member.presses(member.sees(), "leave")
        pin = member.waits_for("pin.title")
        assert pin.number == shown + 1
        member.presses(pin, "cancel")
        member.waits_for("welcome.out.title")

    def says(self, words: str) -> bool:
        return words in self.stage.log("door-run").read_text()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("staff")
    settings = replace(demo_settings(Doors.OUT), screen=Screen(width=WIDTH, height=600, fullscreen=True))
    with ExitStack() as parts:
        stage = parts.enter_context(Stage(folder / "stage"))
        stage.open_house(terminals=1)
        station = set_up(parts, stage, "door", settings, pictures=folder)
        command = station.terminal.command("staff-code")
        subprocess.run(command, input=f"{CODE}\n{CODE}\n", text=True, check=True, timeout=60)
        station.member.waits_for("welcome.out.title")
        yield Door(stage, station)


def test_a_finger_that_rests_there_for_a_moment_does_nothing(door: Door) -> None:
    before = door.station.member.sees()
    with door.station.display.held(*NAME):
        time.sleep(2)  # as long as a finger rests
    door.still_serves(before.number)


def test_a_finger_that_slides_away_does_nothing(door: Door) -> None:
    before = door.station.member.sees()
    with door.station.display.held(*NAME):
        door.station.display.point(WIDTH - NAME[0], NAME[1])  # one that is as quick as a frame is only seen there
        time.sleep(HELD_SECONDS + 1)
    door.still_serves(before.number)


def test_a_finger_on_the_clock_does_nothing(door: Door) -> None:
    before = door.station.member.sees()
    with door.station.display.held(WIDTH - NAME[0], NAME[1]):
        time.sleep(HELD_SECONDS + 1)
    door.still_serves(before.number)


def test_a_pin_is_never_left_for_staff(door: Door) -> None:
    member = door.station.member
    member.presses(member.sees(), "leave")
    pin = member.waits_for("pin.title")
    with door.station.display.held(*NAME):
        time.sleep(HELD_SECONDS + 1)
    member.presses(pin, "cancel")
    assert member.waits_for("welcome.out.title").number == pin.number + 1


def test_another_code_stays_outside(door: Door) -> None:
    member = door.station.member
    code = door.calls_staff()
    member.types_pin(code, ANOTHER)
    _until(lambda: door.says("staff's code was refused: wrong"), "the code is not looked at")
    member.presses(code, "cancel")
    member.waits_for("welcome.out.title")
    assert not door.says("staff are at the terminal")


def test_half_a_code_is_not_looked_at(door: Door) -> None:
    member = door.station.member
    code = door.calls_staff()
    member.types_pin(code, ANOTHER[:4])
    member.presses(code, "cancel")
    member.waits_for("welcome.out.title")
    assert door.stage.log("door-run").read_text().count("staff's code was refused") == 1


def test_the_code_typed_on_a_number_pad_shows_how_the_terminal_is_and_starts_it_anew(
    door: Door, tmp_path: Path
) -> None:
    station = door.station
    door.calls_staff()
    station.display.press_keys(*(f"KP_{digit}" for digit in CODE), "KP_Enter")
    room = station.member.waits_for("staff.room.title")
    assert {"sound", "restart", "cancel"} <= set(room.targets)

    def attention() -> int:
        return [each.sound for each in station.heard(tmp_path / "heard.wav")].count(Sound.ATTENTION)

    before = attention()
    station.member.presses(room, "sound")
    _until(lambda: attention() > before, "the sound is not heard")
    station.member.presses(room, "restart")
    assert station.screen.wait(20) == 0
    assert not door.says(CODE)
    assert not door.says(ANOTHER)
