"""One tap, judged and written: everything the promise of the birdsong rests on is in `VisitBook.tap`.

One transaction reads member, situation and rules, asks `visits.decide`, and appends the event; its commit is the only
device sync. Not in here: the sound, which the caller plays after `tap` returned.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import SQLAlchemyError

from kiosk.clock import Clock, Moment, corrected
from kiosk.storage import link, newest
from kiosk.storage.holder import Holder, holder_of
from kiosk.storage.rules import rulebook_of, vouched_for
from kiosk.storage.schema import boots, passages
from kiosk.storage.situation import situation_of
from kiosk.storage.terms import past_to_text, usage_to_text
from kiosk.storage.upkeep import touch
from sync import outbox
from visits import event as record
from visits.calendar import house_day
from visits.decision import Admitted, Decision, Direction, Fee, Refused, Rule, decide
from visits.limits import Usage, used_on
from visits.occupancy import Inside, Presence
from visits.past import History, Past, Stay, stayed, told

log = logging.getLogger(__name__)

_KINDS = {Direction.IN: record.Kind.CHECK_IN, Direction.OUT: record.Kind.CHECK_OUT}


class NotRecordedError(Exception):
    """The visit is not on disk and nothing of it is; the cause is chained."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """`at` is the server's time as far as this boot has learnt it, else the wall clock's.

    `since` is when the stay began that ends with this, where that is known. `past` is told on the way out
    of a stay that this terminal knows the beginning of.
    """

    at: datetime
    name: str | None
    admitted: Admitted
    since: datetime | None = None
    past: History | None = None


@dataclass(frozen=True, slots=True)
class FeeAsked:
    """Nothing was written: the member may still decline (A23)."""

    fee: Fee


@dataclass(frozen=True, slots=True)
class _Circumstances:
    """`at` is None where nothing vouches for the clock."""

    moment: Moment
    offset: record.ServerOffset | None
    revocation: record.Revocation

    @property
    def at(self) -> datetime | None:
        return vouched_for(self.moment, self.offset)

    @property
    def now(self) -> datetime:
        return corrected(self.moment, self.offset)


class VisitBook:
    """May be used from one thread at a time; `fresh` is how old news of other terminals may be to count."""

    def __init__(self, engine: Engine, *, terminal: UUID, clock: Clock, fresh: timedelta) -> None:
        self._engine = engine
        self._note = newest.Note(newest.beside(engine))
        self._terminal = terminal
        self._clock = clock
        self._fresh = fresh

    def tap(
        self, direction: Direction, card: bytes, revocation: record.Revocation, *, fee_accepted: bool = False
    ) -> Recorded | Refused | FeeAsked:
        """Returns Recorded only when the event is on disk. Raises NotRecordedError.

        With `fee_accepted` the fee was told; the tap is judged anew, and one that is no longer due is not charged.
        """
        moment = self._clock.moment()
        try:
            with self._engine.begin() as connection:
                circumstances = _Circumstances(moment, link.offset(connection, moment.boot), revocation)
                holder = holder_of(connection, card, moment, self._fresh, circumstances.now)
                answer = self._answer(connection, direction, holder, circumstances, fee_accepted=fee_accepted)
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

    def _answer(
        self,
        connection: Connection,
        direction: Direction,
        holder: Holder | None,
        circumstances: _Circumstances,
        *,
        fee_accepted: bool,
    ) -> Recorded | Refused | FeeAsked:
        if holder is None:
            return _refused(Refused(Rule.CARD_NOT_LINKED))
        decision = _judge(connection, direction, holder, circumstances.at)
        match decision:
            case Refused():
                return _refused(decision)
            case Admitted(fee=Fee() as fee) if not fee_accepted:
                log.info("asked first: %s", decision.rule.value)
                return FeeAsked(fee)
            case Admitted():
                return self._record(connection, holder, decision, circumstances)

    def _record(
        self, connection: Connection, holder: Holder, decision: Admitted, circumstances: _Circumstances
    ) -> Recorded:
        event = self._append(connection, holder.member.id, decision, circumstances)
        usage = _usage_after(holder.usage, decision.direction, circumstances.at)
        stay = _stay_ended(holder, decision, circumstances.at)
        past = holder.past if stay is None else stayed(holder.past, stay)
        _remember(connection, event, circumstances.now, usage, past)
        since = _since(decision.direction, holder.presence)
        history = _told(decision.direction, holder.past, past, circumstances.at) if stay else None
        return Recorded(circumstances.now, holder.member.name, decision, since, history)

    def _append(
        self, connection: Connection, member: UUID, decision: Admitted, circumstances: _Circumstances
    ) -> record.Event:
        moment = circumstances.moment
        head = outbox.head(connection)
        event = record.Event(
            position=record.Position(self._terminal, head.seq + 1, head.hash),
            kind=_KINDS[decision.direction],
            member=member,
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


def _judge(connection: Connection, direction: Direction, holder: Holder, at: datetime | None) -> Decision:
    situation = situation_of(connection, holder, at)
    return decide(direction, holder.member, situation, rulebook_of(connection), at)


def _refused(refused: Refused) -> Refused:
    log.info("refused: %s", refused.rule.value)
    return refused


def _since(direction: Direction, presence: Presence) -> datetime | None:
    return presence.since if direction is Direction.OUT and isinstance(presence, Inside) else None


def _usage_after(usage: Usage, direction: Direction, at: datetime | None) -> Usage:
    """A day that nothing vouches for is not counted here; the server will know it."""
    return used_on(usage, house_day(at)) if direction is Direction.IN and at is not None else usage


def _stay_ended(holder: Holder, decision: Admitted, at: datetime | None) -> Stay | None:
    """By this passage, or before it where nobody saw the end. What nothing vouches for the server will know."""
    if at is None or not isinstance(holder.presence, Inside):
        return None
    since = holder.presence.since
    match decision.direction:
        case Direction.OUT:
            return Stay(house_day(since), at - since)
        case Direction.IN:
            return Stay(house_day(since), None) if decision.forgotten else None


def _told(direction: Direction, before: Past, now: Past, at: datetime | None) -> History | None:
    return told(before, now, house_day(at)) if direction is Direction.OUT and at is not None else None


def _boot_number(connection: Connection, boot: UUID) -> int:
    known = connection.scalar(select(boots.c.number).where(boots.c.boot == str(boot)))
    if known is not None:
        return int(known)
    number = int(connection.scalar(select(func.coalesce(func.max(boots.c.number), 0) + 1)) or 1)
    connection.execute(insert(boots).values(number=number, boot=str(boot)))
    return number


def _remember(connection: Connection, event: record.Event, at: datetime, usage: Usage, past: Past) -> None:
    values = {
        "seq": event.position.seq,
        "kind": event.kind.value,
        "at": record.to_instant(at),
        "boot": str(event.boot),
        "monotonic_ms": event.monotonic_ms,
        "usage": usage_to_text(usage),
        "past": past_to_text(past),
    }
    statement = upsert(passages).values(member=str(event.member), **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["member"], set_=values))
