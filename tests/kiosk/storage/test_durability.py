"""A tap that was acknowledged is on disk: one device sync each, and nothing lost to kill -9 (A8)."""

import os
import re
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
from samples.storage import records
from samples.tapping import TURN
from sqlalchemy import Engine

from kiosk.storage.database import open_database
from visits.event import FIRST_PREVIOUS, record_hash

TAPS = 20
ENVIRONMENT = {**os.environ, "PYTHONPATH": "tests"}


def tapping(folder: Path, taps: int, *more: str) -> list[str]:
    return [sys.executable, "-m", "samples.tapping", str(folder), str(taps), *more]


def syncs_while_tapping(folder: Path, taps: int, how: str = "") -> int:
    """fsync(2) and fdatasync(2) of the thread that taps, between the two marks."""
    trace = folder / "trace"
    strace = ["strace", "-qq", "-e", "trace=fsync,fdatasync,getpgid", "-o", str(trace)]
    command = [*strace, *tapping(folder / "data", taps, how)]
    subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, timeout=60)
    calls = re.findall(r"^(\w+)\(.*= 0$|^(getpgid)\(", trace.read_text(), re.MULTILINE)
    names = [one or other for one, other in calls]
    begin, end = (at for at, name in enumerate(names) if name == "getpgid")
    return end - begin - 1


def integrity(engine: Engine) -> list[tuple[str]]:
    connection = engine.raw_connection()
    cursor = connection.cursor()
    found = [
        row for check in ("integrity_check", "cipher_integrity_check") for row in cursor.execute(f"PRAGMA {check}")
    ]
    connection.close()
    return found


def test_a_tap_costs_exactly_one_device_sync(tmp_path: Path) -> None:
    assert syncs_while_tapping(tmp_path, TAPS) == TAPS


def test_so_it_does_where_the_log_begins_anew_between_the_taps(tmp_path: Path) -> None:
    taps = 4 * TURN
    assert syncs_while_tapping(tmp_path, taps, "kept") == taps


def test_the_same_count_tells_a_costlier_journal(tmp_path: Path) -> None:
    assert syncs_while_tapping(tmp_path, TAPS, "delete") >= 2 * TAPS


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int]]:
    """A database whose process was killed again and again in the middle of its taps; the last tap acknowledged each time."""
    folder = tmp_path_factory.mktemp("killed")
    acknowledged = []
    for lines in (1, 7, 23):
        with subprocess.Popen(tapping(folder, 100_000), env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            seen = list(islice(process.stdout, lines))
            process.kill()
            acknowledged.append(int((seen + process.stdout.readlines())[-1]))
    return folder, acknowledged


def test_every_acknowledged_tap_survives_kill_9(killed: tuple[Path, list[int]]) -> None:
    folder, acknowledged = killed
    engine = open_database(folder)
    found = records(engine)
    engine.dispose()
    assert acknowledged == sorted(acknowledged)
    assert len(found) - acknowledged[-1] in {0, 1}, "at most the tap under way is more than what was told"


def test_the_chain_is_whole_after_kill_9(killed: tuple[Path, list[int]]) -> None:
    engine = open_database(killed[0])
    found = records(engine)
    engine.dispose()
    assert [record["seq"] for record in found] == list(range(1, len(found) + 1))
    assert [record["prev"] for record in found] == [
        FIRST_PREVIOUS.hex(),
        *(record_hash(record).hex() for record in found[:-1]),
    ]


def test_the_database_is_whole_after_kill_9(killed: tuple[Path, list[int]]) -> None:
    engine = open_database(killed[0])
    assert integrity(engine) == [("ok",)]
    engine.dispose()
