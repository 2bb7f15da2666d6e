"""What a use costs, at the printed prices: slots, hours, square metres, seats, things, factors, consignment."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.bill import Bill, Charge, Commission, Line, together
from visits.fees import (
    Booking,
    NoSlotReached,
    NotInTariff,
    Purpose,
    at_cost,
    booking,
    booking_of,
    consignment,
    factor_of,
    hours_begun,
    price_by_day,
    price_by_hour,
    price_by_slot,
    price_of_things,
    slot_prices,
)
from visits.tariff import Slot, SlotPrices, Tariff
from visits.tariff_tokushima import TOKUSHIMA

QUIET = Purpose()
NOTHING = Tariff(date(2026, 4, 1))
FLOORS = ["open_space_full", "open_space_half", "multipurpose_full"]


def clock(text: str) -> time:
    return time.fromisoformat(text)


def span(hours: int = 0, minutes: int = 0, seconds: int = 0) -> timedelta:
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def use(space: str, starts: str, ends: str, purpose: Purpose = QUIET, square_metres: int | None = None) -> Bill:
    booked = booking(slot_prices(TOKUSHIMA, space), clock(starts), clock(ends))
    return price_by_slot(TOKUSHIMA, space, booked, purpose, square_metres=square_metres)


@pytest.mark.parametrize(
    ("duration", "hours"),
    [
        (span(), 0),
        (span(seconds=59), 0),
        (span(minutes=1), 1),
        (span(minutes=59), 1),
        (span(hours=1), 1),
        (span(hours=1, seconds=59), 1),
        (span(hours=1, minutes=1), 2),
        (span(hours=2), 2),
        (span(hours=2, minutes=1), 3),
    ],
    ids=str,
)
def test_an_hour_is_charged_from_its_first_whole_minute(duration: timedelta, hours: int) -> None:
    assert hours_begun(duration) == hours


def test_less_than_no_time_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="backwards"):
        hours_begun(timedelta(microseconds=-1))


@pytest.mark.parametrize(
    ("starts", "ends", "slot"),
    [
        ("10:00", "12:00", "am"),
        ("13:00", "17:00", "pm"),
        ("18:00", "21:00", "night"),
        ("10:00", "17:00", "am_pm"),
        ("13:00", "21:00", "pm_night"),
        ("10:00", "21:00", "all_day"),
        ("11:59", "13:01", "am_pm"),
        ("16:59", "18:01", "pm_night"),
        ("11:59", "18:01", "all_day"),
        ("11:00", "11:30", "am"),
    ],
)
@pytest.mark.parametrize("space", FLOORS)
def test_a_use_books_the_slot_over_all_it_reaches_into(space: str, starts: str, ends: str, slot: str) -> None:
    booked = booking(slot_prices(TOKUSHIMA, space), clock(starts), clock(ends))
    assert (booked.slot.key, booked.overtime) == (slot, span())


@pytest.mark.parametrize(
    ("space", "slot", "price"),
    [
        (prices.key, slot.key, slot.price)
        for prices in TOKUSHIMA.slots
        if not prices.per_square_metre
        for slot in prices.slots
    ],
)
def test_a_slot_from_its_first_to_its_last_minute_costs_its_price(space: str, slot: str, price: int) -> None:
    [hours] = [each for each in slot_prices(TOKUSHIMA, space).slots if each.key == slot]
    assert use(space, str(hours.starts), str(hours.ends)).entries == (Line(Charge.SLOT, space, 1, price, slot),)


@pytest.mark.parametrize(
    ("starts", "ends", "slot", "hours", "total"),
    [
        ("10:00", "12:01", "am", 1, 4_500),
        ("10:00", "13:00", "am", 1, 4_500),
        ("10:00", "13:01", "am_pm", 0, 9_000),
        ("12:00", "17:00", "pm", 1, 7_900),
        ("12:00", "18:00", "pm", 2, 9_600),
        ("11:59", "18:00", "am_pm", 1, 10_700),
        ("11:59", "18:01", "all_day", 0, 14_000),
        ("17:00", "21:00", "night", 1, 6_700),
        ("16:59", "21:00", "pm_night", 0, 11_200),
        ("18:00", "21:01", "night", 1, 6_700),
        ("18:00", "22:00", "night", 1, 6_700),
        ("18:00", "22:01", "night", 2, 8_400),
        ("09:59", "12:00", "am", 1, 4_500),
        ("09:00", "21:00", "all_day", 1, 15_700),
        ("09:30", "21:30", "all_day", 1, 15_700),
        ("09:29", "21:30", "all_day", 2, 17_400),
    ],
)
def test_what_no_slot_covers_is_overtime_by_the_hour_begun(
    starts: str, ends: str, slot: str, hours: int, total: int
) -> None:
    bill = use("open_space_full", starts, ends)
    booked, *overtime = bill.entries
    assert isinstance(booked, Line)
    assert booked.slot == slot
    assert overtime == ([Line(Charge.OVERTIME_HOUR, "open_space_full", hours, 1_700, slot)] if hours else [])
    assert bill.total == total


@pytest.mark.parametrize(
    ("space", "total"), [("open_space_full", 15_700), ("open_space_half", 7_850), ("multipurpose_full", 4_760)]
)
def test_an_hour_after_the_whole_day_costs_the_printed_overtime(space: str, total: int) -> None:
    assert use(space, "10:00", "22:00").total == total


@pytest.mark.parametrize(("starts", "ends"), [("12:00", "13:00"), ("17:00", "18:00"), ("09:00", "10:00")])
def test_a_use_between_two_slots_has_no_price(starts: str, ends: str) -> None:
    with pytest.raises(NoSlotReached) as raised:
        use("open_space_full", starts, ends)
    assert raised.value.key == "open_space_full"


@pytest.mark.parametrize(("starts", "ends"), [("10:00", "10:00"), ("12:00", "10:00")])
def test_a_use_without_time_is_a_mistake(starts: str, ends: str) -> None:
    with pytest.raises(ValueError, match="before it ends"):
        use("open_space_full", starts, ends)


@pytest.mark.parametrize(
    ("starts", "ends", "overtime"),
    [
        ("10:00", "11:00", span()),
        ("10:00", "12:00", span()),
        ("10:00", "12:01", span(minutes=1)),
        ("10:00", "14:00", span(hours=2)),
        ("09:40", "12:20", span(minutes=40)),
    ],
)
def test_staying_on_after_a_booked_slot_is_overtime_even_into_the_next_one(
    starts: str, ends: str, overtime: timedelta
) -> None:
    prices = slot_prices(TOKUSHIMA, "open_space_full")
    assert booking_of(prices, "am", clock(starts), clock(ends)) == Booking(prices.slots[0], overtime)


def test_of_slots_that_cover_a_use_the_cheapest_is_booked() -> None:
    morning, day = Slot("morning", time(9), time(12), 900), Slot("day", time(9), time(18), 800)
    assert booking(SlotPrices("hall", (morning, day), overtime=100), time(9), time(10)).slot == day


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ("10:00", "14:00", 70 * 12),
        ("15:00", "19:30", 80 * 12),
        ("10:00", "19:30", 150 * 12),
        ("13:59", "15:01", 150 * 12),
        ("10:00", "14:01", 90 * 12),
        ("10:00", "15:00", 90 * 12),
        ("15:00", "19:31", 100 * 12),
        ("10:00", "20:30", 170 * 12),
        ("10:00", "20:31", 190 * 12),
    ],
)
def test_the_showroom_is_charged_by_the_square_metre(starts: str, ends: str, expected: int) -> None:
    assert use("showroom", starts, ends, square_metres=12).total == expected


def test_a_bill_of_the_showroom_names_its_square_metres() -> None:
    assert use("showroom", "10:00", "21:00", square_metres=12).entries == (
        Line(Charge.SLOT, "showroom", 1, 150, "all_day", square_metres=12),
        Line(Charge.OVERTIME_HOUR, "showroom", 2, 20, "all_day", square_metres=12),
    )


def test_square_metres_are_named_where_the_price_is_for_one() -> None:
    with pytest.raises(ValueError, match="showroom"):
        use("showroom", "10:00", "14:00")


def test_square_metres_are_not_named_where_the_price_is_for_the_space() -> None:
    with pytest.raises(ValueError, match="open_space_full"):
        use("open_space_full", "10:00", "12:00", square_metres=12)


@pytest.mark.parametrize("square_metres", [0, -1])
def test_no_square_metres_are_a_mistake(square_metres: int) -> None:
    with pytest.raises(ValueError, match="backwards"):
        use("showroom", "10:00", "14:00", square_metres=square_metres)


@pytest.mark.parametrize(
    ("space", "an_hour"), [("multipurpose_half", 200), ("meeting_room", 200), ("consultation_room", 50)]
)
@pytest.mark.parametrize(
    ("duration", "hours"),
    [(span(minutes=1), 1), (span(hours=1), 1), (span(hours=1, minutes=1), 2), (span(hours=11), 11)],
    ids=str,
)
def test_rooms_are_charged_by_the_hour_begun(space: str, an_hour: int, duration: timedelta, hours: int) -> None:
    assert price_by_hour(TOKUSHIMA, space, duration, QUIET) == Bill((Line(Charge.HOUR, space, hours, an_hour),))


@pytest.mark.parametrize(("seats", "total"), [(1, 650), (2, 1_300), (10, 6_500)])
def test_a_seat_for_a_day_is_charged_once_a_day(seats: int, total: int) -> None:
    bill = price_by_day(TOKUSHIMA, "workspace", seats)
    assert bill.entries == (Line(Charge.SEAT_DAY, "workspace", seats, 650),)
    assert bill.total == total


@pytest.mark.parametrize(
    ("thing", "quantity", "charge", "total"),
    [
        ("phone_booth", 3, Charge.HOUR, 1_200),
        ("projector", 1, Charge.USE, 1_000),
        ("screen", 1, Charge.USE, 300),
        ("whiteboard", 2, Charge.USE, 400),
        ("microphones", 1, Charge.USE, 200),
        ("tv_monitor", 1, Charge.USE, 500),
        ("web_camera", 1, Charge.USE, 100),
        ("speakerphone", 1, Charge.USE, 100),
        ("laser_pointer", 1, Charge.USE, 100),
        ("copy_mono", 7, Charge.SHEET, 70),
        ("copy_colour", 7, Charge.SHEET, 350),
        ("copy_colour_a3", 7, Charge.SHEET, 560),
        ("print_mono", 7, Charge.SHEET, 70),
        ("print_colour", 7, Charge.SHEET, 350),
        ("print_colour_a3", 7, Charge.SHEET, 560),
        ("fax", 3, Charge.SHEET, 150),
    ],
)
def test_things_are_charged_by_hour_use_or_sheet(thing: str, quantity: int, charge: Charge, total: int) -> None:
    bill = price_of_things(TOKUSHIMA, thing, quantity)
    [line] = bill.entries
    assert isinstance(line, Line)
    assert (line.charge, line.quantity, bill.total) == (charge, quantity, total)


def test_a_thing_cannot_be_used_less_than_never() -> None:
    with pytest.raises(ValueError, match="backwards"):
        price_of_things(TOKUSHIMA, "fax", -1)


@pytest.mark.parametrize(
    ("purpose", "factor"),
    [
        (Purpose(), 1),
        (Purpose(admission=1_999), 1),
        (Purpose(admission=2_000), 2),
        (Purpose(admission=2_001), 2),
        (Purpose(promotion=True), 5),
        (Purpose(admission=1_999, promotion=True), 5),
        (Purpose(admission=2_000, promotion=True), 5),
    ],
    ids=["neither", "1,999", "2,000", "2,001", "promotion", "promotion, 1,999", "promotion instead of 2,000"],
)
def test_admission_doubles_and_promotion_takes_five_times_instead(purpose: Purpose, factor: int) -> None:
    assert factor_of(TOKUSHIMA.factors, purpose) == factor


def test_without_factors_the_purpose_changes_nothing() -> None:
    assert factor_of(NOTHING.factors, Purpose(admission=9_999, promotion=True)) == 1


def test_the_factor_is_on_the_slot_and_on_its_overtime() -> None:
    bill = use("open_space_full", "10:00", "22:00", Purpose(admission=2_000))
    assert bill.entries == (
        Line(Charge.SLOT, "open_space_full", 1, 14_000, "all_day", factor=2),
        Line(Charge.OVERTIME_HOUR, "open_space_full", 1, 1_700, "all_day", factor=2),
    )
    assert bill.total == 31_400


@pytest.mark.parametrize(("space", "factor"), [("multipurpose_half", 5), ("meeting_room", 1), ("consultation_room", 1)])
def test_the_factor_is_for_floors_and_not_for_rooms(space: str, factor: int) -> None:
    [line] = price_by_hour(TOKUSHIMA, space, span(hours=1), Purpose(promotion=True)).entries
    assert isinstance(line, Line)
    assert line.factor == factor


def test_a_room_let_by_the_slot_is_no_floor_either() -> None:
    day = Slot("day", time(9), time(18), 800)
    tariff = Tariff(date(2026, 4, 1), (SlotPrices("room", (day,), 100, floor=False),), factors=TOKUSHIMA.factors)
    bill = price_by_slot(tariff, "room", Booking(day, span(hours=1)), Purpose(promotion=True))
    assert bill.total == 900


@pytest.mark.parametrize(
    ("sales", "kept"), [(0, 0), (1, 0), (4, 0), (5, 1), (9, 1), (1_000, 200), (1_099, 219), (12_345, 2_469)]
)
def test_consignment_keeps_a_fifth_floored_to_a_yen(sales: int, kept: int) -> None:
    bill = consignment(TOKUSHIMA, sales)
    assert bill == Bill((Commission(sales, 20),))
    assert bill.total == kept


def test_sales_less_than_nothing_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="sales"):
        consignment(TOKUSHIMA, -1)


def test_what_is_passed_on_costs_what_it_cost() -> None:
    assert at_cost("electricity", 1_234).entries == (Line(Charge.AT_COST, "electricity", 1, 1_234),)


def test_bills_for_several_things_are_one_with_all_their_lines() -> None:
    hall, fax = use("open_space_half", "10:00", "12:00"), price_of_things(TOKUSHIMA, "fax", 2)
    assert together(hall, Bill(), fax) == Bill((*hall.entries, *fax.entries))
    assert together(hall, fax).total == 1_500


@pytest.mark.parametrize(
    "ask",
    [
        lambda: slot_prices(TOKUSHIMA, "moon"),
        lambda: booking_of(slot_prices(TOKUSHIMA, "showroom"), "moon", time(10), time(11)),
        lambda: price_by_hour(TOKUSHIMA, "moon", span(hours=1), QUIET),
        lambda: price_by_day(TOKUSHIMA, "moon", 1),
        lambda: price_of_things(TOKUSHIMA, "moon", 1),
    ],
    ids=["space", "slot", "hour", "day", "thing"],
)
def test_what_the_tariff_does_not_name_has_no_price(ask: Callable[[], object]) -> None:
    with pytest.raises(NotInTariff) as raised:
        ask()
    assert raised.value.key == "moon"


def test_a_house_without_consignment_has_no_price_for_it() -> None:
    with pytest.raises(NotInTariff):
        consignment(NOTHING, 1_000)


around_the_hours = st.builds(time, st.integers(8, 22), st.sampled_from([0, 1, 59]))
moments = around_the_hours | st.builds(time, st.integers(0, 23), st.integers(0, 59))
purposes = st.builds(Purpose, st.integers(0, 10_000), st.booleans())


@given(st.sampled_from(FLOORS), purposes, st.lists(moments, min_size=3, max_size=3, unique=True))
def test_a_longer_use_never_costs_less(space: str, purpose: Purpose, times: list[time]) -> None:
    starts, ends, later = sorted(times)
    try:
        shorter = use(space, str(starts), str(ends), purpose)
    except NoSlotReached:
        return
    assert shorter.total <= use(space, str(starts), str(later), purpose).total


@given(st.sampled_from(FLOORS), purposes, st.lists(moments, min_size=3, max_size=3, unique=True))
def test_an_earlier_start_never_costs_less(space: str, purpose: Purpose, times: list[time]) -> None:
    earlier, starts, ends = sorted(times)
    try:
        shorter = use(space, str(starts), str(ends), purpose)
    except NoSlotReached:
        return
    assert shorter.total <= use(space, str(earlier), str(ends), purpose).total


@given(st.lists(moments, min_size=2, max_size=2, unique=True), st.integers(1, 500), purposes)
def test_a_bill_adds_up_in_whole_yen_never_below_nothing(times: list[time], area: int, purpose: Purpose) -> None:
    try:
        bill = use("showroom", str(min(times)), str(max(times)), purpose, square_metres=area)
    except NoSlotReached:
        return
    assert all(type(entry.amount) is int and entry.amount >= 0 for entry in bill.entries)
    assert bill.total == sum(entry.amount for entry in bill.entries)
    assert bill.total % 10 == 0


@given(st.sampled_from(["am", "pm", "night", "am_pm", "pm_night", "all_day"]), moments, moments)
def test_staying_on_in_a_booked_slot_never_costs_less(slot: str, one: time, other: time) -> None:
    prices = slot_prices(TOKUSHIMA, "open_space_half")
    sooner, later = (
        price_by_slot(TOKUSHIMA, "open_space_half", booking_of(prices, slot, time(10), left), QUIET).total
        for left in sorted([one, other])
    )
    assert sooner <= later


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_settling_sales_together_never_keeps_less_than_one_by_one(one: int, other: int) -> None:
    apart = consignment(TOKUSHIMA, one).total + consignment(TOKUSHIMA, other).total
    assert apart <= consignment(TOKUSHIMA, one + other).total <= (one + other) // 5
