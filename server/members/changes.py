"""What notice, a change of contract, a renewal and a payment make of a member's memberships, by the rules' dates.

Planned first, so that staff see the days before anything is kept. Not in here: the dates themselves (visits.membership),
how staff are asked and told, and what it costs.
"""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, unique

from django.db import transaction

from server.members.models import KIND_THROUGH, KindWords, Member, Membership, Organisation, OrganisationKind
from visits.membership import (
    LAST_DAY_WITHOUT_CARD,
    DeskLink,
    Term,
    desk_link,
    ends_after_notice,
    first_month_ends,
    first_term,
    renewed,
    switch_applies_from,
)
from visits.months import first_of_month, last_of_month, months_later

MONTHLY = frozenset((KindWords.INDIVIDUAL, KindWords.CORPORATE, KindWords.SCHOOL, KindWords.PARTNER))
_SWITCHING = frozenset((KindWords.INDIVIDUAL, KindWords.CORPORATE, KindWords.SCHOOL))
_A_DAY = timedelta(days=1)


@unique
class Obstacle(Enum):
    """Why there is nothing to plan."""

    NO_MEMBERSHIP = "no_membership"
    NO_MONTHLY_MEMBERSHIP = "no_monthly_membership"
    ENDS_BEFORE = "ends_before"
    HAS_NO_END = "has_no_end"
    SAME_ALREADY = "same_already"
    ANOTHER_IS_AHEAD = "another_is_ahead"
    LINKS_NOBODY_AT_DESK = "links_nobody_at_desk"
    CARD_MISSING = "card_missing"


@dataclass(frozen=True, slots=True)
class Plan:
    """Rows as they would be saved, `changed` and `begun` ones, and those that would go because they never begin."""

    changed: tuple[Membership, ...] = ()
    begun: tuple[Membership, ...] = ()
    taken_back: tuple[Membership, ...] = ()


def approved_on(rows: Iterable[Membership], conditions: str, on: date) -> Plan | Obstacle:
    """The conditions of the manager (C8) go with the membership in force, or the next to come."""
    row = min((row for row in rows if row.last is None or row.last >= on), key=lambda each: each.first, default=None)
    if row is None:
        return Obstacle.NO_MEMBERSHIP
    changed = copy(row)
    changed.conditions = conditions
    return Plan(changed=(changed,))


@transaction.atomic
def carry_out(plan: Plan) -> None:
    """What ends is saved before what begins on the day after."""
    for row in plan.taken_back:
        row.delete()
    for row in (*plan.changed, *plan.begun):
        row.save()


def cancelled(rows: Iterable[Membership], notice: date) -> Plan | Obstacle:
    """By notice until the 20th to the end of this month, later to the end of the next (A36)."""
    ends = ends_after_notice(notice)
    running = [row for row in rows if row.kind in MONTHLY and (row.last is None or row.last >= notice)]
    if not running:
        return Obstacle.NO_MONTHLY_MEMBERSHIP
    shorter = [row for row in running if row.first <= ends and (row.last is None or row.last > ends)]
    ahead = tuple(row for row in running if row.first > ends)
    if not shorter and not ahead:
        return Obstacle.ENDS_BEFORE
    return Plan(changed=tuple(_with(row, last=ends) for row in shorter), taken_back=ahead)


def switched(member: Member, completed: date, to: Organisation | None) -> Plan | Obstacle:
    """From individual to the organisation, or to individual where that is None, from the first of a month (A37).

    Who has no membership on that day joins: it begins at once, and an individual's first month runs to its end (C15).
    """
    if to is not None and (obstacle := _against_joining(member, to)):
        return obstacle
    rows = list(member.memberships.all())
    if any(row.first > completed for row in rows):
        return Obstacle.ANOTHER_IS_AHEAD
    held = next((row for row in rows if row.covers(completed)), None)
    if held is None:
        return Plan(begun=(_begun(member, completed, to),))
    return _followed(held, switch_applies_from(completed), to)


def needed_at_desk(organisation: Organisation) -> DeskLink:
    """What the desk needs to link somebody with it (A20, A31-A32). A corporation of unknown age is taken for a new one."""
    registered = organisation.registered_on or LAST_DAY_WITHOUT_CARD + _A_DAY
    return desk_link(registered, refuses=organisation.refuses_desk_linking)


def renewed_for_a_year(rows: Iterable[Membership], on: date) -> Plan | Obstacle:
    """The last monthly membership goes on for another year (C16); how far that is paid for stays as it is (C15)."""
    row = _latest(rows, on)
    if row is None:
        return Obstacle.NO_MONTHLY_MEMBERSHIP
    if row.last is None:
        return Obstacle.HAS_NO_END
    term = renewed(Term(row.first, row.last, renewals=0), most_renewals=None)
    assert term is not None  # a seat is renewed without end
    return Plan(changed=(_with(row, last=term.last),))


def paid_on(rows: Iterable[Membership], months: int, on: date) -> Plan | Obstacle:
    """Paid for so many months more (A43), counted from what is paid; where none is, from the first month or this one."""
    running = [row for row in rows if row.kind in MONTHLY and (row.last is None or row.last >= on)]
    if not running:
        return Obstacle.NO_MONTHLY_MEMBERSHIP
    row = min(running, key=lambda each: each.first)
    before = row.paid_through or first_of_month(max(row.first, on)) - _A_DAY
    return Plan(changed=(_with(row, paid_through=last_of_month(months_later(before, months))),))


def _against_joining(member: Member, to: Organisation) -> Obstacle | None:
    match needed_at_desk(to):
        case DeskLink.REFUSED:
            return Obstacle.LINKS_NOBODY_AT_DESK
        case DeskLink.CARD_NEEDED:
            return None if member.cards.filter(replaced_at=None).exists() else Obstacle.CARD_MISSING
        case DeskLink.WITHOUT_CARD:
            return None


def _followed(held: Membership, first: date, to: Organisation | None) -> Plan | Obstacle:
    if held.kind not in _SWITCHING:
        return Obstacle.NO_MONTHLY_MEMBERSHIP
    if held.organisation == to:
        return Obstacle.SAME_ALREADY
    if held.last is not None and held.last < first - _A_DAY:
        return Obstacle.ENDS_BEFORE
    new = _begun(held.member, first, to)
    new.uses_in_month, new.days_in_a_row = held.uses_in_month, held.days_in_a_row
    new.conditions = held.conditions
    return Plan(changed=(_with(held, last=first - _A_DAY),), begun=(new,))


def _latest(rows: Iterable[Membership], on: date) -> Membership | None:
    """Also one that has just ended; a renewal late by more than a month is a new beginning."""
    longest_ago = months_later(on, -1)
    monthly = [row for row in rows if row.kind in MONTHLY and (row.last is None or row.last >= longest_ago)]
    return max(monthly, key=lambda row: row.first, default=None)


def _begun(member: Member, first: date, to: Organisation | None) -> Membership:
    kind = KindWords.INDIVIDUAL if to is None else KIND_THROUGH[OrganisationKind(to.kind)]
    paid_through = first_month_ends(first) if to is None else None
    last = first_term(first).last
    return Membership(member=member, kind=kind, organisation=to, first=first, last=last, paid_through=paid_through)


def _with(row: Membership, **dates: date) -> Membership:
    changed = copy(row)
    for name, day in dates.items():
        setattr(changed, name, day)
    return changed
