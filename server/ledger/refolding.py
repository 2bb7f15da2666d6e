"""From which day on other rules can make other visits.

Pure. Not in here: making them (closing).
"""

from datetime import date, datetime, timedelta

from visits.calendar import LOOK_AHEAD_DAYS, Hours, house_day
from visits.rulebook import Rulebook, hours_by, in_force

_A_DAY = timedelta(days=1)


def first_change(before: Rulebook, after: Rulebook, first: date, now: datetime) -> date | None:
    """The earliest day whose stays may end otherwise, of those from `first` until `now`; None where there is none.

    A stay is taken to have ended once the house opens again: so a change counts for stays since the last day before it on
    which the house was open.
    """
    day, last = first, house_day(now)
    while _on(before, day) == _on(after, day):
        day += _A_DAY
        if day > last:
            return None
    earliest = max(first, day - timedelta(days=LOOK_AHEAD_DAYS))
    while day > earliest:
        day -= _A_DAY
        if _on(before, day)[1] is not None:
            break
    return day


def _on(rulebook: Rulebook, day: date) -> tuple[bool, Hours | None]:
    return in_force(rulebook, day) is not None, hours_by(rulebook, day)
