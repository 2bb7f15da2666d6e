"""The form in which a tariff is stored and sent: a JSON object, version 1.

`{"v": 1, "from": "2023-08-01",
"slots": [{"key": ..., "slots": [["am", "10:00", "12:00", 2800]], "overtime": 1700, "floor": true,
"per_square_metre": false}], "hours": [{"key": ..., "price": 200, "floor": true}], "days": [["workspace", 650]],
"months": [["rental_room", 14990, 7490]], "things": [["projector", "use", 1000]],
"factors": [2000, 2, 5] | null, "consignment_percent": 20 | null, "drop_in": [300, 150] | null}`.
Prices are whole yen. Fields of a later version are ignored. Not in here: where tariffs are kept.
"""

from collections.abc import Callable, Mapping
from datetime import date, time
from typing import TypeVar

from visits.tariff import (
    DayPrice,
    DropInPrices,
    Factors,
    HourPrice,
    MonthPrice,
    Slot,
    SlotPrices,
    Tariff,
    TariffError,
    ThingPrice,
    Unit,
)

VERSION = 1

_T = TypeVar("_T")


def to_document(tariff: Tariff) -> dict[str, object]:
    factors, drop_in = tariff.factors, tariff.drop_in
    return {
        "v": VERSION,
        "from": tariff.valid_from.isoformat(),
        "slots": [_slot_prices_document(prices) for prices in tariff.slots],
        "hours": [{"key": each.key, "price": each.price, "floor": each.floor} for each in tariff.hours],
        "days": [[each.key, each.price] for each in tariff.days],
        "months": [[each.key, each.general, each.reduced] for each in tariff.months],
        "things": [[each.key, each.unit.value, each.price] for each in tariff.things],
        "factors": factors and [factors.admission_from, factors.admission, factors.promotion],
        "consignment_percent": tariff.consignment_percent,
        "drop_in": drop_in and [drop_in.general, drop_in.student],
    }


def parse_tariff(document: object) -> Tariff:
    """Raises TariffError naming the first place that is missing or wrong."""
    fields = _object(document, "tariff")
    if _integer(fields.get("v"), "v") != VERSION:
        raise TariffError("v", f"is not {VERSION}")
    return Tariff(
        valid_from=_text(fields.get("from"), "from", _date),
        slots=_each(fields, "slots", _slot_prices),
        hours=_each(fields, "hours", _hour_price),
        days=_each(fields, "days", _day_price),
        months=_each(fields, "months", _month_price),
        things=_each(fields, "things", _thing_price),
        factors=_optional(fields, "factors", _factors),
        consignment_percent=_optional(fields, "consignment_percent", _integer),
        drop_in=_optional(fields, "drop_in", _drop_in),
    )


def _slot_prices_document(prices: SlotPrices) -> dict[str, object]:
    return {
        "key": prices.key,
        "slots": [[slot.key, _minute(slot.starts), _minute(slot.ends), slot.price] for slot in prices.slots],
        "overtime": prices.overtime,
        "floor": prices.floor,
        "per_square_metre": prices.per_square_metre,
    }


def _slot_prices(value: object, place: str) -> SlotPrices:
    fields = _object(value, place)
    return SlotPrices(
        key=_text(fields.get("key"), f"{place}.key", _key),
        slots=_each(fields, "slots", _slot, f"{place}."),
        overtime=_integer(fields.get("overtime"), f"{place}.overtime"),
        floor=_flag(fields.get("floor"), f"{place}.floor"),
        per_square_metre=_flag(fields.get("per_square_metre"), f"{place}.per_square_metre"),
    )


def _slot(value: object, place: str) -> Slot:
    key, starts, ends, price = _row(value, place, 4)
    return Slot(_text(key, place, _key), _text(starts, place, _time), _text(ends, place, _time), _integer(price, place))


def _hour_price(value: object, place: str) -> HourPrice:
    fields = _object(value, place)
    return HourPrice(
        key=_text(fields.get("key"), f"{place}.key", _key),
        price=_integer(fields.get("price"), f"{place}.price"),
        floor=_flag(fields.get("floor"), f"{place}.floor"),
    )


def _day_price(value: object, place: str) -> DayPrice:
    key, price = _row(value, place, 2)
    return DayPrice(_text(key, place, _key), _integer(price, place))


def _month_price(value: object, place: str) -> MonthPrice:
    key, general, reduced = _row(value, place, 3)
    return MonthPrice(_text(key, place, _key), _integer(general, place), _integer(reduced, place))


def _thing_price(value: object, place: str) -> ThingPrice:
    key, unit, price = _row(value, place, 3)
    return ThingPrice(_text(key, place, _key), _text(unit, place, Unit), _integer(price, place))


def _factors(value: object, place: str) -> Factors:
    return Factors(*(_integer(each, place) for each in _row(value, place, 3)))


def _drop_in(value: object, place: str) -> DropInPrices:
    return DropInPrices(*(_integer(each, place) for each in _row(value, place, 2)))


def _each(
    fields: Mapping[str, object], name: str, read: Callable[[object, str], _T], within: str = ""
) -> tuple[_T, ...]:
    values = fields.get(name)
    if not isinstance(values, list):
        raise TariffError(within + name, "is missing or not a list")
    return tuple(read(value, f"{within}{name}[{number}]") for number, value in enumerate(values))


def _optional(fields: Mapping[str, object], name: str, read: Callable[[object, str], _T]) -> _T | None:
    value = fields.get(name)
    return None if value is None else read(value, name)


def _object(value: object, place: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TariffError(place, "is not an object")
    return value


def _row(value: object, place: str, length: int) -> list[object]:
    if not isinstance(value, list) or len(value) < length:
        raise TariffError(place, f"is not a list of {length}")
    return value[:length]


def _integer(value: object, place: str) -> int:
    if type(value) is not int:
        raise TariffError(place, "is not an integer")
    return value


def _flag(value: object, place: str) -> bool:
    if not isinstance(value, bool):
        raise TariffError(place, "is neither true nor false")
    return value


def _text(value: object, place: str, read: Callable[[str], _T]) -> _T:
    if not isinstance(value, str):
        raise TariffError(place, "is missing or not a string")
    try:
        return read(value)
    except ValueError:
        raise TariffError(place, "has no meaning here") from None


def _key(text: str) -> str:
    if not text:
        raise ValueError("no name")
    return text


def _date(text: str) -> date:
    """The one form of several that Python reads."""
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError("not in the form of a day")
    return day


def _minute(at: time) -> str:
    return at.isoformat(timespec="minutes")


def _time(text: str) -> time:
    at = time.fromisoformat(text)
    if _minute(at) != text:
        raise ValueError("not in the form of a minute")
    return at
