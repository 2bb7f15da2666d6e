"""When the house is open: weekly hours, yearly and dated closures, single days that differ (C1-C6, C33).

A day's hours are the first that applies of:
1. a dated closure: a building that is shut has no open floor (C3),
2. an exception: the one day for which somebody decided otherwise (C2, C5),
3. a yearly closure (C4-C5),
4. the weekday.
Days and hours are those of the house, whatever zone a machine keeps. Hours lie within one day, to the minute, and the
closing minute is no longer open. Not in here: which calendar holds when (rulebook), and who may enter (decision).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOUSE_TIME = ZoneInfo("Asia/Tokyo")
LOOK_AHEAD_DAYS = 366
"""How far an opening is looked for: a year with its leap day, so that a house open on one date a year still has one."""

_A_LEAP_YEAR = 2000
_DAYS_A_WEEK = 7
_MINUTES_A_DAY = 24 * 60

MonthDay = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hours:
    """`opens` is the first open minute, `closes` the first that is not. ValueError for hours that are none."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if not (_is_minute(self.opens) and _is_minute(self.closes)):
            raise ValueError("hours are whole minutes without a time zone")
        if self.opens >= self.closes:
            raise ValueError("hours open before they close")


@dataclass(frozen=True, slots=True)
class YearlyClosure:
    """Both days inclusive; `last` before `first` crosses the year's end. 29 February is there in leap years only."""

    first: MonthDay
    last: MonthDay

    def __post_init__(self) -> None:
        for month, day in (self.first, self.last):
            date(_A_LEAP_YEAR, month, day)

    def covers(self, day: date) -> bool:
        of_year = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= of_year <= self.last
        return of_year >= self.first or of_year <= self.last


@dataclass(frozen=True, slots=True)
class Closure:
    """Dated days without opening, both inclusive; `text` is the reason as staff wrote it, for people to read."""

    first: date
    last: date
    text: str = ""

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError("a closure begins before it ends")

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Calendar:
    """`weekly` is seven days, Monday first. `exceptions` name a date once, with None for a day that stays closed.

    For the last `last_check_in_minutes` before closing nobody is let in any more; 0 for until closing.
    """

    weekly: tuple[Hours | None, ...]
    yearly: tuple[YearlyClosure, ...] = ()
    closures: tuple[Closure, ...] = ()
    exceptions: tuple[tuple[date, Hours | None], ...] = ()
    last_check_in_minutes: int = 0

    def __post_init__(self) -> None:
        if len(self.weekly) != _DAYS_A_WEEK:
            raise ValueError("a week has seven days")
        if len({day for day, _ in self.exceptions}) != len(self.exceptions):
            raise ValueError("a date is excepted once")
        if not 0 <= self.last_check_in_minutes < _MINUTES_A_DAY:
            raise ValueError("the last check-in is minutes of a day")


def house_day(at: datetime) -> date:
    """The date in the house at an aware instant."""
    return _in_house(at).date()


def day_begins(day: date) -> datetime:
    """Midnight in the house."""
    return datetime.combine(day, time(0), HOUSE_TIME)


def closure_on(calendar: Calendar, day: date) -> Closure | None:
    """The dated closure that shuts the house on `day`, the first where several do."""
    return next((closure for closure in calendar.closures if closure.covers(day)), None)


def hours_on(calendar: Calendar, day: date) -> Hours | None:
    """None where the house stays closed all day."""
    if closure_on(calendar, day) is not None:
        return None
    for excepted, hours in calendar.exceptions:
        if excepted == day:
            return hours
    if any(closure.covers(day) for closure in calendar.yearly):
        return None
    return calendar.weekly[day.weekday()]


def is_open(calendar: Calendar, at: datetime) -> bool:
    return _open_until(calendar, at, timedelta())


def may_check_in(calendar: Calendar, at: datetime) -> bool:
    """Open, and more than the last minutes before closing are left."""
    return _open_until(calendar, at, timedelta(minutes=calendar.last_check_in_minutes))


def opening_after(at: datetime, hours: Callable[[date], Hours | None]) -> datetime | None:
    """The first opening after `at`, in house time, by the `hours` of each day; None where none is within LOOK_AHEAD_DAYS.

    While the house is open that is the opening after this one. After the last date there is, nothing opens.
    """
    today = house_day(at)
    for ahead in range(min(LOOK_AHEAD_DAYS, (date.max - today).days) + 1):
        day = today + timedelta(days=ahead)
        of_day = hours(day)
        if of_day is None:
            continue
        opening = datetime.combine(day, of_day.opens, HOUSE_TIME)
        if opening > at:
            return opening
    return None


def _open_until(calendar: Calendar, at: datetime, before_closing: timedelta) -> bool:
    moment = _in_house(at)
    hours = hours_on(calendar, moment.date())
    if hours is None:
        return False
    opening, closing = (datetime.combine(moment, each, HOUSE_TIME) for each in (hours.opens, hours.closes))
    return opening <= moment < closing - before_closing


def _in_house(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(HOUSE_TIME)


def _is_minute(of_day: time) -> bool:
    return of_day.tzinfo is None and of_day.second == 0 and of_day.microsecond == 0
