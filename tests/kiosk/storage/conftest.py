"""A terminal's database with its book, roster and a clock set by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from samples.storage import FRESH, TERMINAL, HandClock
from sqlalchemy import Engine

from kiosk.storage.database import open_database
from kiosk.storage.roster import RosterStore
from kiosk.storage.visitbook import VisitBook


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "data")
    yield engine
    engine.dispose()


@pytest.fixture
def book(engine: Engine, clock: HandClock) -> VisitBook:
    return VisitBook(engine, terminal=TERMINAL, clock=clock, fresh=FRESH)


@pytest.fixture
def roster(engine: Engine, clock: HandClock) -> RosterStore:
    return RosterStore(engine, clock)
