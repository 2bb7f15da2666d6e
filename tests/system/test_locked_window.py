"""A fullscreen terminal cannot be left, is painted over the whole display, and ends when the service manager says so."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import time

import pytest

from kiosk.demo import demo_settings
from kiosk.settings import Doors, Idle, Screen
from kiosk.stage import Stage
from kiosk.ui import theme
from machine.station import Station, set_up

pytestmark = pytest.mark.system

WIDTH, HEIGHT = 1024, 600
WAYS_OUT = (
    *("Escape", "F1", "F5", "F10", "F11", "F12", "Tab", "space", "Menu", "Print", "Pause", "Super_L"),
    *("alt+F4", "alt+Tab", "alt+space", "alt+Escape", "alt+F2", "super+l", "super+d", "super+Tab"),
    *("ctrl+c", "ctrl+d", "ctrl+e", "ctrl+q", "ctrl+w", "ctrl+z", "ctrl+Escape"),
    *("ctrl+alt+Delete", "ctrl+alt+BackSpace", "ctrl+alt+F2", "ctrl+alt+t", "ctrl+shift+Escape"),
    *("XF86PowerOff", "XF86Sleep", "XF86Back", "XF86HomePage"),
)


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """Its start screen neither wanders nor is dimmed, so that two photographs can be the same."""
    folder = tmp_path_factory.mktemp("locked")
    screen = Screen(width=WIDTH, height=HEIGHT, fullscreen=True)
    still = Idle(dim_from=time(0), dim_until=time(0), pixel_shift=0)
    settings = replace(demo_settings(Doors.OUT), screen=screen, idle=still)
    with ExitStack() as parts:
        stage = parts.enter_context(Stage(folder / "stage"))
        stage.open_house(terminals=1)
        yield set_up(parts, stage, "door", settings, pictures=folder)


def test_it_covers_the_whole_display(station: Station) -> None:
    station.member.waits_for("welcome.out.title")
    picture = station.display.photograph()
    banner, paper = _pixel(theme.BANNER), _pixel(theme.LIGHT.paper)
    assert [picture.getpixel(corner) for corner in ((0, 0), (WIDTH - 1, 0))] == [banner, banner]
    assert picture.getpixel((WIDTH - 1, HEIGHT // 2)) == paper


@pytest.mark.parametrize("keys", [*WAYS_OUT, "Return"])
def test_no_key_leads_out(station: Station, keys: str) -> None:
    before = station.member.sees()
    station.display.press_keys(keys)
    _still_serves(station, before.number)


def test_no_key_leads_out_of_an_unfinished_pin(station: Station) -> None:
    station.member.presses(station.member.sees(), "leave")
    pin = station.member.waits_for("pin.title")
    station.display.press_keys(*WAYS_OUT)
    station.member.presses(station.member.sees(), "cancel")
    assert station.member.waits_for("welcome.out.title").number == pin.number + 1


@pytest.mark.parametrize("button", [2, 3, 4, 5])
def test_only_the_left_button_presses(station: Station, button: int) -> None:
    before = station.member.sees()
    station.display.press_button(button, *before.targets["leave"])
    _still_serves(station, before.number)


def test_one_press_is_one_digit(station: Station) -> None:
    """Kivy's own default delivers two touches for one press."""
    station.member.presses(station.member.sees(), "leave")
    pin = station.member.waits_for("pin.title")
    station.member.presses(pin, "digit_5")
    station.member.presses(station.member.waits_for("pin.title"), "cancel")
    back = station.member.waits_for("welcome.out.title")
    assert back.number - pin.number == 2


def test_another_language_is_for_one_member(station: Station) -> None:
    member, below_the_clock = station.member, (0, HEIGHT // 4, WIDTH, HEIGHT)
    japanese = station.comes_to_rest(below_the_clock)
    member.presses(member.sees(), "speak_vi")
    welcome = member.waits_for("welcome.out.title")
    assert station.comes_to_rest(below_the_clock) != japanese
    member.presses(welcome, "leave")
    member.presses(member.waits_for("pin.title"), "cancel")
    member.waits_for("welcome.out.title")
    assert station.comes_to_rest(below_the_clock) == japanese


def test_the_service_managers_word_ends_it(station: Station) -> None:
    station.screen.send_signal(signal.SIGTERM)
    assert station.screen.wait(20) == 0


def _still_serves(station: Station, shown: int) -> None:
    """A press that works shows the very next scene; anything the key or button had done would stand between."""
    station.member.presses(station.member.sees(), "leave")
    pin = station.member.waits_for("pin.title")
    assert pin.number == shown + 1
    station.member.presses(pin, "cancel")
    station.member.waits_for("welcome.out.title")


def _pixel(colour: theme.Colour) -> tuple[int, ...]:
    return tuple(round(channel * 255) for channel in colour[:3])
