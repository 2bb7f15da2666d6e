"""What the rules are told of a member: the standing, and the terms on which one belongs to the house.

Not in here: where the member is and how often they came (ledger), and what the rules make of it (visits.decision).
"""

from collections.abc import Iterable, Sequence
from datetime import date

from server.members import models
from visits.limits import UNLIMITED, Limits
from visits.member import Kind, Member, Membership, Standing


def member_of(row: models.Member, name: str | None = None) -> Member:
    """With all memberships there ever were, in the order of their days; `name` where the member is greeted by it."""
    rows = sorted(row.memberships.all(), key=lambda each: each.first)
    return Member(row.pk, Standing(row.standing), name, tuple(membership_of(each) for each in rows))


def membership_of(row: models.Membership) -> Membership:
    return Membership(
        Kind(row.kind),
        row.first,
        effective_last(row.last, row.paid_through),
        row.organisation_id,
        limits_of(row.uses_in_month, row.days_in_a_row),
    )


def membership_on(row: models.Member, day: date) -> models.Membership | None:
    """The one in force on `day`, paid for or not."""
    return next((each for each in row.memberships.all() if each.covers(day)), None)


def effective_last(last: date | None, paid_through: date | None) -> date | None:
    """Use goes on only while it is paid for (C15); None where neither is known to end it."""
    return min((day for day in (last, paid_through) if day is not None), default=None)


def limits_of(uses_in_month: int | None, days_in_a_row: int | None) -> Limits:
    unlimited = uses_in_month is None and days_in_a_row is None
    return UNLIMITED if unlimited else Limits(uses_in_month, days_in_a_row)


def told_on(memberships: Iterable[Membership], day: date) -> Sequence[Membership]:
    """Those that `day` or a later day asks for: in force or ahead, and the last of those that have ended.

    The ended one makes the difference between a membership that is over and one that has not begun.
    """
    ordered = sorted(memberships, key=lambda each: each.first)
    held = [each for each in ordered if each.last is None or each.last >= day]
    ended = [each for each in ordered if each.last is not None and each.last < day]
    return (*ended[-1:], *held)
