"""Questions outside of transactions: they wait for no writer, and none of them goes over a connection that failed once."""

import pytest
from sqlalchemy import Engine
from sqlcipher3.dbapi2 import OperationalError

from kiosk.storage.outside import ask, ask_at_one_moment


def test_every_row_is_told(engine: Engine) -> None:
    assert ask(engine, "SELECT ? UNION SELECT ?", (1, 2)) == [(1,), (2,)]


def test_a_question_waits_for_no_writer(engine: Engine) -> None:
    with engine.begin():
        assert ask(engine, "SELECT 1") == [(1,)]


def test_no_transaction_is_left_open(engine: Engine) -> None:
    ask(engine, "SELECT * FROM sqlite_master")
    assert ask(engine, "PRAGMA wal_checkpoint(TRUNCATE)") == [(0, 0, 0)]


def test_a_connection_is_used_again(engine: Engine) -> None:
    ask(engine, "CREATE TEMP TABLE seen (once)")
    assert ask(engine, "SELECT * FROM seen") == []


def test_a_connection_that_failed_is_not(engine: Engine) -> None:
    ask(engine, "CREATE TEMP TABLE seen (once)")
    with pytest.raises(OperationalError):
        ask(engine, "SELECT nothing FROM nowhere")
    with pytest.raises(OperationalError, match="no such table: seen"):
        ask(engine, "SELECT * FROM seen")


def test_questions_of_one_moment_are_told_in_their_order_and_leave_no_transaction_open(engine: Engine) -> None:
    assert ask_at_one_moment(engine, ("SELECT 1", "SELECT 2 UNION SELECT 3")) == [[(1,)], [(2,), (3,)]]
    assert ask(engine, "PRAGMA wal_checkpoint(TRUNCATE)") == [(0, 0, 0)]


def test_a_connection_that_failed_between_two_of_them_is_not_used_again(engine: Engine) -> None:
    ask(engine, "CREATE TEMP TABLE seen (once)")
    with pytest.raises(OperationalError):
        ask_at_one_moment(engine, ("SELECT 1", "SELECT nothing FROM nowhere"))
    with pytest.raises(OperationalError, match="no such table: seen"):
        ask(engine, "SELECT * FROM seen")
