"""The demonstration in a window: server, delivery, and a terminal whose reader is pressed with cards on the screen.

Not in here: the demonstration without a display, which presses the real screen through a real card reader daemon
(script/demo).
"""

import contextlib
import signal
from dataclasses import replace
from pathlib import Path

from kiosk import simulation
from kiosk.settings import Doors, Driver, Reader, Screen, Settings
from kiosk.stage import STAFF, Stage

_WIDTH, _HEIGHT = 1280, 800


def show(directory: Path) -> None:
    """Until the window is closed, or Ctrl-C or SIGTERM. Raises StageError."""
    # Also SIGINT: a shell starts what it runs in the background with it ignored.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), Stage(directory / "stage") as stage:
        print("Starting the central server with an invented facility ...", flush=True)  # noqa: T201
        stage.open_house(terminals=1)
        terminal = stage.enrol("terminal", demo_settings(Doors.BOTH))
        print(  # noqa: T201
            f"Staff console: {stage.url}/  name {STAFF}, password {stage.password}\n"
            f"The PIN of every simulated card is {simulation.PIN}. Hold a card with the yellow buttons. "
            "Close the window to end.",
            flush=True,
        )
        stage.run(terminal).wait()


def demo_settings(way: Doors) -> Settings:
    """A window instead of the whole display, and the simulated reader."""
    settings = Settings(screen=Screen(width=_WIDTH, height=_HEIGHT, fullscreen=False), reader=Reader(Driver.SIMULATED))
    return replace(settings, terminal=replace(settings.terminal, direction=way))
