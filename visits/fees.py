"""The price of one use: a space by slots, by the hour or by the day, things, consignment (C23-C25, C27-C29).

Whatever is priced by the hour is charged for each hour begun ("1時間ごと", "1時間につき"): one whole minute over is an
hour, seconds are none. Times include preparing and clearing away (C30). Not in here: months (monthly), coworking by the
hour (dropin), whether a space is free and the house open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Protocol, TypeVar

from visits.bill import Bill, Charge, Commission, Line
from visits.tariff import DayPrice, Factors, HourPrice, Slot, SlotPrices, Tariff, ThingPrice, Unit

_MINUTE = timedelta(minutes=1)
_MINUTES_AN_HOUR = 60
_NOTHING = timedelta()


class NotInTariff(LookupError):  # noqa: N818 - what happened
    """The tariff has no price for `key`."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} has no price")
        self.key = key


class NoSlotReached(ValueError):  # noqa: N818 - what happened
    """A use that lies in none of the slots a space is let by."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} is let by slots, and none is reached")
        self.key = key


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a floor is used for, as far as its price depends on it (C28).

    `admission` is what a visitor is charged, whatever it is called, in yen; `promotion` is showing or selling goods,
    advertising a business, and the like.
    """

    admission: int = 0
    promotion: bool = False


@dataclass(frozen=True, slots=True)
class Booking:
    """A slot and the time beyond it that is planned or was taken."""

    slot: Slot
    overtime: timedelta


class _Priced(Protocol):
    @property
    def key(self) -> str: ...


_P = TypeVar("_P", bound=_Priced)


def hours_begun(duration: timedelta) -> int:
    """By whole minutes: seconds count for nothing. ValueError for less than no time."""
    if duration < _NOTHING:
        raise ValueError("time does not run backwards")
    return -(-(duration // _MINUTE) // _MINUTES_AN_HOUR)


def slot_prices(tariff: Tariff, space: str) -> SlotPrices:
    """Raises NotInTariff."""
    return _priced(tariff.slots, space)


def booking(prices: SlotPrices, starts: time, ends: time) -> Booking:
    """What a use from `starts` to `ends` books: the cheapest slot over every single slot it reaches into.

    What no such slot covers, as noon after the morning or an hour before the first slot, is overtime, before and after
    added up. Raises NoSlotReached for a use between two slots.
    """
    if starts >= ends:
        raise ValueError("a use starts before it ends")
    reached = [slot for slot in prices.singles() if slot.starts < ends and starts < slot.ends]
    if not reached:
        raise NoSlotReached(prices.key)
    first, last = min(slot.starts for slot in reached), max(slot.ends for slot in reached)
    covering = [slot for slot in prices.slots if slot.starts <= first and last <= slot.ends]
    booked = min(covering, key=lambda slot: (slot.price, slot.key))
    return booking_of(prices, booked.key, starts, ends)


def booking_of(prices: SlotPrices, slot: str, starts: time, ends: time) -> Booking:
    """The slot that was applied for, and how much longer the space was in use. Raises NotInTariff."""
    booked = _priced(prices.slots, slot)
    return Booking(booked, _between(starts, booked.starts) + _between(booked.ends, ends))


def price_by_slot(
    tariff: Tariff, space: str, booked: Booking, purpose: Purpose, *, square_metres: int | None = None
) -> Bill:
    """`square_metres` is named where, and only where, the price is for one; those begun count. Raises NotInTariff."""
    prices = slot_prices(tariff, space)
    if prices.per_square_metre is (square_metres is None):
        raise ValueError(f"the price of {space} and square metres do not go together")
    factor = factor_of(tariff.factors, purpose) if prices.floor else 1
    area = 1 if square_metres is None else square_metres
    slot = booked.slot
    lines = [Line(Charge.SLOT, space, 1, slot.price, slot.key, area, factor)]
    if hours := hours_begun(booked.overtime):
        lines.append(Line(Charge.OVERTIME_HOUR, space, hours, prices.overtime, slot.key, area, factor))
    return Bill(tuple(lines))


def price_by_hour(tariff: Tariff, space: str, duration: timedelta, purpose: Purpose) -> Bill:
    """Raises NotInTariff."""
    price: HourPrice = _priced(tariff.hours, space)
    factor = factor_of(tariff.factors, purpose) if price.floor else 1
    return Bill((Line(Charge.HOUR, space, hours_begun(duration), price.price, factor=factor),))


def price_by_day(tariff: Tariff, space: str, seats: int) -> Bill:
    """One day, however often its users go out and come in again (C17). Raises NotInTariff."""
    price: DayPrice = _priced(tariff.days, space)
    return Bill((Line(Charge.SEAT_DAY, space, seats, price.price),))


def price_of_things(tariff: Tariff, thing: str, quantity: int) -> Bill:
    """`quantity` uses or sheets, or hours begun of what is priced by the hour. Raises NotInTariff."""
    price: ThingPrice = _priced(tariff.things, thing)
    match price.unit:
        case Unit.HOUR:
            charge = Charge.HOUR
        case Unit.USE:
            charge = Charge.USE
        case Unit.SHEET:
            charge = Charge.SHEET
    return Bill((Line(charge, thing, quantity, price.price),))


def consignment(tariff: Tariff, sales: int) -> Bill:
    """What is kept of `sales`, tax included, when they are settled: rounded once for all of them. Raises NotInTariff."""
    if tariff.consignment_percent is None:
        raise NotInTariff("consignment")
    return Bill((Commission(sales, tariff.consignment_percent),))


def at_cost(item: str, cost: int) -> Bill:
    """What the house passes on as it was charged, such as much electricity, water or gas (C28)."""
    return Bill((Line(Charge.AT_COST, item, 1, cost),))


def factor_of(factors: Factors | None, purpose: Purpose) -> int:
    """Promotion goes instead of admission, not on top of it."""
    if factors is None:
        return 1
    if purpose.promotion:
        return factors.promotion
    return factors.admission if purpose.admission >= factors.admission_from else 1


def _between(earlier: time, later: time) -> timedelta:
    return max(_NOTHING, _since_midnight(later) - _since_midnight(earlier))


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def _priced(table: Iterable[_P], key: str) -> _P:
    for price in table:
        if price.key == key:
            return price
    raise NotInTariff(key)
