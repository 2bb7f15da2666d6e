"""In the compositor of a terminal's session the window is as it is on a bare display: one press, and no way out."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from os import kill
from pathlib import Path

import pytest

from machine.entrance import HEIGHT, NAME, WIDTH, Entrance, open_entrance, why_no_compositor
from machine.panel import why_no_panel
from machine.waiting import until

pytestmark = pytest.mark.system

ESCAPE, TAB, DELETE, BACKSPACE, PRINT, LOGO, ALT, CTRL, F1, F2, F4, POWER, SLEEP, C = (
    *(9, 23, 119, 22, 107, 133, 64, 37, 67, 68, 70, 124, 150, 54),
)
WAYS_OUT = {
    "Esc": (ESCAPE,),
    "F1": (F1,),
    "Alt-F4": (ALT, F4),
    "Alt-Tab": (ALT, TAB),
    "Alt-Esc": (ALT, ESCAPE),
    "Ctrl-C": (CTRL, C),
    "Ctrl-Alt-F2": (CTRL, ALT, F2),
    "Ctrl-Alt-Delete": (CTRL, ALT, DELETE),
    "Ctrl-Alt-Backspace": (CTRL, ALT, BACKSPACE),
    "Print": (PRINT,),
    "logo": (LOGO,),
    "power": (POWER,),
    "sleep": (SLEEP,),
}
NUM_LOCK = 77
NUMBER_BLOCK_7590 = (79, 84, 81, 90)
NUMBER_BLOCK_ENTER = 104
ERASERS = {"Backspace": BACKSPACE, "Delete": DELETE, "point of the number block": 91}
"""The kernel's numbers for keys of a usual keyboard, and eight more, as X and Wayland have them."""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrance]:
    """On the start screen, where every test but the last leaves it."""
    if reason := why_no_panel() or why_no_compositor():
        pytest.skip(reason)
    with ExitStack() as parts:
        yield open_entrance(parts, tmp_path_factory.mktemp("session"), in_compositor=True)


def test_it_covers_the_whole_panel(door: Entrance) -> None:
    def is_covered() -> bool:
        picture = door.display.photograph()
        corners = ((0, 0), (WIDTH - 1, 0), (0, HEIGHT - 1), (WIDTH - 1, HEIGHT - 1))
        return (0, 0, 0) not in {picture.getpixel(corner) for corner in corners}

    until(is_covered, "a corner of the panel stays black", patience_seconds=20, poll_seconds=0.2)


def test_a_touch_is_one_digit(door: Entrance) -> None:
    pin = door.shows_pin()
    door.member.presses(pin, "digit_5")
    assert door.keys_since(pin) == 1


def test_a_press_of_the_pointer_is_one_digit(door: Entrance) -> None:
    pin = door.shows_pin()
    with door.display.button(1, *pin.targets["digit_5"]):
        pass
    assert door.keys_since(pin) == 1


@pytest.mark.parametrize("button", [2, 3])
def test_no_other_button_presses(door: Entrance, button: int) -> None:
    pin = door.shows_pin()
    with door.display.button(button, *pin.targets["digit_5"]):
        pass
    assert door.keys_since(pin) == 0


def test_a_second_finger_presses_nothing(door: Entrance) -> None:
    pin = door.shows_pin()
    with door.display.finger(0, *pin.targets["digit_1"]), door.display.finger(1, *pin.targets["digit_2"]):
        pass
    assert door.keys_since(pin) == 1


@pytest.mark.parametrize("locks", [0, 1], ids=["NumLock as it was", "NumLock the other way"])
def test_a_keypad_types_a_pin(door: Entrance, locks: int) -> None:
    door.shows_pin()
    door.display.type(*[NUM_LOCK] * locks, *NUMBER_BLOCK_7590, NUMBER_BLOCK_ENTER, *[NUM_LOCK] * locks)
    door.member.presses(door.member.waits_for("card.title"), "cancel")
    door.member.waits_for("welcome.out.title")


@pytest.mark.parametrize("code", ERASERS.values(), ids=ERASERS)
def test_a_keypad_erases(door: Entrance, code: int) -> None:
    pin = door.shows_pin()
    door.display.type(NUMBER_BLOCK_7590[0], code)
    assert door.keys_since(pin) == 2


def test_a_finger_held_on_the_facility_s_name_asks_for_staff_s_code(door: Entrance) -> None:
    door.lets_staff_in_by("27182818")
    with door.display.finger(0, *NAME):
        code = door.member.waits_for("staff.code.title")
    door.member.presses(code, "cancel")
    assert door.member.waits_for("welcome.out.title").number == code.number + 1


@pytest.mark.parametrize("codes", WAYS_OUT.values(), ids=WAYS_OUT)
def test_no_key_leads_out(door: Entrance, codes: tuple[int, ...]) -> None:
    before = door.member.sees()
    with ExitStack() as held:
        for code in codes:
            held.enter_context(door.display.key(code))
    door.still_serves(before.number)
    assert door.process.poll() is None


def test_the_session_ends_with_the_terminal(door: Entrance) -> None:
    kill(_terminal_in(door.process.pid), signal.SIGTERM)
    assert door.process.wait(20) == 0


def _terminal_in(compositor: int) -> int:
    children = Path(f"/proc/{compositor}/task/{compositor}/children").read_text().split()
    return next(int(child) for child in children if b"kiosk" in Path(f"/proc/{child}/cmdline").read_bytes())
