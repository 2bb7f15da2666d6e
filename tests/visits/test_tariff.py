"""A tariff cannot contradict itself, and the one of the day is in force."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest

from visits.tariff import (
    MAX_PRICE,
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
    in_force,
)
from visits.tariff_tokushima import TOKUSHIMA

A_DAY = timedelta(days=1)
OLD, NEW = Tariff(date(2023, 8, 1)), Tariff(date(2026, 4, 1))
MORNING = Slot("am", time(10), time(12), 100)
AFTERNOON = Slot("pm", time(13), time(17), 200)
ALL_DAY = Slot("all_day", time(10), time(17), 300)


@pytest.mark.parametrize("order", [[OLD, NEW], [NEW, OLD]], ids=["oldest first", "newest first"])
@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (OLD.valid_from - A_DAY, None),
        (OLD.valid_from, OLD),
        (NEW.valid_from - A_DAY, OLD),
        (NEW.valid_from, NEW),
        (date(2100, 1, 1), NEW),
    ],
    ids=["before the first", "its first day", "its last day", "the next one's first day", "long after"],
)
def test_the_latest_begun_is_in_force(order: list[Tariff], day: date, expected: Tariff | None) -> None:
    assert in_force(order, day) is expected


def test_singles_are_the_slots_without_another_in_them() -> None:
    prices = SlotPrices("room", (MORNING, ALL_DAY, AFTERNOON), overtime=50)
    assert prices.singles() == (MORNING, AFTERNOON)


@pytest.mark.parametrize("prices", TOKUSHIMA.slots[:3], ids=lambda prices: prices.key)
def test_singles_of_the_printed_list_are_morning_afternoon_and_night(prices: SlotPrices) -> None:
    assert [slot.key for slot in prices.singles()] == ["am", "pm", "night"]


def test_singles_of_the_showroom_are_its_halves() -> None:
    assert [slot.key for slot in TOKUSHIMA.slots[3].singles()] == ["first_half", "second_half"]


def test_a_slot_has_to_end_after_it_starts() -> None:
    with pytest.raises(TariffError) as raised:
        Slot("am", time(10), time(10), 100)
    assert raised.value.place == "am"


def test_one_slot_has_to_span_all_others() -> None:
    with pytest.raises(TariffError) as raised:
        SlotPrices("room", (MORNING, AFTERNOON), overtime=50)
    assert (raised.value.place, raised.value.problem) == ("room", "has no slot that spans all others")


def test_a_space_without_slots_is_none() -> None:
    with pytest.raises(TariffError):
        SlotPrices("room", (), overtime=50)


@pytest.mark.parametrize("slots", [(ALL_DAY, ALL_DAY), (Slot("", time(9), time(18), 1),)], ids=["twice", "no name"])
def test_a_slot_has_a_name_of_its_own(slots: tuple[Slot, ...]) -> None:
    with pytest.raises(TariffError):
        SlotPrices("room", slots, overtime=50)


@pytest.mark.parametrize("reduced", [7480, 7495, 7500, 14990])
def test_a_reduced_price_that_is_not_half_is_a_slip(reduced: int) -> None:
    with pytest.raises(TariffError) as raised:
        MonthPrice("rental_room", 14990, reduced)
    assert raised.value.problem == "is not 7490 where reduced"


def test_a_space_is_renewed_never_or_more_often_and_not_less() -> None:
    assert MonthPrice("rental_room", 14990, 7490, most_renewals=0).most_renewals == 0
    with pytest.raises(TariffError) as raised:
        MonthPrice("rental_room", 14990, 7490, most_renewals=-1)
    assert raised.value.place == "rental_room"


@pytest.mark.parametrize("price", [-1, MAX_PRICE + 1])
@pytest.mark.parametrize(
    "make",
    [
        lambda price: Slot("am", time(10), time(12), price),
        lambda price: SlotPrices("room", (ALL_DAY,), overtime=price),
        lambda price: HourPrice("room", price),
        lambda price: DayPrice("seat", price),
        lambda price: MonthPrice("room", price, 0),
        lambda price: ThingPrice("projector", Unit.USE, price),
        lambda price: Factors(price, 2, 5),
        lambda price: DropInPrices(price, 150),
        lambda price: DropInPrices(300, price),
    ],
    ids=["slot", "overtime", "hour", "day", "month", "thing", "admission", "drop-in", "student"],
)
def test_a_price_is_neither_less_than_nothing_nor_beyond_reason(make: Callable[[int], object], price: int) -> None:
    with pytest.raises(TariffError):
        make(price)


@pytest.mark.parametrize("price", [0, MAX_PRICE])
def test_a_price_may_be_nothing_or_as_much_as_there_is(price: int) -> None:
    assert HourPrice("room", price).price == price


@pytest.mark.parametrize("factors", [(0, 5), (5, 2), (-2, 5)], ids=["none", "promotion is less", "negative"])
def test_factors_that_make_no_sense_are_refused(factors: tuple[int, int]) -> None:
    with pytest.raises(TariffError):
        Factors(2000, *factors)


@pytest.mark.parametrize("factors", [(1, 1), (1, 5), (2, 2)], ids=str)
def test_a_factor_may_be_one_or_the_same_for_both(factors: tuple[int, int]) -> None:
    assert Factors(2000, *factors).admission == factors[0]


@pytest.mark.parametrize(("percent", "fine"), [(-1, False), (0, True), (100, True), (101, False)])
def test_consignment_is_a_percentage(percent: int, fine: bool) -> None:
    if fine:
        assert Tariff(date(2026, 4, 1), consignment_percent=percent).consignment_percent == percent
    else:
        with pytest.raises(TariffError):
            Tariff(date(2026, 4, 1), consignment_percent=percent)


def test_a_space_is_priced_once_in_a_table() -> None:
    with pytest.raises(TariffError) as raised:
        Tariff(date(2026, 4, 1), hours=(HourPrice("room", 200), HourPrice("room", 300)))
    assert raised.value.place == "2026-04-01"


def test_a_space_may_be_let_by_the_hour_and_by_the_month() -> None:
    Tariff(date(2026, 4, 1), hours=(HourPrice("room", 200),), months=(MonthPrice("room", 200, 100),))
