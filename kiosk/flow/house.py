"""What the hours of the house mean to whoever stands before the terminal now. Pure; words and looks are not in here."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique

from visits.calendar import Hours, hours_on, house_day, is_open, may_check_in
from visits.rulebook import Rulebook, in_force, next_opening_by


@unique
class Entrance(Enum):
    """Whether the way in is open; the way out always is. LAST_CHECK_IN_OVER: open, but closing soon."""

    OPEN = "open"
    LAST_CHECK_IN_OVER = "last_check_in_over"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class House:
    """`today` is None where it stays closed all day; `next_opening` is told while the way in is not open, if there is one."""

    entrance: Entrance
    today: Hours | None
    next_opening: datetime | None


def house_now(rulebook: Rulebook, at: datetime | None) -> House | None:
    """None where no rules are known, or nothing vouches for the time: then the house is not called closed."""
    if at is None:
        return None
    version = in_force(rulebook, house_day(at))
    if version is None:
        return None
    calendar = version.calendar
    today = hours_on(calendar, house_day(at))
    if may_check_in(calendar, at):
        return House(Entrance.OPEN, today, None)
    entrance = Entrance.LAST_CHECK_IN_OVER if is_open(calendar, at) else Entrance.CLOSED
    return House(entrance, today, next_opening_by(rulebook, at))
