"""The first month by the day, and who pays half of it, for how long."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.bill import Bill, Charge, Line, PartOfMonth
from visits.fees import NotInTariff
from visits.monthly import (
    Claim,
    Ground,
    Reduction,
    last_day_within,
    price_by_month,
    price_of_first_month,
    reduction,
)
from visits.tariff_tokushima import TOKUSHIMA

A_DAY = timedelta(days=1)
SPACES = [price.key for price in TOKUSHIMA.months]
TODAY = date(2026, 11, 22)


def first_month(space: str, first: date, *, reduced: bool = False) -> int:
    return price_of_first_month(TOKUSHIMA, space, first, reduced=reduced).total


def founded(since: date, *, corporation: bool = False, documented: bool = True) -> Claim:
    return Claim(Ground.FOUNDED, since, corporation, documented)


@pytest.mark.parametrize(
    ("space", "general", "reduced"),
    [
        ("rental_room", 14_990, 7_490),
        ("workspace_full", 77_120, 38_560),
        ("workspace_half", 38_560, 19_280),
        ("meeting_room", 42_840, 21_420),
        ("rental_booth", 17_500, 8_750),
    ],
)
def test_a_month_costs_the_column_of_who_pays(space: str, general: int, reduced: int) -> None:
    assert price_by_month(TOKUSHIMA, space, reduced=False) == Bill((Line(Charge.MONTH, space, 1, general),))
    assert price_by_month(TOKUSHIMA, space, reduced=True) == Bill((Line(Charge.MONTH, space, 1, reduced),))


@pytest.mark.parametrize(
    ("space", "first", "general", "reduced"),
    [
        # 14,990 / 31 = 483.54..; 7,495 / 31 = 241.77..
        ("rental_room", date(2026, 1, 1), 14_990, 7_490),
        ("rental_room", date(2026, 1, 2), 14_500, 7_250),
        ("rental_room", date(2026, 1, 16), 7_730, 3_860),
        ("rental_room", date(2026, 1, 31), 480, 240),
        # 30 days
        ("rental_room", date(2026, 4, 1), 14_990, 7_490),
        ("rental_room", date(2026, 4, 16), 7_490, 3_740),
        ("rental_room", date(2026, 4, 30), 490, 240),
        # February, without and with its 29th
        ("rental_room", date(2027, 2, 28), 530, 260),
        ("rental_room", date(2028, 2, 28), 1_030, 510),
        ("rental_room", date(2028, 2, 29), 510, 250),
        ("rental_room", date(2028, 2, 1), 14_990, 7_490),
        ("workspace_full", date(2026, 12, 31), 2_480, 1_240),
        ("workspace_half", date(2026, 12, 31), 1_240, 620),
        ("meeting_room", date(2026, 12, 31), 1_380, 690),
        ("rental_booth", date(2026, 12, 31), 560, 280),
        ("rental_booth", date(2026, 12, 17), 8_460, 4_230),
    ],
)
def test_the_first_month_is_charged_by_the_day_and_floored_to_ten(
    space: str, first: date, general: int, reduced: int
) -> None:
    assert first_month(space, first) == general
    assert first_month(space, first, reduced=True) == reduced


def test_the_fee_is_halved_first_and_floored_once_at_the_end() -> None:
    # 14,990 / 2 * 30 / 31 = 7,253; of the printed 7,490 it would be 7,248.
    assert first_month("rental_room", date(2026, 1, 2), reduced=True) == 7_250


def test_the_bill_says_how_many_days_of_the_month_are_charged() -> None:
    bill = price_of_first_month(TOKUSHIMA, "rental_room", date(2026, 1, 16), reduced=True)
    assert bill.entries == (PartOfMonth("rental_room", 16, 31, 14_990, halved=True),)


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("reduced", [False, True], ids=["general", "reduced"])
def test_a_first_month_from_the_first_costs_a_month(space: str, reduced: bool) -> None:
    assert first_month(space, date(2026, 2, 1), reduced=reduced) == (
        price_by_month(TOKUSHIMA, space, reduced=reduced).total
    )


@pytest.mark.parametrize(
    "ask",
    [
        lambda: price_by_month(TOKUSHIMA, "showroom", reduced=False),
        lambda: price_of_first_month(TOKUSHIMA, "showroom", TODAY, reduced=False),
    ],
    ids=["month", "first month"],
)
def test_a_space_not_let_by_the_month_has_no_price(ask: Callable[[], object]) -> None:
    with pytest.raises(NotInTariff) as raised:
        ask()
    assert raised.value.key == "showroom"


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        (date(2023, 11, 22), 36, date(2026, 11, 22)),
        (date(2024, 2, 29), 36, date(2027, 2, 28)),
        (date(2024, 2, 28), 36, date(2027, 2, 28)),
        (date(2025, 2, 28), 36, date(2028, 2, 29)),
        (date(2025, 2, 27), 36, date(2028, 2, 27)),
        (date(2023, 12, 31), 36, date(2026, 12, 31)),
        (date(2026, 11, 22), 3, date(2027, 2, 22)),
        (date(2026, 11, 28), 3, date(2027, 2, 28)),
        (date(2026, 11, 29), 3, date(2027, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 28), 3, date(2028, 2, 28)),
        (date(2027, 11, 29), 3, date(2028, 2, 29)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 1, 31), 3, date(2026, 4, 30)),
        (date(2026, 9, 30), 3, date(2026, 12, 31)),
    ],
    ids=str,
)
def test_months_are_counted_from_the_day_after(day: date, months: int, last: date) -> None:
    assert last_day_within(day, months) == last


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 60))
def test_the_last_day_never_comes_earlier_for_a_later_start(day: date, months: int) -> None:
    assert last_day_within(day, months) <= last_day_within(day + A_DAY, months)


@pytest.mark.parametrize(
    ("since", "last"),
    [
        (date(2023, 11, 22), date(2026, 11, 22)),
        (date(2024, 2, 29), date(2027, 2, 28)),
        (date(2025, 2, 28), date(2028, 2, 29)),
        (date(2023, 12, 31), date(2026, 12, 31)),
    ],
    ids=str,
)
@pytest.mark.parametrize("ground", Ground, ids=lambda ground: ground.value)
def test_half_is_paid_for_three_years_and_not_a_day_longer(ground: Ground, since: date, last: date) -> None:
    claim = Claim(ground, since, corporation=True, documented=True)
    assert reduction(claim, since) is Reduction.GRANTED
    assert reduction(claim, last) is Reduction.GRANTED
    assert reduction(claim, last + A_DAY) is Reduction.TOO_LATE


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2026, 11, 22), date(2027, 2, 22)),
        (date(2026, 11, 30), date(2027, 2, 28)),
        (date(2027, 11, 30), date(2028, 2, 29)),
        (date(2026, 9, 30), date(2026, 12, 31)),
    ],
    ids=str,
)
@pytest.mark.parametrize("corporation", [False, True], ids=["person", "corporation"])
def test_who_founds_within_three_months_pays_half_already(day: date, last: date, corporation: bool) -> None:
    assert reduction(founded(last, corporation=corporation), day) is Reduction.GRANTED
    assert reduction(founded(last + A_DAY, corporation=corporation), day) is Reduction.TOO_EARLY


@pytest.mark.parametrize("ground", [Ground.OFFICE_OPENED_HERE, Ground.HEAD_OFFICE_MOVED_HERE], ids=lambda g: g.value)
def test_an_office_has_to_be_here_already(ground: Ground) -> None:
    assert reduction(Claim(ground, TODAY, True, True), TODAY) is Reduction.GRANTED
    assert reduction(Claim(ground, TODAY + A_DAY, True, True), TODAY) is Reduction.TOO_EARLY


@pytest.mark.parametrize("ground", [Ground.OFFICE_OPENED_HERE, Ground.HEAD_OFFICE_MOVED_HERE], ids=lambda g: g.value)
def test_a_new_office_here_counts_for_corporations_only(ground: Ground) -> None:
    assert reduction(Claim(ground, TODAY, False, True), TODAY) is Reduction.CORPORATIONS_ONLY


def test_a_person_who_founded_a_business_pays_half() -> None:
    assert reduction(founded(TODAY), TODAY) is Reduction.GRANTED


def test_without_its_document_a_claim_waits() -> None:
    assert reduction(founded(TODAY, documented=False), TODAY) is Reduction.DOCUMENTS_MISSING


def test_a_document_is_not_asked_for_where_it_would_not_help() -> None:
    assert reduction(founded(date(2020, 1, 1), documented=False), TODAY) is Reduction.TOO_LATE


days = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@given(days, st.sampled_from(SPACES), st.booleans())
def test_a_first_month_costs_tens_of_yen_between_nothing_and_a_month(day: date, space: str, reduced: bool) -> None:
    amount = first_month(space, day, reduced=reduced)
    assert type(amount) is int
    assert amount % 10 == 0
    assert 0 < amount <= price_by_month(TOKUSHIMA, space, reduced=reduced).total


@given(days, st.sampled_from(SPACES), st.booleans())
def test_beginning_a_day_later_never_costs_more(day: date, space: str, reduced: bool) -> None:
    if day.day == monthrange(day.year, day.month)[1]:
        day = day.replace(day=1)
    assert first_month(space, day + A_DAY, reduced=reduced) <= first_month(space, day, reduced=reduced)


@given(days, st.sampled_from(SPACES))
def test_paying_half_is_half_to_the_ten_yen(day: date, space: str) -> None:
    general, reduced = first_month(space, day), first_month(space, day, reduced=True)
    assert 0 <= general - 2 * reduced < 30


@given(days, st.integers(-2000, 2000))
def test_half_is_paid_in_one_stretch_of_days(since: date, days_later: int) -> None:
    claim = founded(since)
    day = since + timedelta(days=days_later)
    answers = [reduction(claim, day), reduction(claim, day + A_DAY)]
    order = [Reduction.TOO_EARLY, Reduction.GRANTED, Reduction.TOO_LATE]
    assert order.index(answers[0]) <= order.index(answers[1])
