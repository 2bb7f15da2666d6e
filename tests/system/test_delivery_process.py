"""`kiosk sync` beside a real server process: keys change under it, the server is set back under it, it ends when told."""

import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from subprocess import Popen

import pytest

from kiosk.clock import SystemClock
from kiosk.report import status
from kiosk.storage.database import open_database
from kiosk.storage.visitbook import Recorded, VisitBook
from machine.crowd import card
from machine.house import Door, House, house, knows_members
from machine.waiting import until
from sync import identity
from visits.decision import Direction
from visits.event import Revocation

pytestmark = pytest.mark.system

MEMBERS = 3


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("delivery") / "house", terminals=3, members=MEMBERS) as opened:
        yield opened


@pytest.fixture
def door(place: House, request: pytest.FixtureRequest) -> Door:
    return place.enrol(request.node.name)


@pytest.fixture
def delivery(place: House, door: Door) -> Iterator[Popen[bytes]]:
    process = place.stage.start(f"{door.name}-sync", door.terminal.command("sync"))
    wait(lambda: knows_members(door), "no roster came")
    yield process
    process.kill()
    process.wait()


def wait(condition: Callable[[], bool], otherwise: str) -> None:
    until(condition, otherwise, patience_seconds=30, poll_seconds=0.1)


def tap(door: Door, number: int, direction: Direction = Direction.IN) -> None:
    engine = open_database(door.data)
    book = VisitBook(engine, terminal=door.id, clock=SystemClock(), fresh=timedelta(seconds=0))
    assert isinstance(book.tap(direction, card(number), Revocation.NOT_CHECKED), Recorded)
    engine.dispose()


def held(place: House, door: Door) -> int:
    """How many records of this terminal lie in the server's database."""
    with closing(sqlite3.connect(f"file:{place.database}?mode=ro", uri=True)) as connection:
        query = "SELECT count(*) FROM ledger_event WHERE terminal_id = ?"
        return int(connection.execute(query, (door.id.hex,)).fetchone()[0])


def delivered(door: Door) -> bool:
    return door.queue().length == 0


def log(place: House, door: Door) -> str:
    return place.stage.log(f"{door.name}-sync").read_text()


def test_a_key_changed_under_delivery_signs_what_follows(place: House, door: Door, delivery: Popen[bytes]) -> None:
    before = identity.load(door.data).key.private_bytes_raw()
    place.stage.do("rotate", door.terminal.command("rotate-key"))
    assert identity.load(door.data).key.private_bytes_raw() != before
    tap(door, 0)
    wait(lambda: held(place, door) == 1 and delivered(door), "the record was not delivered under the new key")
    assert delivery.poll() is None


def test_delivery_ends_when_told_while_its_look_waits_at_the_server(
    place: House, door: Door, delivery: Popen[bytes]
) -> None:
    tap(door, 1)
    wait(lambda: delivered(door), "the record was not delivered")
    delivery.send_signal(signal.SIGTERM)
    assert delivery.wait(15) == 0  # a look waits 25 s at the server


def test_a_server_restored_from_its_backup_gets_again_what_it_lacks(
    place: House, door: Door, delivery: Popen[bytes], tmp_path: Path
) -> None:
    tap(door, 2)
    wait(lambda: delivered(door), "the first record was not delivered")
    backup = tmp_path / "backup.sqlite3"
    with closing(sqlite3.connect(place.database)) as source, closing(sqlite3.connect(backup)) as copy:
        source.backup(copy)
    tap(door, 2, Direction.OUT)
    tap(door, 0)
    wait(lambda: held(place, door) == 3, "the later records were not delivered")
    place.kill_server()
    for path in place.database.parent.glob(f"{place.database.name}-*"):
        path.unlink()
    shutil.copyfile(backup, place.database)
    assert held(place, door) == 1
    place.restart_server()
    wait(lambda: held(place, door) == 3 and delivered(door), "what the backup lacked did not come again")
    assert "the server went back to 1" in log(place, door)
    wait(lambda: status(door.terminal.settings).news.trouble is None, "there is still trouble")
