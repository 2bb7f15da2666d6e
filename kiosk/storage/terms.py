"""What the roster says of a member beyond standing, name and presence, as one text of the members' table.

Not in here: what follows from it (visits), and the days of use that this terminal saw itself (holder).
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sync.feed import RosterMember, RosterMembership, RosterPast, RosterUsage
from visits.event import from_instant, to_instant
from visits.limits import UNUSED, Limits, Usage
from visits.member import Kind, Membership
from visits.past import NO_PAST, Past

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """`assumed` is of the last way out, `paid_until` of a stay that reception was paid for."""

    memberships: tuple[Membership, ...] = ()
    usage: Usage = UNUSED
    assumed: bool = False
    paid_until: datetime | None = None
    past: Past = NO_PAST


NO_TERMS = Terms()


def arrived(member: RosterMember) -> str | None:
    """The text; None where there is nothing to say. ValueError for what this version does not know."""
    return _arrived(member.memberships, member.usage, member.paid_until, member.past, assumed=member.assumed)


@lru_cache(maxsize=4096)
def read(text: str | None) -> Terms:
    """As `arrived` wrote it, read once: each tap asks for the same of everybody inside. Where a newer version of this program wrote what this one does not know, no terms at all.

    A terminal set back to an older version judges by the standing alone rather than keep everybody from passing.
    """
    if text is None:
        return NO_TERMS
    try:
        return _terms(json.loads(text))
    except ValueError as error:
        log.warning("a member's terms are not understood: %s", error)
        return NO_TERMS


def usage_to_text(usage: Usage) -> str | None:
    return None if usage.last is None else json.dumps(_usage_row(usage))


def usage_from_text(text: str | None) -> Usage:
    return UNUSED if text is None else _usage(json.loads(text))


def past_to_text(past: Past) -> str | None:
    return None if past.last is None else json.dumps([past.last.isoformat(), past.minutes])


def past_from_text(text: str | None) -> Past:
    return NO_PAST if text is None else _past(json.loads(text))


# Many of a hundred thousand members have the same terms.
@lru_cache(maxsize=4096)
def _arrived(
    memberships: tuple[RosterMembership, ...],
    usage: RosterUsage | None,
    paid_until: str | None,
    past: RosterPast | None,
    *,
    assumed: bool,
) -> str | None:
    document: dict[str, object] = {}
    if memberships:
        document["memberships"] = [_membership_row(_membership(each)) for each in memberships]
    if usage is not None:
        document["usage"] = _usage_row(Usage(usage.last, usage.uses_in_month, usage.days_in_a_row))
    if assumed:
        document["assumed"] = True
    if paid_until is not None:
        document["paid_until"] = to_instant(datetime.fromisoformat(paid_until))
    if past is not None:
        document["past"] = [past.last.isoformat(), past.minutes]
    return json.dumps(document) if document else None


def _membership(told: RosterMembership) -> Membership:
    return Membership(
        kind=Kind(told.kind),
        first=told.first,
        last=told.last,
        organisation=None if told.organisation is None else _uuid(told.organisation),
        limits=Limits(told.uses_in_month, told.days_in_a_row),
    )


def _membership_row(membership: Membership) -> list[object]:
    return [
        membership.kind.value,
        membership.first.isoformat(),
        None if membership.last is None else membership.last.isoformat(),
        None if membership.organisation is None else str(membership.organisation),
        membership.limits.uses_in_month,
        membership.limits.days_in_a_row,
    ]


def _usage_row(usage: Usage) -> list[object]:
    return [usage.last and usage.last.isoformat(), usage.uses_in_month, usage.days_in_a_row]


def _terms(document: Mapping[str, Any]) -> Terms:
    paid_until = document.get("paid_until")
    return Terms(
        memberships=tuple(_from_row(row) for row in document.get("memberships", ())),
        usage=_usage(document["usage"]) if "usage" in document else UNUSED,
        assumed=document.get("assumed", False),
        paid_until=None if paid_until is None else from_instant(paid_until),
        past=_past(document["past"]) if "past" in document else NO_PAST,
    )


def _from_row(row: tuple[str, str, str | None, str | None, int | None, int | None]) -> Membership:
    kind, first, last, organisation, uses, days = row
    return Membership(
        kind=Kind(kind),
        first=date.fromisoformat(first),
        last=None if last is None else date.fromisoformat(last),
        organisation=None if organisation is None else UUID(organisation),
        limits=Limits(uses, days),
    )


def _usage(row: tuple[str, int, int]) -> Usage:
    last, uses, days = row
    return Usage(date.fromisoformat(last), uses, days)


def _past(row: tuple[str, int]) -> Past:
    last, minutes = row
    return Past(date.fromisoformat(last), minutes)


def _uuid(text: str) -> UUID:
    value = UUID(text)
    if str(value) != text:
        raise ValueError("an organisation's id is not in the form in which ids are compared")
    return value
