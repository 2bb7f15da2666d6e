"""Price lists on the server: what the rules read of them, what the database refuses, and their number (C22-C31)."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from server.desk.example_prices import EXAMPLE, NAMES, keep_tariff, set_up_prices
from server.house import prices
from server.house.number import rules_number
from server.house.rulebook import rulebook_of
from server.house.tariffs import names_of, parking_terms_of, tariff_of, tariffs_of
from server.terminals.models import Facility
from visits.parking import DiscountTerms, VoucherTerms
from visits.rulebook import parse_rulebook, tariff_on, to_document
from visits.tariff import DropInPrices
from visits.tariff_tokushima import TOKUSHIMA

AUTUMN = date(2026, 10, 1)


@pytest.fixture
def tariff(facility: Facility) -> prices.Tariff:
    keep_tariff(facility, EXAMPLE, NAMES)
    return prices.Tariff.objects.get()


def test_the_printed_price_list_comes_back_to_the_yen(facility: Facility) -> None:
    """C23-C29."""
    keep_tariff(facility, TOKUSHIMA, NAMES)

    assert tariffs_of(facility.pk) == (TOKUSHIMA,)


def test_terminals_read_the_price_list_in_the_rulebook(facility: Facility, tariff: prices.Tariff) -> None:
    rulebook = rulebook_of(facility.pk)

    assert rulebook.tariffs == (EXAMPLE,)
    assert parse_rulebook(json.loads(json.dumps(to_document(rulebook)))) == rulebook


def test_a_new_price_list_leaves_the_days_before_as_they_were(facility: Facility, tariff: prices.Tariff) -> None:
    """C22."""
    dearer = replace(EXAMPLE, valid_from=AUTUMN, drop_in=DropInPrices(400, 200))
    keep_tariff(facility, dearer, NAMES)

    assert tariff_of(facility.pk, AUTUMN - timedelta(days=1)) == EXAMPLE
    assert tariff_of(facility.pk, AUTUMN) == dearer
    assert [tariff_on(rulebook_of(facility.pk), day) for day in (AUTUMN - timedelta(days=1), AUTUMN)] == [
        EXAMPLE,
        dearer,
    ]


def test_before_the_first_price_list_there_is_none(facility: Facility, tariff: prices.Tariff) -> None:
    before = EXAMPLE.valid_from - timedelta(days=1)

    assert tariff_of(facility.pk, before) is None
    assert names_of(facility.pk, before) == {}


def test_every_key_of_the_source_has_a_name_in_both_languages(facility: Facility, tariff: prices.Tariff) -> None:
    names = names_of(facility.pk, AUTUMN)

    keys = {slot.key for space in EXAMPLE.slots for slot in space.slots}
    for table in (EXAMPLE.slots, EXAMPLE.hours, EXAMPLE.days, EXAMPLE.months, EXAMPLE.things):
        keys |= {each.key for each in table}
    assert set(names) == keys
    assert all(ja and en for ja, en in names.values())
    assert names["rental_booth"] == ("レンタルブース", "Rental booth")


def test_where_a_key_stands_in_two_tables_the_first_names_it(facility: Facility, tariff: prices.Tariff) -> None:
    prices.MonthPrice.objects.filter(key="meeting_room").update(name_en="Meeting room for a month")

    assert names_of(facility.pk, AUTUMN)["meeting_room"] == ("会議室", "Meeting room")


def test_the_terms_of_parking_are_those_of_the_sources_until_staff_decide_otherwise(
    facility: Facility, tariff: prices.Tariff
) -> None:
    """A49, C31."""
    before = parking_terms_of(facility.pk, EXAMPLE.valid_from - timedelta(days=1))
    assert (before.vouchers, before.discounts) == (VoucherTerms(), DiscountTerms())
    assert parking_terms_of(facility.pk, AUTUMN) == before

    tariff.parking_free_minutes, tariff.parking_allowance_minutes = 60, 15
    tariff.parking_purchase_from, tariff.parking_purchase_hours, tariff.parking_event_hours = 3_000, 2, 4
    tariff.save()

    terms = parking_terms_of(facility.pk, AUTUMN)
    assert (terms.vouchers, terms.discounts) == (VoucherTerms(60, 15), DiscountTerms(3_000, 2, 4))


def test_a_facility_has_prices_of_its_own(facility: Facility, tariff: prices.Tariff) -> None:
    annex = Facility.objects.create(name="別館")

    assert tariff_of(annex.pk, AUTUMN) is None
    assert rules_number(annex.pk) == 0


def test_an_example_takes_no_price_list_away(facility: Facility, tariff: prices.Tariff) -> None:
    set_up_prices(facility, TOKUSHIMA)

    assert tariffs_of(facility.pk) == (EXAMPLE,)


Change = Callable[[prices.Tariff], object]


def change(**fields: object) -> Change:
    def of(tariff: prices.Tariff) -> None:
        for name, value in fields.items():
            setattr(tariff, name, value)
        tariff.save()

    return of


NAMED = {"key": "desk", "name_ja": "机", "name_en": "Desk"}
MISTAKES: dict[str, Change] = {
    "two lists from one day": lambda tariff: keep_tariff(tariff.facility, EXAMPLE, NAMES),
    "a general price without one for students": change(drop_in_student=None),
    "a student price without a general one": change(drop_in_general=None),
    "a factor without the fee it is for": change(admission_from=None),
    "a promotion without a factor": change(promotion_factor=None),
    "a promotion cheaper than an admission": change(admission_factor=5, promotion_factor=4),
    "a factor that makes it free": change(admission_factor=0),
    "a factor beyond any": change(promotion_factor=101),
    "more than all of the sales": change(consignment_percent=101),
    "a price beyond any": change(drop_in_general=100_000_001),
    "more than a day of free parking": change(parking_free_minutes=1_441),
    "more than a day for an event": change(parking_event_hours=25),
    "a reduced price that is not half": lambda tariff: tariff.monthprice_set.create(
        general=14_990, reduced=7_495, **NAMED
    ),
    "a reduced price below half": lambda tariff: tariff.monthprice_set.create(general=14_990, reduced=7_480, **NAMED),
    "a unit nobody knows": lambda tariff: tariff.thingprice_set.create(unit="week", price=1, **NAMED),
    "a price twice": lambda tariff: tariff.dayprice_set.create(key="workspace", price=1),
    "a space twice": lambda tariff: tariff.slotspace_set.create(key="showroom", overtime=1),
    "a price below nothing": lambda tariff: tariff.hourprice_set.create(price=-1, **NAMED),
    "an hour beyond any price": lambda tariff: tariff.hourprice_set.create(price=100_000_001, **NAMED),
    "a slot that ends as it starts": lambda tariff: prices.Slot.objects.create(
        space=tariff.slotspace_set.all()[0], starts=time(10), ends=time(10), price=1, **NAMED
    ),
    "a price without a key": lambda tariff: tariff.thingprice_set.create(price=1, unit="use"),
    "a space without a key": lambda tariff: tariff.slotspace_set.create(overtime=1),
    "a slot without a key": lambda tariff: prices.Slot.objects.create(
        space=tariff.slotspace_set.all()[0], starts=time(10), ends=time(12), price=1
    ),
    "renewals for more years than anybody rents": lambda tariff: tariff.monthprice_set.create(
        general=20, reduced=10, most_renewals=101, **NAMED
    ),
    "a slot twice": lambda tariff: prices.Slot.objects.create(
        space=tariff.slotspace_set.all()[0], key="am", starts=time(10), ends=time(12), price=1
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_the_database_refuses(facility: Facility, tariff: prices.Tariff, mistake: Change) -> None:
    before = rules_number(facility.pk)

    with pytest.raises(IntegrityError), transaction.atomic():
        mistake(tariff)

    assert rules_number(facility.pk) == before


@pytest.mark.parametrize(
    ("general", "reduced"),
    [(14_990, 7_490), (77_120, 38_560), (38_560, 19_280), (42_840, 21_420), (17_500, 8_750), (19, 0), (0, 0)],
)
def test_the_database_takes_half_of_a_price_rounded_down_to_ten_yen(
    tariff: prices.Tariff, general: int, reduced: int
) -> None:
    """C26, D4."""
    row = tariff.monthprice_set.create(general=general, reduced=reduced, **NAMED)

    row.full_clean()


def test_a_reduced_price_that_is_not_half_is_named_beside_its_field(tariff: prices.Tariff) -> None:
    row = prices.MonthPrice(tariff=tariff, general=14_990, reduced=7_495, **NAMED)

    with pytest.raises(ValidationError) as refusal:
        row.full_clean()

    assert "reduced" in refusal.value.message_dict


CHANGES: dict[str, Change] = {
    "other terms": change(parking_free_minutes=60),
    "another price": lambda tariff: tariff.dayprice_set.all()[0].save(),
    "one more price": lambda tariff: tariff.dayprice_set.create(price=1, **NAMED),
    "one price less": lambda tariff: tariff.dayprice_set.all()[0].delete(),
    "a slot": lambda tariff: prices.Slot.objects.all()[0].save(),
    "a slot less": lambda tariff: prices.Slot.objects.all()[0].delete(),
}


@pytest.mark.parametrize("of_prices", CHANGES.values(), ids=CHANGES)
def test_every_change_has_a_number_of_its_own(facility: Facility, tariff: prices.Tariff, of_prices: Change) -> None:
    before = rules_number(facility.pk)

    of_prices(tariff)

    assert rules_number(facility.pk) == before + 1


def test_a_price_list_that_goes_is_a_change_too(facility: Facility, tariff: prices.Tariff) -> None:
    before = rules_number(facility.pk)

    tariff.delete()

    assert rules_number(facility.pk) > before
    assert rulebook_of(facility.pk).tariffs == ()
