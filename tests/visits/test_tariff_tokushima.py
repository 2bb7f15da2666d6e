"""Every figure of the printed price list, typed from the source once more (S2 L348-434, C23-C29)."""

from datetime import date, time

import pytest

from visits.bill import halved_to_ten
from visits.tariff import SlotPrices, Unit
from visits.tariff_tokushima import TOKUSHIMA

SLOTS = {
    "am": ("10:00", "12:00"),
    "pm": ("13:00", "17:00"),
    "night": ("18:00", "21:00"),
    "am_pm": ("10:00", "17:00"),
    "pm_night": ("13:00", "21:00"),
    "all_day": ("10:00", "21:00"),
}
SHOWROOM_SLOTS = {
    "first_half": ("10:00", "14:00"),
    "second_half": ("15:00", "19:30"),
    "all_day": ("10:00", "19:30"),
}
BY_SLOT = {
    "open_space_full": (2800, 6200, 5000, 9000, 11200, 14000),
    "open_space_half": (1400, 3100, 2500, 4500, 5600, 7000),
    "multipurpose_full": (850, 1900, 1500, 2750, 3400, 4250),
    "showroom": (70, 80, 150),
}
OVERTIME = {"open_space_full": 1700, "open_space_half": 850, "multipurpose_full": 510, "showroom": 20}
BY_HOUR = {"multipurpose_half": 200, "meeting_room": 200, "consultation_room": 50}
BY_MONTH = {
    "rental_room": (14990, 7490),
    "workspace_full": (77120, 38560),
    "workspace_half": (38560, 19280),
    "meeting_room": (42840, 21420),
    "rental_booth": (17500, 8750),
}
THINGS = {
    "phone_booth": (400, Unit.HOUR),
    "projector": (1000, Unit.USE),
    "screen": (300, Unit.USE),
    "whiteboard": (200, Unit.USE),
    "microphones": (200, Unit.USE),
    "tv_monitor": (500, Unit.USE),
    "copy_mono": (10, Unit.SHEET),
    "copy_colour": (50, Unit.SHEET),
    "copy_colour_a3": (80, Unit.SHEET),
    "print_mono": (10, Unit.SHEET),
    "print_colour": (50, Unit.SHEET),
    "print_colour_a3": (80, Unit.SHEET),
    "fax": (50, Unit.SHEET),
    "web_camera": (100, Unit.USE),
    "speakerphone": (100, Unit.USE),
    "laser_pointer": (100, Unit.USE),
}


def test_it_holds_from_the_day_of_the_last_revision() -> None:
    assert TOKUSHIMA.valid_from == date(2023, 8, 1)


def test_the_spaces_let_by_the_slot_are_those_printed() -> None:
    assert [prices.key for prices in TOKUSHIMA.slots] == list(BY_SLOT)


@pytest.mark.parametrize("prices", TOKUSHIMA.slots, ids=lambda prices: prices.key)
def test_each_slot_has_its_printed_hours_and_price(prices: SlotPrices) -> None:
    hours = SHOWROOM_SLOTS if prices.key == "showroom" else SLOTS
    expected = [
        (key, time.fromisoformat(starts), time.fromisoformat(ends), price)
        for (key, (starts, ends)), price in zip(hours.items(), BY_SLOT[prices.key], strict=True)
    ]
    assert [(slot.key, slot.starts, slot.ends, slot.price) for slot in prices.slots] == expected


def test_overtime_is_as_printed() -> None:
    assert {prices.key: prices.overtime for prices in TOKUSHIMA.slots} == OVERTIME


def test_only_the_showroom_is_let_by_the_square_metre() -> None:
    assert [prices.key for prices in TOKUSHIMA.slots if prices.per_square_metre] == ["showroom"]


def test_spaces_let_by_the_hour_cost_what_is_printed() -> None:
    assert {price.key: price.price for price in TOKUSHIMA.hours} == BY_HOUR


def test_floors_are_the_open_and_multipurpose_spaces_and_the_showroom() -> None:
    by_slot = {prices.key for prices in TOKUSHIMA.slots if prices.floor}
    by_hour = {price.key for price in TOKUSHIMA.hours if price.floor}
    assert (by_slot, by_hour) == (set(BY_SLOT), {"multipurpose_half"})


def test_a_seat_for_a_day_costs_650() -> None:
    assert [(price.key, price.price) for price in TOKUSHIMA.days] == [("workspace", 650)]


def test_a_month_costs_what_is_printed_in_both_columns() -> None:
    assert {price.key: (price.general, price.reduced) for price in TOKUSHIMA.months} == BY_MONTH


def test_rooms_and_booths_are_renewed_twice_at_most_and_other_spaces_every_year() -> None:
    assert {price.key: price.most_renewals for price in TOKUSHIMA.months} == {
        "rental_room": 2,
        "workspace_full": None,
        "workspace_half": None,
        "meeting_room": None,
        "rental_booth": 2,
    }


@pytest.mark.parametrize(("general", "reduced"), BY_MONTH.values(), ids=BY_MONTH)
def test_the_reduced_column_is_half_the_general_one_floored_to_ten(general: int, reduced: int) -> None:
    assert halved_to_ten(general) == reduced


def test_equipment_costs_what_is_printed_per_hour_use_or_sheet() -> None:
    assert {price.key: (price.price, price.unit) for price in TOKUSHIMA.things} == THINGS


def test_consignment_keeps_20_percent() -> None:
    assert TOKUSHIMA.consignment_percent == 20


def test_admission_of_2000_doubles_and_promotion_takes_five_times() -> None:
    factors = TOKUSHIMA.factors
    assert factors is not None
    assert (factors.admission_from, factors.admission, factors.promotion) == (2000, 2, 5)
