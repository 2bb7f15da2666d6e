"""What the terminal keeps of the server between two contacts, and what it forgets when it is shut out (C32)."""

from datetime import timedelta

import pytest
from samples.storage import ANN, FIRST_BOOT, NINE, NOT_CHECKED, SECOND_BOOT, card_of, member, records
from sqlalchemy import Engine

from kiosk.storage import link
from kiosk.storage.link import DRIFT
from kiosk.storage.roster import RosterStanding, RosterStore, standing
from kiosk.storage.visitbook import VisitBook
from visits.decision import Direction, Refused, Rule
from visits.event import ServerOffset

CLOSE, ROUGH, ROUGHER = ServerOffset(1_000, 5), ServerOffset(1_020, 50), ServerOffset(1_200, 500)
HOUR = DRIFT // timedelta(milliseconds=1)


def kept(engine: Engine, *measured: tuple[ServerOffset, int]) -> ServerOffset | None:
    """What is known of the first boot after these measurements in it, each with when it was made."""
    with engine.begin() as connection:
        for offset, at in measured:
            link.keep_offset(connection, FIRST_BOOT, offset, at)
        return link.offset(connection, FIRST_BOOT)


def test_before_any_contact_no_time_is_known(engine: Engine) -> None:
    assert kept(engine) is None


def test_the_first_measurement_is_kept(engine: Engine) -> None:
    assert kept(engine, (ROUGH, 0)) == ROUGH


def test_a_more_exact_one_takes_its_place(engine: Engine) -> None:
    assert kept(engine, (ROUGH, 0), (CLOSE, 1)) == CLOSE


@pytest.mark.parametrize("other", [ROUGH, ServerOffset(2_000, CLOSE.error_ms)], ids=["rougher", "as exact"])
def test_one_that_is_not_does_not(engine: Engine, other: ServerOffset) -> None:
    assert kept(engine, (CLOSE, 0), (other, HOUR)) == CLOSE


def test_after_an_hour_the_newer_is_better_than_the_more_exact(engine: Engine) -> None:
    assert kept(engine, (CLOSE, 0), (ROUGH, HOUR + 1)) == ROUGH


def test_the_hour_is_counted_from_the_one_that_was_kept(engine: Engine) -> None:
    assert kept(engine, (CLOSE, 0), (ROUGH, HOUR), (ROUGHER, HOUR + 1)) == ROUGHER


def test_another_boot_s_measurement_takes_the_place_of_any(engine: Engine) -> None:
    kept(engine, (CLOSE, 10 * HOUR))
    with engine.begin() as connection:
        link.keep_offset(connection, SECOND_BOOT, ROUGHER, 1)
        assert link.offset(connection, SECOND_BOOT) == ROUGHER
        assert link.offset(connection, FIRST_BOOT) is None


def test_trouble_is_known_until_it_is_over(engine: Engine) -> None:
    with engine.begin() as connection:
        assert link.trouble(connection) is None
        link.set_trouble(connection, "unreachable")
        assert link.trouble(connection) == "unreachable"
        link.set_trouble(connection, None)
        assert link.trouble(connection) is None


def test_a_locked_terminal_knows_nobody(engine: Engine, roster: RosterStore, book: VisitBook) -> None:
    roster.replace([member(ANN, name="山田")], "1", 0)
    with engine.begin() as connection:
        link.lock(connection, NINE)
        assert link.revoked(connection)
        assert standing(connection) == RosterStanding(0, 0, None)
    assert roster.cursor() is None
    assert book.tap(Direction.IN, card_of(ANN), NOT_CHECKED) == Refused(Rule.CARD_NOT_LINKED)


def test_what_it_recorded_before_it_was_locked_is_still_to_be_delivered(
    engine: Engine, roster: RosterStore, book: VisitBook
) -> None:
    roster.replace([member(ANN)], "1", 0)
    book.tap(Direction.IN, card_of(ANN), NOT_CHECKED)
    with engine.begin() as connection:
        link.lock(connection, NINE)
    assert [record["seq"] for record in records(engine)] == [1]


def test_locking_again_changes_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        link.lock(connection, NINE)
        link.lock(connection, NINE + timedelta(hours=1))
        assert connection.exec_driver_sql("SELECT revoked_at FROM link").scalar_one() == "2026-11-22T00:00:00.000Z"


def test_an_unlocked_terminal_waits_for_its_roster(engine: Engine, roster: RosterStore) -> None:
    roster.replace([member(ANN)], "1", 0)
    with engine.begin() as connection:
        link.lock(connection, NINE)
        link.unlock(connection)
        assert not link.revoked(connection)
    assert roster.cursor() is None
