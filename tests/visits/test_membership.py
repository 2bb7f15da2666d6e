"""The dates of a monthly membership, each on both sides (A20, A31-A32, A36-A37, C15-C16, D5)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.membership import (
    DeskLink,
    Term,
    desk_link,
    ends_after_notice,
    first_month_ends,
    first_term,
    may_renew,
    paid_by,
    renewed,
    switch_applies_from,
)
from visits.tariff_tokushima import TOKUSHIMA

_DAYS = st.dates(date(1970, 1, 1), date(2199, 12, 31))
MOST_RENEWALS = {price.key: price.most_renewals for price in TOKUSHIMA.months}


@pytest.mark.parametrize(
    ("notice", "last"),
    [
        (date(2026, 7, 1), date(2026, 7, 31)),
        (date(2026, 7, 20), date(2026, 7, 31)),
        (date(2026, 7, 21), date(2026, 8, 31)),
        (date(2026, 7, 31), date(2026, 8, 31)),
        (date(2027, 1, 20), date(2027, 1, 31)),
        (date(2027, 1, 21), date(2027, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2028, 2, 20), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2028, 3, 31)),
        (date(2026, 12, 20), date(2026, 12, 31)),
        (date(2026, 12, 21), date(2027, 1, 31)),
        (date(2026, 8, 31), date(2026, 9, 30)),
    ],
)
def test_cancelled_by_the_20th_a_membership_ends_with_the_month_and_after_it_with_the_next(
    notice: date, last: date
) -> None:
    assert ends_after_notice(notice) == last


@pytest.mark.parametrize(
    ("completed", "first"),
    [
        (date(2026, 7, 1), date(2026, 8, 1)),
        (date(2026, 7, 20), date(2026, 8, 1)),  # the source's own example
        (date(2026, 7, 21), date(2026, 9, 1)),
        (date(2026, 7, 31), date(2026, 9, 1)),
        (date(2026, 11, 21), date(2027, 1, 1)),
        (date(2026, 12, 20), date(2027, 1, 1)),
        (date(2026, 12, 21), date(2027, 2, 1)),
        (date(2028, 2, 29), date(2028, 4, 1)),
    ],
)
def test_a_switch_completed_by_the_20th_applies_from_the_next_month(completed: date, first: date) -> None:
    assert switch_applies_from(completed) == first


@given(_DAYS)
def test_a_cancelled_membership_ends_where_a_switch_of_the_same_day_would_begin(day: date) -> None:
    assert ends_after_notice(day) + timedelta(days=1) == switch_applies_from(day)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 4, 1), date(2026, 4, 30)),
        (date(2026, 4, 30), date(2026, 4, 30)),
        (date(2027, 2, 1), date(2027, 2, 28)),
        (date(2028, 2, 29), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2026, 12, 31)),
    ],
)
def test_the_first_month_lasts_to_its_end(first: date, last: date) -> None:
    assert first_month_ends(first) == last


@pytest.mark.parametrize(
    ("use", "paid"),
    [
        (date(2026, 5, 1), date(2026, 4, 30)),
        (date(2026, 5, 31), date(2026, 4, 30)),
        (date(2027, 1, 1), date(2026, 12, 31)),
        (date(2028, 3, 1), date(2028, 2, 29)),
    ],
)
def test_going_on_is_paid_by_the_end_of_the_month_before(use: date, paid: date) -> None:
    assert paid_by(use) == paid


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 4, 1), date(2027, 3, 31)),
        (date(2026, 4, 15), date(2027, 4, 14)),
        (date(2027, 1, 1), date(2027, 12, 31)),
        (date(2027, 3, 1), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_monthly_use_lasts_a_year_at_most(first: date, last: date) -> None:
    assert first_term(first) == Term(first, last, renewals=0)


@pytest.mark.parametrize("space", ["rental_room", "rental_booth"])
def test_rooms_and_booths_are_renewed_twice_and_let_for_three_years(space: str) -> None:
    second = renewed(first_term(date(2026, 4, 15)), MOST_RENEWALS[space])
    assert second == Term(date(2027, 4, 15), date(2028, 4, 14), renewals=1)
    third = renewed(second, MOST_RENEWALS[space])
    assert third == Term(date(2028, 4, 15), date(2029, 4, 14), renewals=2)
    assert renewed(third, MOST_RENEWALS[space]) is None


@pytest.mark.parametrize("space", ["workspace_full", "workspace_half", "meeting_room"])
@pytest.mark.parametrize("renewals", [0, 1, 2, 3, 30])
def test_other_spaces_are_renewed_every_year(space: str, renewals: int) -> None:
    term = renewed(Term(date(2026, 4, 1), date(2027, 3, 31), renewals), MOST_RENEWALS[space])
    assert term == Term(date(2027, 4, 1), date(2028, 3, 31), renewals + 1)


@pytest.mark.parametrize(("renewals", "may"), [(0, True), (1, True), (2, False), (3, False)])
def test_two_renewals_are_the_most_where_two_are(renewals: int, may: bool) -> None:
    assert may_renew(renewals, 2) is may


def test_what_is_never_renewed_ends_with_its_first_term() -> None:
    assert renewed(first_term(date(2026, 4, 1)), 0) is None


@pytest.mark.parametrize(
    ("registered", "link"),
    [
        (date(2024, 3, 31), DeskLink.WITHOUT_CARD),
        (date(2024, 4, 1), DeskLink.WITHOUT_CARD),
        (date(2024, 4, 6), DeskLink.WITHOUT_CARD),
        (date(2024, 4, 7), DeskLink.CARD_NEEDED),
        (date(2026, 11, 22), DeskLink.CARD_NEEDED),
    ],
)
def test_corporations_registered_by_6_april_2024_have_members_linked_without_a_card(
    registered: date, link: DeskLink
) -> None:
    assert desk_link(registered, refuses=False) == link


@pytest.mark.parametrize("registered", [date(2024, 4, 6), date(2024, 4, 7)])
def test_a_corporation_that_refuses_has_nobody_linked_at_the_desk(registered: date) -> None:
    assert desk_link(registered, refuses=True) == DeskLink.REFUSED
