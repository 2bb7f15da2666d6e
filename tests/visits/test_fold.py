"""From events to visits, whatever the order and however often they came (A8, C17)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from visits.event import Kind
from visits.fold import Flag, Passage, Visit, carried_on, fold

ANN, BEN = UUID(int=0xA), UUID(int=0xB)
ENTRANCE, EXIT = UUID(int=1), UUID(int=2)
NINE = datetime(2026, 11, 22, 9, tzinfo=UTC)


def passage(
    kind: Kind,
    minute: int,
    seq: int,
    *,
    member: UUID = ANN,
    terminal: UUID | None = None,
    doubtful: bool = False,
) -> Passage:
    usual = ENTRANCE if kind is Kind.CHECK_IN else EXIT
    return Passage(member, kind, at(minute), terminal or usual, seq, doubtful)


def at(minute: int) -> datetime:
    return NINE + timedelta(minutes=minute)


def came(minute: int, seq: int, *, member: UUID = ANN, terminal: UUID | None = None, doubtful: bool = False) -> Passage:
    return passage(Kind.CHECK_IN, minute, seq, member=member, terminal=terminal, doubtful=doubtful)


def went(minute: int, seq: int, *, member: UUID = ANN, terminal: UUID | None = None, doubtful: bool = False) -> Passage:
    return passage(Kind.CHECK_OUT, minute, seq, member=member, terminal=terminal, doubtful=doubtful)


def test_no_events_make_no_visits() -> None:
    assert fold(()) == ()


def test_a_check_in_opens_a_visit() -> None:
    assert fold([came(0, 1)]) == (Visit(ANN, ENTRANCE, 1, at(0), None),)


def test_the_next_check_out_closes_it() -> None:
    assert fold([came(0, 1), went(30, 1)]) == (Visit(ANN, ENTRANCE, 1, at(0), at(30)),)


def test_a_member_may_come_and_go_all_day() -> None:
    visits = fold([came(0, 1), went(30, 1), came(60, 2), went(90, 2)])
    assert visits == (Visit(ANN, ENTRANCE, 1, at(0), at(30)), Visit(ANN, ENTRANCE, 2, at(60), at(90)))


def test_a_check_out_without_a_check_in_is_a_flagged_visit_of_its_own() -> None:
    assert fold([went(30, 1)]) == (Visit(ANN, EXIT, 1, None, at(30), frozenset({Flag.NO_CHECK_IN})),)


def test_a_second_check_out_is_flagged_too() -> None:
    first, second = fold([came(0, 1), went(30, 1), went(40, 2)])
    assert first == Visit(ANN, ENTRANCE, 1, at(0), at(30))
    assert second == Visit(ANN, EXIT, 2, None, at(40), frozenset({Flag.NO_CHECK_IN}))


def test_a_repeated_check_in_is_the_same_visit_flagged() -> None:
    visits = fold([came(0, 1), came(10, 2), went(30, 1)])
    assert visits == (Visit(ANN, ENTRANCE, 1, at(0), at(30), frozenset({Flag.REPEATED_CHECK_IN})),)


def test_a_check_in_after_an_orphan_check_out_is_another_visit() -> None:
    orphan, visit = fold([went(0, 1), came(10, 1)])
    assert (orphan.left_at, visit.entered_at, visit.flags) == (at(0), at(10), frozenset())


def test_members_do_not_mix() -> None:
    visits = fold([came(0, 1), came(1, 2, member=BEN), went(2, 1), went(3, 2, member=BEN)])
    assert visits == (Visit(ANN, ENTRANCE, 1, at(0), at(2)), Visit(BEN, ENTRANCE, 2, at(1), at(3)))


def test_terminals_number_their_events_each_for_itself() -> None:
    visits = fold([came(0, 1, terminal=ENTRANCE), went(5, 1, terminal=EXIT)])
    assert len(visits) == 1


def test_any_terminal_may_close_what_another_opened() -> None:
    (visit,) = fold([came(0, 7, terminal=EXIT), went(5, 3, terminal=ENTRANCE)])
    assert (visit.first_terminal, visit.first_seq, visit.left_at) == (EXIT, 7, at(5))


def test_a_late_check_out_of_another_terminal_falls_into_its_place() -> None:
    before = fold([came(0, 1), came(60, 2)])
    after = fold([came(0, 1), came(60, 2), went(30, 1)])
    assert [visit.flags for visit in before] == [frozenset({Flag.REPEATED_CHECK_IN})]
    assert after == (Visit(ANN, ENTRANCE, 1, at(0), at(30)), Visit(ANN, ENTRANCE, 2, at(60), None))


def test_events_of_one_instant_at_one_terminal_keep_their_sequence() -> None:
    (visit,) = fold([went(0, 2, terminal=ENTRANCE), came(0, 1, terminal=ENTRANCE)])
    assert (visit.entered_at, visit.left_at, visit.flags) == (at(0), at(0), frozenset())


def test_events_of_one_instant_at_two_terminals_are_ordered_alike_every_time() -> None:
    one, other = came(0, 5, terminal=ENTRANCE), came(0, 1, terminal=EXIT)
    assert fold([one, other]) == fold([other, one])
    assert fold([one, other])[0].first_terminal == ENTRANCE


def test_a_visit_with_a_doubtful_time_in_it_says_so() -> None:
    doubtful = frozenset({Flag.DOUBTFUL_TIME})
    assert [visit.flags for visit in fold([came(0, 1, doubtful=True), went(9, 1)])] == [doubtful]
    assert [visit.flags for visit in fold([came(0, 1), went(9, 1, doubtful=True)])] == [doubtful]
    assert fold([came(0, 1), came(5, 2, doubtful=True)])[0].flags == doubtful | {Flag.REPEATED_CHECK_IN}
    assert fold([went(0, 1, doubtful=True)])[0].flags == doubtful | {Flag.NO_CHECK_IN}


def test_a_doubtful_time_says_nothing_of_the_next_visit() -> None:
    doubtful, sure = fold([came(0, 1), went(9, 1, doubtful=True), came(20, 2)])
    assert (doubtful.flags, sure.flags) == (frozenset({Flag.DOUBTFUL_TIME}), frozenset())


# Few members, terminals and minutes, so that everything collides.
_events = st.builds(
    passage,
    st.sampled_from(Kind),
    st.integers(0, 6),
    st.integers(1, 40),
    member=st.sampled_from((ANN, BEN)),
    terminal=st.sampled_from((ENTRANCE, EXIT)),
    doubtful=st.booleans(),
)
_ledgers = st.lists(_events, max_size=14, unique_by=lambda event: (event.terminal, event.seq))


@given(_ledgers, st.data())
def test_order_and_repetition_change_nothing(events: list[Passage], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(events))
    again = data.draw(st.lists(st.sampled_from(events), max_size=5)) if events else []
    assert fold([*shuffled, *again]) == fold(events)


@given(_ledgers)
def test_every_check_out_ends_exactly_one_visit(events: list[Passage]) -> None:
    outs = sorted((event.member, event.at) for event in events if event.kind is Kind.CHECK_OUT)
    assert sorted((visit.member, visit.left_at) for visit in fold(events) if visit.left_at) == outs


@given(_ledgers)
def test_every_check_in_is_in_exactly_one_visit(events: list[Passage]) -> None:
    ins = [event for event in events if event.kind is Kind.CHECK_IN]
    opened = [visit for visit in fold(events) if visit.entered_at]
    assert len({(visit.first_terminal, visit.first_seq) for visit in opened}) == len(opened)
    flagged = any(Flag.REPEATED_CHECK_IN in visit.flags for visit in opened)
    assert (len(ins) > len(opened)) == flagged


@given(_ledgers)
def test_a_visit_is_named_by_one_of_its_member_s_events(events: list[Passage]) -> None:
    known = {(event.terminal, event.seq): event for event in events}
    for visit in fold(events):
        event = known[visit.first_terminal, visit.first_seq]
        assert (event.member, event.at) == (visit.member, visit.entered_at or visit.left_at)


@given(_ledgers)
def test_nobody_is_inside_twice(events: list[Passage]) -> None:
    for member in (ANN, BEN):
        visits = [visit for visit in fold(events) if visit.member == member]
        assert all(visit.left_at for visit in visits[:-1])
        for earlier, later in pairwise(visits):
            assert earlier.left_at is not None
            assert earlier.left_at <= (later.entered_at or later.left_at or earlier.left_at)


@given(_ledgers)
def test_a_visit_never_ends_before_it_begins(events: list[Passage]) -> None:
    assert all(visit.entered_at <= visit.left_at for visit in fold(events) if visit.entered_at and visit.left_at)


@given(_ledgers)
def test_the_flag_of_a_missing_check_in_is_on_exactly_those_without_one(events: list[Passage]) -> None:
    assert all((Flag.NO_CHECK_IN in visit.flags) == (visit.entered_at is None) for visit in fold(events))


@given(_ledgers, _events)
def test_the_fold_of_one_member_does_not_depend_on_others(events: list[Passage], extra: Passage) -> None:
    theirs = [event for event in events if event.member == ANN]
    assert fold(theirs) == tuple(visit for visit in fold(events) if visit.member == ANN)


@given(_ledgers, st.data())
def test_a_fold_carried_on_from_any_visit_is_the_whole_fold(passages: list[Passage], data: st.DataObject) -> None:
    theirs = sorted((each for each in passages if each.member == ANN), key=Passage.place)
    cut = data.draw(st.integers(0, len(theirs)))
    before = fold(theirs[:cut])
    last = before[-1] if before else None
    assert [*before[:-1], *carried_on(last, theirs[cut:])] == list(fold(theirs))
