"""A process that does what a terminal's database lives through, for those who record or break what it writes.

`python -m faults.tapper FOLDER SEED TAPS SETTING`: taps, with acknowledgements, upkeep, new rosters and restarts in between.
What is durable by the terminal's word is written to standard output, a line each, as soon as the call returned; whoever listens on a pipe
answers each with a byte on standard input, which may also be empty. SETTING is
`product`, or one the product refuses: `normal` (WAL + NORMAL), `delete` (DELETE + FULL) and `off` (no journal).
"""

import os
import random
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from samples.storage import NOT_CHECKED, TERMINAL, HandClock, card_of, member
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from kiosk import disk
from kiosk.storage import database, reserve, upkeep
from kiosk.storage.database import open_database
from kiosk.storage.roster import RosterStore
from kiosk.storage.upkeep import Upkeep
from kiosk.storage.visitbook import Recorded, VisitBook
from sync import outbox
from visits.decision import Direction

DAY = timedelta(days=1)
MEMBERS = tuple(UUID(int=number) for number in range(1, 33))
PRAGMAS = {
    "product": (),
    "normal": ("PRAGMA synchronous = NORMAL",),
    "delete": ("PRAGMA journal_mode = DELETE", "PRAGMA synchronous = FULL"),
    "off": ("PRAGMA journal_mode = OFF",),
}


class Terminal:
    """Screen and delivery, each with its own connection to the one database."""

    def __init__(self, folder: Path, chance: random.Random, setting: str) -> None:
        self._folder = folder
        self._chance = chance
        self._setting = setting
        self._clock = HandClock()
        self.open()

    def open(self) -> None:
        self._clock.passes(DAY.total_seconds())
        self._clock.boots(UUID(int=self._chance.getrandbits(128)))
        self._screen, self._delivery = self._engine(), self._engine()
        self._roster = RosterStore(self._delivery, self._clock)
        self._book = VisitBook(self._screen, terminal=TERMINAL, clock=self._clock, fresh=timedelta(0))
        self._upkeep = Upkeep(self._delivery, self._folder, retention=DAY)
        self.upkeep()

    def _engine(self) -> Engine:
        engine = open_database(self._folder)
        if PRAGMAS[self._setting]:
            engine.dispose()
            event.listen(engine, "connect", self._weaken)
        return engine

    def _weaken(self, connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in PRAGMAS[self._setting]:
            cursor.execute(pragma)
        cursor.close()

    def restart(self) -> None:
        self._screen.dispose()
        self._delivery.dispose()
        self.open()

    def pull_roster(self) -> None:
        self._roster.replace([member(one, cards=[card_of(one)]) for one in MEMBERS], "1", 0)

    def tap(self) -> None:
        self._clock.passes(1)
        way = self._chance.choice((Direction.IN, Direction.OUT))
        if not isinstance(self._book.tap(way, card_of(self._chance.choice(MEMBERS)), NOT_CHECKED), Recorded):
            sys.exit("a tap was refused")
        with self._screen.begin() as connection:
            head = outbox.head(connection)
        say(f"tapped {head.seq} {head.hash.hex()}")

    def acknowledge(self) -> None:
        with self._delivery.begin() as connection:
            standing = outbox.standing(connection)
            seq = standing.acknowledged + self._chance.randint(0, standing.length)
            outbox.acknowledge(connection, seq)
            outbox.contacted(connection, self._clock.moment().at)
        say(f"acknowledged {seq}")

    def upkeep(self) -> None:
        if self._setting not in {"delete", "off"}:  # which have no log to keep up
            self._upkeep.turn()


def make_small() -> None:
    """A log and a reserve that come round often: more happens between two cuts, and each is looked at sooner."""
    database.CHECKPOINT_PAGES, upkeep.WORTH_A_CHECKPOINT, upkeep.AT_ONCE = 48, 16, 16
    reserve.PAGES, disk.CRITICAL_BYTES = 64, 0


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())
    os.read(0, 1)


def main(folder: str, seed: str, taps: str, setting: str) -> None:
    make_small()
    chance = random.Random(seed)
    terminal = Terminal(Path(folder), chance, setting)
    terminal.pull_roster()
    say("pulled")
    others = (terminal.acknowledge, terminal.upkeep, terminal.pull_roster, terminal.restart)
    for _ in range(int(taps)):
        terminal.tap()
        if chance.random() < 0.2:
            chance.choices(others, weights=(8, 4, 1, 1))[0]()


if __name__ == "__main__":
    main(*sys.argv[1:])
