"""A bill adds up by construction, and nothing on it is less than nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.bill import Bill, Charge, Commission, Line, PartOfMonth, halved_to_ten


def test_a_line_is_its_quantity_at_its_price_times_all_that_multiplies_it() -> None:
    assert Line(Charge.OVERTIME_HOUR, "showroom", 3, 20, "all_day", square_metres=12, factor=5).amount == 3_600


@pytest.mark.parametrize(
    ("quantity", "price", "square_metres", "factor"),
    [(-1, 10, 1, 1), (1, -10, 1, 1), (1, 10, 0, 1), (1, 10, 1, 0)],
    ids=["quantity", "price", "square metres", "factor"],
)
def test_a_line_cannot_give_money_back(quantity: int, price: int, square_metres: int, factor: int) -> None:
    with pytest.raises(ValueError, match="backwards"):
        Line(Charge.SLOT, "hall", quantity, price, None, square_metres, factor)


@pytest.mark.parametrize(("quantity", "price"), [(0, 150), (3, 0)], ids=["none of it", "free of charge"])
def test_a_line_may_come_to_nothing(quantity: int, price: int) -> None:
    assert Line(Charge.DROP_IN_HOUR, "child_with_guardian", quantity, price).amount == 0


@pytest.mark.parametrize(
    ("price", "half"), [(0, 0), (19, 0), (20, 10), (39, 10), (40, 20), (14_990, 7_490), (17_500, 8_750)]
)
def test_half_a_price_is_floored_to_ten_yen(price: int, half: int) -> None:
    assert halved_to_ten(price) == half


def test_a_bill_is_the_sum_of_all_kinds_of_entries() -> None:
    entries = (
        Line(Charge.SHEET, "fax", 2, 50),
        PartOfMonth("rental_room", 16, 31, 14_990, halved=False),
        Commission(12_345, 20),
    )
    assert [entry.amount for entry in entries] == [100, 7_730, 2_469]
    assert Bill(entries).total == 10_299


def test_a_bill_without_entries_is_nothing_due() -> None:
    assert Bill().total == 0


@given(st.integers(0, 10**9))
def test_half_is_a_multiple_of_ten_and_less_than_ten_below_the_half(price: int) -> None:
    half = halved_to_ten(price)
    assert half % 10 == 0
    assert 0 <= price - 2 * half < 20
