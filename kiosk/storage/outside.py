"""A question to the database outside of SQLAlchemy's transactions, each of which takes the write lock.

Not in here: what is asked.
"""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import Engine


def ask(engine: Engine, statement: str, values: Sequence[object] = ()) -> Sequence[tuple[Any, ...]]:
    """All rows, so that no read transaction stays open and keeps the log from being emptied.

    Raises sqlcipher3's errors. One of them may have spoilt the connection (kiosk.storage.database): it is given up.
    """
    with closing(engine.raw_connection()) as connection:
        try:
            cursor = connection.cursor()
            cursor.execute(statement, tuple(values))
            rows = cursor.fetchall()
            cursor.close()
        except Exception:
            connection.invalidate()
            raise
    return rows
