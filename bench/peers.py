"""Other durable queues at the same work: each record enqueued so that it survives a power cut, then taken and acknowledged.

persist-queue's SQLiteAckQueue is durable as it comes; litequeue is made so. Ours is the terminal's own queue, encrypted, with
its room set apart. They take turns of CHUNK records, so that a slow moment of the machine meets all alike. Used by
bench/storage.py. Not in here: what a tap does beside the queue.
"""

import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import litequeue
import persistqueue

from kiosk.storage.database import open_database
from kiosk.storage.upkeep import Upkeep
from sync import outbox

CHUNK = 100


class Queue(Protocol):
    def put(self, record: str) -> None: ...

    def acknowledge(self, count: int) -> None: ...


class Ours:
    name = "this queue"

    def __init__(self, folder: Path) -> None:
        self._engine = open_database(folder)
        Upkeep(self._engine, folder, timedelta(days=30)).turn()
        self._seq = 0

    def put(self, record: str) -> None:
        self._seq += 1
        with self._engine.begin() as connection:
            outbox.append(connection, self._seq, self._seq.to_bytes(32), record)

    def acknowledge(self, count: int) -> None:
        with self._engine.begin() as connection:
            outbox.acknowledge(connection, outbox.pending(connection, count)[-1].seq)


class PersistQueue:
    name = "persist-queue SQLiteAckQueue"

    def __init__(self, folder: Path) -> None:
        self._queue = persistqueue.SQLiteAckQueue(str(folder), auto_commit=True)

    def put(self, record: str) -> None:
        self._queue.put(record)

    def acknowledge(self, count: int) -> None:
        for _ in range(count):
            self._queue.ack(self._queue.get())


class LiteQueue:
    name = "litequeue, synchronous FULL"

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._queue = litequeue.LiteQueue(str(folder / "queue.db"))
        self._queue.conn.execute("PRAGMA synchronous = FULL")

    def put(self, record: str) -> None:
        self._queue.put(record)

    def acknowledge(self, count: int) -> None:
        for _ in range(count):
            self._queue.done(self._queue.pop().message_id)


def rates(folder: Path, records: Sequence[str]) -> dict[str, float]:
    """Records a second, ours first."""
    queues: dict[str, Queue] = {kind.name: kind(folder / kind.__name__) for kind in (Ours, PersistQueue, LiteQueue)}
    seconds = dict.fromkeys(queues, 0.0)
    for start in range(0, len(records), CHUNK):
        for name, queue in queues.items():
            seconds[name] += _turn(queue, records[start : start + CHUNK])
    return {name: len(records) / took for name, took in seconds.items()}


def _turn(queue: Queue, records: Sequence[str]) -> float:
    begun = time.perf_counter()
    for record in records:
        queue.put(record)
    queue.acknowledge(len(records))
    return time.perf_counter() - begun
