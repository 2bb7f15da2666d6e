"""Everything known at a tap besides member and rules, as `visits.decide` asks for it.

Who is inside is judged by what this terminal knows, however long ago it heard (A23): the roster's word, and its own
passages since. Not in here: where the member who taps is (holder), and what follows (visits).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, CompoundSelect, Connection, Row, bindparam, func, literal, select, union_all

from kiosk.storage import terms
from kiosk.storage.holder import Holder
from kiosk.storage.schema import members, passages, roster
from visits.calendar import day_begins, house_day
from visits.decision import Situation
from visits.event import Kind, to_instant
from visits.member import held_on

_A_DAY = timedelta(days=1)


def _statement() -> CompoundSelect[Any]:
    covered = select(func.coalesce(func.max(roster.c.covers_seq), literal(0))).scalar_subquery()
    own = passages.c.seq > covered
    begins: BindParameter[str] = bindparam("begins")
    ends: BindParameter[str] = bindparam("ends")
    told = (
        select(members.c.id, members.c.terms)
        .select_from(members.outerjoin(passages, (passages.c.member == members.c.id) & own))
        .where(members.c.inside_since >= begins, members.c.inside_since < ends, passages.c.member.is_(None))
    )
    seen = (
        select(passages.c.member, members.c.terms)
        .select_from(passages.outerjoin(members, members.c.id == passages.c.member))
        .where(passages.c.at >= begins, passages.c.at < ends, own, passages.c.kind == Kind.CHECK_IN.value)
    )
    return union_all(told, seen)


_INSIDE = _statement()


def situation_of(connection: Connection, holder: Holder, at: datetime | None) -> Situation:
    """`at` is None where nothing vouches for the clock: nobody knows then whose stay is of today."""
    own = str(holder.member.id)
    others = () if at is None else [each for each in inside_today(connection, at) if each.id != own]
    return Situation(
        presence=holder.presence,
        colleagues=0 if at is None else _colleagues(holder, others, house_day(at)),
        inside=len(others),
        usage=holder.usage,
        paid_until=holder.paid_until,
        card_replaced=holder.card_replaced,
    )


def inside_today(connection: Connection, at: datetime) -> Sequence[Row[Any]]:
    """Id and terms of everybody who came in on the day of the house and is not known to have left."""
    begins = day_begins(house_day(at))
    day = {"begins": to_instant(begins), "ends": to_instant(begins + _A_DAY)}
    return connection.execute(_INSIDE, day).all()


def _colleagues(holder: Holder, others: Sequence[Row[Any]], day: date) -> int:
    own = held_on(holder.member.memberships, day)
    if own is None or own.organisation is None:
        return 0
    named = str(own.organisation)
    memberships = (terms.read(each.terms).memberships for each in others if each.terms and named in each.terms)
    held = (held_on(of_one, day) for of_one in memberships)
    return sum(each is not None and each.organisation == own.organisation for each in held)
