"""Hours of every day, by the house's time and also across midnight. Not in here: opening hours, which are the rulebook's."""

from datetime import datetime, time

from visits.calendar import HOUSE_TIME


def lies_between(at: datetime, start: time, end: time) -> bool:
    """`end` is not part of it. An end before the start is on the next day; the same time for both is never."""
    clock = at.astimezone(HOUSE_TIME).time()
    return start <= clock < end if start <= end else not end <= clock < start
