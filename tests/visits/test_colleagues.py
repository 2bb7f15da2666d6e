"""Which colleague is the fourth, or the eleventh of a school (A22-A23, D8): the same whatever came late."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.calendar import HOUSE_TIME, house_day
from visits.colleagues import FREE_AT_ONCE, Corporation, Use, is_charged, uses
from visits.event import Kind
from visits.fold import Passage

MORNING = datetime(2026, 11, 22, 10, tzinfo=HOUSE_TIME)
DOORS = [UUID(int=door) for door in (1, 2)]
IN, OUT = Kind.CHECK_IN, Kind.CHECK_OUT
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def passage(member: int, kind: Kind, at: datetime, seq: int, door: int = 0) -> Passage:
    return Passage(UUID(int=100 + member), kind, at, DOORS[door], seq)


def day_of(*steps: tuple[int, Kind]) -> list[Passage]:
    """Passages at one door, a minute apart."""
    return [passage(member, kind, MORNING + seq * MINUTE, seq) for seq, (member, kind) in enumerate(steps, start=1)]


def places(passages: Sequence[Passage]) -> list[tuple[int, int]]:
    return [(use.member.int - 100, use.place) for use in uses(passages)]


@pytest.mark.parametrize(
    ("corporation", "place", "charged"),
    [
        (Corporation.GENERAL, 1, False),
        (Corporation.GENERAL, 3, False),
        (Corporation.GENERAL, 4, True),
        (Corporation.GENERAL, 5, True),
        (Corporation.SCHOOL, 4, False),
        (Corporation.SCHOOL, 10, False),
        (Corporation.SCHOOL, 11, True),
        (Corporation.SCHOOL, 12, True),
    ],
)
def test_the_fourth_colleague_and_the_eleventh_of_a_school_are_charged(
    corporation: Corporation, place: int, charged: bool
) -> None:
    assert is_charged(place, corporation) is charged


def test_the_limits_as_printed() -> None:
    assert FREE_AT_ONCE == {Corporation.GENERAL: 3, Corporation.SCHOOL: 10}


def test_places_are_given_in_order_of_check_in() -> None:
    assert places(day_of((1, IN), (2, IN), (3, IN), (4, IN))) == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_a_use_is_named_by_its_check_in() -> None:
    (only,) = day_of((1, IN))
    assert uses([only]) == (Use(only.member, only.terminal, only.seq, only.at, place=1),)


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


def test_a_forgotten_check_out_takes_no_place_the_day_after() -> None:
    yesterday = [passage(member, IN, MORNING - DAY, member) for member in (1, 2, 3)]
    today = passage(4, IN, MORNING, 4)
    assert places([*yesterday, today])[-1] == (4, 1)


def test_who_forgot_to_check_out_begins_a_new_use_the_day_after() -> None:
    assert places([passage(1, IN, MORNING - DAY, 1), passage(1, IN, MORNING, 2)]) == [(1, 1), (1, 1)]


def test_the_day_is_the_houses_own() -> None:
    midnight = datetime(2026, 11, 23, tzinfo=HOUSE_TIME)
    around = [passage(1, IN, midnight - timedelta.resolution, 1), passage(2, IN, midnight, 2)]
    assert places(around) == [(1, 1), (2, 1)]
    assert places([passage(1, IN, midnight, 1), passage(2, IN, midnight + timedelta.resolution, 2)])[-1] == (2, 2)


def test_no_passages_are_no_uses() -> None:
    assert uses([]) == ()


_STEPS = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(Kind), st.integers(0, 2 * 24 * 60), st.integers(0, 1)), max_size=24
)


def _passages(steps: Sequence[tuple[int, Kind, int, int]]) -> list[Passage]:
    return [
        passage(member, kind, MORNING + minutes * MINUTE, seq, door)
        for seq, (member, kind, minutes, door) in enumerate(steps, start=1)
    ]


@given(_STEPS, st.data())
def test_any_order_and_any_repetition_of_records_gives_the_same_uses(
    steps: list[tuple[int, Kind, int, int]], data: st.DataObject
) -> None:
    passages = _passages(steps)
    again = [each for each in passages if data.draw(st.booleans())]
    arrived = data.draw(st.permutations([*passages, *again]))
    assert uses(arrived) == uses(passages)


@given(_STEPS)
def test_a_place_is_one_more_than_the_colleagues_whose_last_passage_that_day_was_a_way_in(
    steps: list[tuple[int, Kind, int, int]],
) -> None:
    passages = _passages(steps)
    for use in uses(passages):
        before = [
            each
            for each in passages
            if each.place() < (use.at, use.terminal, use.seq) and house_day(each.at) == house_day(use.at)
        ]
        last = {each.member: each.kind for each in sorted(before, key=Passage.place)}
        assert last.get(use.member) is not IN
        assert use.place == 1 + sum(kind is IN for kind in last.values())


@given(_STEPS, st.tuples(st.integers(1, 6), st.sampled_from(Kind), st.integers(0, 2 * 24 * 60), st.integers(0, 1)))
def test_a_late_record_changes_nothing_on_other_days(
    steps: list[tuple[int, Kind, int, int]], late: tuple[int, Kind, int, int]
) -> None:
    *passages, arrived = _passages([*steps, late])
    day = house_day(arrived.at)
    before = [use for use in uses(passages) if house_day(use.at) != day]
    assert [use for use in uses([*passages, arrived]) if house_day(use.at) != day] == before


@given(_STEPS, st.tuples(st.integers(1, 6), st.sampled_from(Kind), st.integers(0, 2 * 24 * 60), st.integers(0, 1)))
def test_a_late_record_changes_nothing_before_it(
    steps: list[tuple[int, Kind, int, int]], late: tuple[int, Kind, int, int]
) -> None:
    *passages, arrived = _passages([*steps, late])
    earlier = [use for use in uses(passages) if (use.at, use.terminal, use.seq) < arrived.place()]
    assert [use for use in uses([*passages, arrived]) if (use.at, use.terminal, use.seq) < arrived.place()] == earlier
