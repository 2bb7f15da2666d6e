"""The rules of a facility as terminal and server judge by them.

Each version carries the dated days that fall into its time, and the building's closures with them (C3).
Not in here: the number of the rules (number).
"""

from collections.abc import Iterable
from datetime import date, time
from uuid import UUID

from django.db.models import Q

from server.house.models import ChangedDay, Closure, HouseRules
from visits import calendar as rules
from visits.rulebook import Rulebook, Version


def rulebook_of(facility: UUID) -> Rulebook:
    """Without any version where no hours are known: then nobody is refused for the hour."""
    versions = list(
        HouseRules.objects.filter(facility=facility).order_by("valid_from").prefetch_related("yearly_closures")
    )
    closures = list(Closure.objects.filter(Q(facility=facility) | Q(facility=None)).order_by("first", "last", "pk"))
    days = list(ChangedDay.objects.filter(facility=facility).order_by("day"))
    ends = (*(version.valid_from for version in versions[1:]), date.max)
    return Rulebook(
        tuple(
            Version(version.valid_from, _calendar(version, end, closures, days))
            for version, end in zip(versions, ends, strict=False)
        )
    )


def _calendar(
    version: HouseRules, end: date, closures: Iterable[Closure], days: Iterable[ChangedDay]
) -> rules.Calendar:
    """`end` is the first day on which the next version holds."""
    begin = version.valid_from
    return rules.Calendar(
        weekly=tuple(_hours(opens, closes) for opens, closes in version.week()),
        yearly=tuple(
            rules.YearlyClosure((each.first_month, each.first_day), (each.last_month, each.last_day))
            for each in version.yearly_closures.all()
        ),
        closures=tuple(
            rules.Closure(each.first, each.last, each.text)
            for each in closures
            if each.first < end and each.last >= begin
        ),
        exceptions=tuple((each.day, _hours(each.opens, each.closes)) for each in days if begin <= each.day < end),
        last_check_in_minutes=version.last_check_in_minutes,
    )


def _hours(opens: time | None, closes: time | None) -> rules.Hours | None:
    return None if opens is None or closes is None else rules.Hours(opens, closes)
