"""The form in which a tariff is stored and sent: a JSON object, version 1.

`{"v": 1, "from": "2023-08-01",
"slots": [{"key": ..., "slots": [["am", "10:00", "12:00", 2800]], "overtime": 1700, "floor": true,
"per_square_metre": false}], "hours": [{"key": ..., "price": 200, "floor": true}], "days": [["workspace", 650]],
"months": [["rental_room", 14990, 7490, 2 | null]], "things": [["projector", "use", 1000]],
"factors": [2000, 2, 5] | null, "consignment_percent": 20 | null, "drop_in": [300, 150] | null}`.
Prices are whole yen. A month without the number of renewals, as older servers write it, is renewed without end. Fields of
a later version are ignored. Not in here: where tariffs are kept.
"""

from visits import reading
from visits.reading import Misread
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


def to_document(tariff: Tariff) -> dict[str, object]:
    factors, drop_in = tariff.factors, tariff.drop_in
    return {
        "v": VERSION,
        "from": tariff.valid_from.isoformat(),
        "slots": [_slot_prices_document(prices) for prices in tariff.slots],
        "hours": [{"key": each.key, "price": each.price, "floor": each.floor} for each in tariff.hours],
        "days": [[each.key, each.price] for each in tariff.days],
        "months": [[each.key, each.general, each.reduced, each.most_renewals] for each in tariff.months],
        "things": [[each.key, each.unit.value, each.price] for each in tariff.things],
        "factors": factors and [factors.admission_from, factors.admission, factors.promotion],
        "consignment_percent": tariff.consignment_percent,
        "drop_in": drop_in and [drop_in.general, drop_in.student],
    }


def parse_tariff(document: object) -> Tariff:
    """Raises TariffError naming the first place that is missing or wrong."""
    try:
        return _tariff(reading.fields_of("tariff", document))
    except Misread as error:
        raise TariffError(error.place, error.problem) from error


def _tariff(fields: dict[str, object]) -> Tariff:
    if reading.integer("v", fields.get("v")) != VERSION:
        raise Misread("v", f"is not {VERSION}")
    return Tariff(
        valid_from=reading.text("from", fields.get("from"), reading.day),
        slots=reading.each("slots", fields.get("slots"), _slot_prices),
        hours=reading.each("hours", fields.get("hours"), _hour_price),
        days=reading.each("days", fields.get("days"), _day_price),
        months=reading.each("months", fields.get("months"), _month_price),
        things=reading.each("things", fields.get("things"), _thing_price),
        factors=reading.optional("factors", fields.get("factors"), _factors),
        consignment_percent=reading.optional("consignment_percent", fields.get("consignment_percent"), reading.integer),
        drop_in=reading.optional("drop_in", fields.get("drop_in"), _drop_in),
    )


def _slot_prices_document(prices: SlotPrices) -> dict[str, object]:
    return {
        "key": prices.key,
        "slots": [
            [slot.key, reading.minute_text(slot.starts), reading.minute_text(slot.ends), slot.price]
            for slot in prices.slots
        ],
        "overtime": prices.overtime,
        "floor": prices.floor,
        "per_square_metre": prices.per_square_metre,
    }


def _slot_prices(place: str, value: object) -> SlotPrices:
    fields = reading.fields_of(place, value)
    return SlotPrices(
        key=reading.text(f"{place}.key", fields.get("key"), _key),
        slots=reading.each(f"{place}.slots", fields.get("slots"), _slot),
        overtime=reading.integer(f"{place}.overtime", fields.get("overtime")),
        floor=reading.flag(f"{place}.floor", fields.get("floor")),
        per_square_metre=reading.flag(f"{place}.per_square_metre", fields.get("per_square_metre")),
    )


def _slot(place: str, value: object) -> Slot:
    key, starts, ends, price = reading.row(place, value, 4)
    return Slot(
        reading.text(place, key, _key),
        reading.text(place, starts, reading.minute),
        reading.text(place, ends, reading.minute),
        reading.integer(place, price),
    )


def _hour_price(place: str, value: object) -> HourPrice:
    fields = reading.fields_of(place, value)
    return HourPrice(
        key=reading.text(f"{place}.key", fields.get("key"), _key),
        price=reading.integer(f"{place}.price", fields.get("price")),
        floor=reading.flag(f"{place}.floor", fields.get("floor")),
    )


def _day_price(place: str, value: object) -> DayPrice:
    key, price = reading.row(place, value, 2)
    return DayPrice(reading.text(place, key, _key), reading.integer(place, price))


def _month_price(place: str, value: object) -> MonthPrice:
    key, general, reduced, renewals = reading.row(place, value, 3, later=1)
    return MonthPrice(
        reading.text(place, key, _key),
        reading.integer(place, general),
        reading.integer(place, reduced),
        reading.optional(place, renewals, reading.integer),
    )


def _thing_price(place: str, value: object) -> ThingPrice:
    key, unit, price = reading.row(place, value, 3)
    return ThingPrice(reading.text(place, key, _key), reading.text(place, unit, Unit), reading.integer(place, price))


def _factors(place: str, value: object) -> Factors:
    return Factors(*(reading.integer(place, each) for each in reading.row(place, value, 3)))


def _drop_in(place: str, value: object) -> DropInPrices:
    return DropInPrices(*(reading.integer(place, each) for each in reading.row(place, value, 2)))


def _key(text: str) -> str:
    if not text:
        raise ValueError("no name")
    return text
