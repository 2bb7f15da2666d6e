"""The birdsong waits for the disk: with device syncs failing the visit is refused, nothing sings, and it mends by itself.

The fault is injected by strace into the real screen process, where the kernel would report a dying disk.
"""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from kiosk import simulation
from kiosk.demo import demo_settings
from kiosk.settings import Doors
from kiosk.stage import Stage
from machine.station import Station, set_up
from sounds import Sound

pytestmark = pytest.mark.system


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with ExitStack() as parts:
        stage = parts.enter_context(Stage(tmp_path / "stage"))
        stage.open_house(terminals=1)
        yield set_up(parts, stage, "door", demo_settings(Doors.IN), pictures=tmp_path)


def test_no_sync_no_song_and_it_mends_by_itself(station: Station, tmp_path: Path) -> None:
    station.member.waits_for("welcome.in.title")
    with _syncs_fail(station.screen.pid):
        _tap(station, "active-1")
        station.member.waits_for("not_recorded.title")
        station.member.waits_for("out_of_order.title")
    assert Sound.BIRDSONG_IN not in [heard.sound for heard in station.heard(tmp_path / "failed.wav")]
    assert Sound.ERROR in [heard.sound for heard in station.heard(tmp_path / "failed.wav")]

    station.member.waits_for("welcome.in.title")
    _tap(station, "active-1")
    station.member.waits_for("done.in.title.named")
    station.member.waits_for("welcome.in.title")
    assert [heard.sound for heard in station.heard(tmp_path / "mended.wav")][-1] is Sound.BIRDSONG_IN


def _tap(station: Station, card: str) -> None:
    member = station.member
    member.presses(member.sees(), "enter")
    member.types_pin(member.waits_for("pin.title"), simulation.PIN)
    member.presses(member.waits_for("card.title"), f"card_{card}")


@contextmanager
def _syncs_fail(pid: int) -> Iterator[None]:
    fault = "inject=fsync,fdatasync:error=EIO"
    command = ["strace", "-f", "-p", str(pid), "-e", "trace=fsync,fdatasync", "-e", fault, "-o", "/dev/null"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
        assert strace.stderr
        assert "attached" in strace.stderr.readline()
        yield
        strace.terminate()
