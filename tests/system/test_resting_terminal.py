"""A start screen that nobody touches is dimmed, and the press that wakes it presses what it says."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from kiosk.demo import demo_settings
from kiosk.settings import Doors, Idle
from kiosk.stage import Stage
from machine.station import Station, set_up
from machine.waiting import until

pytestmark = pytest.mark.system

BRIGHTNESS = 0.4


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    folder = tmp_path_factory.mktemp("resting")
    settings = replace(demo_settings(Doors.OUT), idle=Idle(dim_after_seconds=4, brightness=BRIGHTNESS))
    with ExitStack() as parts:
        stage = parts.enter_context(Stage(folder / "stage"))
        stage.open_house(terminals=1)
        yield set_up(parts, stage, "door", settings, pictures=folder)


def test_it_is_dimmed_when_it_is_left_alone_and_a_touch_anywhere_wakes_it(station: Station) -> None:
    station.member.waits_for("welcome.out.title")
    bright = _brightest(station)
    until_it_is(station, round(bright * BRIGHTNESS))
    station.display.press(2, 2)
    until_it_is(station, bright)


def test_the_press_that_wakes_it_also_presses(station: Station) -> None:
    bright = _brightest(station)
    until_it_is(station, round(bright * BRIGHTNESS))
    station.member.presses(station.member.sees(), "leave")
    station.member.waits_for("pin.title")
    until_it_is(station, bright)


def until_it_is(station: Station, brightness: int) -> None:
    until(
        lambda: abs(_brightest(station) - brightness) <= 2,
        f"the screen is never {brightness} bright",
        patience_seconds=60,
        poll_seconds=0.1,
    )


def _brightest(station: Station) -> int:
    """0 to 255."""
    highest = station.display.photograph().convert("L").getextrema()[1]
    assert isinstance(highest, int)
    return highest
