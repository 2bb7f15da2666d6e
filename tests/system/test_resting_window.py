"""Kivy, SDL and X as they are installed do what the sleep between frames needs of them (kiosk.ui.pace).

Each would wait for ten minutes if it were otherwise, and is given up before.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from machine.display import VirtualDisplay
from machine.resting_window import SIDE

pytestmark = pytest.mark.system

PATIENCE_SECONDS = 40.0
MOST_LOOKS = 20
"""In two seconds; a loop that paints thirty frames a second looks sixty times."""


@pytest.fixture(scope="module")
def display() -> Iterator[VirtualDisplay]:
    with VirtualDisplay(SIDE, SIDE) as display:
        yield display


@pytest.fixture
def window(display: VirtualDisplay) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "machine.resting_window"],
        env={**os.environ, **display.environment, "PYTHONPATH": "tests"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        giving_up = threading.Timer(PATIENCE_SECONDS, process.kill)
        giving_up.start()
        assert _line(process) == "shown"
        yield process
        giving_up.cancel()
        process.kill()


def test_a_report_from_another_thread_ends_the_sleep(window: subprocess.Popen[str]) -> None:
    assert window.stdin
    window.stdin.write("something happened\n")
    window.stdin.flush()
    assert _line(window) == "report"


def test_a_press_ends_the_sleep(window: subprocess.Popen[str], display: VirtualDisplay) -> None:
    display.press(SIDE // 2, SIDE // 2)
    assert _line(window) == "pressed"


def test_nothing_to_do_wakes_nobody_and_the_display_is_never_blanked(
    window: subprocess.Popen[str], display: VirtualDisplay
) -> None:
    display.press(SIDE // 2, SIDE // 2)
    assert _line(window) == "pressed"
    looked, blanks = _line(window), _line(window)
    assert int(looked.removeprefix("looked ")) <= MOST_LOOKS
    assert blanks == "blanks 0"


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()
