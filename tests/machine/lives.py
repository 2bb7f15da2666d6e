"""The two processes of a terminal in the form in which they are killed by the thousand: forked from a parent that has
imported everything.

The screen's is its storage half: taps as fast as they go, each told to a file once `VisitBook.tap` returned, which is
the moment of the birdsong. Delivery is the product's own command. Not in here: when they die.
"""

import json
import multiprocessing
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.context import ForkServerContext
from pathlib import Path

from sqlalchemy import Connection, event

from kiosk import __main__ as command_line
from kiosk import config
from kiosk.clock import SystemClock
from kiosk.storage.database import open_database
from kiosk.storage.visitbook import Recorded, VisitBook
from machine import crowd
from sync import identity, outbox
from visits.decision import Direction
from visits.event import Revocation

_PRELOADED = ("pytest", "pytest.__main__", "machine.lives", "kiosk.composition", "kiosk.delivery")
_EARLY_SECONDS = 0.005


def nursery() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    return context


@dataclass(frozen=True, slots=True)
class Tapping:
    """`told` is where birdsongs are written down; `early` sings before the record is on disk, as the product never does."""

    config: Path
    told: Path
    members: int
    seed: str
    early: bool = False


def screen(tapping: Tapping) -> None:
    """Until it is killed. A line of `told` is ["begins", seq of the head] or ["sings", seq, member, way]."""
    settings = config.load(tapping.config)
    directory = settings.terminal.data_directory
    engine = open_database(directory)
    fresh = timedelta(seconds=settings.terminal.presence_fresh_seconds)
    book = VisitBook(engine, terminal=identity.load(directory).terminal_id, clock=SystemClock(), fresh=fresh)
    told = os.open(tapping.told, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with engine.begin() as connection:
        seq = outbox.head(connection).seq
    _tell(told, "begins", seq)
    dice = random.Random(tapping.seed)
    while True:
        number, way = dice.randrange(tapping.members), dice.choice(list(Direction))
        song = ("sings", seq + 1, str(crowd.member(number)), way.value)
        if tapping.early:
            event.listen(engine, "commit", _too_early(seq, lambda song=song: _tell(told, *song)), once=True)  # type: ignore[misc]
        if isinstance(book.tap(way, crowd.card(number), Revocation.NOT_CHECKED), Recorded):
            seq += 1
            if not tapping.early:
                _tell(told, *song)


def _too_early(before: int, sing: Callable[[], None]) -> Callable[[Connection], None]:
    """Called when the record is decided and its commit has not begun."""

    def commits(connection: Connection) -> None:
        if outbox.head(connection).seq > before:
            sing()
            time.sleep(_EARLY_SECONDS)

    return commits


def delivery(settings: Path, log: Path) -> None:
    """`kiosk sync`, until it is killed."""
    words = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(words, 1)
    os.dup2(words, 2)
    command_line.run(["--config", str(settings), "sync"])


def _tell(told: int, *values: object) -> None:
    os.write(told, f"{json.dumps(values)}\n".encode())
