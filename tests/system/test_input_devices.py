"""On real devices one press is one press: no finger counts twice, no second one counts at all, and a keypad types a PIN."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from machine.entrance import HEIGHT, NAME, WIDTH, Entrance, open_entrance
from machine.panel import why_no_panel

pytestmark = pytest.mark.system

KEYS_BESIDE = {"Shift": 50, "Ctrl": 37, "Alt": 64, "logo": 115}
"""Xorg's own numbers for keys of a usual keyboard, as below."""
NUMBER_BLOCK = {7: 79, 8: 80, 9: 81, 4: 83, 5: 84, 6: 85, 1: 87, 2: 88, 3: 89, 0: 90}
UPPER_ROW = {1: 10, 2: 11, 3: 12, 4: 13, 5: 14, 6: 15, 7: 16, 8: 17, 9: 18, 0: 19}
ENTERS = {"Enter": 36, "Enter of the number block": 108}
ERASERS = {"Backspace": 22, "Delete": 107, "point of the number block": 91}
NUM_LOCK = 77


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrance]:
    """On the start screen, where every test leaves it."""
    if reason := why_no_panel():
        pytest.skip(reason)
    with ExitStack() as parts:
        yield open_entrance(parts, tmp_path_factory.mktemp("devices"), in_compositor=False)


def test_a_press_is_one_digit(door: Entrance) -> None:
    """Kivy's own default delivers two touches for one press."""
    pin = door.shows_pin()
    door.member.presses(pin, "digit_5")
    assert door.keys_since(pin) == 1


def test_quick_presses_on_one_key_are_all_counted(door: Entrance) -> None:
    pin = door.shows_pin()
    door.member.presses(pin, *["digit_5"] * 4)
    assert door.keys_since(pin) == 4


def test_a_long_press_is_one_digit(door: Entrance) -> None:
    pin = door.shows_pin()
    with door.display.finger(0, *pin.targets["digit_5"]):
        door.waits_a_second()
    assert door.keys_since(pin) == 1


def test_a_finger_that_slides_away_and_back_is_one_digit(door: Entrance) -> None:
    pin = door.shows_pin()
    with door.display.finger(0, *pin.targets["digit_5"]):
        for name in ("digit_6", "digit_9", "digit_5"):
            door.display.slide(0, *pin.targets[name])
    assert door.keys_since(pin) == 1


def test_a_finger_that_slides_in_from_the_edge_presses_nothing(door: Entrance) -> None:
    pin = door.shows_pin()
    with door.display.finger(0, WIDTH - 1, HEIGHT // 2):
        time.sleep(
            0.5
        )  # no finger slides so far within a frame; Kivy takes one that does for one put down where it is by then
        for name in ("digit_6", "digit_5", "digit_4"):
            door.display.slide(0, *pin.targets[name])
    assert door.keys_since(pin) == 0


def test_a_finger_that_stays_down_while_the_screen_turns_presses_nothing_there(door: Entrance) -> None:
    with door.display.finger(0, *door.member.sees().targets["leave"]):
        pin = door.member.waits_for("pin.title")
        for name in ("digit_4", "digit_5", "confirm"):
            door.display.slide(0, *pin.targets[name])
    assert door.keys_since(pin) == 0


def test_a_second_finger_presses_nothing(door: Entrance) -> None:
    pin = door.shows_pin()
    with door.display.finger(0, *pin.targets["digit_1"]):
        for finger, name in enumerate(("digit_2", "digit_3", "confirm", "cancel"), 1):
            with door.display.finger(finger, *pin.targets[name]):
                pass
    assert door.keys_since(pin) == 1


def test_a_second_finger_that_stays_leaves_the_panel_as_it_was(door: Entrance) -> None:
    pin = door.shows_pin()
    first = door.display.finger(0, *pin.targets["digit_1"])
    with first, door.display.finger(1, *pin.targets["digit_2"]):
        door.display.slide(0, *pin.targets["digit_3"])
    door.member.presses(pin, "digit_4")
    assert door.keys_since(pin) == 2


def test_a_pointer_beside_a_finger_presses_nothing(door: Entrance) -> None:
    pin = door.shows_pin()
    with door.display.finger(0, *pin.targets["digit_1"]), door.display.button(1, *pin.targets["digit_2"]):
        pass
    assert door.keys_since(pin) == 1


@pytest.mark.parametrize("code", KEYS_BESIDE.values(), ids=KEYS_BESIDE)
def test_a_key_beside_the_finger_makes_it_no_other_press(door: Entrance, code: int) -> None:
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
    assert door.keys_since(pin) == 2


@pytest.mark.parametrize("locks", [0, 1], ids=["NumLock as it was", "NumLock the other way"])
@pytest.mark.parametrize("digit", range(10))
def test_the_number_block_types_digits(door: Entrance, digit: int, locks: int) -> None:
    pin = door.shows_pin()
    door.display.type(*[NUM_LOCK] * locks, NUMBER_BLOCK[digit], *[NUM_LOCK] * locks)
    assert door.keys_since(pin) == 1


@pytest.mark.parametrize("eraser", ERASERS.values(), ids=ERASERS)
@pytest.mark.parametrize("locks", [0, 1], ids=["NumLock as it was", "NumLock the other way"])
def test_erase_keys_take_a_digit_back(door: Entrance, eraser: int, locks: int) -> None:
    pin = door.shows_pin()
    door.display.type(UPPER_ROW[4], *[NUM_LOCK] * locks, eraser, *[NUM_LOCK] * locks)
    assert door.keys_since(pin) == 2


@pytest.mark.parametrize("enter", ENTERS.values(), ids=ENTERS)
def test_enter_leads_on_to_the_card(door: Entrance, enter: int) -> None:
    door.shows_pin()
    door.display.type(*(NUMBER_BLOCK[digit] for digit in (7, 3, 9, 1)), enter)
    card = door.member.waits_for("card.title")
    door.member.presses(card, "cancel")
    door.member.waits_for("welcome.out.title")


def test_enter_after_three_digits_leads_nowhere(door: Entrance) -> None:
    pin = door.shows_pin()
    door.display.type(*(UPPER_ROW[digit] for digit in (7, 3, 9)), ENTERS["Enter"])
    assert door.keys_since(pin) == 3


def test_a_keypad_does_nothing_on_the_start_screen(door: Entrance) -> None:
    before = door.member.sees()
    door.display.type(*NUMBER_BLOCK.values(), *UPPER_ROW.values(), *ENTERS.values(), *ERASERS.values())
    door.still_serves(before.number)


def test_a_finger_held_on_the_facility_s_name_asks_for_staff_s_code(door: Entrance) -> None:
    door.lets_staff_in_by("27182818")
    with door.display.finger(0, *NAME):
        code = door.member.waits_for("staff.code.title")
    door.member.presses(code, "cancel")
    assert door.member.waits_for("welcome.out.title").number == code.number + 1


def test_a_key_that_is_held_is_one_digit(door: Entrance) -> None:
    """Xorg repeats it after two thirds of a second."""
    pin = door.shows_pin()
    with door.display.key(UPPER_ROW[5]):
        door.waits_a_second()
        door.waits_a_second()
    assert door.keys_since(pin) == 1


def test_what_is_typed_is_written_nowhere(door: Entrance) -> None:
    before = len(door.log.read_text())
    door.shows_pin()
    door.display.type(*(NUMBER_BLOCK[digit] for digit in (7, 3, 9, 1)), ENTERS["Enter"])
    door.member.presses(door.member.waits_for("card.title"), "cancel")
    door.member.waits_for("welcome.out.title")
    said = door.log.read_text()[before:]
    assert "EnteringPin -> AwaitingCard" in said
    assert not [letter for letter in said if letter.isdigit()]
    scenes = [json.loads(line) for line in door.terminal.scenes.read_text().splitlines()]
    untimed = [json.dumps({**scene, "at": "has any four digits by chance"}) for scene in scenes]
    assert not [scene for scene in untimed if "7391" in scene]
