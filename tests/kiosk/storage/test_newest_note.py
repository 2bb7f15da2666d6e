"""The note of the newest record is there before the disk is full, and that it cannot be written is said once."""

import errno
import os
from pathlib import Path

import pytest
from samples.storage import ANN, NOT_CHECKED, HandClock, card_of, member
from sqlalchemy import Engine

from kiosk.storage import newest
from kiosk.storage.database import open_database
from kiosk.storage.newest import Newest, Note
from kiosk.storage.roster import RosterStore
from kiosk.storage.visitbook import VisitBook
from machine import damage
from visits.decision import Direction
from visits.event import FIRST_PREVIOUS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / newest.FILE


def note(seq: int) -> Newest:
    return Newest(seq, seq.to_bytes(32))


def full(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", no_room)


def test_it_says_the_newest_put_there(path: Path) -> None:
    kept = Note(path)
    for seq in (1, 2, 300):
        kept.put(note(seq))
    assert newest.read(path) == note(300)


def test_it_is_written_over_in_its_place(path: Path) -> None:
    kept = Note(path)
    kept.put(note(1))
    before = path.stat()
    kept.put(note(2))
    after = path.stat()
    assert (after.st_ino, after.st_blocks, after.st_size) == (before.st_ino, before.st_blocks, 48)


def test_a_new_database_has_one_before_the_first_tap(engine: Engine) -> None:
    assert newest.read(newest.beside(engine)) == Newest(0, FIRST_PREVIOUS)


@pytest.mark.parametrize("content", [b"", b"noise", bytes(48), bytes(4096)], ids=["empty", "short", "noise", "long"])
def test_one_that_cannot_be_read_is_written_anew_at_the_opening(tmp_path: Path, content: bytes) -> None:
    made = damage.stopped(tmp_path / "made", 3, folded_in=None)
    damage.put(tmp_path / "data", {**made.files, newest.FILE: content})
    open_database(tmp_path / "data").dispose()
    assert newest.read(tmp_path / "data" / newest.FILE) == Newest(3, made.told[3])


def test_a_disk_without_room_for_it_opens_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    full(monkeypatch)
    open_database(tmp_path / "data").dispose()
    assert caplog.messages == [f"{tmp_path / 'data' / newest.FILE}: No space left on device"]


def test_that_it_fails_is_said_once(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Note(path)
    full(monkeypatch)
    for seq in range(1, 6):
        kept.put(note(seq))
    assert len(caplog.messages) == 1


def test_that_it_fails_again_is_said_again(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Note(path)
    for seq in (1, 2):
        with monkeypatch.context() as patch:
            full(patch)
            kept.put(note(seq))
        kept.put(note(seq))
    assert len(caplog.messages) == 2
    assert newest.read(path) == note(2)


def test_taps_are_recorded_without_it(
    engine: Engine, book: VisitBook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    RosterStore(engine, HandClock()).replace([member(ANN)], "1", 0)
    full(monkeypatch)
    for way in (Direction.IN, Direction.OUT, Direction.IN):
        book.tap(way, card_of(ANN), NOT_CHECKED)
    assert len(damage.records(engine)) == 3
    assert len(caplog.messages) == 1
