"""Where members are and how often they came, as terminals are told it: by the visits as they stand.

Not in here: how visits come about (folding), and what follows for a tap (situation).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Case, OuterRef, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Cast

from server.ledger.length import WholeMinutes
from server.ledger.models import BEGUN, Visit
from server.members.models import Member
from visits.calendar import day_begins, house_day
from visits.fold import Flag
from visits.limits import UNUSED, Usage, usage_of
from visits.past import NO_PAST, Past, past_of

LOOK_BACK = timedelta(days=62)
"""Two months, the longest there are: days of use before them are of no month that counts, and no visit is told of them."""

# As text, because making an id of each of tens of thousands of rows takes longer than all the rest.
_MEMBER = Cast("member_id", TextField())
# None while inside; no time at all where the end was only assumed.
_MINUTES = Case(
    When(flags__contains=Flag.FORGOTTEN_CHECK_OUT.value, then=Value(0)), default=WholeMinutes("left_at", "entered_at")
)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Inside since, or outside since the last way out; `assumed` where nobody saw that one. None for what is not known."""

    inside_since: datetime | None = None
    outside_since: datetime | None = None
    assumed: bool = False
    usage: Usage = UNUSED
    past: Past = NO_PAST


def standing_of(facility: UUID, members: Collection[UUID], now: datetime) -> dict[UUID, Whereabouts]:
    """Of all these members, in a constant number of queries."""
    visits = Visit.objects.filter(facility=facility)
    last, (usages, pasts) = last_visits(visits, members), _uses_and_pasts(visits, members, house_day(now))
    return {
        member: _whereabouts(last.get(member), usages.get(member, UNUSED), pasts.get(member, NO_PAST))
        for member in members
    }


def last_visits(visits: QuerySet[Visit], members: Collection[UUID]) -> dict[UUID, Visit]:
    """Each member's latest of `visits`, where there is one."""
    latest = latest_first(visits.filter(member=OuterRef("pk"))).values("pk")[:1]
    keys = Member.objects.filter(pk__in=members).order_by().values_list(Subquery(latest), flat=True)
    found = Visit.objects.filter(pk__in=[key for key in keys if key is not None]).order_by()
    return {visit.member_id: visit for visit in found}


def latest_first(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    return visits.order_by(BEGUN.desc(), "-first_terminal_id", "-first_seq")


def usages_of(visits: QuerySet[Visit], members: Collection[UUID], until: date) -> dict[UUID, Usage]:
    """By days not longer than LOOK_BACK before `until`; a visit of which only the way out is known is no use."""
    days: dict[str, list[date]] = {}
    for member, day in _recent(visits, members, until).values_list(_MEMBER, "day"):
        days.setdefault(member, []).append(day)
    return {UUID(member): usage_of(of_member) for member, of_member in days.items()}


def _uses_and_pasts(
    visits: QuerySet[Visit], members: Collection[UUID], until: date
) -> tuple[dict[UUID, Usage], dict[UUID, Past]]:
    """Both from the same rows."""
    days: dict[str, list[date]] = {}
    stays: dict[str, list[tuple[date, int]]] = {}
    for member, day, minutes in _recent(visits, members, until).values_list(_MEMBER, "day", _MINUTES):
        days.setdefault(member, []).append(day)
        if minutes is not None:
            stays.setdefault(member, []).append((day, minutes))
    return (
        {UUID(member): usage_of(of_member) for member, of_member in days.items()},
        {UUID(member): past_of(of_member) for member, of_member in stays.items()},
    )


def _recent(visits: QuerySet[Visit], members: Collection[UUID], until: date) -> QuerySet[Visit]:
    # By the instant, as the index of members' visits has it: that of days would read those of all members.
    recent = visits.alias(begun=BEGUN).filter(begun__gte=day_begins(until - LOOK_BACK))
    return recent.filter(member__in=members, entered_at__isnull=False).order_by()


def _whereabouts(visit: Visit | None, usage: Usage, past: Past) -> Whereabouts:
    if visit is None:
        return Whereabouts(usage=usage, past=past)
    if visit.left_at is None:
        return Whereabouts(inside_since=visit.entered_at, usage=usage, past=past)
    assumed = Flag.FORGOTTEN_CHECK_OUT.value in visit.flags
    return Whereabouts(outside_since=visit.left_at, assumed=assumed, usage=usage, past=past)
