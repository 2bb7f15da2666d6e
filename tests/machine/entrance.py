"""One terminal on a display with real input devices, by itself or in the compositor it runs in at a door.

As on a terminal, that compositor is cage with Xwayland in it. It paints on the display as on a panel of its own, and what
the display's devices do goes the way of all input: compositor, Xwayland, window.
"""

import os
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import which

from kiosk.demo import demo_settings
from kiosk.settings import Doors, Screen
from kiosk.stage import Stage, Terminal
from machine.member import Member, Recording, Seen
from machine.panel import PanelDisplay
from machine.waiting import until

WIDTH, HEIGHT = 1024, 768
"""Of a panel, and of the output that cage opens on another display."""
NAME = (60, 64)
"""Where the facility's name is."""


def why_no_compositor() -> str | None:
    """What is missing for a session on such a display."""
    if not (which("cage") and which("Xwayland")):
        return "cage or xwayland is missing"
    if subprocess.run([*_somebody(), "true"], check=False, stderr=subprocess.DEVNULL).returncode != 0:
        return "cage refuses root, and root may not be somebody else here"
    return None


@dataclass(frozen=True, slots=True)
class Entrance:
    """A way out, which rests on the start screen. `process` is the terminal's, or the compositor's with it."""

    terminal: Terminal
    display: PanelDisplay
    member: Member
    process: subprocess.Popen[bytes]
    log: Path

    def shows_pin(self) -> Seen:
        self.member.presses(self.member.sees(), "leave")
        return self.member.waits_for("pin.title")

    def keys_since(self, pin: Seen) -> int:
        """How many digits were typed or erased, by the screens shown until this member cancels."""
        self.member.presses(pin, "cancel")
        return self.member.waits_for("welcome.out.title").number - pin.number - 1

    def still_serves(self, shown: int) -> None:
        """A press shows the very next scene; anything done before would stand between."""
        pin = self.shows_pin()
        assert pin.number == shown + 1
        assert self.keys_since(pin) == 0

    def lets_staff_in_by(self, code: str) -> None:
        """From now on."""
        command = self.terminal.command("staff-code")
        subprocess.run(command, input=f"{code}\n{code}\n", text=True, check=True, timeout=60)

    def waits_a_second(self) -> None:
        """Until the seconds left are others."""
        shown = self.display.photograph().tobytes()
        until(
            lambda: self.display.photograph().tobytes() != shown,
            "the screen stands still",
            patience_seconds=10,
            poll_seconds=0.1,
        )


def open_entrance(parts: ExitStack, folder: Path, *, in_compositor: bool) -> Entrance:
    """On the start screen; `parts` ends it."""
    settings = replace(demo_settings(Doors.OUT), screen=Screen(width=WIDTH, height=HEIGHT, fullscreen=True))
    stage = parts.enter_context(Stage(folder / "stage"))
    stage.open_house(terminals=1)
    display = parts.enter_context(PanelDisplay(WIDTH, HEIGHT))
    environment = {**display.environment, **Recording(folder / "door.pcm").environment}
    if in_compositor:
        environment |= _session(folder)
    terminal = stage.enrol("door", settings, environment)
    stage.start("sync", terminal.command("sync"))
    command = terminal.command("run", "--scene-log", str(terminal.scenes))
    process = stage.start("screen", [*_compositor(), *command] if in_compositor else command, environment)
    member = Member(terminal, display, folder)
    member.waits_for("welcome.out.title")
    return Entrance(terminal, display, member, process, stage.log("screen"))


def _session(folder: Path) -> dict[str, str]:
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    return {
        "XDG_RUNTIME_DIR": str(runtime),
        "WLR_BACKENDS": "x11",
        "WLR_RENDERER": "pixman",
        "SDL_VIDEODRIVER": "x11",
    }


def _compositor() -> list[str]:
    return [*_somebody(), "cage", "-d", "--"]


def _somebody() -> list[str]:
    """The compositor refuses to run as root, who is somebody else in a namespace of its own."""
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.getuid() == 0 else []
