"""On a touch panel one press is one press: no finger counts twice, and no second one counts at all."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest

from kiosk.demo import demo_settings
from kiosk.settings import Doors, Screen
from kiosk.stage import Stage
from machine import panel
from machine.member import Member, Recording, Seen
from machine.panel import PanelDisplay
from machine.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.skipif(panel.MISSING is not None, reason=str(panel.MISSING))]

WIDTH, HEIGHT = 1024, 600
KEYS_BESIDE = {"Shift": 50, "Ctrl": 37, "Alt": 64, "logo": 133}
"""X's numbers for keys of a usual keyboard."""


@dataclass(frozen=True, slots=True)
class Door:
    display: PanelDisplay
    member: Member

    def shows_pin(self) -> Seen:
        self.member.presses(self.member.sees(), "leave")
        return self.member.waits_for("pin.title")

    def waits_a_second(self) -> None:
        """Until the seconds left are others."""
        shown = self.display.photograph().tobytes()
        until(
            lambda: self.display.photograph().tobytes() != shown,
            "the screen stands still",
            patience_seconds=10,
            poll_seconds=0.1,
        )

    def digits_since(self, pin: Seen) -> int:
        """How many were typed, by the screens shown until this member cancels."""
        self.member.presses(pin, "cancel")
        return self.member.waits_for("welcome.out.title").number - pin.number - 1


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """On the start screen, where every test leaves it."""
    folder = tmp_path_factory.mktemp("panel")
    settings = replace(demo_settings(Doors.OUT), screen=Screen(width=WIDTH, height=HEIGHT, fullscreen=True))
    with ExitStack() as parts:
        stage = parts.enter_context(Stage(folder / "stage"))
        stage.open_house(terminals=1)
        display = parts.enter_context(PanelDisplay(WIDTH, HEIGHT))
        environment = {**display.environment, **Recording(folder / "door.pcm").environment}
        terminal = stage.enrol("door", settings, environment)
        stage.run(terminal)
        member = Member(terminal, display, folder)
        member.waits_for("welcome.out.title")
        yield Door(display, member)


def test_a_press_is_one_digit(door: Door) -> None:
    """Kivy's own default delivers two touches for one press."""
    pin = door.shows_pin()
    door.member.presses(pin, "digit_5")
    assert door.digits_since(pin) == 1


def test_quick_presses_on_one_key_are_all_counted(door: Door) -> None:
    pin = door.shows_pin()
    door.member.presses(pin, *["digit_5"] * 4)
    assert door.digits_since(pin) == 4


def test_a_long_press_is_one_digit(door: Door) -> None:
    pin = door.shows_pin()
    with door.display.finger(0, *pin.targets["digit_5"]):
        door.waits_a_second()
    assert door.digits_since(pin) == 1


def test_a_finger_that_slides_away_and_back_is_one_digit(door: Door) -> None:
    pin = door.shows_pin()
    with door.display.finger(0, *pin.targets["digit_5"]):
        for name in ("digit_6", "digit_9", "digit_5"):
            door.display.slide(0, *pin.targets[name])
    assert door.digits_since(pin) == 1


def test_a_finger_that_slides_in_from_the_edge_presses_nothing(door: Door) -> None:
    pin = door.shows_pin()
    with door.display.finger(0, WIDTH - 1, HEIGHT // 2):
        for name in ("digit_6", "digit_5", "digit_4"):
            door.display.slide(0, *pin.targets[name])
    assert door.digits_since(pin) == 0


def test_a_second_finger_presses_nothing(door: Door) -> None:
    pin = door.shows_pin()
    with door.display.finger(0, *pin.targets["digit_1"]):
        for finger, name in enumerate(("digit_2", "digit_3", "confirm", "cancel"), 1):
            with door.display.finger(finger, *pin.targets[name]):
                pass
    assert door.digits_since(pin) == 1


def test_a_second_finger_that_stays_leaves_the_panel_as_it_was(door: Door) -> None:
    pin = door.shows_pin()
    first = door.display.finger(0, *pin.targets["digit_1"])
    with first, door.display.finger(1, *pin.targets["digit_2"]):
        door.display.slide(0, *pin.targets["digit_3"])
    door.member.presses(pin, "digit_4")
    assert door.digits_since(pin) == 2


def test_a_pointer_beside_a_finger_presses_nothing(door: Door) -> None:
    pin = door.shows_pin()
    with door.display.finger(0, *pin.targets["digit_1"]), door.display.button(1, *pin.targets["digit_2"]):
        pass
    assert door.digits_since(pin) == 1


@pytest.mark.parametrize("code", KEYS_BESIDE.values(), ids=KEYS_BESIDE)
def test_a_key_beside_the_finger_makes_it_no_other_press(door: Door, code: int) -> None:
    """To Kivy a pointer's press with Alt or Ctrl is another one."""
    pin = door.shows_pin()
    with door.display.finger(0, *pin.targets["digit_1"]):
        pass
    with ExitStack() as keyboard:
        keyboard.enter_context(door.display.key(code))
        with door.display.finger(0, *pin.targets["digit_2"]):
            door.display.slide(0, *pin.targets["digit_3"])
            keyboard.close()
            door.display.slide(0, *pin.targets["digit_5"])
    assert door.digits_since(pin) == 2
