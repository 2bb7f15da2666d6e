"""Taps and, in turn with them, the least any durable write could cost: as many bytes written in place, and one fdatasync(2).

`python -m bench.tapping FOLDER TAPS`: prints two lists of milliseconds, taps and floors, as JSON. A getpgid(2) before and one
after mark them in a trace. Used by bench/storage.py, which slows the syncs down from outside or counts them.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from samples.storage import ANN, NOT_CHECKED, TERMINAL, card_of, member
from sqlalchemy import Engine

from kiosk.clock import SystemClock
from kiosk.storage.database import open_database
from kiosk.storage.roster import RosterStore
from kiosk.storage.upkeep import Upkeep
from kiosk.storage.visitbook import Recorded, VisitBook
from visits.decision import Direction

FRAME_BYTES = 4096 + 24
FLOOR_FILE_BYTES = 8 * 2**20


def main(folder: Path, taps: int) -> None:
    engine = open_database(folder)
    RosterStore(engine, SystemClock()).replace([member(ANN)], "1", 0)
    Upkeep(engine, folder, timedelta(days=30)).turn()
    tap = tapper(engine)
    before = pages_in_log(engine)
    for _ in range(10):
        tap()
    written = (pages_in_log(engine) - before) * FRAME_BYTES // 10
    with floor(folder.with_name(f"{folder.name}-floor"), written) as bare:
        os.getpgid(0)
        times = [(timed(tap), timed(bare)) for _ in range(taps)]
        os.getpgid(0)
    sys.stdout.write(json.dumps([*zip(*times, strict=True)]))


def tapper(engine: Engine) -> Callable[[], None]:
    """In and out in turn; a terminal never used before."""
    book = VisitBook(engine, terminal=TERMINAL, clock=SystemClock(), fresh=timedelta(0))
    ways = _ways()

    def tap() -> None:
        if not isinstance(book.tap(next(ways), card_of(ANN), NOT_CHECKED), Recorded):
            sys.exit("a tap was refused")

    return tap


def _ways() -> Iterator[Direction]:
    while True:
        yield from (Direction.IN, Direction.OUT)


@contextmanager
def floor(path: Path, written: int) -> Iterator[Callable[[], None]]:
    content = os.urandom(written)
    with path.open("wb+", buffering=0) as file:
        file.write(os.urandom(FLOOR_FILE_BYTES))
        os.fsync(file.fileno())
        place = 0

        def write() -> None:
            nonlocal place
            os.pwrite(file.fileno(), content, place)
            os.fdatasync(file.fileno())
            place = (place + written) % (FLOOR_FILE_BYTES - written)

        yield write


def timed(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Milliseconds."""
    begun = clock()
    work()
    return (clock() - begun) * 1000


def pages_in_log(engine: Engine) -> int:
    connection = engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute("PRAGMA wal_checkpoint(NOOP)")
    (row,) = cursor.fetchall()
    connection.close()
    return int(row[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
