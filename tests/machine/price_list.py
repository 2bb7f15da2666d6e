"""A price list in the database, for tests: that of the source, with drop-in hours (C23-C29, A64)."""

from server.house.prices import DayPrice, HourPrice, MonthPrice, Slot, SlotSpace, Tariff, ThingPrice
from server.terminals.models import Facility
from visits.tariff import DropInPrices
from visits.tariff import Tariff as TariffOfRules
from visits.tariff_tokushima import TOKUSHIMA

DROP_IN = DropInPrices(general=300, student=150)


def keep_prices(facility: Facility, tariff: TariffOfRules = TOKUSHIMA) -> None:
    """Keys name themselves in both languages."""
    factors = tariff.factors
    assert factors is not None
    row = Tariff.objects.create(
        facility=facility,
        valid_from=tariff.valid_from,
        drop_in_general=DROP_IN.general,
        drop_in_student=DROP_IN.student,
        admission_from=factors.admission_from,
        admission_factor=factors.admission,
        promotion_factor=factors.promotion,
        consignment_percent=tariff.consignment_percent,
    )
    for space in tariff.slots:
        kept = SlotSpace.objects.create(
            tariff=row,
            **_named(space.key),
            overtime=space.overtime,
            floor=space.floor,
            per_square_metre=space.per_square_metre,
        )
        for slot in space.slots:
            Slot.objects.create(space=kept, **_named(slot.key), starts=slot.starts, ends=slot.ends, price=slot.price)
    for hour in tariff.hours:
        HourPrice.objects.create(tariff=row, **_named(hour.key), price=hour.price, floor=hour.floor)
    for day in tariff.days:
        DayPrice.objects.create(tariff=row, **_named(day.key), price=day.price)
    for month in tariff.months:
        MonthPrice.objects.create(tariff=row, **_named(month.key), general=month.general, reduced=month.reduced)
    for thing in tariff.things:
        ThingPrice.objects.create(tariff=row, **_named(thing.key), unit=thing.unit.value, price=thing.price)


def _named(key: str) -> dict[str, str]:
    return {"key": key, "name_ja": f"{key}(日本語)", "name_en": f"{key} (English)"}
