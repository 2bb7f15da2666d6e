"""Which colleague is the fourth, or the eleventh of a school (A22-A23, D8): the same whatever came late."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.calendar import HOUSE_TIME, Calendar, Hours, house_day
from visits.colleagues import Use, is_charged, uses
from visits.event import Kind as Way
from visits.fold import Flag, Passage, Visit, fold
from visits.member import Kind
from visits.occupancy import FREE_AT_ONCE
from visits.rulebook import Rulebook, Version

MORNING = datetime(2026, 11, 22, 10, tzinfo=HOUSE_TIME)
DOORS = [UUID(int=door) for door in (1, 2)]
IN, OUT = Way.CHECK_IN, Way.CHECK_OUT
OPEN_TO_SEVEN = Rulebook((Version(date(2026, 4, 1), Calendar(weekly=(Hours(time(10), time(19)),) * 7)),))
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def passage(member: int, kind: Way, at: datetime, seq: int, door: int = 0) -> Passage:
    return Passage(UUID(int=100 + member), kind, at, DOORS[door], seq)


def day_of(*steps: tuple[int, Way]) -> list[Passage]:
    """Passages at one door, a minute apart."""
    return [passage(member, kind, MORNING + seq * MINUTE, seq) for seq, (member, kind) in enumerate(steps, start=1)]


def places(passages: Sequence[Passage]) -> list[tuple[int, int]]:
    return [(use.visit.member.int - 100, use.place) for use in uses(fold(passages))]


@pytest.mark.parametrize(
    ("kind", "place", "charged"),
    [
        (Kind.CORPORATE, 1, False),
        (Kind.CORPORATE, 3, False),
        (Kind.CORPORATE, 4, True),
        (Kind.CORPORATE, 5, True),
        (Kind.SCHOOL, 4, False),
        (Kind.SCHOOL, 10, False),
        (Kind.SCHOOL, 11, True),
        (Kind.SCHOOL, 12, True),
    ],
)
def test_the_fourth_colleague_and_the_eleventh_of_a_school_are_charged(kind: Kind, place: int, charged: bool) -> None:
    assert is_charged(place, kind) is charged


@pytest.mark.parametrize("kind", [Kind.INDIVIDUAL, Kind.PARTNER, Kind.DAILY, Kind.DROP_IN, Kind.STAFF])
def test_nobody_else_shares_places(kind: Kind) -> None:
    assert not is_charged(99, kind)


def test_the_limits_as_printed() -> None:
    assert FREE_AT_ONCE == {Kind.CORPORATE: 3, Kind.SCHOOL: 10}


def test_places_are_given_in_order_of_check_in() -> None:
    assert places(day_of((1, IN), (2, IN), (3, IN), (4, IN))) == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_a_use_is_the_visit_that_began_with_a_check_in() -> None:
    (visit,) = fold(day_of((1, IN), (1, OUT)))
    assert uses([visit]) == (Use(visit, place=1),)


def test_who_leaves_makes_room_for_the_next() -> None:
    assert places(day_of((1, IN), (2, IN), (3, IN), (1, OUT), (4, IN)))[-1] == (4, 3)


def test_who_leaves_later_changes_nothing_for_who_is_charged() -> None:
    assert places(day_of((1, IN), (2, IN), (3, IN), (4, IN), (1, OUT), (2, OUT)))[-1] == (4, 4)


def test_a_colleague_who_pays_is_inside_all_the_same() -> None:
    assert places(day_of((1, IN), (2, IN), (3, IN), (4, IN), (1, OUT), (5, IN)))[-1] == (5, 4)


def test_coming_back_is_a_new_use_with_its_own_place() -> None:
    assert places(day_of((1, IN), (1, OUT), (2, IN), (1, IN))) == [(1, 1), (2, 1), (1, 2)]


def test_a_second_check_in_without_a_way_out_is_the_same_use() -> None:
    assert places(day_of((1, IN), (1, IN), (2, IN))) == [(1, 1), (2, 2)]


def test_a_way_out_without_a_way_in_is_no_use_and_frees_no_place() -> None:
    assert places(day_of((1, IN), (2, OUT), (3, IN))) == [(1, 1), (3, 2)]


def test_a_late_record_of_another_terminal_changes_who_was_the_fourth() -> None:
    known = day_of((1, IN), (2, IN), (3, IN), (4, IN))
    late = passage(5, IN, MORNING + 3 * MINUTE + timedelta(seconds=30), 1, door=1)
    assert places([*known, late]) == [(1, 1), (2, 2), (3, 3), (5, 4), (4, 5)]


def test_a_late_way_out_gives_the_place_back() -> None:
    known = day_of((1, IN), (2, IN), (3, IN), (4, IN))
    late = passage(1, OUT, MORNING + 3 * MINUTE + timedelta(seconds=30), 1, door=1)
    assert places([*known, late])[-1] == (4, 3)


def test_at_the_same_instant_the_terminal_decides_and_then_its_own_order() -> None:
    together = [passage(1, IN, MORNING, 7, door=1), passage(2, IN, MORNING, 9), passage(3, IN, MORNING, 8)]
    assert places(together) == [(3, 1), (2, 2), (1, 3)]


def test_who_leaves_in_the_same_instant_has_left() -> None:
    later = MORNING + MINUTE
    assert places([passage(1, IN, MORNING, 1), passage(2, IN, later, 2), passage(1, OUT, later, 3)])[-1] == (2, 1)


def test_a_forgotten_check_out_takes_no_place_the_day_after() -> None:
    yesterday = [passage(member, IN, MORNING - DAY, member) for member in (1, 2, 3)]
    today = passage(4, IN, MORNING, 4)
    assert places([*yesterday, today])[-1] == (4, 1)


def test_who_forgot_to_check_out_begins_a_new_use_the_day_after() -> None:
    visits = fold([passage(1, IN, MORNING - DAY, 1), passage(1, IN, MORNING, 2)], OPEN_TO_SEVEN)
    assert uses(visits) == (Use(visits[0], place=1), Use(visits[1], place=1))


def test_a_way_out_that_was_only_assumed_frees_no_place() -> None:
    after_closing = MORNING + timedelta(hours=10)
    came = [passage(1, IN, MORNING, 1), passage(2, IN, after_closing, 2)]
    closed = fold(came, OPEN_TO_SEVEN, MORNING + DAY)
    assert Flag.FORGOTTEN_CHECK_OUT in closed[0].flags
    assert [use.place for use in uses(closed)] == [use.place for use in uses(fold(came, OPEN_TO_SEVEN))] == [1, 2]


def test_the_day_is_the_houses_own() -> None:
    midnight = datetime(2026, 11, 23, tzinfo=HOUSE_TIME)
    around = [passage(1, IN, midnight - timedelta.resolution, 1), passage(2, IN, midnight, 2)]
    assert places(around) == [(1, 1), (2, 1)]
    assert places([passage(1, IN, midnight, 1), passage(2, IN, midnight + timedelta.resolution, 2)])[-1] == (2, 2)


def test_no_passages_are_no_uses() -> None:
    assert uses([]) == ()


_STEPS = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(Way), st.integers(0, 2 * 24 * 60), st.integers(0, 1)), max_size=24
)


def _passages(steps: Sequence[tuple[int, Way, int, int]]) -> list[Passage]:
    return [
        passage(member, kind, MORNING + minutes * MINUTE, seq, door)
        for seq, (member, kind, minutes, door) in enumerate(steps, start=1)
    ]


def order(use: Use) -> tuple[datetime, UUID, int]:
    assert use.visit.entered_at is not None
    return use.visit.entered_at, use.visit.first_terminal, use.visit.first_seq


def of_day(visits: Sequence[Use], day: date) -> list[Use]:
    return [use for use in visits if house_day(order(use)[0]) == day]


def placed(visits: Sequence[Use]) -> list[tuple[tuple[datetime, UUID, int], int]]:
    return [(order(use), use.place) for use in visits]


@given(_STEPS, st.data())
def test_any_order_of_visits_gives_the_same_uses(steps: list[tuple[int, Way, int, int]], data: st.DataObject) -> None:
    visits = fold(_passages(steps))
    assert uses(data.draw(st.permutations(visits))) == uses(visits)


@given(_STEPS)
def test_a_place_is_one_more_than_the_colleagues_inside_at_the_check_in(
    steps: list[tuple[int, Way, int, int]],
) -> None:
    visits = fold(_passages(steps))
    for use in uses(visits):
        entered = order(use)
        others = {
            visit.member
            for visit in visits
            if visit.entered_at
            and visit.member != use.visit.member
            and (visit.entered_at, visit.first_terminal, visit.first_seq) < entered
            and house_day(visit.entered_at) == house_day(entered[0])
            and (visit.left_at is None or visit.left_at > entered[0])
        }
        assert use.place == 1 + len(others)


@given(_STEPS, st.integers(0, 5 * 24 * 60))
def test_closing_the_day_changes_no_place(steps: list[tuple[int, Way, int, int]], minutes: int) -> None:
    passages = _passages(steps)
    closed = fold(passages, OPEN_TO_SEVEN, MORNING + minutes * MINUTE)
    assert placed(uses(closed)) == placed(uses(fold(passages, OPEN_TO_SEVEN)))


_LATE = st.tuples(st.integers(1, 6), st.sampled_from(Way), st.integers(0, 2 * 24 * 60), st.integers(0, 1))


def without_overnight(steps: list[tuple[int, Way, int, int]]) -> tuple[Visit, ...]:
    """Of each day by itself, as where everybody forgets to check out at its end."""
    passages = _passages(steps)
    days = sorted({house_day(each.at) for each in passages})
    return tuple(visit for day in days for visit in fold(each for each in passages if house_day(each.at) == day))


@given(_STEPS, _LATE)
def test_a_late_record_changes_nothing_on_other_days(
    steps: list[tuple[int, Way, int, int]], late: tuple[int, Way, int, int]
) -> None:
    day = house_day(MORNING + late[2] * MINUTE)
    before, after = uses(without_overnight(steps)), uses(without_overnight([*steps, late]))
    assert [use for use in after if house_day(order(use)[0]) != day] == [
        use for use in before if house_day(order(use)[0]) != day
    ]


@given(_STEPS, _LATE)
def test_a_late_record_changes_no_place_before_it(
    steps: list[tuple[int, Way, int, int]], late: tuple[int, Way, int, int]
) -> None:
    *passages, arrived = _passages([*steps, late])
    assert [each for each in placed(uses(fold([*passages, arrived]))) if each[0][0] < arrived.at] == [
        each for each in placed(uses(fold(passages))) if each[0][0] < arrived.at
    ]
