"""A real ext4 on a disk seen from underneath, and what the kernel makes of it after a power cut. Needs root.

A cut leaves all that was flushed, and of each later write any of its 512-byte sectors: a disk writes a sector whole or not
at all. Not in here: the disk (`faults.block_device`), and what must then be true (`faults.aftermath`).
"""

import os
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from faults.aftermath import Promise, broken_promises
from faults.block_device import BlockDevice, Entry, Flushed, Told, Written
from faults.disk import SECTOR
from faults.power import MEMORY

_MAKE = ("mkfs.ext4", "-q", "-F", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0")


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


def lived(content: bytes, seed: str, taps: int, setting: str) -> DiskLife:
    """The log ends where the terminal does, before the file system is put away."""
    with (
        TemporaryDirectory(dir=MEMORY) as memory,
        BlockDevice(Path(memory) / "disk", content) as device,
        mounted(device.path) as folder,
    ):
        begin = len(device.log)
        _tap(device, folder / "terminal", seed, taps, setting)
        log = tuple(device.log)
    return DiskLife(_after(content, log[:begin]), log[begin:])


def _tap(device: BlockDevice, folder: Path, seed: str, taps: int, setting: str) -> None:
    command = [sys.executable, "-m", "faults.tapper", str(folder), seed, str(taps), setting]
    with subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": "tests"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in process.stdout:
            device.tell(line.decode().strip())
            process.stdin.write(b".")
            process.stdin.flush()
    assert process.returncode == 0


def disk_cuts(life: DiskLife, moments: Sequence[int], seed: str) -> Iterator[tuple[int, bytearray, Promise]]:
    """As `power.cuts`, of a disk."""
    durable = bytearray(life.content)
    pending: list[Written] = []
    promise = Promise()
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
                    promise.hear(line)
        done = moment
        yield moment, _after_power_cut(durable, pending, random.Random(f"{seed} {number} {moment}")), promise


def broken_on_disk(life: DiskLife, moments: Sequence[int], seed: str) -> list[str]:
    """A sentence for each cut after which something is not as promised."""
    found = []
    with TemporaryDirectory(dir=MEMORY) as memory:
        disk = Path(memory) / "disk"
        for moment, content, promise in disk_cuts(life, moments, seed):
            disk.write_bytes(content)
            with mounted(disk) as folder:
                if breaches := broken_promises(folder / "terminal", promise):
                    found.append(f"cut before entry {moment}: {breaches[0]}")
    return found


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
