"""What a member waits for after the card has answered: `script/bench` prints the figures of one terminal on this machine.

Last answer of the card to the sound, and memory after some visits. The screen's own figures are in bench/ui.py, whose window
and pointer this one has, too. Absolute figures move with the machine.
"""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench.ui import memory, say, spread
from kiosk import simulation
from kiosk.demo import demo_settings
from kiosk.report import status
from kiosk.settings import Doors
from kiosk.stage import Stage
from machine.display import VirtualDisplay
from machine.member import Member, Recording

TAPS = 10


def main() -> None:
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        stage = parts.enter_context(Stage(folder / "stage"))
        stage.open_house(terminals=1)
        settings = demo_settings(Doors.BOTH)
        display = parts.enter_context(VirtualDisplay(settings.screen.width, settings.screen.height))
        sound = Recording(folder / "sound.pcm")
        terminal = stage.enrol("bench", settings, {**display.environment, **sound.environment})
        stage.start("bench-sync", terminal.command("sync"))
        stage.wait_for(lambda: status(terminal.settings).members > 0, "bench-sync")
        log = folder / "log"
        command = [sys.executable, "-m", "bench.instrumented", str(log), "--config", str(terminal.config), "run"]
        screen = stage.start("bench-run", [*command, "--scene-log", str(terminal.scenes)], terminal.environment)
        member = Member(terminal, display, folder)
        member.waits_for("welcome.both.title")
        say("last answer of the card to the sound", spread(_taps(member, log)))
        say(f"resident memory after {TAPS} visits", f"{memory(screen.pid)} MiB")


def _taps(member: Member, log: Path) -> list[float]:
    """In and out in turn; the pause between the card's last answer and the request for the birdsong."""
    for turn in range(TAPS):
        way = "in" if turn % 2 == 0 else "out"
        member.presses(member.sees(), "enter" if way == "in" else "leave")
        member.types_pin(member.waits_for("pin.title"), simulation.PIN)
        member.presses(member.waits_for("card.title"), "card_active-1")
        member.waits_for(f"done.{way}.title.named")
        member.waits_for("welcome.both.title")
    times, answered = [], 0.0
    for line in log.read_text().splitlines():
        match line.split():
            case ["answer", at]:
                answered = float(at)
            case ["sound", name, at] if name.startswith("birdsong"):
                times.append(float(at) - answered)
    return times


if __name__ == "__main__":
    main()
