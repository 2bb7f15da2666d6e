"""Hours entered at the server are at the door within seconds: the way in closes, the way out never does (C3, C6, C33).

Server, delivery and screen are processes, the window is pressed by a pointer.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

import pytest

from kiosk import simulation
from kiosk.demo import demo_settings
from kiosk.report import status
from kiosk.settings import Doors, Timeouts
from kiosk.stage import Stage
from machine.station import Station, set_up
from machine.waiting import until

pytestmark = pytest.mark.system

_SHORT = Timeouts(result_seconds=4.0, refusal_seconds=4.0)
"""A result outlasts the card on the reader, which is held for three seconds."""

_MODELS = "from server.house.models import HouseRules; from server.terminals.models import Facility; import datetime; "
_CLOSE = "HouseRules.objects.create(facility=Facility.objects.get(), valid_from=datetime.date(2020, 1, 1))"
_OPEN = "HouseRules.objects.get().delete()"

_until = partial(until, patience_seconds=15.0, poll_seconds=0.05)


@dataclass(frozen=True, slots=True)
class Door:
    stage: Stage
    station: Station

    def decides(self, program: str) -> None:
        """At the server; until the terminal has heard of it."""
        before = status(self.station.terminal.settings).rules.number
        server = [sys.executable, "-m", "server", "--data", str(self.stage.folder / "server")]
        self.stage.do("decision", [*server, "manage", "shell", "-c", _MODELS + program])
        _until(lambda: status(self.station.terminal.settings).rules.number > before, "the rules do not come")

    def offers(self, *ways: str) -> bool:
        targets = self.station.member.sees().targets
        return {"enter", "leave"} & set(targets) == set(ways)

    def begins(self, way: str) -> None:
        """As far as the screen that asks for the card."""
        member = self.station.member
        member.presses(member.sees(), way)
        member.types_pin(member.waits_for("pin.title"), simulation.PIN)

    def holds(self, card: str) -> None:
        member = self.station.member
        member.presses(member.waits_for("card.title"), f"card_{card}")


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("closed")
    settings = replace(demo_settings(Doors.BOTH), timeouts=_SHORT)
    with ExitStack() as parts:
        stage = parts.enter_context(Stage(folder / "stage"))
        stage.open_house(terminals=1)
        yield Door(stage, set_up(parts, stage, "door", settings, pictures=folder))


def test_where_no_hours_were_entered_nobody_is_turned_away_for_the_hour(door: Door) -> None:
    door.station.member.waits_for("welcome.both.title")
    door.begins("enter")
    door.holds("active-1")
    door.station.member.waits_for("done.in.title.named")
    door.station.member.waits_for("welcome.both.title")


def test_whose_pin_was_typed_when_the_house_closed_is_told_so_at_the_tap(door: Door) -> None:
    door.begins("enter")
    door.decides(_CLOSE)
    door.holds("active-2")
    door.station.member.waits_for("rule.closed.title")
    door.station.member.waits_for("welcome.both.title")


def test_while_it_is_closed_the_way_in_cannot_be_pressed_and_the_way_out_can(door: Door) -> None:
    _until(lambda: door.offers("leave"), "the way in is still open")
    door.begins("leave")
    door.holds("active-1")
    door.station.member.waits_for("done.out.title.named")
    door.station.member.waits_for("welcome.both.title")


def test_the_way_in_opens_by_itself(door: Door) -> None:
    door.decides(_OPEN)
    _until(lambda: door.offers("enter", "leave"), "the way in is still closed")
