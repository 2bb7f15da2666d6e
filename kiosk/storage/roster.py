"""The roster as the delivery process stores it and the screen reads it; `sync.feed.RosterSink` on the terminal's database.

What differs little is written in place, in one transaction; more than that is staged, so that no tap waits for it.
Not in here: fetching it, and what follows from a standing.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from kiosk.clock import Clock
from kiosk.storage import terms
from kiosk.storage.outside import ask_at_one_moment
from kiosk.storage.schema import cards, members, roster
from kiosk.storage.staging import AT_ONCE, CardRow, Contents, MemberRow, Staging, require_known
from sync.feed import RosterMember
from visits.event import from_instant, to_instant
from visits.member import Standing

_K = TypeVar("_K")
_V = TypeVar("_V")


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
    """One puller at a time; what this version does not know or two members share raises ValueError and changes nothing.

    A change may also raise WipedMeanwhile and NoRoom; the roster is then as it was, or wiped. `rest` sleeps.
    """

    def __init__(self, engine: Engine, clock: Clock, rest: Callable[[float], object] = time.sleep) -> None:
        self._engine = engine
        self._clock = clock
        self._staging = Staging(engine, rest)

    def cursor(self) -> str | None:
        """Whoever asks is about to pull: what a process that ended in the middle had staged is cleared away first.

        None also where an older version of this program pulled last: what it stored lacks the terms.
        """
        self._staging.clear()
        with self._engine.begin() as connection:
            known: str | None = connection.scalar(select(roster.c.cursor_of_terms).where(roster.c.cursor.is_(None)))
            return known

    def replace(self, members: Sequence[RosterMember], cursor: str, acknowledged: int) -> None:
        pulled = self._pulled(cursor, acknowledged)
        self._become(_known(self._engine), _contents(members), pulled)

    def merge(self, members: Sequence[RosterMember], removed: Sequence[str], cursor: str, acknowledged: int) -> None:
        pulled = self._pulled(cursor, acknowledged)
        arrived = _contents(members)
        touched = {*removed, *arrived.members}
        if len(touched) <= AT_ONCE:
            with self._engine.begin() as connection:
                _forget(connection, touched)
                arrived.put(connection)
                _note(connection, pulled)
            return
        known = _known(self._engine)
        staying = {member: row for member, row in known.contents.members.items() if member not in touched}
        held = {card: row for card, row in known.contents.cards.items() if row[0] not in touched}
        self._become(known, Contents(staying | arrived.members, held | arrived.cards), pulled)

    def confirm(self, acknowledged: int) -> None:
        """Nothing has changed at the server: what is stored is as fresh as if it had just been pulled."""
        with self._engine.begin() as connection:
            known: str | None = connection.scalar(select(roster.c.cursor_of_terms))
            if known is not None:
                _note(connection, self._pulled(known, acknowledged))

    def _become(self, known: "_Known", arriving: Contents, pulled: dict[str, Any]) -> None:
        before = known.contents
        gone = (before.members.keys() - arriving.members, before.cards.keys() - arriving.cards)
        new = Contents(_changed(before.members, arriving.members), _changed(before.cards, arriving.cards))
        if sum(len(rows) for rows in (*gone, new.members, new.cards)) > AT_ONCE:
            with self._staging.exchange(known.cursor, arriving) as connection:
                _note(connection, pulled)
            return
        with self._engine.begin() as connection:
            require_known(connection, known.cursor)
            connection.execute(delete(cards).where(cards.c.reference.in_(gone[1])))
            connection.execute(delete(members).where(members.c.id.in_(gone[0])))
            new.put(connection)
            _note(connection, pulled)

    def _pulled(self, cursor: str, acknowledged: int) -> dict[str, Any]:
        """Its row as of now: however long storing takes, the news grows no younger."""
        moment = self._clock.moment()
        return {
            "cursor": None,
            "cursor_of_terms": cursor,
            "covers_seq": acknowledged,
            "pulled_at": to_instant(moment.at),
            "boot": str(moment.boot),
            "monotonic_ms": moment.monotonic_ms,
        }


@dataclass(frozen=True, slots=True)
class _Known:
    """What the tables held; still so where the cursor still is the same."""

    cursor: str | None
    contents: Contents


def _known(engine: Engine) -> _Known:
    """Read without the write lock, at one moment."""
    held, people, pulled = ask_at_one_moment(
        engine,
        (
            "SELECT reference, member, replaced FROM cards",
            "SELECT id, standing, name, inside_since, outside_since, terms FROM members",
            "SELECT cursor_of_terms FROM roster",
        ),
    )
    [known] = pulled[0] if pulled else [None]
    return _Known(
        known, Contents({row[0]: row[1:] for row in people}, {row[0]: (row[1], bool(row[2])) for row in held})
    )


def _note(connection: Connection, pulled: dict[str, Any]) -> None:
    statement = upsert(roster).values(only=1, **pulled)
    connection.execute(statement.on_conflict_do_update(index_elements=["only"], set_=pulled))


def _contents(arrived: Sequence[RosterMember]) -> Contents:
    held: dict[bytes, CardRow] = {}
    for member in arrived:
        current, replaced = (member.id, False), (member.id, True)
        held |= dict.fromkeys(member.cards, current) | dict.fromkeys(member.replaced_cards, replaced)
    if len(held) != sum(len(member.cards) + len(member.replaced_cards) for member in arrived):
        raise ValueError("a card is there twice")
    return Contents({member.id: _row(member) for member in arrived}, held)


def _row(member: RosterMember) -> MemberRow:
    if str(UUID(member.id)) != member.id:
        raise ValueError("a member's id is not in the form in which records name members")
    inside, outside = _instant(member.inside_since), _instant(member.outside_since)
    return Standing(member.standing).value, member.name, inside, outside, terms.arrived(member)


def _instant(told: str | None) -> str | None:
    return to_instant(datetime.fromisoformat(told)) if told else None


def _changed(before: Mapping[_K, _V], after: Mapping[_K, _V]) -> dict[_K, _V]:
    return {key: value for key, value in after.items() if before.get(key) != value}


def _forget(connection: Connection, ids: Collection[str]) -> None:
    connection.execute(delete(cards).where(cards.c.member.in_(ids)))
    connection.execute(delete(members).where(members.c.id.in_(ids)))
