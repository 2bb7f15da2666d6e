"""Many visits at one terminal, one after the other, and what they leave behind in memory: `script/soak [VISITS]`.

A real window under Xvfb, a real database, delivery to a real server. Ends with 1 where memory grows by more than the goal,
or where a visit ends with anything but the greeting.
"""

import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from bench.ui import say
from kiosk.demo import demo_settings
from kiosk.report import status
from kiosk.settings import Doors, Settings, Timeouts
from kiosk.stage import Stage
from machine.display import VirtualDisplay

VISITS = 10_000
WARMING = 100
"""Visits in which what is kept for the next ones is made."""
GOAL_KIB = 5 * 1024
_PATIENT = Timeouts(pin_seconds=300, card_seconds=300, reading_seconds=60, result_seconds=1, refusal_seconds=2)


@dataclass(frozen=True, slots=True)
class Soaked:
    """Visit by visit; `seconds` of all together."""

    titles: tuple[str, ...]
    memory_kib: tuple[int, ...]
    widgets: tuple[int, ...]
    seconds: float

    def grown_kib(self, warming: int) -> int:
        """From the first tenth of the visits after `warming` to the last tenth, each at its least.

        Pictures come and go with what was shown in the last minute, 3 MB each; what is left behind never goes.
        """
        visits = self.memory_kib[warming:]
        tenth = max(1, len(visits) // 10)
        return min(visits[-tenth:]) - min(visits[:tenth])

    @property
    def unhappy(self) -> tuple[str, ...]:
        return tuple(title for title in self.titles if not title.startswith("done."))


def soak(visits: int, folder: Path) -> Soaked:
    """Raises RuntimeError where the terminal ends before its visits do."""
    with ExitStack() as parts:
        stage = parts.enter_context(Stage(folder / "stage"))
        stage.open_house(terminals=1)
        settings = _settings()
        display = parts.enter_context(VirtualDisplay(settings.screen.width, settings.screen.height))
        terminal = stage.enrol("soak", settings, {**display.environment, "SDL_AUDIODRIVER": "dummy"})
        stage.start("soak-sync", terminal.command("sync"))
        stage.wait_for(lambda: status(terminal.settings).members > 0, "soak-sync")
        log = folder / "visits"
        log.touch()
        command = [
            sys.executable,
            "-m",
            "bench.visitor",
            str(log),
            str(visits),
            "--config",
            str(terminal.config),
            "run",
        ]
        begun = time.monotonic()
        screen = stage.start("soak-run", command, {**terminal.environment, "PYTHONPATH": "tests:."})
        _follow(screen, log, visits)
        seconds = time.monotonic() - begun
        lines = [line.split() for line in log.read_text().splitlines()]
        if len(lines) < visits:
            raise RuntimeError(f"{len(lines)} of {visits} visits; {stage.log('soak-run').read_text()[-2000:]}")
    _, titles, memory, widgets = zip(*lines, strict=True)
    return Soaked(titles, tuple(map(int, memory)), tuple(map(int, widgets)), seconds)


def _settings() -> Settings:
    plain = demo_settings(Doors.BOTH)
    return replace(
        plain,
        screen=replace(plain.screen, frames_per_second=60),
        timeouts=_PATIENT,
    )


def _follow(screen: subprocess.Popen[bytes], log: Path, visits: int) -> None:
    said = 0
    while screen.poll() is None:
        time.sleep(0.2)
        done = len(log.read_text().splitlines())
        if done >= said + max(visits // 10, 1):
            said = done
            say(f"after {done} visits", f"{log.read_text().split()[-2]} KiB")


def main(visits: int) -> int:
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        soaked = soak(visits, Path(folder))
    warming = min(WARMING, visits - 1)
    grown = soaked.grown_kib(warming)
    say("visits", f"{visits} in {soaked.seconds:.0f} s")
    say("that did not end with the greeting", str(len(soaked.unhappy)))
    say(f"memory grown since visit {warming}", f"{grown} KiB (goal: under {GOAL_KIB})")
    return int(bool(soaked.unhappy) or grown > GOAL_KIB)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else VISITS))
