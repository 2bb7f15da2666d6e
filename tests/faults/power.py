"""Power cuts at chosen moments of a recording, each looked at with the real library.

Not in here: what a cut leaves (`faults.disk`), and what must then be true (`faults.aftermath`).
"""

import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from faults.aftermath import Promise, broken_promises
from faults.disk import Disk
from faults.recording import Operation, Said

MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory, where a sync costs nothing


@dataclass(frozen=True, slots=True)
class Life:
    """What a folder held and what was promised of it, and all that was then done."""

    content: Mapping[str, bytes]
    promise: Promise
    operations: Sequence[Operation]


def cuts(life: Life, moments: Sequence[int], seed: str) -> Iterator[tuple[int, dict[str, bytes], Promise]]:
    """For each moment, ascending, which operations come after the cut; what is left, and what was promised by then.

    What is left of one moment hangs on seed and moment alone, not on which others are asked for.
    """
    disk = Disk(life.content)
    promise = life.promise.copy()
    done = 0
    for number, moment in enumerate(moments):
        for operation in life.operations[done:moment]:
            disk.apply(operation)
            if isinstance(operation, Said):
                promise.hear(operation.line)
        done = moment
        yield moment, disk.after_power_cut(random.Random(f"{seed} {number} {moment}")), promise


def broken(life: Life, moments: Sequence[int], seed: str) -> list[str]:
    """A sentence for each cut after which something is not as promised."""
    found = []
    with TemporaryDirectory(dir=MEMORY) as memory:
        folder = Path(memory) / "terminal"
        for moment, content, promise in cuts(life, moments, seed):
            put(folder, content)
            if breaches := broken_promises(folder, promise):
                found.append(f"cut before operation {moment}: {breaches[0]}")
            shutil.rmtree(folder)
    return found


def put(folder: Path, content: Mapping[str, bytes]) -> None:
    folder.mkdir(mode=0o700)
    for name, data in content.items():
        (folder / name).write_bytes(data)
        (folder / name).chmod(0o600)
