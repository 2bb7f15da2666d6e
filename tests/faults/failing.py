"""A terminal whose system calls fail, run by `fiu-run -x`: rounds of work under I/O errors, each followed by peace.

`python -m faults.failing FOLDER SEED ROUNDS SETTING`, the settings being `faults.tapper`'s. What is promised is said as
there; a tap that was refused is `refused`, and a round after which taps do not work again ends the process with an error.
"""

import ctypes
import random
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from errno import EIO, EMFILE, ENOMEM, ENOSPC, EROFS
from pathlib import Path

from faults.tapper import Terminal, make_small, say
from sqlalchemy.exc import SQLAlchemyError
from sqlcipher3.dbapi2 import Error

from kiosk.storage.database import StorageError
from kiosk.storage.visitbook import NotRecordedError

STEPS = 40
ERRORS = {
    "posix/io/rw/pwrite": (EIO, ENOSPC),
    "posix/io/rw/pwrite/reduce": (EIO,),
    "posix/io/rw/pread": (EIO,),
    "posix/io/rw/ftruncate": (EIO, ENOSPC),
    "posix/io/sync/fsync": (EIO, ENOSPC),
    "posix/io/oc/open": (EIO, EMFILE, ENOMEM),
    "posix/io/dir/unlink": (EIO, EROFS),
    "posix/mm/mmap": (ENOMEM,),
}
_OFTEN, _SELDOM = -0.7, -3.0  # powers of ten: from one call in five to one in a thousand


class Faults:
    """libfiu in this process; `fiu-run -x` put its wrappers around the system calls."""

    def __init__(self, seed: int) -> None:
        self._library = ctypes.CDLL("libfiu.so.0")
        self._library.fiu_set_prng_seed(ctypes.c_uint(seed))
        self._library.fiu_enable_random.argtypes = [
            ctypes.c_char_p,
            ctypes.c_int,
            ctypes.c_void_p,
            ctypes.c_uint,
            ctypes.c_float,
        ]

    @contextmanager
    def at(self, errors: Mapping[str, int], probability: float) -> Iterator[None]:
        for point, error in errors.items():
            if self._library.fiu_enable_random(point.encode(), 1, error, 0, probability):
                sys.exit(f"{point} cannot be made to fail")
        try:
            yield
        finally:
            for point in errors:
                self._library.fiu_disable(point.encode())


def step(terminal: Terminal, chance: random.Random) -> None:
    others = (terminal.acknowledge, terminal.upkeep, terminal.pull_roster, terminal.restart)
    try:
        if chance.random() < 0.8:
            terminal.tap()
        else:
            chance.choices(others, weights=(8, 4, 1, 2))[0]()
    except NotRecordedError:
        say("refused")
    except (StorageError, SQLAlchemyError, Error) as error:
        say(f"failed {type(error).__name__}")


def main(folder: str, seed: str, rounds: str, setting: str) -> None:
    make_small()
    chance = random.Random(seed)
    terminal = Terminal(Path(folder), chance, setting)
    terminal.pull_roster()
    faults = Faults(chance.getrandbits(32))
    for _ in range(int(rounds)):
        points = chance.sample(list(ERRORS), chance.randint(1, 3))
        errors = {point: chance.choice(ERRORS[point]) for point in points}
        with faults.at(errors, 10 ** chance.uniform(_SELDOM, _OFTEN)):
            for _ in range(STEPS):
                step(terminal, chance)
        _work_again(terminal)
    say("ended")


def _work_again(terminal: Terminal) -> None:
    """Screen and delivery may each find out first that a connection of theirs, made meanwhile, is for reading only."""
    for find_out in (terminal.tap, terminal.acknowledge):
        with suppress(NotRecordedError, SQLAlchemyError, Error):
            find_out()
    terminal.tap()


if __name__ == "__main__":
    main(*sys.argv[1:])
