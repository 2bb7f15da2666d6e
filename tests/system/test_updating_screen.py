"""While `kiosk update` runs, members at a real window are sent to reception; when it has ended, or died, they are served.

Server, delivery, screen and update are processes, the window is pressed by a pointer. The update's program does nothing
and ends when its input does.
"""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

import pytest

from kiosk import simulation
from kiosk.demo import demo_settings
from kiosk.report import status
from kiosk.settings import Doors, Timeouts
from kiosk.stage import Stage
from machine.member import PATIENCE_SECONDS
from machine.station import Station, set_up
from machine.waiting import until

pytestmark = pytest.mark.system

UPDATING = "updating.title"
WELCOME = "welcome.in.title"
_LONG_ENOUGH_TO_BEGIN_AN_UPDATE = Timeouts(result_seconds=4.0)
_until = partial(until, patience_seconds=PATIENCE_SECONDS, poll_seconds=0.05)


@dataclass(frozen=True, slots=True)
class Door:
    stage: Stage
    station: Station

    def shown(self) -> list[str]:
        """The titles of all scenes up to now."""
        return [json.loads(line)["title"] for line in self.station.terminal.scenes.read_text().splitlines()]

    def screen_starts_again(self) -> str:
        """As `systemctl restart` does it; the title it shows first."""
        self.station.screen.send_signal(signal.SIGTERM)
        self.station.screen.wait(PATIENCE_SECONDS)
        terminal, before = self.station.terminal, len(self.shown())
        self.stage.start("door-run", terminal.command("run", "--scene-log", str(terminal.scenes)), terminal.environment)
        _until(lambda: len(self.shown()) > before, "the screen does not start again")
        return self.shown()[before]


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("updating")
    settings = replace(demo_settings(Doors.IN), timeouts=_LONG_ENOUGH_TO_BEGIN_AN_UPDATE)
    with ExitStack() as parts:
        stage = parts.enter_context(Stage(folder / "stage"))
        stage.open_house(terminals=1)
        station = set_up(parts, stage, "door", settings, pictures=folder)
        station.member.waits_for(WELCOME)
        yield Door(stage, station)


@pytest.fixture
def begin(door: Door) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    with ExitStack() as running:

        def start() -> subprocess.Popen[bytes]:
            command = door.station.terminal.command("update", "sh", "-c", "read -r _; exit 3")
            update = running.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE))
            running.callback(update.kill)
            return update

        yield start


def test_members_are_sent_to_reception_while_it_runs_and_served_after_it(
    door: Door, begin: Callable[[], subprocess.Popen[bytes]]
) -> None:
    member = door.station.member
    update = begin()
    shown = member.waits_for(UPDATING)
    assert "enter" not in shown.targets
    update.communicate()
    assert update.returncode == 3
    assert "enter" in member.waits_for(WELCOME).targets


def test_an_update_that_is_killed_gives_the_screen_back(
    door: Door, begin: Callable[[], subprocess.Popen[bytes]]
) -> None:
    update = begin()
    door.station.member.waits_for(UPDATING)
    update.kill()
    door.station.member.waits_for(WELCOME)


def test_a_visit_made_as_it_begins_is_shown_and_delivered_while_it_runs(
    door: Door, begin: Callable[[], subprocess.Popen[bytes]]
) -> None:
    member, settings = door.station.member, door.station.terminal.settings
    member.presses(member.sees(), "enter")
    member.types_pin(member.waits_for("pin.title"), simulation.PIN)
    member.presses(member.waits_for("card.title"), "card_active-1")
    member.waits_for("done.in.title.named")
    update = begin()
    _until(lambda: status(settings).updating, "the update does not begin")
    member.waits_for(UPDATING)
    _until(lambda: status(settings).queue.acknowledged == 1, "delivery waits for the update")
    assert status(settings).updating
    update.communicate()
    member.waits_for(WELCOME)


def test_a_screen_that_starts_while_it_runs_says_so_first(
    door: Door, begin: Callable[[], subprocess.Popen[bytes]]
) -> None:
    member = door.station.member
    update = begin()
    member.waits_for(UPDATING)
    assert door.screen_starts_again() == UPDATING
    update.communicate()
    member.waits_for(WELCOME)
