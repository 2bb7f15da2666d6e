"""Two floors with the opening hours and prices of the source's building, to look at and to begin from (C1-C5, C23-C29).

Not in here: the rest of the demonstration.
"""

from dataclasses import dataclass
from datetime import date, time

from django.db import transaction

from server.desk.example_prices import set_up_prices
from server.house.models import WEEKDAYS, HouseRules, YearlyClosure
from server.terminals.models import Facility
from visits.tariff_tokushima import TOKUSHIMA

VALID_FROM = date(2026, 4, 1)
OPENS = time(10)


@dataclass(frozen=True, slots=True)
class Floor:
    """`yearly` is first month and day, last month and day."""

    name: str
    closes: time
    closed_on: tuple[str, ...]
    yearly: tuple[int, int, int, int]


FLOORS = (
    Floor("1F", time(19), (), (1, 1, 1, 1)),
    Floor("9F", time(21), ("tuesday",), (12, 29, 1, 3)),
)


@transaction.atomic
def set_up_floors() -> list[dict[str, str]]:
    """A floor that has hours or prices already keeps them."""
    return [_floor(floor) for floor in FLOORS]


def _floor(floor: Floor) -> dict[str, str]:
    facility, _ = Facility.objects.get_or_create(name=floor.name, defaults={"shows_names": True})
    open_on = [day for day in WEEKDAYS if day not in floor.closed_on]
    hours = {f"{day}_{end}": at for day in open_on for end, at in (("opens", OPENS), ("closes", floor.closes))}
    if not HouseRules.objects.filter(facility=facility).exists():
        rules = HouseRules.objects.create(facility=facility, valid_from=VALID_FROM, **hours)
        ends = zip(("first_month", "first_day", "last_month", "last_day"), floor.yearly, strict=True)
        YearlyClosure.objects.create(rules=rules, **dict(ends))
    set_up_prices(facility, TOKUSHIMA)
    return {"id": str(facility.pk), "name": facility.name}
