"""The price lists of a facility as the rules read them, and what their keys are called.

Not in here: how they are kept (prices), and what a use amounts to (visits.fees and its neighbours).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from server.house import prices
from visits import tariff as rules
from visits.parking import DiscountTerms, VoucherTerms

_ROWS = ("slotspace_set__slots", "hourprice_set", "dayprice_set", "monthprice_set", "thingprice_set")


@dataclass(frozen=True, slots=True)
class ParkingTerms:
    vouchers: VoucherTerms
    discounts: DiscountTerms


def tariffs_of(facility: UUID) -> tuple[rules.Tariff, ...]:
    """In the order of their days."""
    rows = prices.Tariff.objects.filter(facility=facility).order_by("valid_from").prefetch_related(*_ROWS)
    return tuple(_tariff(row) for row in rows)


def tariff_of(facility: UUID, day: date) -> rules.Tariff | None:
    """The one in force on `day`; None before the first (C22)."""
    row = _in_force(facility, day).prefetch_related(*_ROWS).first()
    return None if row is None else _tariff(row)


def names_of(facility: UUID, day: date) -> dict[str, tuple[str, str]]:
    """Of each key of the tariff in force its name in Japanese and in English; none before the first.

    Where a key stands in two tables, the first of spaces, slots, hours, days, months and things names it.
    """
    row = _in_force(facility, day).prefetch_related(*_ROWS).first()
    names: dict[str, tuple[str, str]] = {}
    for each in () if row is None else _named(row):
        names.setdefault(each.key, (each.name_ja, each.name_en))
    return names


def parking_terms_of(facility: UUID, day: date) -> ParkingTerms:
    """Those of the sources where no tariff is in force (A49, C31)."""
    row = _in_force(facility, day).first()
    if row is None:
        return ParkingTerms(VoucherTerms(), DiscountTerms())
    return ParkingTerms(
        VoucherTerms(row.parking_free_minutes, row.parking_allowance_minutes),
        DiscountTerms(row.parking_purchase_from, row.parking_purchase_hours, row.parking_event_hours),
    )


def _in_force(facility: UUID, day: date) -> QuerySet[prices.Tariff]:
    return prices.Tariff.objects.filter(facility=facility, valid_from__lte=day).order_by("-valid_from")


def _named(row: prices.Tariff) -> Iterator[prices.PriceRow]:
    yield from row.slotspace_set.all()
    for space in row.slotspace_set.all():
        yield from space.slots.all()
    for rows in (row.hourprice_set, row.dayprice_set, row.monthprice_set, row.thingprice_set):
        yield from rows.all()


def _tariff(row: prices.Tariff) -> rules.Tariff:
    return rules.Tariff(
        valid_from=row.valid_from,
        slots=tuple(_slot_prices(space) for space in row.slotspace_set.all()),
        hours=tuple(rules.HourPrice(each.key, each.price, each.floor) for each in row.hourprice_set.all()),
        days=tuple(rules.DayPrice(each.key, each.price) for each in row.dayprice_set.all()),
        months=tuple(
            rules.MonthPrice(each.key, each.general, each.reduced, each.most_renewals)
            for each in row.monthprice_set.all()
        ),
        things=tuple(
            rules.ThingPrice(each.key, rules.Unit(each.unit), each.price) for each in row.thingprice_set.all()
        ),
        factors=_factors(row),
        consignment_percent=row.consignment_percent,
        drop_in=_drop_in(row),
    )


def _slot_prices(space: prices.SlotSpace) -> rules.SlotPrices:
    slots = tuple(rules.Slot(each.key, each.starts, each.ends, each.price) for each in space.slots.all())
    return rules.SlotPrices(space.key, slots, space.overtime, space.floor, space.per_square_metre)


def _factors(row: prices.Tariff) -> rules.Factors | None:
    if row.admission_from is None or row.admission_factor is None or row.promotion_factor is None:
        return None
    return rules.Factors(row.admission_from, row.admission_factor, row.promotion_factor)


def _drop_in(row: prices.Tariff) -> rules.DropInPrices | None:
    if row.drop_in_general is None or row.drop_in_student is None:
        return None
    return rules.DropInPrices(row.drop_in_general, row.drop_in_student)
