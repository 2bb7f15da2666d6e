"""Visits where check-outs are forgotten (D9): the same in whatever order and pieces records come, and closed when due."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.calendar import HOUSE_TIME, Calendar, Hours, house_day
from visits.event import Kind
from visits.fold import Flag, Passage, Visit, carried_on, closed_by, fold
from visits.rulebook import NO_RULES, Rulebook, Version

ANN, BEN = UUID(int=0xA), UUID(int=0xB)
ENTRANCE, EXIT = UUID(int=1), UUID(int=2)
IN, OUT = Kind.CHECK_IN, Kind.CHECK_OUT
MIDNIGHT = datetime(2026, 11, 22, tzinfo=HOUSE_TIME)
MINUTE = timedelta(minutes=1)
TEN_TO_SEVEN = Hours(time(10), time(19))
HOUSE = Rulebook(
    (
        Version(date(2026, 4, 1), Calendar((TEN_TO_SEVEN, None, *(TEN_TO_SEVEN,) * 5))),
        Version(date(2026, 11, 24), Calendar((Hours(time(9), time(22)),) * 7)),
    )
)
FORGOTTEN = frozenset({Flag.FORGOTTEN_CHECK_OUT})


def at(hour: float, days: int = 0) -> datetime:
    return MIDNIGHT + timedelta(days=days, hours=hour)


def passage(kind: Kind, moment: datetime, seq: int, member: UUID = ANN, terminal: UUID = ENTRANCE) -> Passage:
    return Passage(member, kind, moment, terminal, seq)


def visit(entered: datetime | None, left: datetime | None, seq: int, *flags: Flag) -> Visit:
    return Visit(ANN, ENTRANCE, seq, entered, left, frozenset(flags))


CAME = passage(IN, at(12), 1)
ASSUMED = visit(at(12), at(19), 1, Flag.FORGOTTEN_CHECK_OUT)


@pytest.mark.parametrize("now", [None, at(19), at(9.99, days=1)])
def test_a_stay_is_open_until_the_house_opens_again(now: datetime | None) -> None:
    assert fold([CAME], HOUSE, now) == (visit(at(12), None, 1),)


def test_then_it_is_closed_at_closing_and_marked() -> None:
    assert fold([CAME], HOUSE, at(10, days=1)) == (ASSUMED,)


def test_without_rules_it_stays_open_for_ever() -> None:
    assert fold([CAME], NO_RULES, at(0, days=900)) == (visit(at(12), None, 1),)


@pytest.mark.parametrize(("hour", "days"), [(18, 0), (20, 0), (0.5, 1), (9.99, 1)])
def test_a_way_out_before_the_next_opening_ends_the_stay(hour: float, days: int) -> None:
    left = at(hour, days)
    assert fold([CAME, passage(OUT, left, 2)], HOUSE, at(0, days=9)) == (visit(at(12), left, 1),)


def test_a_way_out_from_the_next_opening_on_is_a_stay_of_its_own() -> None:
    orphan = visit(None, at(10, days=1), 2, Flag.NO_CHECK_IN)
    assert fold([CAME, passage(OUT, at(10, days=1), 2)], HOUSE) == (ASSUMED, orphan)


def test_a_check_in_on_the_same_day_is_the_same_stay() -> None:
    same = visit(at(12), None, 1, Flag.REPEATED_CHECK_IN)
    assert fold([CAME, passage(IN, at(23.99), 2)], HOUSE) == (same,)


def test_a_check_in_on_another_day_begins_another_stay_before_the_house_opens_too() -> None:
    assert fold([CAME, passage(IN, at(0, days=1), 2)], HOUSE) == (ASSUMED, visit(at(0, days=1), None, 2))


def test_a_closed_visit_keeps_what_else_is_to_be_known_of_it() -> None:
    doubtful = Passage(ANN, IN, at(12), ENTRANCE, 1, doubtful=True)
    (closed,) = fold([doubtful, passage(IN, at(13), 2)], HOUSE, at(0, days=9))
    assert closed.flags == FORGOTTEN | {Flag.DOUBTFUL_TIME, Flag.REPEATED_CHECK_IN}


def test_a_late_way_out_takes_the_place_of_an_assumed_one() -> None:
    assert carried_on(ASSUMED, [passage(OUT, at(18), 2)], HOUSE) == [visit(at(12), at(18), 1)]


def test_a_way_out_that_was_seen_is_not_taken_back() -> None:
    left = visit(at(12), at(18), 1)
    assert closed_by(left, HOUSE, at(0, days=9)) == left
    assert closed_by(ASSUMED, HOUSE, at(0, days=9)) == ASSUMED


def test_a_visit_that_was_closed_too_early_by_other_rules_is_open_again_only_for_a_passage() -> None:
    assert closed_by(ASSUMED, NO_RULES, at(0, days=9)) == ASSUMED
    assert carried_on(ASSUMED, [passage(OUT, at(0, days=3), 2)], NO_RULES) == [visit(at(12), at(0, days=3), 1)]


# Few members and terminals and times near opening, closing and midnight, so that everything collides.
_TIMES = st.builds(
    lambda days, hour, minutes: at(hour, days) + minutes * MINUTE,
    st.integers(0, 4),
    st.sampled_from([0, 9, 10, 12, 19, 22]),
    st.integers(-2, 2),
)
_PASSAGES = st.builds(
    passage,
    st.sampled_from(Kind),
    _TIMES,
    st.integers(1, 40),
    st.sampled_from((ANN, BEN)),
    st.sampled_from((ENTRANCE, EXIT)),
)
_LEDGERS = st.lists(_PASSAGES, max_size=16, unique_by=lambda each: (each.terminal, each.seq))
_NOW = st.none() | _TIMES | st.just(at(0, days=30))


def of_ann(passages: Sequence[Passage]) -> list[Passage]:
    return sorted((each for each in passages if each.member == ANN), key=Passage.place)


@given(_LEDGERS, _NOW, st.data())
def test_any_order_of_delivery_gives_the_same_visits(
    passages: list[Passage], now: datetime | None, data: st.DataObject
) -> None:
    again = [each for each in passages if data.draw(st.booleans())]
    assert fold(data.draw(st.permutations([*passages, *again])), HOUSE, now) == fold(passages, HOUSE, now)


@given(_LEDGERS, st.data())
def test_folded_in_pieces_with_closings_between_the_visits_are_those_of_all(
    passages: list[Passage], data: st.DataObject
) -> None:
    theirs = of_ann(passages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(theirs)), max_size=4)))
    folded: list[Visit] = []
    for first, last in pairwise([0, *cuts, len(theirs)]):
        last_known = folded.pop() if folded else None
        # Closed at any time, too early as well: records may arrive long after what they tell of.
        folded += carried_on(last_known, theirs[first:last], HOUSE, data.draw(_NOW))
    end = at(0, days=60)
    assert [closed_by(each, HOUSE, end) for each in folded] == list(fold(theirs, HOUSE, end))


@given(_LEDGERS, _NOW)
def test_no_visit_overlaps_another_of_the_same_member(passages: list[Passage], now: datetime | None) -> None:
    for member in (ANN, BEN):
        visits = [each for each in fold(passages, HOUSE, now) if each.member == member]
        assert all(each.left_at for each in visits[:-1])
        for earlier, later in pairwise(visits):
            assert earlier.left_at is not None
            assert earlier.left_at <= (later.entered_at or later.left_at or earlier.left_at)


@given(_LEDGERS, _NOW)
def test_no_passage_opens_two_visits_and_each_way_out_ends_one(passages: list[Passage], now: datetime | None) -> None:
    visits = fold(passages, HOUSE, now)
    assert len({(each.first_terminal, each.first_seq) for each in visits}) == len(visits)
    seen = sorted((each.member, each.left_at) for each in visits if each.left_at and not each.flags & FORGOTTEN)
    assert seen == sorted((each.member, each.at) for each in passages if each.kind is OUT)


@given(_LEDGERS, _NOW, _TIMES)
def test_as_many_are_inside_as_came_and_did_not_go(
    passages: list[Passage], now: datetime | None, moment: datetime
) -> None:
    visits = fold(passages, HOUSE, now)
    came = sum(each.entered_at is not None and each.entered_at <= moment for each in visits)
    gone = sum(each.entered_at is not None and each.left_at is not None and each.left_at <= moment for each in visits)
    assert 0 <= came - gone <= len({ANN, BEN})


@given(_LEDGERS, _NOW)
def test_an_assumed_end_is_within_the_day_of_the_check_in(passages: list[Passage], now: datetime | None) -> None:
    for each in fold(passages, HOUSE, now):
        if each.flags & FORGOTTEN:
            assert each.entered_at is not None
            assert each.left_at is not None
            assert each.entered_at < each.left_at <= at(24) + (house_day(each.entered_at) - MIDNIGHT.date())


@given(_LEDGERS)
def test_a_month_later_nobody_is_inside(passages: list[Passage]) -> None:
    assert all(each.left_at for each in fold(passages, HOUSE, at(0, days=30)))


@given(_LEDGERS, _NOW)
def test_rules_only_end_stays_that_would_go_on_without_them(passages: list[Passage], now: datetime | None) -> None:
    with_rules = fold(passages, HOUSE, now)
    assert len(with_rules) >= len(fold(passages))
    if not any(each.flags & FORGOTTEN for each in with_rules):
        assert with_rules == fold(passages)
