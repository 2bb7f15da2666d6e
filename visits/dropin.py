"""Drop-in use: paid before it begins for the time declared, and for what was stayed longer on leaving (A38-A40, A63-A65).

Hours are charged as they begin, so a declared hour and a half has two hours paid, and staying them costs nothing more.
Nothing is given back. Not in here: how it is paid (A41), and whom the drop-in price meets besides (A23).
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, unique

from visits.bill import Bill, Charge, Line
from visits.fees import NotInTariff, hours_begun
from visits.tariff import DropInPrices, Tariff


@unique
class Visitor(Enum):
    """Who drops in, as far as the price depends on it; students are those of junior-high age and above (A64)."""

    GENERAL = "general"
    STUDENT = "student"
    CHILD_WITH_GUARDIAN = "child_with_guardian"
    CHILD_ALONE = "child_alone"


@dataclass(frozen=True, slots=True)
class ChildAlone:
    """Elementary age and under cannot use the space alone (A65)."""


def prepayment(tariff: Tariff, visitor: Visitor, declared: timedelta) -> Bill | ChildAlone:
    """What is due before entering. ValueError for less than a minute. Raises NotInTariff."""
    hours = hours_begun(declared)
    if hours == 0:
        raise ValueError("a declared time is a minute or more")
    price = _an_hour(tariff, visitor)
    if isinstance(price, ChildAlone):
        return price
    return Bill((Line(Charge.DROP_IN_HOUR, visitor.value, hours, price),))


def overstay(tariff: Tariff, visitor: Visitor, declared: timedelta, stayed: timedelta) -> Bill | ChildAlone:
    """What is due on leaving: the hours begun beyond those paid, none for leaving early (A39). Raises NotInTariff."""
    price = _an_hour(tariff, visitor)
    if isinstance(price, ChildAlone):
        return price
    hours = hours_begun(stayed) - hours_begun(declared)
    if hours <= 0:
        return Bill()
    return Bill((Line(Charge.OVERSTAY_HOUR, visitor.value, hours, price),))


def _an_hour(tariff: Tariff, visitor: Visitor) -> int | ChildAlone:
    prices = _prices(tariff)
    match visitor:
        case Visitor.GENERAL:
            return prices.general
        case Visitor.STUDENT:
            return prices.student
        case Visitor.CHILD_WITH_GUARDIAN:
            return 0
        case Visitor.CHILD_ALONE:
            return ChildAlone()


def _prices(tariff: Tariff) -> DropInPrices:
    if tariff.drop_in is None:
        raise NotInTariff("drop_in")
    return tariff.drop_in
