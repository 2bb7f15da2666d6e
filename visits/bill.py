"""What is to be paid, line by line, as the desk reads it out. Yen, tax included, always whole.

A bill adds up by construction: the amount of an entry follows from its other fields. What is charged for is named by
the keys of the tariff. Not in here: which prices apply (fees, monthly, dropin), the words for the keys, payment.
"""

from dataclasses import dataclass
from enum import Enum, unique

TEN = 10


@unique
class Charge(Enum):
    """What the quantity of a line counts. The values are stored."""

    SLOT = "slot"
    OVERTIME_HOUR = "overtime_hour"
    HOUR = "hour"
    SEAT_DAY = "seat_day"
    MONTH = "month"
    USE = "use"
    SHEET = "sheet"
    AT_COST = "at_cost"
    DROP_IN_HOUR = "drop_in_hour"
    OVERSTAY_HOUR = "overstay_hour"


@dataclass(frozen=True, slots=True)
class Line:
    """`unit_price` is as printed in the tariff.

    `slot` is the booked slot of a space that has them, `square_metres` counts where the price is for one, `factor` is
    how often the printed price is due (C28).
    """

    charge: Charge
    item: str
    quantity: int
    unit_price: int
    slot: str | None = None
    square_metres: int = 1
    factor: int = 1

    def __post_init__(self) -> None:
        if min(self.quantity, self.unit_price) < 0 or min(self.square_metres, self.factor) < 1:
            raise ValueError("nothing is charged backwards")

    @property
    def amount(self) -> int:
        return self.quantity * self.unit_price * self.square_metres * self.factor


@dataclass(frozen=True, slots=True)
class PartOfMonth:
    """The first month from the day it begins: `days` of `days_in_month`, at half the price where `halved` (C14)."""

    item: str
    days: int
    days_in_month: int
    monthly_fee: int
    halved: bool

    @property
    def amount(self) -> int:
        """Halved first, by the day then, floored to 10 yen once at the end."""
        parts = self.days_in_month * (2 if self.halved else 1)
        return self.monthly_fee * self.days // (parts * TEN) * TEN


@dataclass(frozen=True, slots=True)
class Commission:
    """The share of `sales` that the house keeps for selling on consignment, tax included (C27)."""

    sales: int
    percent: int

    def __post_init__(self) -> None:
        if self.sales < 0:
            raise ValueError("sales are no less than nothing")

    @property
    def amount(self) -> int:
        """Floored to a whole yen: no source says how it is rounded, and it is taken out of somebody else's money."""
        return self.sales * self.percent // 100


Entry = Line | PartOfMonth | Commission


@dataclass(frozen=True, slots=True)
class Bill:
    """No entries where nothing is due."""

    entries: tuple[Entry, ...] = ()

    @property
    def total(self) -> int:
        return sum(entry.amount for entry in self.entries)


def together(*bills: Bill) -> Bill:
    """One bill for several things, in the order given."""
    return Bill(tuple(entry for bill in bills for entry in bill.entries))


def halved_to_ten(amount: int) -> int:
    """Half a price, floored to 10 yen, as the source prints its reduced column (C19): 14,990 becomes 7,490."""
    return amount // (2 * TEN) * TEN
