"""How a database tells that something was committed: PostgreSQL says so, SQLite has a counter to look at.

Not in here: what was committed.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

CHANNEL = "checkin_news"
"""Triggers notify it (migration 0001)."""

PATIENCE_SECONDS = 0.5
LOOK_SECONDS = 0.1
BREATH_SECONDS = 0.05


@contextmanager
def database_signals() -> Iterator[Callable[[], bool]]:
    """For use in a thread of its own: the thread's connection is closed at the end."""
    try:
        with _notifications() if connection.vendor == "postgresql" else _data_version() as committed:
            yield committed
    finally:
        connection.close()


@contextmanager
def _notifications() -> Iterator[Callable[[], bool]]:
    """Beside the pool, so that no other user of a connection inherits its ears."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as ear:
        ear.execute(f"LISTEN {CHANNEL}")

        def committed() -> bool:
            # Where much is committed, one look serves for all of a breath.
            time.sleep(BREATH_SECONDS)
            return bool(list(ear.notifies(timeout=PATIENCE_SECONDS, stop_after=1)))

        yield committed


@contextmanager
def _data_version() -> Iterator[Callable[[], bool]]:
    """SQLite tells nobody. This number changes when another connection commits, and costs microseconds to read."""
    last: int | None = None

    def committed() -> bool:
        nonlocal last
        time.sleep(LOOK_SECONDS)
        before, last = last, _read_data_version()
        return before != last

    yield committed


def _read_data_version() -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA data_version")
        return int(cursor.fetchone()[0])
