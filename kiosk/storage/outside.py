"""A question to the database outside of SQLAlchemy's transactions, each of which takes the write lock.

Not in here: what is asked.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import DBAPICursor


def ask(engine: Engine, statement: str, values: Sequence[object] = ()) -> Sequence[tuple[Any, ...]]:
    """All rows, so that no read transaction stays open and keeps the log from being emptied.

    Raises sqlcipher3's errors. One of them may have spoilt the connection (kiosk.storage.database): it is given up.
    """
    with _given_up_when_spoilt(engine) as cursor:
        cursor.execute(statement, tuple(values))
        return cursor.fetchall()


def ask_at_one_moment(engine: Engine, statements: Sequence[str]) -> Sequence[Sequence[tuple[Any, ...]]]:
    """As `ask`, the rows of each: what is written meanwhile is in none of them."""
    with _given_up_when_spoilt(engine) as cursor:
        cursor.execute("BEGIN")
        answers = []
        for statement in statements:
            cursor.execute(statement)
            answers.append(cursor.fetchall())
        cursor.execute("ROLLBACK")
        return answers


@contextmanager
def _given_up_when_spoilt(engine: Engine) -> Iterator[DBAPICursor]:
    with closing(engine.raw_connection()) as connection:
        try:
            cursor = connection.cursor()
            yield cursor
            cursor.close()
        except Exception:
            connection.invalidate()
            raise
