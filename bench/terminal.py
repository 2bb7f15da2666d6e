"""What a member feels and the machine spends: `script/bench` prints the figures of one terminal on this machine.

Cold start to the first laid-out scene, memory, idle CPU, press to changed pixels, last answer of the card to the sound.
Real window under Xvfb with software GL, real pointer; the simulated reader. Absolute figures move with the machine.
"""

import ctypes
import mmap
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kiosk import simulation
from kiosk.demo import demo_settings
from kiosk.report import status
from kiosk.settings import Doors
from kiosk.stage import Stage
from machine.display import VirtualDisplay
from machine.member import Member, Recording

PRESSES = 40
TAPS = 10
IDLE_SECONDS = 10.0
_TICKS = os.sysconf("SC_CLK_TCK")


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
        begun = time.monotonic()
        screen = stage.start("bench-run", [*command, "--scene-log", str(terminal.scenes)], terminal.environment)
        member = Member(terminal, display, folder)
        first = member.waits_for("welcome.both.title")
        _say("cold start to the first laid-out scene", f"{first.at - begun:.2f} s")
        _say("resident memory", f"{_memory(screen.pid, 'VmRSS')} MiB")
        _say("idle CPU of one core", f"{_idle_percent(screen.pid):.1f} %")
        _say("press to changed pixels", _spread(_presses(member, display)))
        _say("last answer of the card to the sound", _spread(_taps(member, log)))
        _say(f"resident memory after {TAPS} visits", f"{_memory(screen.pid, 'VmRSS')} MiB")


def _presses(member: Member, display: VirtualDisplay) -> list[float]:
    """Digit and erase in turn on the PIN screen, timed from the pointer's press to the first changed pixel."""
    member.presses(member.sees(), "enter")
    pin = member.waits_for("pin.title")
    times = []
    with display.frame_buffer() as pixels, _finger(display) as press:
        for turn in range(PRESSES):
            display.point(*pin.targets["erase" if turn % 2 else "digit_5"])
            _until_still(pixels)
            times.append(_until_changed(pixels, lambda: press(1)))
            press(0)
    member.presses(member.sees(), "cancel")
    member.waits_for("welcome.both.title")
    return times


@contextmanager
def _finger(display: VirtualDisplay) -> Iterator[Callable[[int], None]]:
    """The left button by XTest without a program to start, which would cost more than what is measured."""
    x11, xtest = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(x11.XOpenDisplay(display.environment["DISPLAY"].encode()))

    def press(down: int) -> None:
        xtest.XTestFakeButtonEvent(connection, 1, down, 0)
        x11.XFlush(connection)

    yield press
    x11.XCloseDisplay(connection)


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


def _until_still(pixels: mmap.mmap) -> None:
    before = b""
    while (now := bytes(pixels)) != before:
        before = now
        time.sleep(0.3)


def _until_changed(pixels: mmap.mmap, act: Callable[[], None]) -> float:
    before = bytes(pixels)
    begun = time.monotonic()
    act()
    while bytes(pixels) == before:
        pass
    return time.monotonic() - begun


def _idle_percent(pid: int) -> float:
    before = _cpu_ticks(pid)
    time.sleep(IDLE_SECONDS)
    return (_cpu_ticks(pid) - before) / _TICKS / IDLE_SECONDS * 100


def _cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _memory(pid: int, field: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(field))


def _spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    worst = ordered[-1]
    return f"median {statistics.median(ordered) * 1000:.0f} ms, worst of {len(ordered)} {worst * 1000:.0f} ms"


def _say(what: str, figure: str) -> None:
    print(f"{what:42} {figure}", flush=True)


if __name__ == "__main__":
    main()
