"""The whole window killed around the birdsong: real pointer, real screen, real recording of the visit.

A few dozen kills, where the storage half of the same process is killed by the thousand (test_kill). A birdsong counts
from the moment it is asked for, before the loudspeaker has anything. Not in here: delivery being killed.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from kiosk import simulation
from machine import books
from machine.campaign import Campaign
from machine.display import VirtualDisplay
from machine.house import Door, drained, each, house, knows_members
from machine.member import Member
from visits.decision import Direction

pytestmark = pytest.mark.system

KILLS_SHORT, KILLS_FULL = 2, 40
AROUND_THE_SONG_SECONDS = 0.5
_PRESSED = {Direction.IN: "enter", Direction.OUT: "leave"}


@dataclass(frozen=True, slots=True)
class End:
    kills: int
    songs: int
    records: list[books.Record]


@pytest.fixture(scope="module")
def end(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> End:
    begun = time.monotonic()
    folder = tmp_path_factory.mktemp("window")
    dice = campaign.random("window")
    kills = campaign.size(short=KILLS_SHORT, full=KILLS_FULL)
    with ExitStack() as parts:
        made = parts.enter_context(house(folder / "stage", terminals=1, members=1))
        display = parts.enter_context(VirtualDisplay(1280, 800))
        door = made.enrol("door")
        heard = door.terminal.folder / "heard"
        with made.delivering([door]):
            each([door], knows_members)
        for _ in range(kills):
            _one_life(door, display, heard, folder, dice)
        with made.delivering([door]):
            each([door], drained)
        songs = heard.read_text().count("sound birdsong") if heard.exists() else 0
        end = End(kills, songs, books.held(made.database, door.id))
    figures = {
        "kills of the window": kills,
        "birdsongs begun": songs,
        "records": len(end.records),
        "seconds": round(time.monotonic() - begun),
    }
    campaign.report("kill_window", figures)
    return end


def _one_life(door: Door, display: VirtualDisplay, heard: Path, pictures: Path, dice: Random) -> None:
    """The one member goes in and out in turn, and the window is killed while or after the card is read."""
    queue = door.queue()
    way = Direction.OUT if (queue.acknowledged + queue.length) % 2 else Direction.IN
    scenes = door.terminal.scenes
    scenes.unlink(missing_ok=True)
    listening = [sys.executable, "-m", "bench.instrumented", str(heard)]
    command = [*listening, "--config", str(door.terminal.config), "run", "--scene-log", str(scenes)]
    with _running(command, display.environment, door.terminal.folder / "window.log") as window:
        member = Member(door.terminal, display, pictures)
        member.presses(member.waits_for("welcome.both.title"), _PRESSED[way])
        member.types_pin(member.waits_for("pin.title"), simulation.PIN)
        member.presses(member.waits_for("card.title"), "card_active-1")
        time.sleep(dice.uniform(0, AROUND_THE_SONG_SECONDS))
        window.kill()


@contextmanager
def _running(command: list[str], display: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Killed at the end, if it was not before."""
    environment = {**os.environ, **display, "SDL_AUDIODRIVER": "dummy"}
    with log.open("ab") as words, subprocess.Popen(command, stdout=words, stderr=words, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def test_every_birdsong_that_began_is_on_the_server_once(end: End) -> None:
    """A kill between the record and its song leaves a record without a song, and never the other way round."""
    assert end.songs <= len(end.records) <= end.songs + end.kills


def test_the_chain_is_unbroken(end: End) -> None:
    assert end.records
    assert books.broken_links(end.records) == 0


def test_the_member_went_in_and_out_in_turn(end: End) -> None:
    ways = [record["kind"] for record in end.records]
    assert ways == [("check_in", "check_out")[place % 2] for place in range(len(ways))]
