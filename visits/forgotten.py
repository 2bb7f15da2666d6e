"""A check-out nobody made: when the stay is taken to have ended (D9).

A stay is taken to have ended at the closing time of the day it began on, once nothing else can be true: somebody who is
still inside may leave until the house opens again, and a check-in on a later day begins another stay. A stay that began
on a closed day or after closing ends with its day. Where the house opens no more there is a day to leave. Where no rules
were in force nothing is assumed.
Not in here: what becomes of the visit (fold), and how the member is told (decision).
"""

from datetime import datetime, timedelta

from visits.calendar import HOUSE_TIME, day_begins, house_day
from visits.occupancy import Inside, Outside, Presence
from visits.rulebook import Rulebook, hours_by, in_force, next_opening_by

_A_DAY = timedelta(days=1)


def assumed_end(rulebook: Rulebook, since: datetime) -> datetime | None:
    """When a stay that began at `since` ends if nobody checks out; None where there are no rules for it."""
    day = house_day(since)
    if in_force(rulebook, day) is None:
        return None
    hours = hours_by(rulebook, day)
    if hours is not None:
        closing = datetime.combine(day, hours.closes, HOUSE_TIME)
        if since < closing:
            return closing
    return day_begins(day + _A_DAY)


def forgotten(rulebook: Rulebook, since: datetime, at: datetime, *, entering: bool = False) -> datetime | None:
    """The assumed end of a stay since `since` of which nothing was heard until `at`; None while it may go on.

    `entering` where a check-in is what is heard at `at`.
    """
    end = assumed_end(rulebook, since)
    if end is None or at < end:
        return None
    if entering and house_day(at) > house_day(since):
        return end
    # An opening at the very end of the stay is the next one too: a house may open at midnight.
    opening = next_opening_by(rulebook, end - timedelta.resolution)
    return end if at >= (opening or end + _A_DAY) else None


def presence_at(presence: Presence, rulebook: Rulebook, at: datetime, *, entering: bool = False) -> Presence:
    """What was known, as it stands at `at`."""
    if not isinstance(presence, Inside):
        return presence
    end = forgotten(rulebook, presence.since, at, entering=entering)
    return presence if end is None else Outside(end, assumed=True)
