"""Room set apart, old records pruned, checkpoints outside of taps; and none of it ever in the way of a visit."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
import sqlcipher3.dbapi2
from samples.storage import ANN, NINE, NOT_CHECKED, card_of, member
from sqlalchemy import Engine, text

from kiosk import disk
from kiosk.storage import reserve
from kiosk.storage.database import CHECKPOINT_PAGES, DATABASE
from kiosk.storage.roster import RosterStore
from kiosk.storage.upkeep import WORTH_A_CHECKPOINT, Upkeep
from kiosk.storage.visitbook import Recorded, VisitBook
from sync import outbox
from visits.decision import Direction

MONTH = timedelta(days=30)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def keeper(engine: Engine, folder: Path) -> Upkeep:
    return Upkeep(engine, folder, MONTH)


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "level", lambda _: disk.Level.CRITICAL)


def log_pages(folder: Path) -> int:
    return (folder / f"{DATABASE}-wal").stat().st_size // reserve.PAGE_BYTES


def free_pages(engine: Engine) -> int:
    with engine.begin() as connection:
        return reserve.free_pages(connection)


def take(engine: Engine, pages: int) -> None:
    """Fill free pages with something that stays."""
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS taken (filler)")
        connection.execute(text("INSERT INTO taken VALUES (zeroblob(:size))"), {"size": pages * reserve.PAGE_BYTES})


# Room


def test_the_first_turn_sets_room_apart_for_the_log_and_the_records(
    keeper: Upkeep, engine: Engine, folder: Path
) -> None:
    keeper.turn()
    assert log_pages(folder) > reserve.ENOUGH > CHECKPOINT_PAGES
    assert free_pages(engine) > reserve.ENOUGH


def test_the_free_pages_have_their_place_on_the_disk(keeper: Upkeep, folder: Path) -> None:
    keeper.turn()
    found = (folder / DATABASE).stat()
    assert found.st_blocks * 512 >= found.st_size > reserve.ENOUGH * reserve.PAGE_BYTES


def test_the_room_does_not_grow_from_turn_to_turn(keeper: Upkeep, engine: Engine, folder: Path) -> None:
    keeper.turn()
    before = (free_pages(engine), log_pages(folder), (folder / DATABASE).stat().st_size)
    for _ in range(3):
        keeper.turn()
    assert (free_pages(engine), log_pages(folder), (folder / DATABASE).stat().st_size) == before


@pytest.mark.parametrize(("taken", "set_apart_again"), [(100, False), (300, True)])
def test_what_was_taken_is_set_apart_again_when_it_has_become_much(
    taken: int, set_apart_again: bool, keeper: Upkeep, engine: Engine
) -> None:
    keeper.turn()
    before = free_pages(engine)
    take(engine, taken)
    keeper.turn()
    assert (free_pages(engine) > before - 50) == set_apart_again


@pytest.mark.usefixtures("full")
def test_a_full_disk_is_asked_for_no_more_pages(keeper: Upkeep, engine: Engine, folder: Path) -> None:
    before = (folder / DATABASE).stat().st_size
    keeper.turn()
    assert (free_pages(engine), log_pages(folder) < 100) == (0, True)
    assert (folder / DATABASE).stat().st_size == before


def test_on_a_full_disk_the_log_takes_what_is_free_already_and_once_only(
    keeper: Upkeep, engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper.turn()
    engine.dispose()
    assert not (folder / f"{DATABASE}-wal").exists(), "the last to close the database takes the log away"
    monkeypatch.setattr(disk, "level", lambda _: disk.Level.CRITICAL)
    size = (folder / DATABASE).stat().st_size
    again = Upkeep(engine, folder, MONTH)
    again.turn()
    assert log_pages(folder) > reserve.ENOUGH
    take(engine, 500)
    before = again._ask("NOOP")
    again._set_apart()
    assert again._ask("NOOP") == before
    assert (folder / DATABASE).stat().st_size == size


def test_on_a_full_disk_the_log_takes_no_more_than_it_needs_however_much_is_free(
    keeper: Upkeep, engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(engine, 2 * reserve.PAGES)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE taken")
    engine.dispose()
    monkeypatch.setattr(disk, "level", lambda _: disk.Level.CRITICAL)
    keeper.turn()
    assert reserve.ENOUGH < log_pages(folder) < reserve.PAGES + 100


# The log


def test_a_short_log_is_left_alone(keeper: Upkeep, engine: Engine) -> None:
    keeper.turn()
    take(engine, WORTH_A_CHECKPOINT - 100)
    pages = keeper._ask("NOOP")
    keeper._checkpoint()
    assert keeper._ask("NOOP") == pages


def test_a_long_log_begins_anew_with_a_write_that_is_no_tap_s(keeper: Upkeep, engine: Engine) -> None:
    keeper.turn()
    take(engine, WORTH_A_CHECKPOINT)
    assert keeper._ask("NOOP") > WORTH_A_CHECKPOINT
    keeper._checkpoint()
    assert keeper._ask("NOOP") == 1


# Old records


def delivered(engine: Engine, count: int, days_ago: int) -> None:
    """So many records, all acknowledged that long ago by the server's clock."""
    with engine.begin() as connection:
        for seq in range(1, count + 1):
            outbox.append(connection, seq, bytes(32), "{}")
        outbox.acknowledge(connection, count)
        outbox.contacted(connection, NINE)
        outbox.contacted(connection, NINE + timedelta(days=days_ago))


@pytest.mark.parametrize(("days", "left"), [(29, 5), (30, 1)])
def test_records_stay_as_long_as_they_are_to(
    days: int, left: int, keeper: Upkeep, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    delivered(engine, 5, days)
    with caplog.at_level(logging.INFO):
        keeper.turn()
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM outbox_events")).scalar_one() == left
    assert ("pruned 4 records delivered long ago" in caplog.messages) == (left == 1)


# Trouble


@pytest.mark.parametrize("step", ["_prune", "_set_apart", "_checkpoint"])
def test_one_step_that_fails_is_told_and_keeps_the_others_from_nothing(
    step: str,
    keeper: Upkeep,
    engine: Engine,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_: Upkeep) -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO link VALUES (2, 0, 0, 0, 0, 0, 0)")

    monkeypatch.setattr(Upkeep, step, fail)
    delivered(engine, 5, 30)
    keeper.turn()
    assert len([line for line in caplog.messages if "did not succeed: CHECK constraint failed" in line]) == 1
    with engine.begin() as connection:
        left = connection.execute(text("SELECT count(*) FROM outbox_events")).scalar_one()
    assert (left == 1) == (step != "_prune")
    assert (log_pages(folder) > reserve.ENOUGH) == (step != "_set_apart")


def test_a_checkpoint_that_the_device_refuses_is_told_in_one_line(
    keeper: Upkeep, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: Upkeep, __: str) -> int:
        raise sqlcipher3.dbapi2.OperationalError("disk I/O error")

    monkeypatch.setattr(Upkeep, "_ask", refuse)
    keeper.turn()
    assert caplog.messages == ["checkpoint did not succeed: disk I/O error"]


def test_visits_go_on_while_room_is_set_apart(
    keeper: Upkeep, engine: Engine, roster: RosterStore, book: VisitBook
) -> None:
    roster.replace([member(ANN)], "1", 0)
    for way in (Direction.IN, Direction.OUT) * 2:
        assert isinstance(book.tap(way, card_of(ANN), NOT_CHECKED), Recorded)
        keeper.turn()
    with engine.begin() as connection:
        assert outbox.head(connection).seq == 4
