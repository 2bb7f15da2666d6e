"""What the screen must know of the delivery process's doings, looked at every second for next to nothing.

`PRAGMA data_version` tells whether another connection has committed; while none has, the last sight still holds. Nothing
here begins a transaction of SQLAlchemy's, which would take the write lock. Not in here: who looks when, and the screens.
"""

from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Engine

from kiosk.storage.rules import read
from visits.event import ServerOffset
from visits.rulebook import Rulebook

_SEEN = """
SELECT
    revoked_at IS NOT NULL, EXISTS (SELECT 1 FROM roster), CASE boot WHEN ? THEN offset_ms END, error_ms,
    (SELECT document FROM rules)
FROM link
"""


@dataclass(frozen=True, slots=True)
class Sight:
    """`has_roster`: a roster was pulled, be it empty. `offset` is the server's for this boot, None while untold."""

    revoked: bool
    has_roster: bool
    offset: ServerOffset | None
    rulebook: Rulebook = field(default_factory=Rulebook)


class Lookout:
    """A context, with a connection of its own. `look` may be called from one thread at a time, `seen` be read from any."""

    def __init__(self, engine: Engine, boot: UUID) -> None:
        self._connection = engine.raw_connection()
        self._boot = boot
        self._version = self._first("PRAGMA data_version")
        self.seen = self._read()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def look(self) -> Sight:
        """Raises sqlcipher3's errors."""
        version = self._first("PRAGMA data_version")
        if version != self._version:
            self.seen = self._read()
            self._version = version
        return self.seen

    def _read(self) -> Sight:
        revoked, has_roster, offset_ms, error_ms, rules = self._first(_SEEN, (str(self._boot),))
        offset = None if offset_ms is None else ServerOffset(offset_ms, error_ms)
        return Sight(bool(revoked), bool(has_roster), offset, Rulebook() if rules is None else read(rules))

    def _first(self, statement: str, values: tuple[str, ...] = ()) -> tuple[Any, ...]:
        """Read to the end and closed, so that no read transaction stays open and keeps the log from being emptied."""
        cursor = self._connection.cursor()
        cursor.execute(statement, values)
        row: tuple[Any, ...] = cursor.fetchall()[0]
        cursor.close()
        return row
