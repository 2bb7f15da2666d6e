"""From when a use may be applied for, and by when it may be called off (C9-C10, C18, C30).

Days are days of the house. A use of several days goes by its first. Not in here: who comes first where two ask for the
same space (C11), what is given back (nothing: C18), and reasons to refuse (C13).
"""

from datetime import date, datetime, timedelta

from visits.calendar import LOOK_AHEAD_DAYS, day_begins, house_day, is_open, opening_after
from visits.months import first_of_month, months_later
from visits.rulebook import Rulebook, hours_by, in_force

MONTHS_AHEAD = 6
MONTHS_OF_NOTICE = 1

_A_DAY = timedelta(days=1)


def accepted_from(use: date) -> date:
    """The first of the month with the day six months before the eve of `use` (C10).

    A use on the first of a month counts from the month before it: its eve is the day that is counted back from.
    """
    return first_of_month(months_later(use - _A_DAY, -MONTHS_AHEAD))


def first_acceptance(rulebook: Rulebook, use: date) -> datetime | None:
    """When the desk first takes applications for `use`: it does not on closed days (C10). None: not within a year."""
    midnight = day_begins(accepted_from(use))
    return opening_after(midnight - timedelta.resolution, lambda day: hours_by(rulebook, day))


def may_apply(rulebook: Rulebook, use: date, at: datetime) -> bool:
    """Within opening hours (C9), not too early (C10), and not after the day itself."""
    today = house_day(at)
    version = in_force(rulebook, today)
    return accepted_from(use) <= today <= use and version is not None and is_open(version.calendar, at)


def called_off_by(rulebook: Rulebook, use: date) -> date | None:
    """The last day to call off a use by the day or the hour: the open day before it (C18, C30). None: not within a year."""
    days_before = (use - timedelta(days=back) for back in range(1, LOOK_AHEAD_DAYS + 1))
    return next((day for day in days_before if hours_by(rulebook, day) is not None), None)


def given_notice_by(ceases: date) -> date:
    """The last day to announce that use by the month ends on `ceases`: a month before (C18).

    For all four spaces let by the month, as the terms have it; the note under the table names two (D2).
    """
    return months_later(ceases, -MONTHS_OF_NOTICE)
