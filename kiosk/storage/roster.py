"""The roster as the delivery process stores it and the screen reads it; `sync.feed.RosterSink` on the terminal's database.

Not in here: fetching it, and what follows from a standing.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine, delete, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from kiosk.clock import Clock
from kiosk.storage.schema import cards, members, roster
from sync.feed import RosterMember
from visits.event import from_instant, to_instant
from visits.member import Standing

_AT_ONCE = 2000

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class RosterStanding:
    """`inside` as the server last said; `pulled_at` by the terminal's own clock; None before the first pull."""

    members: int
    inside: int
    pulled_at: datetime | None


def standing(connection: Connection) -> RosterStanding:
    pulled_at = connection.scalar(select(roster.c.pulled_at))
    counts = connection.execute(select(func.count(), func.count(members.c.inside_since)).select_from(members)).one()
    return RosterStanding(counts[0], counts[1], from_instant(pulled_at) if pulled_at else None)


class RosterStore:
    """One puller at a time; an id, standing or instant this version does not know raises ValueError and changes nothing."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def cursor(self) -> str | None:
        with self._engine.begin() as connection:
            known: str | None = connection.scalar(select(roster.c.cursor))
            return known

    def replace(self, members: Sequence[RosterMember], cursor: str, acknowledged: int) -> None:
        """What is known already is not written again: the lock a tap would wait for is held for the differences alone."""
        known = _known(self._engine)
        arriving = {member.id: _as_known(member) for member in members}
        changed = [member for member in members if known.members.get(member.id) != arriving[member.id]]
        with self._engine.begin() as connection:
            if connection.scalar(select(roster.c.cursor)) == known.cursor:
                _forget(connection, [gone for gone in known.members if gone not in arriving])
                _forget(connection, [member.id for member in changed])
                _put(connection, changed)
            else:
                _forget_all(connection)
                _put(connection, members)
            self._note(connection, cursor, acknowledged)

    def merge(self, members: Sequence[RosterMember], removed: Sequence[str], cursor: str, acknowledged: int) -> None:
        with self._engine.begin() as connection:
            _forget(connection, removed)
            _forget(connection, [member.id for member in members])
            _put(connection, members)
            self._note(connection, cursor, acknowledged)

    def confirm(self, acknowledged: int) -> None:
        """Nothing has changed at the server: what is stored is as fresh as if it had just been pulled."""
        with self._engine.begin() as connection:
            known: str | None = connection.scalar(select(roster.c.cursor))
            if known is not None:
                self._note(connection, known, acknowledged)

    def _note(self, connection: Connection, cursor: str, acknowledged: int) -> None:
        moment = self._clock.moment()
        values: dict[str, Any] = {
            "cursor": cursor,
            "covers_seq": acknowledged,
            "pulled_at": to_instant(moment.at),
            "boot": str(moment.boot),
            "monotonic_ms": moment.monotonic_ms,
        }
        statement = upsert(roster).values(only=1, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["only"], set_=values))


@dataclass(frozen=True, slots=True)
class _Known:
    """What the tables held, by member's id; still so where the cursor still is the same."""

    cursor: str | None
    members: dict[str, tuple[object, ...]]


def _known(engine: Engine) -> _Known:
    """Read without the write lock, at one moment."""
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("BEGIN")
        cursor.execute("SELECT reference, member FROM cards")
        cards: dict[str, set[bytes]] = {}
        for reference, member in cursor.fetchall():
            cards.setdefault(member, set()).add(reference)
        cursor.execute("SELECT id, standing, name, inside_since FROM members")
        members = {row[0]: (*row[1:], cards.get(row[0], set())) for row in cursor.fetchall()}
        cursor.execute("SELECT cursor FROM roster")
        (pulled,) = cursor.fetchall() or [(None,)]
        cursor.execute("ROLLBACK")
        cursor.close()
    return _Known(pulled[0], members)


def _as_known(member: RosterMember) -> tuple[object, ...]:
    row = _member_row(member)
    return (row["standing"], row["name"], row["inside_since"], set(member.cards))


def _forget_all(connection: Connection) -> None:
    connection.execute(delete(cards))
    connection.execute(delete(members))


def _forget(connection: Connection, ids: Sequence[str]) -> None:
    for some in _batches(ids):
        connection.execute(delete(cards).where(cards.c.member.in_(some)))
        connection.execute(delete(members).where(members.c.id.in_(some)))


def _put(connection: Connection, arrived: Sequence[RosterMember]) -> None:
    """A card that was another member's until now is this one's from now on. In the tables' order, which is far faster."""
    arrived = sorted(arrived, key=lambda member: member.id)
    for some in _batches(arrived):
        connection.execute(insert(members), [_member_row(member) for member in some])
    held = sorted((card, member.id) for member in arrived for card in member.cards)
    linked = [{"reference": card, "member": member} for card, member in held]
    for rows in _batches(linked):
        connection.execute(delete(cards).where(cards.c.reference.in_([row["reference"] for row in rows])))
        connection.execute(insert(cards), rows)


def _member_row(member: RosterMember) -> dict[str, str | None]:
    if str(UUID(member.id)) != member.id:
        raise ValueError("a member's id is not in the form in which records name members")
    return {
        "id": member.id,
        "standing": Standing(member.standing).value,
        "name": member.name,
        "inside_since": to_instant(datetime.fromisoformat(member.inside_since)) if member.inside_since else None,
    }


def _batches(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
