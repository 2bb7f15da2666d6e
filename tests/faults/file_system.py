"""A real ext4 on a disk seen from underneath, and what the kernel makes of it after a power cut. Needs root.

A cut leaves all that was flushed, and of each later write any of its 512-byte sectors: a disk writes a sector whole or not
at all. Not in here: the disk (`faults.block_device`), and what must then be true (`faults.aftermath`).
"""

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from faults.aftermath import Promise, broken_promises
from faults.block_device import BlockDevice, Entry, Flushed, Told, Written
from faults.disk import SECTOR
from faults.power import MEMORY

_MAKE = ("mkfs.ext4", "-q", "-F", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0")
TERMINAL = "terminal"

Look = Callable[[Path, Sequence[str]], list[str]]


@dataclass(frozen=True, slots=True)
class DiskLife:
    """A disk as it was, and all that then happened to it."""

    content: bytes
    log: Sequence[Entry]


def new_file_system(megabytes: int) -> bytes:
    with TemporaryDirectory(dir=MEMORY) as memory:
        image = Path(memory) / "image"
        image.write_bytes(bytes(megabytes << 20))
        subprocess.run([*_MAKE, image], check=True)
        return image.read_bytes()


@contextmanager
def mounted(disk: Path) -> Iterator[Path]:
    """The folder in which the file system of `disk` is found while it lasts."""
    folder = disk.with_suffix(".mounted")
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop", disk, folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def lived(content: bytes, program: str, *arguments: str) -> DiskLife:
    """What `python -m program FOLDER arguments` does to the disk, and says; the log ends where the program does."""
    with (
        TemporaryDirectory(dir=MEMORY) as memory,
        BlockDevice(Path(memory) / "disk", content) as device,
        mounted(device.path) as folder,
    ):
        begin = len(device.log)
        _listen(device, [sys.executable, "-m", program, str(folder / TERMINAL), *arguments])
        log = tuple(device.log)
    return DiskLife(_after(content, log[:begin]), log[begin:])


def _listen(device: BlockDevice, command: Sequence[str]) -> None:
    environment = {**os.environ, "PYTHONPATH": "tests"}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in process.stdout:
            device.tell(line.decode().strip())
            process.stdin.write(b".")
            process.stdin.flush()
    assert process.returncode == 0


def disk_cuts(life: DiskLife, moments: Sequence[int], seed: str) -> Iterator[tuple[int, bytearray, list[str]]]:
    """As `power.cuts`, of a disk: for each moment what is left, and all lines said by then."""
    durable = bytearray(life.content)
    pending: list[Written] = []
    said: list[str] = []
    done = 0
    for number, moment in enumerate(moments):
        for entry in life.log[done:moment]:
            match entry:
                case Written():
                    pending.append(entry)
                case Flushed():
                    _write(durable, pending)
                    pending.clear()
                case Told(line):
                    said.append(line)
        done = moment
        yield moment, _after_power_cut(durable, pending, random.Random(f"{seed} {number} {moment}")), said


def broken_on_disk(life: DiskLife, moments: Sequence[int], seed: str, look: Look) -> list[str]:
    """A sentence for each cut after which something is not as promised, by `look` at the terminal's folder."""
    found = []
    with TemporaryDirectory(dir=MEMORY) as memory:
        disk = Path(memory) / "disk"
        for moment, content, said in disk_cuts(life, moments, seed):
            disk.write_bytes(content)
            with mounted(disk) as folder:
                if breaches := look(folder / TERMINAL, said):
                    found.append(f"cut before entry {moment}: {breaches[0]}")
    return found


def taps_lost(folder: Path, said: Sequence[str]) -> list[str]:
    promise = Promise()
    for line in said:
        promise.hear(line)
    return broken_promises(folder, promise)


def _after_power_cut(durable: bytearray, pending: Sequence[Written], chance: random.Random) -> bytearray:
    kept = chance.choice((0.0, chance.random(), 1.0))
    content = bytearray(durable)
    _write(content, (sector for write in pending for sector in _sectors(write) if chance.random() < kept))
    return content


def _sectors(write: Written) -> Iterator[Written]:
    for start in range(0, len(write.data), SECTOR):
        yield Written(write.offset + start, write.data[start : start + SECTOR])


def _after(content: bytes, log: Sequence[Entry]) -> bytes:
    disk = bytearray(content)
    _write(disk, (entry for entry in log if isinstance(entry, Written)))
    return bytes(disk)


def _write(disk: bytearray, writes: Iterable[Written]) -> None:
    for write in writes:
        disk[write.offset : write.offset + len(write.data)] = write.data
