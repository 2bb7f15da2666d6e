"""Corrected times: right wherever anything vouches for them, and honest where nothing does."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.decision import Rule
from visits.event import MAX_INTEGER, Clock, Event, Kind, Position, Revocation, ServerOffset
from visits.fold import Flag, Passage, Visit, fold
from visits.timeline import SURE_MS, Basis, Timing, better, offsets_of, plausible, timeline

ANN = UUID(int=0xA)
TERMINAL = UUID(int=1)
MONDAY, TUESDAY = UUID(int=100), UUID(int=101)
NINE = datetime(2026, 11, 22, 9, tzinfo=UTC)
BOOTED = NINE - timedelta(hours=2)
OFFSET = ServerOffset(int(BOOTED.timestamp() * 1000), 20)
WRONG_CLOCKS = [
    timedelta(hours=1),
    timedelta(hours=-1),
    timedelta(days=-1),
    timedelta(days=3653),
    datetime(1970, 1, 1, tzinfo=UTC) - NINE,
]


def event(
    seq: int,
    minute: int,
    *,
    wrong: timedelta = timedelta(0),
    boot: UUID = MONDAY,
    synchronised: bool = False,
    offset: ServerOffset | None = None,
    kind: Kind = Kind.CHECK_IN,
) -> Event:
    """What happened `minute` minutes after nine, with a wall clock that goes `wrong`."""
    return Event(
        position=Position(TERMINAL, seq, bytes(32)),
        kind=kind,
        member=ANN,
        at=at(minute) + wrong,
        monotonic_ms=(at(minute) - BOOTED) // timedelta(milliseconds=1),
        boot=boot,
        boot_number=1,
        clock=Clock.SYNCHRONISED if synchronised else Clock.UNSYNCHRONISED,
        rule=Rule.ACTIVE_MEMBER,
        revocation=Revocation.NOT_CHECKED,
        offset=offset,
    )


def at(minute: int) -> datetime:
    return NINE + timedelta(minutes=minute)


def visits(*events: Event) -> tuple[Visit, ...]:
    timings = timeline(events, offsets_of(events))
    return fold(
        Passage(ANN, each.kind, timing.at, TERMINAL, each.position.seq, timing.basis is Basis.DOUBTFUL)
        for each, timing in zip(events, timings, strict=True)
    )


@pytest.mark.parametrize("wrong", WRONG_CLOCKS, ids=str)
@pytest.mark.parametrize("synchronised", [True, False], ids=["held for synchronised", "not synchronised"])
def test_an_event_s_own_offset_beats_any_wall_clock(wrong: timedelta, synchronised: bool) -> None:
    [timing] = timeline([event(1, 5, wrong=wrong, synchronised=synchronised, offset=OFFSET)], {})
    assert timing == Timing(at(5), Basis.OFFSET)


@pytest.mark.parametrize("wrong", WRONG_CLOCKS, ids=str)
def test_a_boot_s_offset_learnt_later_puts_its_earlier_events_right(wrong: timedelta) -> None:
    [timing] = timeline([event(1, 5, wrong=wrong)], {MONDAY: OFFSET})
    assert timing == Timing(at(5), Basis.BOOT_OFFSET)


def test_a_later_event_of_the_same_boot_tells_its_offset() -> None:
    events = [event(1, 5, wrong=timedelta(days=-1)), event(2, 6, offset=OFFSET)]
    assert [timing.at for timing in timeline(events, offsets_of(events))] == [at(5), at(6)]


def test_another_boot_s_offset_says_nothing() -> None:
    [timing] = timeline([event(1, 5, wrong=timedelta(hours=1), boot=TUESDAY)], {MONDAY: OFFSET})
    assert timing == Timing(at(65), Basis.DOUBTFUL)


def test_a_synchronised_clock_is_believed_where_no_offset_is_known() -> None:
    assert timeline([event(1, 5, synchronised=True)], {}) == (Timing(at(5), Basis.CLOCK),)


def test_an_unsynchronised_clock_alone_is_doubtful() -> None:
    assert timeline([event(1, 5)], {}) == (Timing(at(5), Basis.DOUBTFUL),)


def test_a_doubtful_time_is_not_before_the_certain_one_before_it() -> None:
    _, timing = timeline([event(1, 5, offset=OFFSET), event(2, 6, wrong=timedelta(days=-1), boot=TUESDAY)], {})
    assert timing == Timing(at(5), Basis.DOUBTFUL)


def test_a_doubtful_time_is_not_after_the_next_certain_one() -> None:
    wrong = event(1, 5, wrong=timedelta(days=3653), boot=TUESDAY)
    also_doubtful = event(2, 6, wrong=timedelta(days=-1), boot=TUESDAY)
    timings = timeline([wrong, also_doubtful, event(3, 7, offset=OFFSET)], {})
    assert [timing.at for timing in timings] == [at(7)] * 3


def test_doubtful_times_keep_the_order_of_the_chain() -> None:
    timings = timeline([event(1, 9), event(2, 3, boot=TUESDAY), event(3, 12, boot=TUESDAY)], {})
    assert [timing.at for timing in timings] == [at(9), at(9), at(12)]


def test_an_implausible_time_is_nobody_s_neighbour() -> None:
    absurd = event(1, 5, synchronised=True, wrong=timedelta(days=365 * 7000))
    first, second = timeline([absurd, event(2, 6)], {})
    assert not plausible(first.at)
    assert second.at == at(6)


def test_an_offset_beyond_all_calendars_vouches_for_nothing() -> None:
    absurd = ServerOffset(MAX_INTEGER, 0)
    told_by_itself, told_by_its_boot = event(1, 5, offset=absurd), event(2, 6, synchronised=True)
    assert timeline([told_by_itself, told_by_its_boot], {MONDAY: absurd}) == (
        Timing(at(5), Basis.DOUBTFUL),
        Timing(at(6), Basis.CLOCK),
    )


def test_a_doubtful_time_beyond_all_calendars_is_that_of_the_event_before_it() -> None:
    absurd = event(2, 6, wrong=timedelta(days=365 * 7000), boot=TUESDAY)
    assert timeline([event(1, 5), absurd], {})[1] == Timing(at(5), Basis.DOUBTFUL)


def test_a_visit_whose_clock_jumped_in_between_is_right_where_an_offset_is_known() -> None:
    came = event(1, 0, wrong=timedelta(hours=1), offset=OFFSET)
    went = event(2, 30, wrong=timedelta(days=-1), offset=OFFSET, kind=Kind.CHECK_OUT)
    assert visits(came, went) == (Visit(ANN, TERMINAL, 1, at(0), at(30)),)


def test_a_visit_in_a_boot_that_never_met_the_server_is_marked_doubtful() -> None:
    [visit] = visits(event(1, 0), event(2, 30, kind=Kind.CHECK_OUT))
    assert visit.flags == {Flag.DOUBTFUL_TIME}


_offsets = st.builds(ServerOffset, st.integers(0, 9), st.integers(0, 3))


@given(st.lists(_offsets, min_size=1))
def test_the_surest_offset_is_the_same_in_whatever_order_they_became_known(known: list[ServerOffset]) -> None:
    def surest(offsets: list[ServerOffset]) -> ServerOffset | None:
        best = None
        for offset in offsets:
            best = better(best, offset)
        return best

    assert surest(known) == surest(known[::-1])
    assert surest(known) in known
    assert all(surest(known).error_ms <= offset.error_ms for offset in known)  # type: ignore[union-attr]


_boots = (MONDAY, TUESDAY)
_chains = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.sampled_from(_boots),
        st.sampled_from([timedelta(0), *WRONG_CLOCKS]),
        st.booleans(),
        st.none() | st.just(OFFSET),
    ),
    max_size=9,
).map(
    lambda draws: [
        event(seq, minute, boot=boot, wrong=wrong, synchronised=synchronised, offset=offset)
        for seq, (minute, boot, wrong, synchronised, offset) in enumerate(draws, 1)
    ]
)


@given(_chains, st.data())
def test_a_timeline_is_the_same_in_whatever_parts_it_is_made(chain: list[Event], data: st.DataObject) -> None:
    """A part may end with a certain event: nothing after it changes what came before."""
    offsets = offsets_of(chain)
    whole = timeline(chain, offsets)
    certain = [number for number, timing in enumerate(whole, 1) if timing.basis is not Basis.DOUBTFUL]
    cut = data.draw(st.sampled_from([0, *certain]))
    after = whole[cut - 1].at if cut else None
    assert timeline(chain[:cut], offsets) + timeline(chain[cut:], offsets, after) == whole


@given(_chains)
def test_what_has_an_offset_is_right_to_the_millisecond(chain: list[Event]) -> None:
    timings = timeline(chain, offsets_of(chain))
    right = [BOOTED + timedelta(milliseconds=each.monotonic_ms) for each in chain]
    assert all(
        timing.at == true
        for timing, true in zip(timings, right, strict=True)
        if timing.basis in {Basis.OFFSET, Basis.BOOT_OFFSET}
    )


def test_a_slow_answer_does_not_make_two_taps_of_one_boot_change_places() -> None:
    ahead = ServerOffset(OFFSET.milliseconds + 90_000, 90_000)
    [visit] = visits(
        event(1, 0, offset=ahead, kind=Kind.CHECK_IN),
        event(2, 1, offset=OFFSET, kind=Kind.CHECK_OUT),
    )
    assert (visit.entered_at, visit.left_at) == (at(0), at(1))


@pytest.mark.parametrize(("error_ms", "own"), [(SURE_MS, True), (SURE_MS + 1, False)])
def test_an_offset_dates_its_own_event_where_it_is_known_to_a_second(error_ms: int, *, own: bool) -> None:
    told = ServerOffset(OFFSET.milliseconds + 500, error_ms)
    [timing, _] = timeline([event(1, 0, offset=told), event(2, 1, offset=OFFSET)], {MONDAY: OFFSET})
    assert timing == (
        Timing(at(0) + timedelta(milliseconds=500), Basis.OFFSET) if own else Timing(at(0), Basis.BOOT_OFFSET)
    )
