"""Drop-in: paid before for the time declared, on leaving for what was longer, never back (A38-A40, A63-A65)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.bill import Bill, Charge, Line
from visits.dropin import ChildAlone, Visitor, overstay, prepayment
from visits.fees import NotInTariff
from visits.tariff import DropInPrices, Tariff

STUDENT_AN_HOUR = 150
HOUSE = Tariff(date(2026, 4, 1), drop_in=DropInPrices(general=300, student=STUDENT_AN_HOUR))
CLOSED_TO_DROP_INS = Tariff(date(2026, 4, 1))
PAYING = [Visitor.GENERAL, Visitor.STUDENT]
AN_HOUR = timedelta(hours=1)


def span(hours: int = 0, minutes: int = 0, seconds: int = 0) -> timedelta:
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def total(bill: Bill | ChildAlone) -> int:
    assert isinstance(bill, Bill)
    return bill.total


@pytest.mark.parametrize(
    ("declared", "hours"),
    [(span(minutes=1), 1), (span(hours=1), 1), (span(hours=1, minutes=1), 2), (span(hours=2), 2), (span(hours=8), 8)],
    ids=str,
)
@pytest.mark.parametrize(("visitor", "an_hour"), [(Visitor.GENERAL, 300), (Visitor.STUDENT, 150)], ids=str)
def test_the_declared_hours_are_paid_before(visitor: Visitor, an_hour: int, declared: timedelta, hours: int) -> None:
    line = Line(Charge.DROP_IN_HOUR, visitor.value, hours, an_hour)
    assert prepayment(HOUSE, visitor, declared) == Bill((line,))


@pytest.mark.parametrize("declared", [span(), span(seconds=59), -AN_HOUR], ids=str)
def test_no_time_cannot_be_declared(declared: timedelta) -> None:
    with pytest.raises(ValueError, match="time"):
        prepayment(HOUSE, Visitor.GENERAL, declared)


@pytest.mark.parametrize(
    ("stayed", "hours"),
    [
        (span(hours=2, seconds=59), 0),
        (span(hours=2, minutes=1), 1),
        (span(hours=3), 1),
        (span(hours=3, minutes=1), 2),
        (span(hours=10), 8),
    ],
    ids=str,
)
@pytest.mark.parametrize(("visitor", "an_hour"), [(Visitor.GENERAL, 300), (Visitor.STUDENT, 150)], ids=str)
def test_what_was_stayed_longer_is_paid_on_leaving(
    visitor: Visitor, an_hour: int, stayed: timedelta, hours: int
) -> None:
    expected = Bill((Line(Charge.OVERSTAY_HOUR, visitor.value, hours, an_hour),)) if hours else Bill()
    assert overstay(HOUSE, visitor, span(hours=2), stayed) == expected


@pytest.mark.parametrize("stayed", [span(), span(minutes=10), span(hours=1, minutes=59), span(hours=2)], ids=str)
def test_leaving_early_gives_nothing_back_and_costs_nothing(stayed: timedelta) -> None:
    assert overstay(HOUSE, Visitor.GENERAL, span(hours=2), stayed) == Bill()


@pytest.mark.parametrize(
    ("stayed", "amount"), [(span(hours=1, minutes=31), 0), (span(hours=2), 0), (span(hours=2, minutes=1), 300)]
)
def test_an_hour_paid_for_is_not_charged_again(stayed: timedelta, amount: int) -> None:
    assert total(overstay(HOUSE, Visitor.GENERAL, span(hours=1, minutes=30), stayed)) == amount


def test_a_child_with_a_guardian_is_on_the_bill_for_nothing() -> None:
    bill = prepayment(HOUSE, Visitor.CHILD_WITH_GUARDIAN, span(hours=3))
    assert bill == Bill((Line(Charge.DROP_IN_HOUR, "child_with_guardian", 3, 0),))
    assert total(bill) == 0
    assert total(overstay(HOUSE, Visitor.CHILD_WITH_GUARDIAN, AN_HOUR, 9 * AN_HOUR)) == 0


def test_a_child_alone_is_refused() -> None:
    assert prepayment(HOUSE, Visitor.CHILD_ALONE, AN_HOUR) == ChildAlone()
    assert overstay(HOUSE, Visitor.CHILD_ALONE, AN_HOUR, AN_HOUR) == ChildAlone()


def test_a_student_alone_is_not_refused() -> None:
    assert total(prepayment(HOUSE, Visitor.STUDENT, AN_HOUR)) == STUDENT_AN_HOUR


@pytest.mark.parametrize("visitor", Visitor, ids=lambda visitor: visitor.value)
def test_a_house_without_drop_in_has_no_price_for_it(visitor: Visitor) -> None:
    with pytest.raises(NotInTariff) as raised:
        prepayment(CLOSED_TO_DROP_INS, visitor, AN_HOUR)
    assert raised.value.key == "drop_in"
    with pytest.raises(NotInTariff):
        overstay(CLOSED_TO_DROP_INS, visitor, AN_HOUR, AN_HOUR)


some_time = st.integers(60, 24 * 3600).map(lambda seconds: timedelta(seconds=seconds))


@given(st.sampled_from(PAYING), some_time, some_time)
def test_both_payments_are_the_price_of_the_longer_time(
    visitor: Visitor, declared: timedelta, stayed: timedelta
) -> None:
    paid = total(prepayment(HOUSE, visitor, declared)) + total(overstay(HOUSE, visitor, declared, stayed))
    assert paid == total(prepayment(HOUSE, visitor, max(declared, stayed)))


@given(st.sampled_from(Visitor), some_time, some_time, some_time)
def test_staying_longer_never_costs_less(
    visitor: Visitor, declared: timedelta, stayed: timedelta, longer: timedelta
) -> None:
    sooner = overstay(HOUSE, visitor, declared, stayed)
    later = overstay(HOUSE, visitor, declared, stayed + longer)
    if visitor is Visitor.CHILD_ALONE:
        assert sooner == later == ChildAlone()
    else:
        assert 0 <= total(sooner) <= total(later)
