"""What the screen sees of the other process's commits, and that looking costs nobody anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from samples.storage import ANN, FIRST_BOOT, HOUSE_RULES, NINE, SECOND_BOOT, HandClock, member
from sqlalchemy import Engine

from kiosk.storage import link
from kiosk.storage.database import open_database
from kiosk.storage.lookout import Lookout, Sight
from kiosk.storage.roster import RosterStore
from kiosk.storage.rules import RulesStore
from visits.event import ServerOffset
from visits.rulebook import Rulebook, to_document

NEW = Sight(revoked=False, has_roster=False, offset=None)
OFFSET = ServerOffset(1_790_000_000_000, 12)


@pytest.fixture
def delivery(tmp_path: Path) -> Iterator[Engine]:
    """The other process's connections."""
    engine = open_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def lookout(tmp_path: Path, delivery: Engine) -> Iterator[Lookout]:
    assert delivery
    engine = open_database(tmp_path)
    with Lookout(engine, FIRST_BOOT) as lookout:
        yield lookout
    engine.dispose()


def pull(engine: Engine) -> None:
    RosterStore(engine, HandClock()).replace([member(ANN)], "1", 0)


def test_a_new_terminal_has_no_roster_and_is_not_revoked(lookout: Lookout) -> None:
    assert lookout.look() == NEW


def test_a_roster_is_seen_once_it_is_pulled(lookout: Lookout, delivery: Engine) -> None:
    lookout.look()
    pull(delivery)
    assert lookout.look() == Sight(revoked=False, has_roster=True, offset=None)


def test_an_empty_roster_is_a_roster(lookout: Lookout, delivery: Engine) -> None:
    RosterStore(delivery, HandClock()).replace([], "1", 0)
    assert lookout.look().has_roster


def test_a_revocation_is_seen_and_takes_the_roster_with_it(lookout: Lookout, delivery: Engine) -> None:
    pull(delivery)
    lookout.look()
    with delivery.begin() as connection:
        link.lock(connection, NINE)
    assert lookout.look() == Sight(revoked=True, has_roster=False, offset=None)


def test_the_end_of_a_revocation_is_seen(lookout: Lookout, delivery: Engine) -> None:
    with delivery.begin() as connection:
        link.lock(connection, NINE)
    lookout.look()
    with delivery.begin() as connection:
        link.unlock(connection)
    assert lookout.look() == NEW


def test_the_server_s_time_is_seen_for_this_boot_only(lookout: Lookout, delivery: Engine) -> None:
    with delivery.begin() as connection:
        link.keep_offset(connection, FIRST_BOOT, OFFSET, 1000)
    assert lookout.look().offset == OFFSET
    with delivery.begin() as connection:
        link.keep_offset(connection, SECOND_BOOT, OFFSET, 1000)
    assert lookout.look().offset is None


def test_the_rules_are_seen_once_they_are_kept(lookout: Lookout, delivery: Engine) -> None:
    assert lookout.look().rulebook == Rulebook()
    RulesStore(delivery).keep(1, to_document(HOUSE_RULES))
    assert lookout.look().rulebook == HOUSE_RULES


def test_nothing_is_read_again_while_nobody_has_committed(lookout: Lookout) -> None:
    assert lookout.look() is lookout.look()


def test_looking_waits_for_no_writer(lookout: Lookout, delivery: Engine) -> None:
    with delivery.begin():
        assert lookout.look() == NEW


def test_no_writer_waits_for_who_has_looked(lookout: Lookout, delivery: Engine) -> None:
    lookout.look()
    pull(delivery)
    connection = delivery.raw_connection()
    cursor = connection.cursor()
    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert cursor.fetchone() == (0, 0, 0)
    connection.close()
