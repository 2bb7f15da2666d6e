"""The rules of a facility as terminal and server judge by them.

Each version carries the dated days that fall into its time, and the building's closures with them (C3).
Not in here: the number of the rules (number), and how prices are read (tariffs).
"""

from collections.abc import Collection
from datetime import date, time
from uuid import UUID

from django.db.models import Q

from server.house.models import ChangedDay, Closure, HouseRules, OnHolidays, PublicHoliday
from server.house.tariffs import tariffs_of
from visits import calendar as rules
from visits.limits import Limits
from visits.occupancy import Capacity
from visits.rulebook import Rulebook, Text, Version

_SUNDAY = 6

Exceptions = dict[date, rules.Hours | None]


def rulebook_of(facility: UUID) -> Rulebook:
    """Without any version where no rules are known: then nobody is refused for the hour."""
    return Rulebook(versions_of(facility), tariffs_of(facility))


def versions_of(facility: UUID) -> tuple[Version, ...]:
    """In the order of their days."""
    rows = list(HouseRules.objects.filter(facility=facility).order_by("valid_from").prefetch_related("yearly_closures"))
    closures = list(Closure.objects.filter(Q(facility=facility) | Q(facility=None)).order_by("first", "last", "pk"))
    changed = {
        each.day: _hours(each.opens, each.closes)
        for each in ChangedDay.objects.filter(facility=facility).order_by("day")
    }
    observes = any(row.on_holidays != OnHolidays.NOTHING for row in rows)
    holidays = list(PublicHoliday.objects.values_list("day", flat=True)) if observes else []
    ends = (*(row.valid_from for row in rows[1:]), date.max)
    return tuple(
        _version(row, end, closures, _holidays_of(row, holidays) | changed)
        for row, end in zip(rows, ends, strict=False)
    )


def _version(row: HouseRules, end: date, closures: Collection[Closure], exceptions: Exceptions) -> Version:
    """`end` is the first day on which the next version holds."""
    begin = row.valid_from
    calendar = rules.Calendar(
        weekly=_week(row),
        yearly=_yearly(row),
        closures=tuple(
            rules.Closure(each.first, each.last, each.text)
            for each in closures
            if each.first < end and each.last >= begin
        ),
        exceptions=tuple((day, exceptions[day]) for day in sorted(exceptions) if begin <= day < end),
        last_check_in_minutes=row.last_check_in_minutes,
    )
    return Version(
        begin,
        calendar,
        limits=Limits(row.uses_in_month, row.days_in_a_row),
        capacity=None if row.capacity is None else Capacity(row.capacity, row.capacity_is_hard),
        seconds_between_taps=row.seconds_between_taps,
        announcement=Text(row.announcement_ja, row.announcement_en),
        reception=Text(row.reception_ja, row.reception_en),
    )


def _holidays_of(row: HouseRules, holidays: Collection[date]) -> Exceptions:
    """A day of the yearly closures stays closed, whatever Sundays are."""
    if row.on_holidays == OnHolidays.NOTHING:
        return {}
    hours = _week(row)[_SUNDAY] if row.on_holidays == OnHolidays.SUNDAY else None
    yearly = _yearly(row)
    return {day: hours for day in holidays if not any(closure.covers(day) for closure in yearly)}


def _week(row: HouseRules) -> tuple[rules.Hours | None, ...]:
    return tuple(_hours(opens, closes) for opens, closes in row.week())


def _yearly(row: HouseRules) -> tuple[rules.YearlyClosure, ...]:
    return tuple(
        rules.YearlyClosure((each.first_month, each.first_day), (each.last_month, each.last_day))
        for each in row.yearly_closures.all()
    )


def _hours(opens: time | None, closes: time | None) -> rules.Hours | None:
    return None if opens is None or closes is None else rules.Hours(opens, closes)
