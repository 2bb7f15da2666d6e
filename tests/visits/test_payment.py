"""The days on which a month is paid (A44-A46, A48, D6), at the ends of months and years."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.payment import PaidSoFar, charged_on, first_month_online, slips_sent_from


@pytest.mark.parametrize(
    ("applied", "first"),
    [
        (date(2026, 1, 20), date(2026, 2, 1)),  # the source's own example
        (date(2026, 1, 1), date(2026, 2, 1)),
        (date(2026, 1, 21), date(2026, 2, 1)),
        (date(2026, 1, 31), date(2026, 2, 1)),
        (date(2026, 2, 1), date(2026, 3, 1)),
        (date(2028, 2, 29), date(2028, 3, 1)),
        (date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_who_applies_by_the_end_of_a_month_is_charged_from_the_next(applied: date, first: date) -> None:
    assert first_month_online(applied, PaidSoFar.NOT_AT_ALL) == first


@pytest.mark.parametrize(
    ("applied", "first"),
    [
        (date(2026, 1, 20), date(2026, 2, 1)),
        (date(2026, 1, 21), date(2026, 3, 1)),
        (date(2026, 1, 31), date(2026, 3, 1)),
        (date(2026, 11, 30), date(2027, 1, 1)),
        (date(2026, 12, 20), date(2027, 1, 1)),
        (date(2026, 12, 21), date(2027, 2, 1)),
        (date(2026, 12, 31), date(2027, 2, 1)),
        (date(2028, 2, 20), date(2028, 3, 1)),
        (date(2028, 2, 21), date(2028, 4, 1)),
        (date(2028, 2, 29), date(2028, 4, 1)),
    ],
)
def test_who_has_paid_by_slip_and_applies_from_the_21st_pays_one_more(applied: date, first: date) -> None:
    assert first_month_online(applied, PaidSoFar.BY_SLIP) == first


@pytest.mark.parametrize(
    ("month", "day"),
    [
        (date(2026, 2, 1), date(2026, 2, 10)),
        (date(2028, 2, 29), date(2028, 2, 10)),
        (date(2026, 12, 31), date(2026, 12, 10)),
    ],
)
def test_a_month_is_charged_on_its_10th(month: date, day: date) -> None:
    assert charged_on(month) == day


@pytest.mark.parametrize(
    ("month", "day"),
    [
        (date(2026, 2, 1), date(2026, 1, 20)),
        (date(2026, 3, 31), date(2026, 2, 20)),
        (date(2027, 1, 15), date(2026, 12, 20)),
        (date(2028, 3, 31), date(2028, 2, 20)),
    ],
)
def test_slips_are_sent_from_the_20th_of_the_month_before(month: date, day: date) -> None:
    assert slips_sent_from(month) == day


@given(st.dates(date(1970, 1, 1), date(2199, 12, 31)), st.sampled_from(PaidSoFar))
def test_nobody_pays_a_month_twice(applied: date, so_far: PaidSoFar) -> None:
    first = first_month_online(applied, so_far)
    assert charged_on(first) > applied
    if so_far is PaidSoFar.BY_SLIP:
        assert applied <= slips_sent_from(first)
