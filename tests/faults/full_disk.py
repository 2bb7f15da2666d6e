"""A small real ext4 that can be filled to its last block. Needs root."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from faults.file_system import mounted, new_file_system
from faults.power import MEMORY

MEGABYTES = 96
_PIECES = (1 << 20, 4096, 1)  # bytes


@contextmanager
def small_disk() -> Iterator[Path]:
    """The folder where it is mounted."""
    with TemporaryDirectory(dir=MEMORY) as memory:
        disk = Path(memory) / "disk"
        disk.write_bytes(new_file_system(MEGABYTES))
        with mounted(disk) as folder:
            yield folder


@contextmanager
def filled(disk: Path, *, but: int = 0) -> Iterator[None]:
    """While it lasts not a byte is left to anybody, but so many."""
    ballast = disk / "ballast"
    descriptor = os.open(ballast, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for size in _PIECES:
            _write_until_full(descriptor, bytes(size))
        os.ftruncate(descriptor, os.fstat(descriptor).st_size - but)
        os.fsync(descriptor)
        yield
    finally:
        os.close(descriptor)
        ballast.unlink()


def _write_until_full(descriptor: int, piece: bytes) -> None:
    try:
        while os.write(descriptor, piece):
            pass
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
