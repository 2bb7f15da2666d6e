"""The bill of the fourth colleague, and of the eleventh of a school (A22-A23): the same in whatever order records came."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.bill import Bill, Charge, Line
from visits.calendar import HOUSE_TIME, Calendar, Hours
from visits.event import Kind as Way
from visits.fold import Passage, fold
from visits.member import Kind, Membership
from visits.over_limit import charges
from visits.rulebook import Rulebook, Version
from visits.tariff import DropInPrices, Tariff

MORNING = datetime(2026, 11, 22, 10, tzinfo=HOUSE_TIME)
DAY = MORNING.date()
A_DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
DOORS = [UUID(int=1), UUID(int=2)]
ACME, OTHERS = UUID(int=0xAC), UUID(int=0x0F)
IN, OUT = Way.CHECK_IN, Way.CHECK_OUT
HOUSE = Rulebook(
    (Version(date(2026, 4, 1), Calendar(weekly=(Hours(time(10), time(19)),) * 7)),),
    (
        Tariff(date(2026, 4, 1), drop_in=DropInPrices(300, 150)),
        Tariff(date(2026, 11, 23), drop_in=DropInPrices(350, 150)),
    ),
)


def member(number: int) -> UUID:
    return UUID(int=100 + number)


def passage(number: int, way: Way, minutes: int, seq: int, door: int = 0) -> Passage:
    return Passage(member(number), way, MORNING + minutes * MINUTE, DOORS[door], seq)


def belonging(
    people: int, kind: Kind = Kind.CORPORATE, organisation: UUID | None = ACME
) -> dict[UUID, list[Membership]]:
    return {member(number): [Membership(kind, date(2026, 4, 1), None, organisation)] for number in range(1, people + 1)}


def came(people: int) -> list[Passage]:
    """One a minute, from ten o'clock."""
    return [passage(number, IN, number, number) for number in range(1, people + 1)]


def hours(number: int, price: int = 300) -> Bill:
    return Bill((Line(Charge.DROP_IN_HOUR, "general", number, price),))


@pytest.mark.parametrize(
    ("kind", "people", "charged"),
    [
        (Kind.CORPORATE, 3, []),
        (Kind.CORPORATE, 4, [4]),
        (Kind.CORPORATE, 5, [4, 5]),
        (Kind.SCHOOL, 10, []),
        (Kind.SCHOOL, 11, [11]),
        (Kind.SCHOOL, 12, [11, 12]),
        (Kind.PARTNER, 12, []),
    ],
)
def test_those_beyond_the_free_places_are_charged(kind: Kind, people: int, charged: list[int]) -> None:
    judged = charges(fold(came(people)), belonging(people, kind), HOUSE)
    assert [each.use.visit.member for each in judged] == [member(number) for number in charged]
    assert [each.use.place for each in judged] == charged


@pytest.mark.parametrize("kind", [Kind.INDIVIDUAL, Kind.DAILY, Kind.DROP_IN, Kind.STAFF])
def test_members_without_an_organisation_are_no_colleagues(kind: Kind) -> None:
    assert charges(fold(came(12)), belonging(12, kind, None), HOUSE) == ()


@pytest.mark.parametrize(
    ("stayed", "bill"),
    [
        (timedelta(seconds=59), Bill()),
        (timedelta(minutes=1), hours(1)),
        (timedelta(minutes=60, seconds=59), hours(1)),
        (timedelta(minutes=61), hours(2)),
        (timedelta(minutes=120), hours(2)),
    ],
)
def test_every_hour_begun_is_charged_as_a_drop_in(stayed: timedelta, bill: Bill) -> None:
    fourth = came(4)[3]
    left = Passage(fourth.member, OUT, fourth.at + stayed, DOORS[0], 5)
    (charged,) = charges(fold([*came(4), left]), belonging(4), HOUSE)
    assert (charged.entered_at, charged.bill) == (fourth.at, bill)


def test_a_stay_that_goes_on_has_no_bill_yet() -> None:
    (charged,) = charges(fold(came(4)), belonging(4), HOUSE)
    assert charged.bill is None


def test_a_stay_nobody_ended_is_charged_to_its_assumed_end() -> None:
    (charged,) = charges(fold(came(4), HOUSE, MORNING + A_DAY), belonging(4), HOUSE)
    assert charged.bill == hours(9)


def test_without_a_price_the_use_is_known_and_its_bill_is_not() -> None:
    left = passage(4, OUT, 60, 5)
    (charged,) = charges(fold([*came(4), left]), belonging(4), Rulebook(HOUSE.versions, (Tariff(date(2026, 4, 1)),)))
    assert (charged.use.place, charged.bill) == (4, None)


@pytest.mark.parametrize(("days", "price"), [(0, 300), (1, 350)])
def test_the_price_is_that_of_the_day(days: int, price: int) -> None:
    later = days * 24 * 60
    steps = [passage(number, IN, later + number, number) for number in range(1, 5)]
    (charged,) = charges(fold([*steps, passage(4, OUT, later + 30, 5)]), belonging(4), HOUSE)
    assert charged.bill == hours(1, price)


def test_people_of_two_organisations_share_no_places() -> None:
    memberships = belonging(6) | {
        member(number): [Membership(Kind.CORPORATE, date(2026, 4, 1), None, OTHERS)] for number in (2, 4, 6)
    }
    assert charges(fold(came(6)), memberships, HOUSE) == ()


@pytest.mark.parametrize(
    ("first", "last", "people"),
    [(DAY, DAY, [4]), (DAY + A_DAY, None, []), (date(2026, 4, 1), DAY - A_DAY, [])],
    ids=["that day only", "from the next day", "until the day before"],
)
def test_a_colleague_is_who_belonged_on_the_day(first: date, last: date | None, people: list[int]) -> None:
    memberships = belonging(4) | {member(1): [Membership(Kind.CORPORATE, first, last, ACME)]}
    judged = charges(fold(came(4)), memberships, HOUSE)
    assert [each.use.visit.member for each in judged] == [member(number) for number in people]


def test_a_visit_of_somebody_who_is_no_member_any_more_costs_nobody_a_place() -> None:
    memberships = belonging(4)
    del memberships[member(2)]
    assert charges(fold(came(4)), memberships, HOUSE) == ()


def test_a_way_out_alone_is_no_use() -> None:
    assert charges(fold([passage(4, OUT, 0, 9), *came(3)]), belonging(4), HOUSE) == ()


def test_a_late_way_out_of_a_colleague_takes_the_charge_back() -> None:
    known = [*came(4), passage(4, OUT, 90, 5)]
    assert len(charges(fold(known), belonging(4), HOUSE)) == 1
    late = Passage(member(1), OUT, MORNING + 3 * MINUTE + timedelta(seconds=30), DOORS[1], 1)
    assert charges(fold([*known, late]), belonging(4), HOUSE) == ()


_STEPS = st.lists(
    st.tuples(st.integers(1, 8), st.sampled_from(Way), st.integers(0, 2 * 24 * 60), st.integers(0, 1)), max_size=24
)


def passages(steps: Sequence[tuple[int, Way, int, int]]) -> list[Passage]:
    return [passage(number, way, minutes, seq, door) for seq, (number, way, minutes, door) in enumerate(steps, 1)]


_MEMBERSHIPS = belonging(6) | {member(7): [Membership(Kind.CORPORATE, DAY + A_DAY, None, ACME)]}


@given(_STEPS, st.integers(0, 4 * 24 * 60), st.data())
def test_any_order_of_late_records_gives_the_same_bill(
    steps: list[tuple[int, Way, int, int]], minutes: int, data: st.DataObject
) -> None:
    records, now = passages(steps), MORNING + minutes * MINUTE
    arrived = data.draw(st.permutations([*records, *(each for each in records if data.draw(st.booleans()))]))
    visits = data.draw(st.permutations(fold(arrived, HOUSE, now)))
    assert charges(visits, _MEMBERSHIPS, HOUSE) == charges(fold(records, HOUSE, now), _MEMBERSHIPS, HOUSE)


@given(_STEPS)
def test_nobody_pays_who_had_fewer_than_three_colleagues_there_that_day(
    steps: list[tuple[int, Way, int, int]],
) -> None:
    visits = fold(passages(steps), HOUSE)
    for charged in charges(visits, _MEMBERSHIPS, HOUSE):
        day = charged.entered_at.date()
        there = {visit.member for visit in visits if visit.entered_at and visit.entered_at.date() == day}
        assert len(there) > 3
