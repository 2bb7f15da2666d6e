"""What the screen sees of the other process's commits and of an update, and that looking costs nobody anything."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from samples.storage import ANN, FIRST_BOOT, HOUSE_RULES, NINE, SECOND_BOOT, HandClock, member
from sqlalchemy import Engine, PoolProxiedConnection
from sqlcipher3.dbapi2 import ProgrammingError

from kiosk import updating
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
    yield Lookout(engine, FIRST_BOOT, tmp_path)
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


def test_an_update_is_seen_while_it_runs_and_hides_nothing_else(
    lookout: Lookout, delivery: Engine, tmp_path: Path
) -> None:
    with updating.hold(tmp_path):
        assert lookout.look() == replace(NEW, updating=True)
        pull(delivery)
        assert lookout.look() == replace(NEW, has_roster=True, updating=True)
    assert lookout.look() == replace(NEW, has_roster=True)


def test_a_terminal_that_starts_during_an_update_knows_it_from_its_first_look(delivery: Engine, tmp_path: Path) -> None:
    with updating.hold(tmp_path):
        assert Lookout(delivery, FIRST_BOOT, tmp_path).seen.updating


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


def spoil(connection: PoolProxiedConnection | None) -> None:
    """As an I/O error may: all that is asked over it fails from now on."""
    assert connection is not None
    driver = connection.driver_connection
    assert driver is not None
    driver.close()


def test_after_the_question_for_news_failed_another_connection_is_taken(lookout: Lookout, delivery: Engine) -> None:
    spoil(lookout._news._held)
    with pytest.raises(ProgrammingError):
        lookout.look()
    pull(delivery)
    assert lookout.look().has_roster


def test_after_a_sight_failed_it_is_read_anew_over_another_connection(lookout: Lookout, delivery: Engine) -> None:
    pull(delivery)
    lent = lookout._engine.raw_connection()
    spoil(lent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookout._engine, "raw_connection", lambda: lent)
        with pytest.raises(ProgrammingError):
            lookout.look()
    assert not lent.is_valid
    assert lookout.look().has_roster
