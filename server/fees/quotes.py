"""Quotes: what a use would cost by the tariff of its day, from when and until when it may be decided, and what is against it.

Pure: the rulebook and the time are arguments. Not in here: whether a space is free (C11), reasons to refuse (C13), the
words for any of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, unique

from visits import application, fees, membership, monthly
from visits.bill import Bill, together
from visits.calendar import house_day
from visits.dropin import ChildAlone, Visitor, prepayment
from visits.months import first_of_month, months_later
from visits.rulebook import Rulebook, hours_by, tariff_on
from visits.tariff import Tariff


@unique
class Objection(Enum):
    """What stands against a use, or against applying for it at the moment asked."""

    PAST = "past"
    NOT_YET = "not_yet"
    DESK_CLOSED = "desk_closed"
    HOUSE_CLOSED = "house_closed"
    OUTSIDE_HOURS = "outside_hours"
    CHILD_ALONE = "child_alone"


@dataclass(frozen=True, slots=True)
class SlotUse:
    """`square_metres` where the price is for one."""

    space: str
    starts: time
    ends: time
    purpose: fees.Purpose
    square_metres: int | None = None


@dataclass(frozen=True, slots=True)
class HourUse:
    space: str
    starts: time
    ends: time
    purpose: fees.Purpose


@dataclass(frozen=True, slots=True)
class DayUse:
    space: str
    seats: int


@dataclass(frozen=True, slots=True)
class MonthUse:
    """From the day asked for. `months` counts the first, which may be a part; `claim` is for half the price (C19)."""

    space: str
    months: int
    claim: monthly.Claim | None = None


@dataclass(frozen=True, slots=True)
class Consigned:
    """Goods sold for their owner; `sales` in yen, tax included."""

    sales: int


@dataclass(frozen=True, slots=True)
class DropIn:
    visitor: Visitor
    declared: timedelta


Use = SlotUse | HourUse | DayUse | MonthUse | Consigned | DropIn


@dataclass(frozen=True, slots=True)
class MonthDates:
    """What a use by the month turns on (C15-C16, C18).

    `notice_by` is the last day to announce that it ends with `term_ends`, and `renewed_until` the last day of the last
    term there may be, None where they go on without end; `reduction` as judged for the first day, None
    where nothing was claimed.
    """

    first_month_ends: date
    term_ends: date
    notice_by: date
    renewed_until: date | None
    reduction: monthly.Reduction | None


@dataclass(frozen=True, slots=True)
class Quote:
    """`accepted_from` and `called_off_by` are None where no application is needed or nothing is open within a year."""

    bill: Bill
    accepted_from: datetime | None = None
    called_off_by: date | None = None
    month: MonthDates | None = None
    objections: tuple[Objection, ...] = ()


def quote(rulebook: Rulebook, day: date, use: Use | None, things: Mapping[str, int], at: datetime) -> Quote:
    """For a use on `day`, or none but `things` with so many of each, asked at `at`.

    Raises NotInTariff, also where no tariff is in force on the day, and NoSlotReached.
    """
    tariff = tariff_on(rulebook, day)
    if tariff is None:
        raise fees.NotInTariff(str(day))
    extras = together(*(fees.price_of_things(tariff, thing, count) for thing, count in things.items() if count))
    match use:
        case None:
            return Quote(extras)
        case MonthUse():
            return _by_month(tariff, rulebook, day, use, at)
        case Consigned():
            return Quote(together(fees.consignment(tariff, use.sales), extras))
        case DropIn():
            due = prepayment(tariff, use.visitor, use.declared)
            if isinstance(due, ChildAlone):
                return Quote(Bill(), objections=(Objection.CHILD_ALONE,))
            return Quote(together(due, extras), objections=_of_day(rulebook, day, at))
        case SlotUse() | HourUse() | DayUse():
            return Quote(
                together(_price(tariff, use), extras),
                accepted_from=application.first_acceptance(rulebook, day),
                called_off_by=application.called_off_by(rulebook, day),
                objections=(*_of_application(rulebook, day, at), *_of_hours(rulebook, day, use)),
            )


def _price(tariff: Tariff, use: SlotUse | HourUse | DayUse) -> Bill:
    match use:
        case SlotUse(space, starts, ends, purpose, square_metres):
            booked = fees.booking(fees.slot_prices(tariff, space), starts, ends)
            return fees.price_by_slot(tariff, space, booked, purpose, square_metres=square_metres)
        case HourUse(space, starts, ends, purpose):
            return fees.price_by_hour(tariff, space, _length(starts, ends), purpose)
        case DayUse(space, seats):
            return fees.price_by_day(tariff, space, seats)


def _by_month(tariff: Tariff, rulebook: Rulebook, first: date, use: MonthUse, at: datetime) -> Quote:
    """Half the price is judged anew for the first day of use in each month."""
    bills = []
    for ahead in range(use.months):
        starts = first if ahead == 0 else first_of_month(months_later(first, ahead))
        reduced = use.claim is not None and monthly.reduction(use.claim, starts) is monthly.Reduction.GRANTED
        of_month = tariff_on(rulebook, starts) or tariff
        if ahead == 0 and starts.day != 1:
            bills.append(monthly.price_of_first_month(of_month, use.space, starts, reduced=reduced))
        else:
            bills.append(monthly.price_by_month(of_month, use.space, reduced=reduced))
    term = membership.first_term(first)
    dates = MonthDates(
        first_month_ends=membership.first_month_ends(first),
        term_ends=term.last,
        notice_by=application.given_notice_by(term.last),
        renewed_until=_renewed_until(term, tariff, use.space),
        reduction=None if use.claim is None else monthly.reduction(use.claim, first),
    )
    return Quote(
        together(*bills),
        accepted_from=application.first_acceptance(rulebook, first),
        month=dates,
        objections=_of_application(rulebook, first, at),
    )


def _renewed_until(term: membership.Term, tariff: Tariff, space: str) -> date | None:
    most = next(price.most_renewals for price in tariff.months if price.key == space)
    if most is None:
        return None
    while later := membership.renewed(term, most):
        term = later
    return term.last


def _of_application(rulebook: Rulebook, day: date, at: datetime) -> tuple[Objection, ...]:
    """At most one: whoever may not apply for the day at all need not hear that the desk is closed."""
    today = house_day(at)
    if day < today:
        return (Objection.PAST,)
    if today < application.accepted_from(day):
        return (Objection.NOT_YET,)
    return () if application.may_apply(rulebook, day, at) else (Objection.DESK_CLOSED,)


def _of_hours(rulebook: Rulebook, day: date, use: SlotUse | HourUse | DayUse) -> tuple[Objection, ...]:
    """Within the hours of the house (C9), whatever the slots say (D1)."""
    hours = hours_by(rulebook, day)
    if hours is None:
        return (Objection.HOUSE_CLOSED,)
    match use:
        case SlotUse(starts=starts, ends=ends) | HourUse(starts=starts, ends=ends):
            return () if hours.opens <= starts and ends <= hours.closes else (Objection.OUTSIDE_HOURS,)
        case DayUse():
            return ()


def _of_day(rulebook: Rulebook, day: date, at: datetime) -> tuple[Objection, ...]:
    if day < house_day(at):
        return (Objection.PAST,)
    return () if hours_by(rulebook, day) else (Objection.HOUSE_CLOSED,)


def _length(starts: time, ends: time) -> timedelta:
    """ValueError where nothing lies between."""
    if starts >= ends:
        raise ValueError("a use starts before it ends")
    midnight = date.min
    return datetime.combine(midnight, ends) - datetime.combine(midnight, starts)
