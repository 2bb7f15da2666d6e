"""What the terminal's database costs: `python -m bench.storage [FOLDER]` prints the figures; ratios are of one run.

FOLDER lies on the device to be measured, build/ unless given. The 8 ms device is this one with every sync prolonged by
strace. Device bytes need root, for a file system of their own on a loop device. Absolute figures move with the machine.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from samples.storage import ANN, member
from sqlalchemy import Engine

from bench import peers
from bench.storing import card
from bench.tapping import tapper, timed
from kiosk.clock import SystemClock
from kiosk.storage.database import open_database
from kiosk.storage.holder import holder_of
from kiosk.storage.roster import RosterStore
from kiosk.storage.upkeep import Upkeep
from sync import outbox

TAPS = 400
SYNC_MICROSECONDS = 8000
QUEUED = 2000
BACKLOG = 50_000
ROSTERS = (100_000, 1_000_000)
LOOKUPS = 10_000
BETWEEN_TAPS = 0.01
"""Seconds, where a tap must not keep delivery waiting."""


def main(parent: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-", dir=parent) as name:
        folder = Path(name)
        _taps(folder)
        _device_bytes(folder)
        _queues(folder)
        _draining(folder)
        for size in ROSTERS:
            _rosters(folder, size)


def _taps(folder: Path) -> None:
    _against_floor("tap, this device", _tapping([], folder / "plain"))
    slow = f"inject=fsync,fdatasync:delay_exit={SYNC_MICROSECONDS}"
    trace = folder / "trace"
    strace = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-e",
        "trace=fsync,fdatasync,getpgid",
        "-e",
        slow,
        "-o",
        str(trace),
    ]
    _against_floor(f"tap, {SYNC_MICROSECONDS // 1000} ms sync", _tapping(strace, folder / "slow"))
    _, between, _ = re.split(r"^.*getpgid.*$", trace.read_text(), flags=re.MULTILINE)
    syncs = len(re.findall("sync", between)) - TAPS
    _say("device syncs", f"{syncs / TAPS:.2f} per tap ({TAPS} taps)")


def _tapping(before: Sequence[str], folder: Path) -> list[list[float]]:
    command = [*before, sys.executable, "-m", "bench.tapping", str(folder), str(TAPS)]
    found: list[list[float]] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def _against_floor(what: str, times: list[list[float]]) -> None:
    taps, floors = times
    ratio = statistics.median(taps) / statistics.median(floors)
    _say(what, f"{_spread(taps)}; floor {_spread(floors)}; p50 ratio {ratio:.2f}")


def _device_bytes(folder: Path) -> None:
    """By the counters of a loop device, journal of the file system included; once with room set apart and once without."""
    if os.geteuid() != 0:
        _say("device bytes", "not measured: needs root")
        return
    for what, kept in (("as shipped", True), ("without room set apart", False)):
        with _own_disk(folder) as (place, device):
            engine = open_database(place / "data")
            RosterStore(engine, SystemClock()).replace([member(ANN)], "1", 0)
            if kept:
                Upkeep(engine, place / "data", timedelta(days=30)).turn()
            os.sync()
            tap, before = tapper(engine), _written(device)
            for _ in range(TAPS):
                tap()
            _say("device bytes", f"{(_written(device) - before) / TAPS / 1000:.1f} kB per tap, {what}")
            engine.dispose()


@contextmanager
def _own_disk(folder: Path) -> Iterator[tuple[Path, str]]:
    """An ext4 on a loop device: where it is mounted, and the device's name."""
    disk, place = folder / "disk", folder / "mounted"
    place.mkdir()
    subprocess.run(["truncate", "-s", "128M", disk], check=True)
    subprocess.run(["mkfs.ext4", "-q", "-F", disk], check=True)
    subprocess.run(["mount", "-o", "loop", disk, place], check=True)
    found = subprocess.run(["findmnt", "-no", "SOURCE", place], check=True, capture_output=True, text=True)
    try:
        yield place, Path(found.stdout.strip()).name
    finally:
        subprocess.run(["umount", place], check=True)
        place.rmdir()
        disk.unlink()


def _written(device: str) -> int:
    return int(Path("/sys/block", device, "stat").read_text().split()[6]) * 512


def _queues(folder: Path) -> None:
    found = peers.rates(folder, [_record(seq) for seq in range(QUEUED)])
    ours = found[peers.Ours.name]
    for name, rate in found.items():
        _say("enqueue + acknowledge", f"{rate:.0f} records/s {name}; this queue is {ours / rate:.2f} times as fast")


def _draining(folder: Path) -> None:
    place = folder / "draining"
    engine = open_database(place)
    RosterStore(engine, SystemClock()).replace([member(ANN)], "1", 0)
    upkeep = Upkeep(engine, place, timedelta(days=30))
    upkeep.turn()
    tap = tapper(engine)
    idle = [timed(tap) for _ in range(TAPS)]
    with engine.begin() as connection:
        head = outbox.head(connection).seq
        for seq in range(head + 1, head + BACKLOG + 1):
            outbox.append(connection, seq, seq.to_bytes(32), _record(seq))
    upkeep.turn()
    command = [sys.executable, "-m", "bench.draining", str(place)]
    busy, took, _ = _tapping_beside(command, tap, 0)
    engine.dispose()
    ratio = _p(99, busy) / _p(99, idle)
    _say(
        "tap while 50,000 are drained",
        f"{_spread(busy)}; idle {_spread(idle)}; p99 ratio {ratio:.1f}; {len(busy)} taps in {took:.1f} s",
    )


def _rosters(folder: Path, size: int) -> None:
    """The first snapshot, one that gives everybody another name, and the same again, while a tap follows the other."""
    place = folder / f"roster-{size}"
    engine = open_database(place)
    RosterStore(engine, SystemClock()).replace([member(ANN)], "0", 0)
    Upkeep(engine, place, timedelta(days=30)).turn()
    tap = tapper(engine)
    idle = [timed(tap) for _ in range(TAPS)]
    for what, name in (("first", "-"), ("other names", "*"), ("again", "*")):
        command = [sys.executable, "-m", "bench.storing", str(place), str(size), name]
        busy, took, held = _tapping_beside(command, tap, BETWEEN_TAPS)
        _say(
            f"{what}, {size:,} members",
            f"stored in {took:.1f} s, lock held {max(json.loads(held)):.0f} ms at most; tap {_spread(busy)}, worst "
            f"{max(busy):.0f} ms; idle {_spread(idle)}; p99 ratio {_p(99, busy) / _p(99, idle):.1f}; {len(busy)} taps",
        )
    _lookups(engine, size)
    engine.dispose()


def _tapping_beside(command: Sequence[str], tap: Callable[[], None], pause: float) -> tuple[list[float], float, str]:
    """Milliseconds of each tap between the command's first line and its end, seconds in all, and its last line."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as beside:
        assert beside.stdout is not None
        beside.stdout.readline()
        begun = time.perf_counter()
        busy = []
        while beside.poll() is None:
            busy.append(timed(tap))
            time.sleep(pause)
        return busy, time.perf_counter() - begun, beside.stdout.readline()


def _lookups(engine: Engine, size: int) -> None:
    """Warm; the processor's time beside the wall clock's, which counts what else the machine does meanwhile."""
    wanted = [card(number * 7919 % (size - 1) + 1) for number in range(LOOKUPS)]
    moment = SystemClock().moment()
    with engine.connect() as connection:

        def look(one: bytes) -> None:
            holder_of(connection, one, moment, timedelta(0), moment.at)

        for one in wanted:
            look(one)
        for clock in (time.perf_counter, time.thread_time):
            times = [timed(lambda: look(one), clock) for one in wanted]  # noqa: B023
            _say(f"lookup among {size:,} members", f"{_spread(times)} by {clock.__name__}")


def _record(seq: int) -> str:
    """As long as a real one."""
    return json.dumps({"seq": seq, "filler": "x" * 420})


def _spread(milliseconds: Sequence[float]) -> str:
    return f"p50 {_p(50, milliseconds):.3f} ms, p99 {_p(99, milliseconds):.3f} ms"


def _p(percent: int, values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


def _say(what: str, figure: str) -> None:
    print(f"{what:32} {figure}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build"))
