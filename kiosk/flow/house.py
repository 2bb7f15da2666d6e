"""What the hours of the house mean to whoever stands before the terminal now. Pure; words and looks are not in here."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique

from visits.calendar import Hours, closure_on, hours_on, house_day, is_open, may_check_in
from visits.rulebook import NO_TEXT, Rulebook, Text, in_force, next_opening_by


@unique
class Entrance(Enum):
    """Whether the way in is open; the way out always is. LAST_CHECK_IN_OVER: open, but only for whoever comes back."""

    OPEN = "open"
    LAST_CHECK_IN_OVER = "last_check_in_over"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class House:
    """`today` is None where it stays closed all day; `next_opening` is told while the way in is not open, if there is one.

    The texts are staff's own: an announcement, where reception is, and why the house is closed today.
    """

    entrance: Entrance
    today: Hours | None
    next_opening: datetime | None
    announcement: Text = NO_TEXT
    reception: Text = NO_TEXT
    closure: str = ""


def house_now(rulebook: Rulebook, at: datetime | None) -> House | None:
    """None where no rules are known, or nothing vouches for the time: then the house is not called closed."""
    if at is None:
        return None
    day = house_day(at)
    version = in_force(rulebook, day)
    if version is None:
        return None
    calendar = version.calendar
    if may_check_in(calendar, at):
        entrance = Entrance.OPEN
    else:
        entrance = Entrance.LAST_CHECK_IN_OVER if is_open(calendar, at) else Entrance.CLOSED
    closure = closure_on(calendar, day)
    return House(
        entrance,
        hours_on(calendar, day),
        None if entrance is Entrance.OPEN else next_opening_by(rulebook, at),
        version.announcement,
        version.reception,
        closure.text if closure else "",
    )
