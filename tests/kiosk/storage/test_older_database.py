"""A terminal brought to this version, or set back from it: no visit is lost, and nobody is judged by half a roster."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from samples.storage import ANN, BEN, EVE, FRESH, NOT_CHECKED, TERMINAL, HandClock, card_of, member, records
from sqlalchemy import Connection, Engine, text

from kiosk.storage import database
from kiosk.storage.carving import carve
from kiosk.storage.database import DATABASE, open_database
from kiosk.storage.outside import ask
from kiosk.storage.roster import RosterStore
from kiosk.storage.visitbook import Recorded, VisitBook
from sync.feed import RosterUsage
from visits.decision import Direction, Refused, Rule

# What version 0.1 made of these tables; the other tables are the same to this day.
TABLES_BEFORE = {
    "members": "id VARCHAR(36) NOT NULL, standing VARCHAR NOT NULL, name VARCHAR, inside_since VARCHAR, PRIMARY KEY (id)",
    "cards": (
        "reference BLOB NOT NULL, member VARCHAR(36) NOT NULL, PRIMARY KEY (reference), "
        "FOREIGN KEY(member) REFERENCES members (id)"
    ),
    "passages": (
        "member VARCHAR(36) NOT NULL, seq INTEGER NOT NULL, kind VARCHAR NOT NULL, at VARCHAR NOT NULL, "
        "boot VARCHAR(36) NOT NULL, monotonic_ms INTEGER NOT NULL, PRIMARY KEY (member)"
    ),
    "roster": (
        "only INTEGER NOT NULL, cursor VARCHAR, covers_seq INTEGER NOT NULL, pulled_at VARCHAR NOT NULL, "
        "boot VARCHAR(36) NOT NULL, monotonic_ms INTEGER NOT NULL, PRIMARY KEY (only), CHECK (only = 1)"
    ),
}
COLUMNS_BEFORE = {
    "members": "id, standing, name, inside_since",
    "cards": "reference, member",
    "passages": "member, seq, kind, at, boot, monotonic_ms",
    "roster": "only, cursor, covers_seq, pulled_at, boot, monotonic_ms",
}
PEOPLE = [member(each, name="名") for each in (ANN, BEN, EVE)]


@pytest.fixture
def folder(tmp_path: Path, clock: HandClock) -> Path:
    """Three visits wait for delivery, and the roster is pulled up to "7"."""
    engine = open_database(tmp_path)
    RosterStore(engine, clock).replace(PEOPLE, "7", 0)
    book = a_book(engine, clock)
    for who in (ANN, BEN, EVE):
        assert isinstance(book.tap(Direction.IN, card_of(who), NOT_CHECKED), Recorded)
    with engine.begin() as connection:
        connection.execute(text("UPDATE roster SET cursor = '7'"))
        for table in ("cards", "members", "passages", "roster"):
            make_old(connection, table)
        for table in ("members", "cards"):
            make_old(connection, table, "_next")
    engine.dispose()
    return tmp_path


def make_old(connection: Connection, table: str, suffix: str = "") -> None:
    name, columns = f"{table}{suffix}", COLUMNS_BEFORE[table]
    rows = connection.execute(text(f"SELECT {columns} FROM {name}")).all()  # noqa: S608
    connection.exec_driver_sql(f"DROP TABLE {name}")
    definition = TABLES_BEFORE[table].replace("REFERENCES members", f"REFERENCES members{suffix}")
    without = " WITHOUT ROWID" if table == "cards" else ""
    connection.exec_driver_sql(f"CREATE TABLE {name} ({definition}){without}")
    if table == "cards":
        connection.exec_driver_sql(f"CREATE INDEX {name}_by_member ON {name} (member)")
    places = ", ".join("?" * len(columns.split(", ")))
    for row in rows:
        connection.exec_driver_sql(f"INSERT INTO {name} ({columns}) VALUES ({places})", tuple(row))  # noqa: S608


@pytest.fixture
def upgraded(folder: Path) -> Iterator[Engine]:
    engine = open_database(folder)
    yield engine
    engine.dispose()


def a_book(engine: Engine, clock: HandClock) -> VisitBook:
    return VisitBook(engine, terminal=TERMINAL, clock=clock, fresh=FRESH)


def structure(engine: Engine) -> dict[str, object]:
    """Columns by table, and the columns each index is over."""
    tables = [name for (name,) in ask(engine, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = {
        name: {row[1:] for row in ask(engine, f"SELECT 0, name, type, \"notnull\" FROM pragma_table_info('{name}')")}  # noqa: S608
        for name in tables
    }
    indexes = {name for (name,) in ask(engine, "SELECT name FROM sqlite_master WHERE type = 'index'")}
    return columns | {"indexes": indexes}


def test_visits_that_wait_are_still_there(upgraded: Engine) -> None:
    assert [(record["seq"], record["member"]) for record in records(upgraded)] == [
        (1, str(ANN)),
        (2, str(BEN)),
        (3, str(EVE)),
    ]


def test_it_has_all_that_a_new_one_has(upgraded: Engine, tmp_path: Path) -> None:
    new = open_database(tmp_path / "new")
    assert structure(upgraded) == structure(new)
    new.dispose()


def test_opening_it_again_changes_nothing(upgraded: Engine, folder: Path) -> None:
    before = ask(upgraded, "PRAGMA schema_version")
    open_database(folder).dispose()
    assert ask(upgraded, "PRAGMA schema_version") == before


def test_its_members_pass_at_once(upgraded: Engine, clock: HandClock) -> None:
    assert a_book(upgraded, clock).tap(Direction.IN, card_of(ANN), NOT_CHECKED) == Refused(Rule.ALREADY_IN)
    assert isinstance(a_book(upgraded, clock).tap(Direction.OUT, card_of(ANN), NOT_CHECKED), Recorded)
    assert len(records(upgraded)) == 4


def test_the_whole_roster_is_asked_for_once(upgraded: Engine, clock: HandClock) -> None:
    """What the older version pulled lacks what it did not know of, however new the server was."""
    store = RosterStore(upgraded, clock)
    assert store.cursor() is None
    store.replace(PEOPLE, "8", 0)
    assert store.cursor() == "8"


def test_an_older_version_set_back_asks_for_the_whole_roster_too(upgraded: Engine, clock: HandClock) -> None:
    """It goes by a place of its own, and has none once this version has pulled."""
    RosterStore(upgraded, clock).replace(PEOPLE, "8", 0)
    assert ask(upgraded, "SELECT cursor FROM roster") == [(None,)]


def test_a_roster_with_terms_takes_the_old_one_s_place(upgraded: Engine, clock: HandClock) -> None:
    there = [member(ANN, usage=RosterUsage(clock.now.at.date(), 3, 1)), *PEOPLE[1:]]
    RosterStore(upgraded, clock, lambda _: None).replace(there, "8", 3)
    assert ask(upgraded, "SELECT id FROM members WHERE terms IS NOT NULL") == [(str(ANN),)]


def test_until_then_the_roster_it_has_stays_in_use(upgraded: Engine, clock: HandClock) -> None:
    RosterStore(upgraded, clock).confirm(3)
    assert ask(upgraded, "SELECT count(*) FROM members") == [(3,)]


def test_what_an_older_version_pulled_meanwhile_is_asked_for_again(upgraded: Engine, clock: HandClock) -> None:
    """Set back and brought forward again: the older version keeps its own place in the roster."""
    RosterStore(upgraded, clock).replace(PEOPLE, "8", 3)
    with upgraded.begin() as connection:
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO members (id, standing, name, inside_since) VALUES (?, 'active', NULL, NULL)",
            (str(ANN),),
        )
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO cards (reference, member) VALUES (?, ?)", (b"-" * 32, str(ANN))
        )
        connection.exec_driver_sql("UPDATE roster SET cursor = '9'")
    assert RosterStore(upgraded, clock).cursor() is None
    assert a_book(upgraded, clock).tap(Direction.OUT, b"-" * 32, NOT_CHECKED) != Refused(Rule.CARD_NOT_LINKED)


@pytest.mark.parametrize("opened", [False, True], ids=["as it was", "brought to this version"])
def test_its_visits_can_be_carved_out(folder: Path, opened: bool) -> None:
    if opened:
        open_database(folder).dispose()
    content = (folder / DATABASE).read_bytes()
    log = folder / f"{DATABASE}-wal"
    logs = [log.read_bytes()] if log.exists() else []
    assert [each.seq for each in carve(content, logs, database.key(folder), TERMINAL)] == [1, 2, 3]
