"""What staff press at the console is at the door within seconds: a suspension, a revocation and its end.

Server, delivery and screen are processes, the window is pressed by a pointer. The terminal would look for changes by
itself once an hour only: what it learns here the server tells it.
"""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kiosk import simulation
from kiosk.demo import demo_settings
from kiosk.settings import Doors, Timeouts
from kiosk.stage import Stage
from kiosk.storage.database import open_database
from kiosk.storage.schema import cards, members, passages, roster
from machine.staff import Staff
from machine.station import Station, set_up
from machine.waiting import until
from sounds import Sound
from sync import identity, outbox

HELD_SECONDS = 3.0
"""For which the panel under a demonstration's screen holds a card."""

pytestmark = pytest.mark.system

_SHORT = Timeouts(result_seconds=HELD_SECONDS + 1, refusal_seconds=HELD_SECONDS + 1)
"""A result outlasts the card on the reader, so that the next one is another presentation."""

_until = partial(until, patience_seconds=15.0, poll_seconds=0.05)


@dataclass(frozen=True, slots=True)
class Door:
    stage: Stage
    station: Station
    staff: Staff

    @property
    def data(self) -> Path:
        return self.station.terminal.settings.terminal.data_directory

    @property
    def terminal(self) -> str:
        return str(identity.load(self.data).terminal_id)

    def rows(self) -> dict[str, int]:
        """What the terminal knows of people."""
        engine = open_database(self.data)
        with engine.begin() as connection:
            counts = {
                table.name: connection.scalar(select(func.count()).select_from(table)) or 0
                for table in (members, cards, passages, roster)
            }
        engine.dispose()
        return counts

    def standing_of(self, member: str) -> str | None:
        engine = open_database(self.data)
        with engine.begin() as connection:
            standing: str | None = connection.scalar(select(members.c.standing).where(members.c.id == member))
        engine.dispose()
        return standing

    def queued(self) -> int:
        engine = open_database(self.data)
        with engine.begin() as connection:
            standing = outbox.standing(connection)
        engine.dispose()
        return standing.acknowledged + standing.length

    def delivery_starts_again(self) -> None:
        """As an operator would who does not want to wait for the next look of a revoked terminal."""
        name = f"{self.station.terminal.name}-sync"
        (running,) = [process for each, process in self.stage._processes if each == name]
        running.send_signal(signal.SIGTERM)
        running.wait()
        self.stage.start(name, self.station.terminal.command("sync"))


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("out-of-use")
    settings = demo_settings(Doors.IN)
    settings = replace(settings, server=replace(settings.server, roster_seconds=3600.0), timeouts=_SHORT)
    with ExitStack() as parts:
        stage = parts.enter_context(Stage(folder / "stage"))
        stage.open_house(terminals=1)
        station = set_up(parts, stage, "door", settings, pictures=folder)
        yield Door(stage, station, Staff(stage))


def _tap(door: Door, card: str) -> None:
    member = door.station.member
    member.presses(member.sees(), "enter")
    member.types_pin(member.waits_for("pin.title"), simulation.PIN)
    member.presses(member.waits_for("card.title"), f"card_{card}")


def test_a_member_suspended_at_the_console_is_refused_at_the_next_tap(door: Door) -> None:
    door.station.member.waits_for("welcome.in.title")
    suspended: str = door.stage.made["members"]["active-2"]  # type: ignore[index]
    assert door.standing_of(suspended) == "active"
    door.staff.suspend(suspended)
    _until(lambda: door.standing_of(suspended) == "suspended", "the suspension does not reach the terminal")
    _tap(door, "active-2")
    door.station.member.waits_for("rule.suspended.title")
    door.station.member.waits_for("welcome.in.title")
    assert door.queued() == 0


def test_a_revoked_terminal_locks_its_screen_and_forgets_everybody_but_no_visit(door: Door) -> None:
    member = door.station.member
    _tap(door, "active-1")
    member.waits_for("done.in.title.named")
    member.waits_for("welcome.in.title")
    assert min(door.rows().values()) > 0
    door.staff.revoke(door.terminal)
    locked = member.waits_for("revoked.title")
    assert set(locked.targets) <= {f"card_{label}" for label in (*simulation.LABELS, simulation.FOREIGN)}
    assert door.rows() == {"members": 0, "cards": 0, "passages": 0, "roster": 0}
    assert door.queued() == 1


def test_a_terminal_taken_back_into_service_serves_again(door: Door, tmp_path: Path) -> None:
    member = door.station.member
    door.staff.restore(door.terminal)
    door.delivery_starts_again()
    member.waits_for("welcome.in.title")
    assert door.rows()["members"] > 0
    _tap(door, "active-1")
    member.waits_for("rule.already_in.title")
    assert [heard.sound for heard in door.station.heard(tmp_path / "played.wav")].count(Sound.BIRDSONG_IN) == 1
