"""What the screen's process does with the memory of pictures it no longer shows."""

import subprocess
import sys

_PICTURES = """
import os, sys
from dataclasses import replace
from bench.ui import own_kib
from kiosk.settings import Settings
from kiosk.ui import environment

if sys.argv[1] == "prepared":
    environment.prepare(replace(Settings().screen, fullscreen=False))
bytearray(30 * 2**20)  # the first picture that is let go
before = own_kib(os.getpid())
shown = [(bytearray(b"x" * (3 * 2**20)), bytearray(5000)) for _ in range(30)]
kept = [small for _, small in shown]
del shown
print(own_kib(os.getpid()) - before)
"""


def kept_kib(state: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _PICTURES, state],
        env={"PYTHONPATH": ".:tests", "SDL_VIDEODRIVER": "offscreen", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def test_the_memory_of_pictures_goes_back_to_the_system() -> None:
    assert kept_kib("prepared") < 8 * 1024


def test_without_that_it_would_be_kept() -> None:
    """Or this machine's memory works otherwise, and the test above shows nothing."""
    assert kept_kib("as it is") > 16 * 1024
