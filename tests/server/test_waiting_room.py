"""The room where requests wait: woken by what concerns them, never too many, and never left behind."""

import logging
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from uuid import UUID, uuid4

import pytest

from server.feed.waiting import WaitingRoom

HERE, THERE = uuid4(), uuid4()
LONG = 60.0


class Database:
    """One figure a terminal; `commit` changes it and tells."""

    def __init__(self) -> None:
        self.figures = {HERE: 1, THERE: 1}
        self.told: SimpleQueue[bool] = SimpleQueue()
        self.looks: SimpleQueue[set[UUID]] = SimpleQueue()
        self.ears = 0

    def commit(self, terminal: UUID) -> None:
        self.figures[terminal] += 1
        self.told.put(True)

    def marks(self, terminals: Collection[UUID]) -> dict[UUID, int]:
        self.looks.put(set(terminals))
        return {terminal: self.figures[terminal] for terminal in terminals}

    @contextmanager
    def signals(self) -> Iterator[Callable[[], bool]]:
        self.ears += 1
        yield self._committed

    def _committed(self) -> bool:
        try:
            return self.told.get(timeout=0.01)
        except Empty:
            return False


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def room(database: Database) -> WaitingRoom[int]:
    return WaitingRoom(2, database.marks, database.signals)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


def seen(database: Database, *terminals: UUID) -> None:
    """Returns when the watcher has looked after these, who therefore sit."""
    while database.looks.get(timeout=LONG) != set(terminals):
        pass


def test_whoever_waits_is_woken_by_what_concerns_it(
    room: WaitingRoom[int], database: Database, pool: ThreadPoolExecutor
) -> None:
    here = pool.submit(room.wait, HERE, 1, LONG)
    there = pool.submit(room.wait, THERE, 1, LONG)
    seen(database, HERE, THERE)

    database.commit(HERE)
    here.result(LONG)

    assert not there.done()
    database.commit(THERE)
    there.result(LONG)


def test_what_was_committed_before_it_sat_down_wakes_it_too(room: WaitingRoom[int], database: Database) -> None:
    database.figures[HERE] = 2

    room.wait(HERE, 1, LONG)


def test_the_time_comes_to_an_end(room: WaitingRoom[int]) -> None:
    room.wait(HERE, 1, 0.01)


def test_where_there_is_no_seat_nobody_waits(
    database: Database, pool: ThreadPoolExecutor, room: WaitingRoom[int]
) -> None:
    pool.submit(room.wait, HERE, 1, LONG)
    pool.submit(room.wait, THERE, 1, LONG)
    seen(database, HERE, THERE)

    room.wait(uuid4(), 1, LONG)

    room.close()


def test_a_terminal_that_asks_again_takes_its_own_seat(
    room: WaitingRoom[int], database: Database, pool: ThreadPoolExecutor
) -> None:
    first = pool.submit(room.wait, HERE, 1, LONG)
    pool.submit(room.wait, THERE, 1, LONG)
    seen(database, HERE, THERE)

    second = pool.submit(room.wait, HERE, 1, LONG)

    first.result(LONG)
    assert not second.done()
    room.close()


def test_when_the_process_stops_everybody_leaves_and_nobody_sits_down_again(
    room: WaitingRoom[int], database: Database, pool: ThreadPoolExecutor
) -> None:
    waiting = pool.submit(room.wait, HERE, 1, LONG)
    seen(database, HERE)

    room.close()

    waiting.result(LONG)
    room.wait(HERE, 1, LONG)


def test_nobody_is_left_behind_when_the_database_goes_away(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def lost(_: Collection[UUID]) -> dict[UUID, int]:
        raise ConnectionError

    room = WaitingRoom(2, lost, database.signals)
    logging.getLogger("server.feed.waiting").addHandler(caplog.handler)

    room.wait(HERE, 1, LONG)

    assert "nobody watches for news" in caplog.text
    room.wait(HERE, 1, LONG)
    assert database.ears == 2


def test_nobody_watches_when_nobody_waits(room: WaitingRoom[int], database: Database, pool: ThreadPoolExecutor) -> None:
    assert database.ears == 0
    waiting = pool.submit(room.wait, HERE, 1, LONG)
    seen(database, HERE)
    [watcher] = [thread for thread in threading.enumerate() if thread.name == "feed-watcher"]

    database.commit(HERE)
    waiting.result(LONG)

    watcher.join(LONG)
    assert not watcher.is_alive()
