"""A price list as data: what a house charges for its spaces and things from a given day on (C22-C29).

Prices are yen, tax included. Spaces, slots and things are named by keys; their names are text for people and not in
here, nor is what a use amounts to (fees), the form in which a tariff is stored and sent (tariff_document), or any house's
own prices (tariff_tokushima).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from enum import Enum, unique

from visits.bill import halved_to_ten

_WHOLE = 100

MAX_PRICE = 100_000_000
"""Yen; keeps any bill far below what JSON readers keep exactly."""


class TariffError(ValueError):
    """A price list that cannot be understood or contradicts itself: `place` in it and what is wrong there."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


@unique
class Unit(Enum):
    """What one price of a thing is for. The values are the stored form."""

    HOUR = "hour"
    USE = "use"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the day as the list prints it; `ends` is the first moment that is no longer paid for."""

    key: str
    starts: time
    ends: time
    price: int

    def __post_init__(self) -> None:
        if self.starts >= self.ends:
            raise TariffError(self.key, "does not end after it starts")
        _check_price(self.price, self.key)


@dataclass(frozen=True, slots=True)
class SlotPrices:
    """A space that is let by the slot, single ones and their combinations. `overtime` is the price of one hour more.

    One slot spans all the others, so that every use within the day has a price. `floor` marks the spaces whose price
    depends on what they are used for (C28); with `per_square_metre` all prices are for one square metre.
    """

    key: str
    slots: tuple[Slot, ...]
    overtime: int
    floor: bool = True
    per_square_metre: bool = False

    def __post_init__(self) -> None:
        _check_price(self.overtime, self.key)
        _check_unique(self.key, (slot.key for slot in self.slots))
        if not any(all(_holds(slot, other) for other in self.slots) for slot in self.slots):
            raise TariffError(self.key, "has no slot that spans all others")

    def singles(self) -> tuple[Slot, ...]:
        """The slots that are no combination: those with no other within them."""
        return tuple(
            slot for slot in self.slots if not any(other != slot and _holds(slot, other) for other in self.slots)
        )


@dataclass(frozen=True, slots=True)
class HourPrice:
    """A space that is let by the hour; `floor` as in SlotPrices."""

    key: str
    price: int
    floor: bool = False

    def __post_init__(self) -> None:
        _check_price(self.price, self.key)


@dataclass(frozen=True, slots=True)
class DayPrice:
    """A seat for a day."""

    key: str
    price: int

    def __post_init__(self) -> None:
        _check_price(self.price, self.key)


@dataclass(frozen=True, slots=True)
class MonthPrice:
    """A space for a month.

    The reduced price is half the general one (C19); both are kept as printed, so that a slip in either is found. A year
    is the longest term; `most_renewals` of it are granted, without end where it is None (C16).
    """

    key: str
    general: int
    reduced: int
    most_renewals: int | None = None

    def __post_init__(self) -> None:
        _check_price(self.general, self.key)
        if self.most_renewals is not None and self.most_renewals < 0:
            raise TariffError(self.key, "is not renewed less than never")
        if self.reduced != halved_to_ten(self.general):
            raise TariffError(self.key, f"is not {halved_to_ten(self.general)} where reduced")


@dataclass(frozen=True, slots=True)
class ThingPrice:
    """Equipment and copies."""

    key: str
    unit: Unit
    price: int

    def __post_init__(self) -> None:
        _check_price(self.price, self.key)


@dataclass(frozen=True, slots=True)
class Factors:
    """How often the printed price of a floor is due (C28).

    `admission` where visitors are charged `admission_from` yen or more, `promotion` instead of it for sales or
    promotion.
    """

    admission_from: int
    admission: int
    promotion: int

    def __post_init__(self) -> None:
        _check_price(self.admission_from, "admission_from")
        if not 1 <= self.admission <= self.promotion:
            raise TariffError("factors", "are not 1 or more, the one for promotion the highest")


@dataclass(frozen=True, slots=True)
class DropInPrices:
    """One hour of a coworking seat, for those junior-high age and above; `student` for students (A64)."""

    general: int
    student: int

    def __post_init__(self) -> None:
        _check_price(self.general, "general")
        _check_price(self.student, "student")


@dataclass(frozen=True, slots=True)
class Tariff:
    """In force from `valid_from` on, until a later one is. Keys are unique within each table.

    None where a house has no such offer.
    """

    valid_from: date
    slots: tuple[SlotPrices, ...] = ()
    hours: tuple[HourPrice, ...] = ()
    days: tuple[DayPrice, ...] = ()
    months: tuple[MonthPrice, ...] = ()
    things: tuple[ThingPrice, ...] = ()
    factors: Factors | None = None
    consignment_percent: int | None = None
    drop_in: DropInPrices | None = None

    def __post_init__(self) -> None:
        for table in (self.slots, self.hours, self.days, self.months, self.things):
            _check_unique(str(self.valid_from), (price.key for price in table))
        if self.consignment_percent is not None and not 0 <= self.consignment_percent <= _WHOLE:
            raise TariffError("consignment_percent", "is not between 0 and 100")


def in_force(tariffs: Iterable[Tariff], day: date) -> Tariff | None:
    """The latest that is valid on `day`, None before the first; a past use is charged by the prices of its day (C22)."""
    begun = [tariff for tariff in tariffs if tariff.valid_from <= day]
    return max(begun, key=lambda tariff: tariff.valid_from, default=None)


def _holds(outer: Slot, inner: Slot) -> bool:
    return outer.starts <= inner.starts and inner.ends <= outer.ends


def _check_price(price: int, key: str) -> None:
    if not 0 <= price <= MAX_PRICE:
        raise TariffError(key, f"does not cost between 0 and {MAX_PRICE}")


def _check_unique(place: str, keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if not key or key in seen:
            raise TariffError(place, f"names {key!r} more than once, or nothing")
        seen.add(key)
