"""What the ledger knows at a tap, for the question that terminals ask too (visits.decision).

Asked of a time gone by, it answers with what had happened by then. Not in here: until when a drop-in has paid, which the
caller gives, and which card was tapped.
"""

from datetime import datetime

from django.db.models import Q, QuerySet

from server.ledger.models import BEGUN, Visit
from server.ledger.standing import last_visits, usages_of
from server.members.models import Member
from server.members.terms import member_of
from server.terminals.models import Facility
from visits.calendar import house_day
from visits.decision import Situation
from visits.fold import Flag
from visits.limits import UNUSED
from visits.member import held_on
from visits.occupancy import Inside, Outside, Presence

_ASSUMED = Q(flags__contains=Flag.FORGOTTEN_CHECK_OUT.value)


def situation_of(member: Member, facility: Facility, at: datetime, *, paid_until: datetime | None = None) -> Situation:
    visits = Visit.objects.filter(facility=facility).alias(begun=BEGUN).filter(begun__lte=at)
    inside = _inside(visits, at)
    return Situation(
        presence=_presence(last_visits(visits, [member.pk]).get(member.pk), at),
        colleagues=_colleagues(member, inside, at),
        inside=inside.values("member").distinct().count(),
        usage=usages_of(visits, [member.pk], house_day(at)).get(member.pk, UNUSED),
        paid_until=paid_until,
    )


def _presence(visit: Visit | None, at: datetime) -> Presence:
    """An assumed end is not given as one: whether it was to be assumed by then is for the rules."""
    if visit is None:
        return Outside()
    assumed = Flag.FORGOTTEN_CHECK_OUT.value in visit.flags
    if visit.entered_at is not None and (visit.left_at is None or visit.left_at > at or assumed):
        return Inside(visit.entered_at)
    return Outside(visit.left_at)


def _inside(visits: "QuerySet[Visit]", at: datetime) -> "QuerySet[Visit]":
    """Of that day of the house; a way out that is only assumed frees no place (visits.colleagues)."""
    still = Q(left_at=None) | Q(left_at__gt=at) | _ASSUMED
    return visits.filter(still, day=house_day(at), entered_at__isnull=False).order_by()


def _colleagues(member: Member, inside: "QuerySet[Visit]", at: datetime) -> int:
    day = house_day(at)
    held = held_on(member_of(member).memberships, day)
    if held is None or held.organisation is None:
        return 0
    others = Member.objects.filter(pk__in=inside.values("member"), memberships__organisation=held.organisation).exclude(
        pk=member.pk
    )
    theirs = (held_on(member_of(other).memberships, day) for other in others.distinct())
    return sum(each is not None and each.organisation == held.organisation for each in theirs)
