"""Who holds a card, and the newest words on where that member is and was: this terminal's own, else the server's.

The roster's word counts for a passage of ours as soon as the server held that passage when the roster was pulled
(`covers_seq`), so no clock decides which of the two is newer. Not in here: what follows from it (visits.decision), and
the others inside (situation).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from kiosk.clock import Moment
from kiosk.storage import terms
from kiosk.storage.schema import cards, members, passages, roster
from kiosk.storage.terms import Terms
from visits.event import Kind, from_instant
from visits.limits import Usage
from visits.member import Member, Standing
from visits.occupancy import UNKNOWN, Inside, Outside, Presence
from visits.past import NO_PAST, Past

_ALL_THAT_IS_KNOWN = select(
    cards.c.replaced,
    members,
    passages.c.seq,
    passages.c.kind,
    passages.c.boot.label("passage_boot"),
    passages.c.monotonic_ms.label("passage_ms"),
    passages.c.usage,
    passages.c.past,
    roster.c.covers_seq,
    roster.c.boot.label("pulled_boot"),
    roster.c.monotonic_ms.label("pulled_ms"),
).select_from(
    cards.join(members).outerjoin(passages, passages.c.member == members.c.id).outerjoin(roster, roster.c.only == 1)
)


@dataclass(frozen=True, slots=True)
class Holder:
    """`card_replaced`: the card was this member's until another took its place. `usage` and `past` are of the time up to now."""

    member: Member
    card_replaced: bool
    presence: Presence
    usage: Usage
    paid_until: datetime | None
    past: Past = NO_PAST


def holder_of(connection: Connection, card: bytes, moment: Moment, fresh: timedelta, now: datetime) -> Holder | None:
    """Presence is unknown where its newest word is older than `fresh`, or from before the last boot.

    `now` is the best time known for `moment`. A passage of ours is dated from it by the clock that nobody sets: the wall
    clock may have been put right since.
    """
    known = connection.execute(_ALL_THAT_IS_KNOWN.where(cards.c.reference == card)).first()
    if known is None:
        return None
    told = terms.read(known.terms)
    return Holder(
        member=Member(UUID(known.id), Standing(known.standing), known.name, told.memberships),
        card_replaced=known.replaced,
        presence=_presence(known, told, moment, fresh, now),
        usage=_usage(known, told),
        paid_until=told.paid_until,
        past=_past(known, told),
    )


def _own_is_newer(known: Row[Any]) -> bool:
    return known.seq is not None and (known.covers_seq is None or known.seq > known.covers_seq)


def _presence(known: Row[Any], told: Terms, moment: Moment, fresh: timedelta, now: datetime) -> Presence:
    if _own_is_newer(known):
        if not _recent(known.passage_boot, known.passage_ms, moment, fresh):
            return UNKNOWN
        at = now - _age(known.passage_ms, moment)
        return Inside(at) if Kind(known.kind) is Kind.CHECK_IN else Outside(at)
    if known.pulled_boot is None or not _recent(known.pulled_boot, known.pulled_ms, moment, fresh):
        return UNKNOWN
    if known.inside_since:
        return Inside(from_instant(known.inside_since))
    return Outside(from_instant(known.outside_since) if known.outside_since else None, told.assumed)


def _recent(boot: str, monotonic_ms: int, moment: Moment, fresh: timedelta) -> bool:
    return boot == str(moment.boot) and _age(monotonic_ms, moment) <= fresh


def _age(monotonic_ms: int, moment: Moment) -> timedelta:
    return timedelta(milliseconds=moment.monotonic_ms - monotonic_ms)


def _usage(known: Row[Any], told: Terms) -> Usage:
    """Of two counts the one that goes further: the server may not have heard of days here, nor this terminal of others."""
    if not _own_is_newer(known):
        return told.usage
    return max(terms.usage_from_text(known.usage), told.usage, key=_reach)


def _past(known: Row[Any], told: Terms) -> Past:
    """Of two counts the one that goes further, as with days of use."""
    if not _own_is_newer(known):
        return told.past
    return max(terms.past_from_text(known.past), told.past, key=lambda past: (past.last or date.min, past.minutes))


def _reach(usage: Usage) -> tuple[date, int, int]:
    return usage.last or date.min, usage.uses_in_month, usage.days_in_a_row
