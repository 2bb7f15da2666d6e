"""The roster as the delivery process stores it and the screen reads it; `sync.feed.RosterSink` on the terminal's database.

Not in here: fetching it, and what follows from a standing.
"""

from collections.abc import Iterator, Sequence
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
        with self._engine.begin() as connection:
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
