"""A roster written beside the one in use, in transactions so short that a tap hardly waits, then put in its place at once.

Readers know one pair of tables; the exchange renames both pairs in one transaction. What was in use then lies in the other
pair and is cleared away as slowly as it was written, and so is what a process left behind that ended in the middle.
Not in here: what of a roster is new, and when it is worth staging.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, select

from kiosk import disk
from kiosk.storage.schema import roster

AT_ONCE = 500
"""Rows in one transaction."""

REST_SECONDS = 0.03
"""Between two of them: longer than SQLite waits before it asks again for a lock held up to 128 ms, so a tap gets its turn."""

MemberRow = tuple[str, str | None, str | None, str | None, str | None]
"""Standing, name, inside since, outside since, terms."""

CardRow = tuple[str, bool]
"""Whose, and whether another took its place."""

_T = TypeVar("_T")

_PUT_MEMBERS = "INSERT OR REPLACE INTO members{} (id, standing, name, inside_since, outside_since, terms) VALUES (?, ?, ?, ?, ?, ?)"
_PUT_CARDS = "INSERT OR REPLACE INTO cards{} (reference, member, replaced) VALUES (?, ?, ?)"
_CLEAR = (
    "DELETE FROM cards_next WHERE reference IN (SELECT reference FROM cards_next LIMIT ?)",
    "DELETE FROM members_next WHERE rowid IN (SELECT rowid FROM members_next LIMIT ?)",
)
_EXCHANGE = tuple(
    f"ALTER TABLE {before} RENAME TO {after}"
    for table in ("members", "cards")
    for before, after in ((table, "leaving"), (f"{table}_next", table), ("leaving", f"{table}_next"))
)


class WipedMeanwhile(Exception):  # noqa: N818 - named for what happened
    """The terminal was revoked while a roster was on its way into the tables: what was to be stored counts no more."""


class NoRoom(Exception):  # noqa: N818 - named for what happened
    """The disk is nearly full: what is left on it is the visits'."""


@dataclass(frozen=True, slots=True)
class Contents:
    """`members` by id, `cards` by reference."""

    members: dict[str, MemberRow]
    cards: dict[bytes, CardRow]

    def put(self, connection: Connection) -> None:
        """Into the tables in use; a card that was another member's until now is this one's."""
        _put_members(connection, "", list(self.members.items()))
        _put_cards(connection, "", list(self.cards.items()))


class Staging:
    """For one thread of one process. `rest` is called with the seconds between two transactions."""

    def __init__(self, engine: Engine, rest: Callable[[float], object]) -> None:
        self._engine = engine
        self._directory = Path(str(engine.url.database)).parent
        self._rest = rest

    @contextmanager
    def exchange(self, known: str | None, contents: Contents) -> Iterator[Connection]:
        """The transaction in which `contents` come into use, for what belongs to it. `known` is the cursor in use.

        Raises WipedMeanwhile, NoRoom.
        """
        self.clear()
        try:
            self._fill(known, contents)
            with self._engine.begin() as connection:
                require_known(connection, known)
                _require_staged(connection, len(contents.members))
                for statement in _EXCHANGE:
                    connection.exec_driver_sql(statement)
                yield connection
        finally:
            self.clear()

    def clear(self) -> None:
        for statement in _CLEAR:
            while self._cleared(statement) == AT_ONCE:
                self._rest(REST_SECONDS)

    def _fill(self, known: str | None, contents: Contents) -> None:
        """In the tables' order, which is far faster."""
        staged = 0
        for people in batches(sorted(contents.members.items())):
            with self._turn(known, staged) as connection:
                _put_members(connection, "_next", people)
            staged += len(people)
        for cards in batches(sorted(contents.cards.items())):
            with self._turn(known, staged) as connection:
                _put_cards(connection, "_next", cards)

    @contextmanager
    def _turn(self, known: str | None, staged: int) -> Iterator[Connection]:
        if disk.level(self._directory) is disk.Level.CRITICAL:
            raise NoRoom
        with self._engine.begin() as connection:
            require_known(connection, known)
            _require_staged(connection, staged)
            yield connection
        self._rest(REST_SECONDS)

    def _cleared(self, statement: str) -> int:
        with self._engine.begin() as connection:
            return connection.exec_driver_sql(statement, (AT_ONCE,)).rowcount


def require_known(connection: Connection, cursor: str | None) -> None:
    """Raises WipedMeanwhile."""
    if connection.scalar(select(roster.c.cursor_of_terms)) != cursor:
        raise WipedMeanwhile


def _require_staged(connection: Connection, members: int) -> None:
    """SQLite numbers the rows of a table from 1, also after it was emptied: a wipe leaves a last number that is too low."""
    last = connection.exec_driver_sql("SELECT max(rowid) FROM members_next").scalar_one()
    if (last or 0) != members:
        raise WipedMeanwhile


def batches(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]


def _put_members(connection: Connection, suffix: str, members: Sequence[tuple[str, MemberRow]]) -> None:
    if members:
        connection.exec_driver_sql(_PUT_MEMBERS.format(suffix), [(member, *row) for member, row in members])


def _put_cards(connection: Connection, suffix: str, cards: Sequence[tuple[bytes, CardRow]]) -> None:
    if cards:
        connection.exec_driver_sql(_PUT_CARDS.format(suffix), [(card, *row) for card, row in cards])
