"""What a member feels of the screen and what it costs while nobody is there: `python -m bench.ui`.

Cold start, press to frame, idle CPU, memory. A real window under Xvfb with software GL and a real pointer by XTest; the
simulated reader. Absolute figures move with the machine: CPU seconds do so less than the others.
"""

import ctypes
import mmap
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kiosk.demo import demo_settings
from kiosk.report import status
from kiosk.settings import Doors
from kiosk.stage import Stage, Terminal
from machine.display import VirtualDisplay
from machine.member import Member

PRESSES = 200
STARTS = 3
IDLE_SECONDS = 30.0
PAUSE_SECONDS = 0.15
"""Between two presses: a quick finger."""
SETTLING_SECONDS = 65
"""After a start every page is laid out once, and a minute later what was needed for that is let go."""
LOOK_SECONDS = 0.0005
_TICKS = os.sysconf("SC_CLK_TCK")


def main(presses: int) -> None:
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        stage = parts.enter_context(Stage(folder / "stage"))
        stage.open_house(terminals=1)
        settings = demo_settings(Doors.BOTH)
        display = parts.enter_context(VirtualDisplay(settings.screen.width, settings.screen.height))
        terminal = stage.enrol("bench", settings, {**display.environment, "SDL_AUDIODRIVER": "dummy"})
        stage.start("bench-sync", terminal.command("sync"))
        stage.wait_for(lambda: status(terminal.settings).members > 0, "bench-sync")
        for _ in range(STARTS - 1):
            screen, _ = _start(stage, terminal, display, folder)
            screen.terminate()
            screen.wait()
        screen, member = _start(stage, terminal, display, folder)
        pid = screen.pid
        time.sleep(SETTLING_SECONDS)
        say("idle CPU of one core", f"{idle_percent(pid):.2f} %")
        before = cpu_seconds(pid)
        times = press_to_frame(member, display, presses)
        say("press to frame", spread(times))
        say("CPU of a press and its release", f"{(cpu_seconds(pid) - before) / presses * 1000:.0f} ms")
        say("resident memory", f"{memory(pid)} MiB")


def _start(
    stage: Stage, terminal: Terminal, display: VirtualDisplay, folder: Path
) -> tuple[subprocess.Popen[bytes], Member]:
    terminal.scenes.unlink(missing_ok=True)
    begun = time.monotonic()
    command = terminal.command("run", "--scene-log", str(terminal.scenes))
    screen = stage.start("bench-run", command, terminal.environment)
    member = Member(terminal, display, folder)
    first = member.waits_for("welcome.both.title")
    say("cold start to the first laid-out scene", f"{first.at - begun:.2f} s, {cpu_seconds(screen.pid):.2f} s CPU")
    return screen, member


def press_to_frame(member: Member, display: VirtualDisplay, presses: int) -> list[float]:
    """Digit and erase in turn on the PIN screen: seconds from the button's event to the first changed pixel."""
    member.presses(member.sees(), "enter")
    pin = member.waits_for("pin.title")
    times = []
    with display.frame_buffer() as pixels, finger(display) as press:
        for turn in range(presses):
            display.point(*pin.targets["erase" if turn % 2 else "digit_5"])
            until_still(pixels)
            times.append(until_changed(pixels, lambda: press(1)))
            press(0)
    member.presses(member.sees(), "cancel")
    member.waits_for("welcome.both.title")
    return times


@contextmanager
def finger(display: VirtualDisplay) -> Iterator[Callable[[int], None]]:
    """The left button by XTest without a program to start, which would cost more than what is measured."""
    x11, xtest = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(x11.XOpenDisplay(display.environment["DISPLAY"].encode()))

    def press(down: int) -> None:
        xtest.XTestFakeButtonEvent(connection, 1, down, 0)
        x11.XFlush(connection)

    yield press
    x11.XCloseDisplay(connection)


def until_still(pixels: mmap.mmap) -> None:
    before = b""
    while (now := bytes(pixels)) != before:
        before = now
        time.sleep(PAUSE_SECONDS)


def until_changed(pixels: mmap.mmap, act: Callable[[], None]) -> float:
    """Seconds. It looks at intervals, so as not to take the processor from those who paint."""
    before = bytes(pixels)
    begun = time.monotonic()
    act()
    while bytes(pixels) == before:
        time.sleep(LOOK_SECONDS)
    return time.monotonic() - begun


def idle_percent(pid: int) -> float:
    before = cpu_seconds(pid)
    time.sleep(IDLE_SECONDS)
    return (cpu_seconds(pid) - before) / IDLE_SECONDS * 100


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory(pid: int) -> int:
    """MiB."""
    return own_kib(pid) // 1024


def own_kib(pid: int) -> int:
    """Memory that is the process's own (Anonymous of smaps_rollup). Pages of libraries are not, whoever else uses them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous"))


def spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"p50 {statistics.median(ordered) * 1000:.0f} ms, p99 of {len(ordered)} {p99 * 1000:.0f} ms"


def say(what: str, figure: str) -> None:
    print(f"{what:42} {figure}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PRESSES)
