"""The fourth of a corporation at a real window: told the fee and declining leaves nothing, agreeing is recorded (A22-A23).

Three colleagues were let in by the desk. Server, delivery and screen are processes, the window is pressed by a pointer.
"""

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from kiosk import simulation
from kiosk.demo import demo_settings
from kiosk.report import status
from kiosk.settings import Doors, Timeouts
from kiosk.stage import Stage
from machine.station import Station, set_up
from machine.waiting import until

pytestmark = pytest.mark.system

FOURTH = "active-2"
COLLEAGUES = ("active-3", "corporate-3", "corporate-4")
_SHORT = Timeouts(result_seconds=4.0, refusal_seconds=4.0)
_LET_IN = (
    "from django.utils import timezone; from server.ledger.corrections import record_passage; "
    "from server.members.models import Member; from visits.event import Kind; now = timezone.now(); "
    "[record_passage(each.home_facility, each, Kind.CHECK_IN, now, 'desk', 'no card today', now) "
    f"for each in Member.objects.filter(number__in={COLLEAGUES!r})]"
)
_LEAVES = (
    "from django.utils import timezone; from server.ledger.corrections import record_passage; "
    "from server.members.models import Member; from visits.event import Kind; now = timezone.now(); "
    f"left = Member.objects.get(number={COLLEAGUES[0]!r}); "
    "record_passage(left.home_facility, left, Kind.CHECK_OUT, now, 'desk', '', now)"
)
_LISTED = (
    "import json; from django.utils import timezone; from server.fees.over_limit import month_of; "
    "from server.terminals.models import Facility; rows = month_of(Facility.objects.get().pk, timezone.localdate()); "
    "print(json.dumps([[row.member.number, row.place, row.told] for row in rows]))"
)

_until = partial(until, patience_seconds=40.0, poll_seconds=0.1)


@dataclass(frozen=True, slots=True)
class Door:
    stage: Stage
    station: Station

    def server(self, program: str) -> str:
        """What a program inside the server says."""
        name = f"program-{hash(program)}"
        command = [sys.executable, "-m", "server", "--data", str(self.stage.folder / "server")]
        self.stage.do(name, [*command, "manage", "shell", "-v", "0", "-c", program])
        return self.stage.log(name).read_text()

    def begins_to_enter(self) -> None:
        member = self.station.member
        member.presses(member.waits_for("welcome.both.title"), "enter")
        member.types_pin(member.waits_for("pin.title"), simulation.PIN)
        member.presses(member.waits_for("card.title"), f"card_{FOURTH}")

    def answers(self, choice: str) -> None:
        member = self.station.member
        member.presses(member.waits_for("fee.title"), choice)

    def records(self) -> list[dict[str, Any]]:
        """Of the fourth, at the server."""
        database = self.stage.folder / "server" / "server.sqlite3"
        fourth = self.stage.made["members"][FOURTH]  # type: ignore[index]
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            held = [json.loads(record) for (record,) in connection.execute("SELECT record FROM ledger_event")]
        return [record for record in held if record["member"] == fourth]

    def knows(self, inside: int) -> bool:
        """Prices too."""
        known = status(self.station.terminal.settings)
        return known.inside == inside and known.rules.number > 0

    def waiting(self) -> int:
        return status(self.station.terminal.settings).queue.waiting


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("fourth")
    settings = replace(demo_settings(Doors.BOTH), timeouts=_SHORT)
    with ExitStack() as parts:
        stage = parts.enter_context(Stage(folder / "stage"))
        stage.open_house(terminals=1)
        door = Door(stage, set_up(parts, stage, "door", settings, pictures=folder))
        door.server(_LET_IN)
        _until(lambda: door.knows(inside=3), "the terminal does not hear of the three")
        yield door


def test_who_declines_the_fee_leaves_no_record(door: Door) -> None:
    door.begins_to_enter()
    door.answers("cancel")
    door.station.member.waits_for("declined.title")
    assert door.waiting() == 0
    assert door.records() == []


def test_enter_on_a_keyboard_agrees_to_no_fee(door: Door) -> None:
    door.begins_to_enter()
    fee = door.station.member.waits_for("fee.title")
    door.station.display.press_keys("Return", "KP_Enter")
    door.station.member.presses(fee, "cancel")
    assert door.station.member.waits_for("declined.title").number == fee.number + 1


def test_who_agrees_is_let_in_by_the_rule_that_charges(door: Door) -> None:
    door.begins_to_enter()
    door.answers("confirm")
    door.station.member.waits_for("done.in.title.named")
    _until(lambda: len(door.records()) == 1, "the record does not reach the server")
    assert [(record["kind"], record["rule"]) for record in door.records()] == [("check_in", "over_limit")]


def test_the_desk_s_list_has_the_use_and_that_the_member_was_told(door: Door) -> None:
    assert json.loads(door.server(_LISTED)) == [[FOURTH, 4, True]]


def test_whose_place_became_free_comes_in_without_a_fee(door: Door) -> None:
    door.station.member.presses(door.station.member.waits_for("welcome.both.title"), "leave")
    door.station.member.types_pin(door.station.member.waits_for("pin.title"), simulation.PIN)
    door.station.member.presses(door.station.member.waits_for("card.title"), f"card_{FOURTH}")
    door.station.member.waits_for("done.out.title.named")
    door.server(_LEAVES)
    _until(lambda: door.knows(inside=2), "the terminal does not hear that one left")
    door.begins_to_enter()
    door.station.member.waits_for("done.back.title.named")
    _until(lambda: len(door.records()) == 3, "the records do not reach the server")
    assert door.records()[-1]["rule"] == "came_back"
