"""Damage met in use is noted, and nothing else is; both processes end, and the next start looks at everything."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from kiosk.storage import suspicion
from kiosk.storage.database import DATABASE, StorageError, open_database
from kiosk.storage.pages import PAGE_BYTES
from kiosk.storage.recovery import folders, open_terminal
from machine import damage

WAITING = """
import signal, sys
from pathlib import Path
from kiosk.storage import suspicion
suspicion.end_when_noted(Path(sys.argv[1]))
print("waits", flush=True)
signal.pause()
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    damage.put(tmp_path / "data", damage.stopped(tmp_path / "made", 12, folded_in=None).files)
    return tmp_path / "data"


def test_damage_that_a_query_meets_is_noted(data: Path) -> None:
    engine = open_database(data)
    engine.dispose()  # and with it the pages it remembers
    pages = (data / DATABASE).stat().st_size // PAGE_BYTES
    for page in range(2, pages):
        damage.put_byte(data / DATABASE, page * PAGE_BYTES + 1000)
    with pytest.raises(DatabaseError), engine.begin() as connection:
        connection.execute(text("SELECT count(*), sum(length(record)) FROM outbox_events")).all()
    assert (data / suspicion.FILE).exists()
    engine.dispose()


def test_a_statement_that_fails_for_another_reason_is_no_damage(data: Path) -> None:
    engine = open_database(data)
    with pytest.raises(DatabaseError), engine.begin() as connection:
        connection.execute(text("SELECT * FROM nothing"))
    assert not (data / suspicion.FILE).exists()
    engine.dispose()


def test_a_process_that_watches_ends_as_the_service_manager_ends_it(data: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WAITING, str(data)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"waits\n"
        (data / suspicion.FILE).touch()
        assert process.wait(20) == -signal.SIGTERM


def test_nobody_comes_in_while_another_still_has_it_open(data: Path) -> None:
    engine = open_database(data)
    (data / suspicion.FILE).touch()
    with pytest.raises(StorageError, match="must end first"):
        open_database(data)
    engine.dispose()


def test_a_suspicion_that_is_not_confirmed_is_over(data: Path) -> None:
    (data / suspicion.FILE).touch()
    open_terminal(data).dispose()
    assert not (data / suspicion.FILE).exists()
    assert not list(folders(data))
