"""The window takes presses from one place only: Kivy would read a panel by itself as well, and count each press twice."""

import os
import subprocess
import sys

_PREPARED = """
from kiosk.settings import Screen
from kiosk.ui.environment import prepare

prepare(Screen(fullscreen=False))

from kivy.config import Config

print(*(value for _, value in Config.items("input")))
"""


def test_presses_come_from_the_display_alone() -> None:
    environment = {**os.environ, "SDL_VIDEODRIVER": "offscreen"}
    command = [sys.executable, "-c", _PREPARED]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["mouse,disable_multitouch"]
