"""A name at a real window is gone with the card, and what is to be done stays to be read.

Server, delivery and screen are processes, the window is pressed by a pointer, and the simulated card lies there for three
seconds.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from PIL import ImageChops

from kiosk import simulation
from kiosk.demo import demo_settings
from kiosk.settings import Doors, History, Timeouts
from kiosk.stage import Stage
from machine.station import Station, set_up

pytestmark = pytest.mark.system

MEMBER = "active-1"
NOTHING_PERSONAL_AFTER_SECONDS = 5.0
_TO_READ = Timeouts(result_seconds=9.0)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    folder = tmp_path_factory.mktemp("private")
    settings = replace(demo_settings(Doors.BOTH), timeouts=_TO_READ, history=History(shown=True))
    with ExitStack() as parts:
        stage = parts.enter_context(Stage(folder / "stage"))
        stage.open_house(terminals=1)
        yield set_up(parts, stage, "door", settings, pictures=folder)


def test_a_name_leaves_the_window_and_the_reminders_stay(door: Station) -> None:
    member = door.member
    welcome = member.waits_for("welcome.both.title")
    for way, button in (("in", "enter"), ("out", "leave")):
        member.presses(welcome, button)
        member.types_pin(member.waits_for("pin.title"), simulation.PIN)
        member.presses(member.waits_for("card.title"), f"card_{MEMBER}")
        named = member.waits_for(f"done.{way}.title.named")
        greeted = door.display.photograph()
        discreet = member.waits_for(f"done.{way}.title")
        reminded = door.display.photograph()
        welcome = member.waits_for("welcome.both.title")
        assert discreet.at - named.at < NOTHING_PERSONAL_AFTER_SECONDS < welcome.at - named.at
        assert ImageChops.difference(greeted, reminded).getbbox() is not None
