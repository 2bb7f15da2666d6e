"""The rules as data: what staff decided, by the day it holds from, and the document in which terminals get it (C22).

A document is a JSON object, version 1: `{"v": 1, "versions": [{"from": "2026-04-01", "calendar": {"weekly": [["10:00",
"19:00"] or null, seven times, Monday first], "yearly": [["12-29", "01-03"]], "closures": [["2026-08-13", "2026-08-15",
"..."]], "exceptions": [["2026-11-24", ["10:00", "17:00"] or null]], "last_check_in_minutes": 0}, "limits": [20, null],
"capacity": [80, true] or null, "seconds_between_taps": 10, "announcement": {"ja": "...", "en": "..."}, "reception":
{"ja": "...", "en": "..."}}], "tariffs": [tariff documents]}`, versions and tariffs in the order of their days.
What is missing after "calendar" has its default, and fields that are not named here are ignored, so that old and new
terminals and servers read each other's documents.
Not in here: what the rules say (calendar, limits, occupancy, tariff), and where documents are kept.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from visits import reading
from visits.calendar import Calendar, Closure, Hours, MonthDay, YearlyClosure, hours_on, opening_after
from visits.limits import UNLIMITED, Limits
from visits.occupancy import Capacity
from visits.reading import Misread
from visits.tariff import Tariff, TariffError
from visits.tariff import in_force as tariff_in_force
from visits.tariff_document import parse_tariff
from visits.tariff_document import to_document as tariff_to_document

DOCUMENT_VERSION = 1
MOST_SECONDS_BETWEEN_TAPS = 600
LONGEST_JAPANESE = 80
LONGEST_ENGLISH = 160
"""Letters of what staff write for members: so many are read on every screen. Older texts may be longer, and are shown cut."""

_MONTH_DAY_BEFORE = "2000-"
"""A leap year before a month and day, so that 29 February can be read."""


class RulebookError(ValueError):
    """A document that is no rulebook: `place` is a path such as `versions[0].calendar.weekly[6]`."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Text:
    """What staff wrote for members to read, in the house's two languages; empty for nothing."""

    ja: str = ""
    en: str = ""


NO_TEXT = Text()


@dataclass(frozen=True, slots=True)
class Version:
    """Holds from the beginning of `valid_from`, a day of the house, until the next version does.

    `limits` are for members without their own (C34); `seconds_between_taps` keep a second tap by mistake from counting.
    `announcement` is shown on the start screen, `reception` says where it is to whoever is sent there.
    """

    valid_from: date
    calendar: Calendar
    limits: Limits = UNLIMITED
    capacity: Capacity | None = None
    seconds_between_taps: int = 0
    announcement: Text = NO_TEXT
    reception: Text = NO_TEXT

    def __post_init__(self) -> None:
        if not 0 <= self.seconds_between_taps <= MOST_SECONDS_BETWEEN_TAPS:
            raise ValueError(f"seconds between taps are between 0 and {MOST_SECONDS_BETWEEN_TAPS}")


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Versions and tariffs in the order of their days, each day once; ValueError otherwise. None at all is no rules."""

    versions: tuple[Version, ...] = ()
    tariffs: tuple[Tariff, ...] = ()

    def __post_init__(self) -> None:
        for days in ([each.valid_from for each in self.versions], [each.valid_from for each in self.tariffs]):
            if days != sorted(set(days)):
                raise ValueError("versions follow each other, each from a day of its own")


NO_RULES = Rulebook()


def in_force(rulebook: Rulebook, day: date) -> Version | None:
    """None before the first version: no rules were known then."""
    return next((version for version in reversed(rulebook.versions) if version.valid_from <= day), None)


def tariff_on(rulebook: Rulebook, day: date) -> Tariff | None:
    return tariff_in_force(rulebook.tariffs, day)


def hours_by(rulebook: Rulebook, day: date) -> Hours | None:
    """None where the house stays closed all day, and before there were rules."""
    version = in_force(rulebook, day)
    return None if version is None else hours_on(version.calendar, day)


def next_opening_by(rulebook: Rulebook, at: datetime) -> datetime | None:
    """As `calendar.opening_after`, each day by the version in force on it; days without rules have no opening."""
    return opening_after(at, lambda day: hours_by(rulebook, day))


def to_document(rulebook: Rulebook) -> dict[str, object]:
    return {
        "v": DOCUMENT_VERSION,
        "versions": [_version_document(version) for version in rulebook.versions],
        "tariffs": [tariff_to_document(tariff) for tariff in rulebook.tariffs],
    }


def parse_rulebook(document: object) -> Rulebook:
    """The rulebook in parsed JSON. Raises RulebookError naming the first place that is missing or wrong."""
    try:
        return _rulebook(reading.fields_of("document", document))
    except Misread as error:
        raise RulebookError(error.place, error.problem) from error


def _rulebook(fields: dict[str, object]) -> Rulebook:
    if reading.integer("v", fields.get("v")) != DOCUMENT_VERSION:
        raise Misread("v", f"is not {DOCUMENT_VERSION}")
    versions = reading.each("versions", fields.get("versions"), _version)
    tariffs = reading.each("tariffs", fields.get("tariffs", []), _tariff)
    rulebook = reading.made("versions", lambda: Rulebook(versions))
    return reading.made("tariffs", lambda: replace(rulebook, tariffs=tariffs))


def _version_document(version: Version) -> dict[str, object]:
    limits, capacity = version.limits, version.capacity
    return {
        "from": version.valid_from.isoformat(),
        "calendar": _calendar_document(version.calendar),
        "limits": [limits.uses_in_month, limits.days_in_a_row],
        "capacity": capacity and [capacity.people, capacity.hard],
        "seconds_between_taps": version.seconds_between_taps,
        "announcement": {"ja": version.announcement.ja, "en": version.announcement.en},
        "reception": {"ja": version.reception.ja, "en": version.reception.en},
    }


def _calendar_document(calendar: Calendar) -> dict[str, object]:
    return {
        "weekly": [_hours_document(hours) for hours in calendar.weekly],
        "yearly": [[_month_day_text(each.first), _month_day_text(each.last)] for each in calendar.yearly],
        "closures": [[each.first.isoformat(), each.last.isoformat(), each.text] for each in calendar.closures],
        "exceptions": [[day.isoformat(), _hours_document(hours)] for day, hours in calendar.exceptions],
        "last_check_in_minutes": calendar.last_check_in_minutes,
    }


def _hours_document(hours: Hours | None) -> list[str] | None:
    return None if hours is None else [reading.minute_text(hours.opens), reading.minute_text(hours.closes)]


def _version(place: str, value: object) -> Version:
    fields = reading.fields_of(place, value)
    valid_from = reading.text(f"{place}.from", fields.get("from"), reading.day)
    calendar = _calendar(f"{place}.calendar", fields.get("calendar"))
    limits = _limits(f"{place}.limits", fields.get("limits", [None, None]))
    capacity = reading.optional(f"{place}.capacity", fields.get("capacity"), _capacity)
    seconds = reading.integer(f"{place}.seconds_between_taps", fields.get("seconds_between_taps", 0))
    announcement, reception = (
        _words(f"{place}.{name}", fields.get(name, {"ja": "", "en": ""})) for name in ("announcement", "reception")
    )
    return reading.made(
        place, lambda: Version(valid_from, calendar, limits, capacity, seconds, announcement, reception)
    )


def _limits(place: str, value: object) -> Limits:
    uses, days = (reading.optional(place, each, reading.integer) for each in reading.row(place, value, 2))
    return reading.made(place, lambda: Limits(uses, days))


def _capacity(place: str, value: object) -> Capacity:
    people, hard = reading.row(place, value, 2)
    number, keeps_out = reading.integer(place, people), reading.flag(place, hard)
    return reading.made(place, lambda: Capacity(number, keeps_out))


def _words(place: str, value: object) -> Text:
    fields = reading.fields_of(place, value)
    ja, en = (reading.text(f"{place}.{language}", fields.get(language), str) for language in ("ja", "en"))
    return Text(ja, en)


def _tariff(place: str, value: object) -> Tariff:
    try:
        return parse_tariff(value)
    except TariffError as error:
        raise Misread(f"{place}.{error.place}", error.problem) from error


def _calendar(place: str, value: object) -> Calendar:
    fields = reading.fields_of(place, value)
    weekly = reading.each(f"{place}.weekly", fields.get("weekly"), _hours)
    yearly = reading.each(f"{place}.yearly", fields.get("yearly"), _yearly)
    closures = reading.each(f"{place}.closures", fields.get("closures"), _closure)
    exceptions = reading.each(f"{place}.exceptions", fields.get("exceptions"), _exception)
    minutes = reading.integer(f"{place}.last_check_in_minutes", fields.get("last_check_in_minutes"))
    return reading.made(place, lambda: Calendar(weekly, yearly, closures, exceptions, minutes))


def _hours(place: str, value: object) -> Hours | None:
    if value is None:
        return None
    opens, closes = (reading.text(place, each, reading.minute) for each in reading.row(place, value, 2))
    return reading.made(place, lambda: Hours(opens, closes))


def _yearly(place: str, value: object) -> YearlyClosure:
    first, last = (reading.text(place, each, _month_day) for each in reading.row(place, value, 2))
    return YearlyClosure(first, last)


def _closure(place: str, value: object) -> Closure:
    first, last, text = reading.row(place, value, 3)
    days = reading.text(place, first, reading.day), reading.text(place, last, reading.day)
    reason = reading.text(place, text, str)
    return reading.made(place, lambda: Closure(*days, reason))


def _exception(place: str, value: object) -> tuple[date, Hours | None]:
    day, hours = reading.row(place, value, 2)
    return reading.text(place, day, reading.day), _hours(place, hours)


def _month_day(text: str) -> MonthDay:
    day = reading.day(_MONTH_DAY_BEFORE + text)
    return day.month, day.day


def _month_day_text(month_day: MonthDay) -> str:
    month, day = month_day
    return f"{month:02}-{day:02}"
