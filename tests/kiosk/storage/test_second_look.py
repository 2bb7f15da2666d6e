"""A database is set aside for damage that a second look finds too: under random I/O errors good ones looked damaged."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.storage import recovery
from kiosk.storage.database import DamagedDatabase, open_database, open_held


@pytest.fixture
def good(tmp_path: Path) -> Path:
    open_database(tmp_path / "data").dispose()
    return tmp_path / "data"


def damaged_on_first(looks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    left = iter(range(looks))

    def look(directory: Path) -> Engine:
        if next(left, None) is None:
            return open_held(directory)
        raise DamagedDatabase(directory, "database disk image is malformed")

    monkeypatch.setattr(recovery, "open_held", look)


def test_damage_seen_once_sets_nothing_aside(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged_on_first(1, monkeypatch)
    recovery.open_terminal(good).dispose()
    assert list(recovery.folders(good)) == []


def test_damage_seen_twice_sets_the_database_aside(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged_on_first(2, monkeypatch)
    recovery.open_terminal(good).dispose()
    assert len(list(recovery.folders(good))) == 1
