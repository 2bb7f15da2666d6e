"""Opening hours for tests, made as staff would."""

from datetime import date, time
from typing import Any

from server.house.models import WEEKDAYS, HouseRules
from server.terminals.models import Facility

SPRING = date(2026, 4, 1)


def open_daily(
    facility: Facility, valid_from: date = SPRING, *, closes: time = time(19), except_on: str = "", **fields: Any
) -> HouseRules:
    """From ten o'clock on, every day but the weekday `except_on`."""
    week = {
        f"{day}_{end}": at
        for day in WEEKDAYS
        if day != except_on
        for end, at in (("opens", time(10)), ("closes", closes))
    }
    return HouseRules.objects.create(facility=facility, valid_from=valid_from, **week, **fields)
