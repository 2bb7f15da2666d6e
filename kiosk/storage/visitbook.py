"""One tap, judged and written: everything the promise of the birdsong rests on is in `VisitBook.tap`.

One transaction reads member, presence and rules, asks `visits.decide`, and appends the event; its commit is the only device sync.
Not in here: the sound, which the caller plays after `tap` returned.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import SQLAlchemyError

from kiosk.clock import Clock, Moment, corrected
from kiosk.storage import link, newest
from kiosk.storage.presence import presence_of
from kiosk.storage.rules import house_at, rulebook_of, vouched_for
from kiosk.storage.schema import boots, cards, members, passages
from kiosk.storage.upkeep import touch
from sync import outbox
from visits import event as record
from visits.decision import Admitted, Direction, Refused, Rule, decide
from visits.member import Member, Standing

_KINDS = {Direction.IN: record.Kind.CHECK_IN, Direction.OUT: record.Kind.CHECK_OUT}


class NotRecordedError(Exception):
    """The visit is not on disk and nothing of it is; the cause is chained."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """`at` is the server's time as far as this boot has learnt it, else the wall clock's."""

    at: datetime
    name: str | None


@dataclass(frozen=True, slots=True)
class _Circumstances:
    moment: Moment
    offset: record.ServerOffset | None
    revocation: record.Revocation


class VisitBook:
    """May be used from one thread at a time; `fresh` is how old news of other terminals may be to count."""

    def __init__(self, engine: Engine, *, terminal: UUID, clock: Clock, fresh: timedelta) -> None:
        self._engine = engine
        self._note = newest.Note(newest.beside(engine))
        self._terminal = terminal
        self._clock = clock
        self._fresh = fresh

    def tap(self, direction: Direction, card: bytes, revocation: record.Revocation) -> Recorded | Refused:
        """Returns Recorded only when the event is on disk. Raises NotRecordedError."""
        moment = self._clock.moment()
        try:
            with self._engine.begin() as connection:
                answer = self._judge(connection, direction, card, moment, revocation)
                head = outbox.head(connection)
        except SQLAlchemyError as error:
            raise NotRecordedError(type(error).__name__) from error
        if isinstance(answer, Recorded):
            self._note.put(newest.Newest(head.seq, head.hash))
        return answer

    def check(self) -> None:
        """Write something and nothing of meaning, to learn whether writing works. Raises NotRecordedError."""
        try:
            with self._engine.begin() as connection:
                touch(connection)
        except SQLAlchemyError as error:
            raise NotRecordedError(type(error).__name__) from error

    def _judge(
        self, connection: Connection, direction: Direction, card: bytes, moment: Moment, revocation: record.Revocation
    ) -> Recorded | Refused:
        member = _member(connection, card)
        if member is None:
            return Refused(Rule.CARD_NOT_LINKED)
        offset = link.offset(connection, moment.boot)
        at = vouched_for(moment, offset)
        house = house_at(rulebook_of(connection), at)
        decision = decide(direction, member, presence_of(connection, member.id, moment, self._fresh), house, at)
        if isinstance(decision, Refused):
            return decision
        circumstances = _Circumstances(moment, offset, revocation)
        event = self._append(connection, member, decision, circumstances)
        recorded_at = corrected(moment, offset)
        _remember(connection, event, recorded_at)
        return Recorded(recorded_at, member.name)

    def _append(
        self, connection: Connection, member: Member, decision: Admitted, circumstances: _Circumstances
    ) -> record.Event:
        moment = circumstances.moment
        head = outbox.head(connection)
        event = record.Event(
            position=record.Position(self._terminal, head.seq + 1, head.hash),
            kind=_KINDS[decision.direction],
            member=member.id,
            at=moment.at,
            monotonic_ms=moment.monotonic_ms,
            boot=moment.boot,
            boot_number=_boot_number(connection, moment.boot),
            clock=record.Clock.SYNCHRONISED if moment.synchronised else record.Clock.UNSYNCHRONISED,
            rule=decision.rule,
            revocation=circumstances.revocation,
            offset=circumstances.offset,
        )
        sealed = record.to_record(event)
        outbox.append(connection, event.position.seq, record.record_hash(sealed), record.canonical(sealed).decode())
        return event


def _member(connection: Connection, card: bytes) -> Member | None:
    row = connection.execute(
        select(members.c.id, members.c.standing, members.c.name).join(cards).where(cards.c.reference == card)
    ).first()
    return Member(UUID(row.id), Standing(row.standing), row.name) if row else None


def _boot_number(connection: Connection, boot: UUID) -> int:
    known = connection.scalar(select(boots.c.number).where(boots.c.boot == str(boot)))
    if known is not None:
        return int(known)
    number = int(connection.scalar(select(func.coalesce(func.max(boots.c.number), 0) + 1)) or 1)
    connection.execute(insert(boots).values(number=number, boot=str(boot)))
    return number


def _remember(connection: Connection, event: record.Event, at: datetime) -> None:
    values = {
        "seq": event.position.seq,
        "kind": event.kind.value,
        "at": record.to_instant(at),
        "boot": str(event.boot),
        "monotonic_ms": event.monotonic_ms,
    }
    statement = upsert(passages).values(member=str(event.member), **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["member"], set_=values))
