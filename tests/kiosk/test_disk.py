"""How full the disk is, and that log lines give way before visits do."""

import logging
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from kiosk import disk
from kiosk.disk import CRITICAL_BYTES, LOW_BYTES, Level, Shedding

BLOCK = 4096


def leave(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    """So many bytes for this user, and plenty for root."""
    found = SimpleNamespace(f_bavail=free // BLOCK, f_bfree=2**40 // BLOCK, f_frsize=BLOCK, f_bsize=BLOCK)
    monkeypatch.setattr(os, "statvfs", lambda _: found)


@pytest.mark.parametrize(
    ("free", "level"),
    [
        (LOW_BYTES, Level.OK),
        (LOW_BYTES - BLOCK, Level.LOW),
        (CRITICAL_BYTES, Level.LOW),
        (CRITICAL_BYTES - BLOCK, Level.CRITICAL),
        (0, Level.CRITICAL),
    ],
)
def test_the_level_goes_by_what_the_service_may_still_write(
    free: int, level: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(monkeypatch, free)
    assert disk.level(tmp_path) is level


def test_a_real_disk_has_a_level(tmp_path: Path) -> None:
    assert disk.level(tmp_path) in Level


@pytest.mark.parametrize(
    ("free", "kept"),
    [
        (LOW_BYTES, ["debug", "info", "warning", "error"]),
        (LOW_BYTES - BLOCK, ["warning", "error"]),
        (CRITICAL_BYTES - BLOCK, ["error"]),
    ],
    ids=["plenty", "low", "critical"],
)
def test_the_fuller_the_disk_the_less_is_logged(
    free: int, kept: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(monkeypatch, free)
    shedding = Shedding(tmp_path)
    levels = {"debug": 10, "info": 20, "warning": 30, "error": 40}
    lines = [logging.LogRecord("kiosk", level, __file__, 1, name, None, None) for name, level in levels.items()]
    assert [line.msg for line in lines if shedding.filter(line)] == kept


def test_lines_come_back_with_the_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shedding, line = Shedding(tmp_path), logging.LogRecord("kiosk", logging.INFO, __file__, 1, "", None, None)
    leave(monkeypatch, 0)
    assert not shedding.filter(line)
    leave(monkeypatch, LOW_BYTES)
    assert shedding.filter(line)


def test_a_disk_that_does_not_say_how_full_it_is_costs_no_line(tmp_path: Path) -> None:
    line = logging.LogRecord("kiosk", logging.INFO, __file__, 1, "", None, None)
    assert Shedding(tmp_path / "gone").filter(line)
