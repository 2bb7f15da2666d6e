"""A database damaged on a disk without a block to spare: nothing of it is lost, and once there is room it is put away."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from faults.full_disk import filled, small_disk
from samples.storage import ANN, NOT_CHECKED, TERMINAL, HandClock, card_of, member

from kiosk.storage import newest
from kiosk.storage.database import DATABASE, StorageError, open_database
from kiosk.storage.recovery import folders, open_terminal
from kiosk.storage.roster import RosterStore
from kiosk.storage.upkeep import Upkeep
from kiosk.storage.visitbook import Recorded, VisitBook
from machine import damage
from machine.damage import Terminal
from sync import identity, lineage
from visits.decision import Direction

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a disk needs root")

BLOCK = 4096


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """With records in the log and in a main file of which the first byte changed."""
    made = damage.stopped(tmp_path_factory.mktemp("damaged") / "data", 12, folded_in=8)
    return Terminal(made.flipped(DATABASE, 0, 1), made.told)


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk() as folder:
        yield folder


def everywhere(data: Path) -> dict[str, bytes]:
    """What lies in the terminal's folder, or has been put away already."""
    aside = [damage.read(folder) for folder in folders(data)]
    return {name: content for files in (damage.read(data), *aside) for name, content in files.items()}


@pytest.mark.parametrize("blocks", [0, 1, 3, 8, 32])
def test_without_room_nothing_is_lost_and_with_room_it_is_put_away(disk: Path, damaged: Terminal, blocks: int) -> None:
    data = disk / "terminal"
    damage.put(data, damaged.files)
    with filled(disk, but=blocks * BLOCK):
        for _ in range(3):
            try:
                open_terminal(data).dispose()
            except StorageError:
                assert damaged.files[DATABASE] in everywhere(data).values()
    open_terminal(data).dispose()
    (folder,) = folders(data)
    assert damage.carved(damage.read(folder)) == damaged.told
    assert identity.load(folder).terminal_id == TERMINAL
    assert lineage.predecessor(data) == TERMINAL


def test_a_disk_without_a_block_is_said(disk: Path, damaged: Terminal) -> None:
    data = disk / "terminal"
    damage.put(data, damaged.files)
    with filled(disk), pytest.raises(StorageError):
        open_terminal(data)


@pytest.mark.parametrize("blocks", [0, 3, 8])
def test_trying_again_and_again_leaves_nothing_behind(disk: Path, damaged: Terminal, blocks: int) -> None:
    data = disk / "terminal"
    damage.put(data, damaged.files)
    with filled(disk, but=blocks * BLOCK):
        left = []
        for _ in range(5):
            with pytest.raises(StorageError):
                open_terminal(data)
            left.append(sum(1 for _ in data.rglob("*")))
    assert left[1:] == [left[1]] * 4


def test_the_newest_record_is_noted_on_a_full_disk(disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = disk / "terminal"
    engine = open_database(data)
    RosterStore(engine, HandClock()).replace([member(ANN)], "1", 0)
    Upkeep(engine, data, timedelta(days=30)).turn()
    book = VisitBook(engine, terminal=TERMINAL, clock=HandClock(), fresh=timedelta(0))
    with filled(disk):
        for way in 4 * list(Direction):
            assert isinstance(book.tap(way, card_of(ANN), NOT_CHECKED), Recorded)
        records = damage.records(engine)
        noted = newest.read(data / newest.FILE)
    assert noted is not None
    assert noted.hash == records[max(records)]
    assert caplog.messages == []
    engine.dispose()
