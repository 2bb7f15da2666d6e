"""A process that taps members in and out, for those who count its system calls or kill it.

`python -m samples.tapping FOLDER TAPS [delete]`: after each tap a line with the record's sequence, once it is on disk. A
getpgid(2) before the first tap and one after the last mark them in a trace. `delete` gives up WAL, as the product never does.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from kiosk.clock import SystemClock
from kiosk.storage.database import open_database
from kiosk.storage.roster import RosterStore
from kiosk.storage.visitbook import Recorded, VisitBook
from samples.storage import ANN, NOT_CHECKED, TERMINAL, card_of, member
from sync import outbox
from visits.decision import Direction


def main(folder: str, taps: str, journal: str = "wal") -> None:
    engine = open_database(Path(folder))
    RosterStore(engine, SystemClock()).replace([member(ANN)], "1", 0)
    if journal == "delete":
        _give_up_wal(engine)
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
    os.getpgid(0)


def _give_up_wal(engine: Engine) -> None:
    connection = engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = DELETE")
    if cursor.fetchone() != ("delete",):
        sys.exit("the journal is still the WAL")
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
