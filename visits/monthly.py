"""Spaces by the month: the first month by the day, and who pays half (C14, C19, D3-D4, D10).

Not in here: for how many months, renewals and notice, and when payment is due (membership's dates).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, unique

from visits.bill import Bill, Charge, Line, PartOfMonth
from visits.fees import NotInTariff
from visits.months import last_of_month, period_ends
from visits.tariff import MonthPrice, Tariff

FOUNDED_WITHIN_MONTHS = 36
TO_BE_FOUNDED_WITHIN_MONTHS = 3

_A_DAY = timedelta(days=1)


@unique
class Ground(Enum):
    """Why somebody may pay half, as the note under the table lists it (D3). The values are stored."""

    FOUNDED = "founded"
    OFFICE_OPENED_HERE = "office_opened_here"
    HEAD_OFFICE_MOVED_HERE = "head_office_moved_here"


@unique
class Reduction(Enum):
    """Whether half is paid, or why not."""

    GRANTED = "granted"
    DOCUMENTS_MISSING = "documents_missing"
    CORPORATIONS_ONLY = "corporations_only"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Claim:
    """`since` is the day of founding, opening or moving; in the register for a corporation, in the notice for a person.

    `documented` where a copy of the document that says so was handed in.
    """

    ground: Ground
    since: date
    corporation: bool
    documented: bool


def reduction(claim: Claim, day: date) -> Reduction:
    """Judged for the first day of use in a month, which decides for the whole of it.

    Three years from a day end with the same day three years later, which still counts. Only a founding may lie ahead.
    """
    if claim.ground is not Ground.FOUNDED and not claim.corporation:
        return Reduction.CORPORATIONS_ONLY
    if claim.since > _latest_start(claim.ground, day):
        return Reduction.TOO_EARLY
    if day > last_day_within(claim.since, FOUNDED_WITHIN_MONTHS):
        return Reduction.TOO_LATE
    return Reduction.GRANTED if claim.documented else Reduction.DOCUMENTS_MISSING


def last_day_within(day: date, months: int) -> date:
    """The last day within `months` of `day`, which itself is not counted (Civil Code, articles 140 and 143)."""
    return period_ends(day + _A_DAY, months)


def price_by_month(tariff: Tariff, space: str, *, reduced: bool) -> Bill:
    """A whole month. Raises NotInTariff."""
    price = _month_price(tariff, space)
    return Bill((Line(Charge.MONTH, space, 1, price.reduced if reduced else price.general),))


def price_of_first_month(tariff: Tariff, space: str, first: date, *, reduced: bool) -> Bill:
    """From `first` to the end of its month, both counted. Raises NotInTariff."""
    price = _month_price(tariff, space)
    days_in_month = last_of_month(first).day
    days = days_in_month - first.day + 1
    return Bill((PartOfMonth(space, days, days_in_month, price.general, reduced),))


def _latest_start(ground: Ground, day: date) -> date:
    match ground:
        case Ground.FOUNDED:
            return last_day_within(day, TO_BE_FOUNDED_WITHIN_MONTHS)
        case Ground.OFFICE_OPENED_HERE | Ground.HEAD_OFFICE_MOVED_HERE:
            return day


def _month_price(tariff: Tariff, space: str) -> MonthPrice:
    for price in tariff.months:
        if price.key == space:
            return price
    raise NotInTariff(space)
