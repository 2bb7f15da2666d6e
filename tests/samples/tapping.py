"""A process that taps members in and out, for those who count its system calls or kill it.

`python -m samples.tapping FOLDER TAPS [delete | kept]`: after each tap a line with the record's sequence, once it is on
disk. A getpgid(2) before the first tap and one after the last mark them in a trace of this thread. `delete` gives up WAL, as
the product never does; `kept` turns the upkeep before the first tap and then every TURN taps, in another thread.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path
from threading import Thread

from sqlalchemy import Engine

from kiosk.clock import SystemClock
from kiosk.storage.database import open_database
from kiosk.storage.roster import RosterStore
from kiosk.storage.upkeep import Upkeep
from kiosk.storage.visitbook import Recorded, VisitBook
from samples.storage import ANN, NOT_CHECKED, TERMINAL, card_of, member
from sync import outbox
from visits.decision import Direction

TURN = 200


def main(folder: str, taps: str, how: str = "") -> None:
    engine = open_database(Path(folder))
    RosterStore(engine, SystemClock()).replace([member(ANN)], "1", 0)
    if how == "delete":
        _give_up_wal(engine)
    upkeep = Upkeep(engine, Path(folder), timedelta(days=1)) if how == "kept" else None
    _turn(upkeep)
    book = VisitBook(engine, terminal=TERMINAL, clock=SystemClock(), fresh=timedelta(0))
    with engine.begin() as connection:
        done = outbox.head(connection).seq
    os.getpgid(0)
    for number in range(done, done + int(taps)):
        way = Direction.OUT if number % 2 else Direction.IN
        if not isinstance(book.tap(way, card_of(ANN), NOT_CHECKED), Recorded):
            sys.exit(f"tap {number} was refused")
        sys.stdout.write(f"{number + 1}\n")
        sys.stdout.flush()
        if number % TURN == TURN - 1:
            _turn(upkeep)
    os.getpgid(0)


def _turn(upkeep: Upkeep | None) -> None:
    if upkeep is not None:
        thread = Thread(target=upkeep.turn)
        thread.start()
        thread.join()


def _give_up_wal(engine: Engine) -> None:
    connection = engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = DELETE")
    if cursor.fetchone() != ("delete",):
        sys.exit("the journal is still the WAL")
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
