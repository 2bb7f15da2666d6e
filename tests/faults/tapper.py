"""A process that does what a terminal's database lives through, for those who record or break what it writes.

`python -m faults.tapper FOLDER SEED TAPS SETTING`: taps, with acknowledgements, upkeep, new rosters and restarts in between.
What is durable by the terminal's word is written to standard output, a line each, as soon as the call returned. SETTING is
`product`, or one the product refuses: `normal` (WAL + NORMAL) and `delete` (DELETE + FULL).
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

from kiosk.storage.database import open_database
from kiosk.storage.roster import RosterStore
from kiosk.storage.visitbook import Recorded, VisitBook
from sync import outbox
from visits.decision import Direction

MEMBERS = tuple(UUID(int=number) for number in range(1, 33))
PRAGMAS = {
    "product": (),
    "normal": ("PRAGMA synchronous = NORMAL",),
    "delete": ("PRAGMA journal_mode = DELETE", "PRAGMA synchronous = FULL"),
}


class Terminal:
    """Screen and delivery, each with its own connection to the one database."""

    def __init__(self, folder: Path, chance: random.Random, setting: str) -> None:
        self._folder = folder
        self._chance = chance
        self._pragmas = PRAGMAS[setting]
        self.open()

    def open(self) -> None:
        self._clock = HandClock()
        self._clock.boots(UUID(int=self._chance.getrandbits(128)))
        self._screen, self._delivery = self._engine(), self._engine()
        self._roster = RosterStore(self._delivery, self._clock)
        self._book = VisitBook(self._screen, terminal=TERMINAL, clock=self._clock, fresh=timedelta(0))

    def _engine(self) -> Engine:
        engine = open_database(self._folder)
        if self._pragmas:
            engine.dispose()
            event.listen(engine, "connect", self._weaken)
        return engine

    def _weaken(self, connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in self._pragmas:
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
        say(f"acknowledged {seq}")

    def upkeep(self) -> None:
        connection = self._delivery.raw_connection()
        connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
        connection.close()


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def main(folder: str, seed: str, taps: str, setting: str) -> None:
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
