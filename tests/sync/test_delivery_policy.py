"""What each outcome of a request means for the next one, in every state."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.delivery import Broken, Delivered, Outcome, Policy, RecordsLost, Stalled, State, Step, Trouble, after
from sync.outcome import Refused, TimedOut, Unreachable, UnreadableAnswer, Untrusted

POLICY = Policy()
FRESH = State(batch=500)
FAILED = State(batch=500, failures=3, trouble=Trouble.UNREACHABLE)
SINGLE = State(batch=1, failures=9, trouble=Trouble.REFUSED)
CORRECTED = State(batch=500, clock_corrected=True)
STATES = {"fresh": FRESH, "failed": FAILED, "single": SINGLE, "clock corrected": CORRECTED}

AT_ONCE = timedelta(0)
HOUR = timedelta(hours=1)


def refused(status: int, code: str = "", retry_after: timedelta | None = None) -> Refused:
    return Refused(status, code, retry_after)


def lowest() -> float:
    return 0.0


def highest() -> float:
    return 1.0


BACKS_OFF: dict[str, tuple[Outcome, Trouble]] = {
    "unreachable": (Unreachable(), Trouble.UNREACHABLE),
    "timed out": (TimedOut(), Trouble.UNREACHABLE),
    "unreadable": (UnreadableAnswer("answer", "is not JSON"), Trouble.UNREADABLE),
    "no trust": (Untrusted("why"), Trouble.TLS),
    "stalled": (Stalled(), Trouble.STALLED),
    "records lost": (RecordsLost(), Trouble.LOST),
    "broken": (Broken(), Trouble.BROKEN),
    "bad head": (refused(422, "bad_head"), Trouble.REFUSED),
    "bad body": (refused(400), Trouble.REFUSED),
    "bad signature": (refused(401, "bad_signature"), Trouble.REFUSED),
    "not your terminal": (refused(403, "not_your_terminal"), Trouble.REFUSED),
    "not found": (refused(404), Trouble.REFUSED),
    "replayed": (refused(409, "replayed"), Trouble.REFUSED),
    "redirected": (refused(302), Trouble.REFUSED),
    "server error": (refused(500), Trouble.REFUSED),
    "busy, no word when": (refused(503), Trouble.BUSY),
}
HALVES = {"timed out", "bad head", "bad body"}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
@pytest.mark.parametrize("name", BACKS_OFF)
def test_a_failure_backs_off_says_why_and_halves_only_where_size_may_matter(name: str, state: State) -> None:
    outcome, trouble = BACKS_OFF[name]
    step = after(POLICY, state, outcome, highest)
    assert step.pause == min(timedelta(minutes=5), timedelta(seconds=2 ** (state.failures + 1)))
    assert step.state == State(
        batch=max(1, state.batch // 2) if name in HALVES else state.batch,
        failures=state.failures + 1,
        clock_corrected=state.clock_corrected,
        trouble=trouble,
    )


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_a_delivery_clears_every_trouble_and_goes_on_at_once(state: State) -> None:
    step = after(POLICY, state, Delivered(), highest)
    assert step == Step(State(batch=min(500, state.batch * 2)), AT_ONCE)


def test_after_halving_the_batch_grows_back_step_by_step() -> None:
    state = SINGLE
    sizes = []
    while state.batch < POLICY.batch:
        state = after(POLICY, state, Delivered(), lowest).state
        sizes.append(state.batch)
    assert sizes == [2, 4, 8, 16, 32, 64, 128, 256, 500]


@pytest.mark.parametrize("state", [FRESH, FAILED, CORRECTED], ids=["fresh", "failed", "clock corrected"])
def test_a_batch_too_large_is_halved_and_sent_at_once(state: State) -> None:
    step = after(POLICY, state, refused(413), highest)
    assert (step.state.batch, step.state.failures, step.pause) == (250, state.failures, AT_ONCE)


def test_one_record_too_large_backs_off() -> None:
    step = after(POLICY, SINGLE, refused(413), lowest)
    assert (step.state.batch, step.state.trouble, step.pause) == (1, Trouble.REFUSED, POLICY.shortest)


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_not_asked_before_it_said(status: int, state: State) -> None:
    step = after(POLICY, state, refused(status, retry_after=timedelta(seconds=90)), lowest)
    assert step.pause == timedelta(seconds=90)
    assert (step.state.batch, step.state.trouble) == (state.batch, Trouble.BUSY)


def test_terminals_told_the_same_moment_come_back_spread_over_a_second() -> None:
    step = after(POLICY, FRESH, refused(429, retry_after=timedelta(seconds=90)), highest)
    assert step.pause == timedelta(seconds=91)


def test_a_server_that_says_next_year_is_asked_within_the_hour() -> None:
    step = after(POLICY, FRESH, refused(503, retry_after=timedelta(days=365)), lowest)
    assert step.pause == HOUR


@pytest.mark.parametrize("state", [FRESH, FAILED, SINGLE], ids=["fresh", "failed", "single"])
def test_a_wrong_clock_is_corrected_and_tried_again_at_once(state: State) -> None:
    step = after(POLICY, state, refused(401, "clock_skew"), highest)
    assert (step.state.clock_corrected, step.state.failures, step.pause) == (True, state.failures, AT_ONCE)


def test_a_clock_still_wrong_after_correction_backs_off() -> None:
    step = after(POLICY, CORRECTED, refused(401, "clock_skew"), lowest)
    assert (step.state.trouble, step.pause) == (Trouble.CLOCK, POLICY.shortest)


OUTCASTS = {Trouble.REVOKED: refused(403, "terminal_revoked"), Trouble.UNKNOWN: refused(401, "unknown_terminal")}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
@pytest.mark.parametrize(("trouble", "outcome"), OUTCASTS.items(), ids=str)
def test_an_outcast_shows_it_and_asks_first_after_a_minute(trouble: Trouble, outcome: Refused, state: State) -> None:
    step = after(POLICY, state, outcome, lowest)
    assert step == Step(State(state.batch, failures=1, trouble=trouble), timedelta(minutes=1))


@pytest.mark.parametrize("outcome", OUTCASTS.values(), ids=str)
def test_an_outcast_asks_less_and_less_often_and_at_last_every_five_minutes(outcome: Refused) -> None:
    state = FRESH
    pauses: list[float] = []
    for _ in range(5):
        step = after(POLICY, state, outcome, lowest)
        state, pauses = step.state, [*pauses, step.pause / timedelta(minutes=1)]
    assert pauses == [1, 2, 4, 5, 5]


def test_a_long_outcast_keeps_to_the_five_minutes() -> None:
    state = State(500, failures=10_000, trouble=Trouble.REVOKED)
    assert after(POLICY, state, OUTCASTS[Trouble.REVOKED], lowest).pause == POLICY.longest


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_after_what_there_was_to_do_comes_the_rest_it_asked_for(state: State) -> None:
    assert after(POLICY, state, Delivered(timedelta(seconds=7)), highest).pause == timedelta(seconds=7)


@given(random=st.floats(0, 1, exclude_max=True), failures=st.integers(0, 10_000))
def test_a_pause_lies_between_a_second_and_five_minutes(random: float, failures: int) -> None:
    step = after(POLICY, State(batch=500, failures=failures), Unreachable(), lambda: random)
    assert timedelta(seconds=1) <= step.pause <= timedelta(minutes=5)


def test_the_longest_pause_doubles_with_every_failure() -> None:
    pauses = []
    state = FRESH
    for _ in range(10):
        state, pause = (step := after(POLICY, state, Unreachable(), highest)).state, step.pause
        pauses.append(pause)
    assert all(later == min(earlier * 2, POLICY.longest) for earlier, later in pairwise(pauses))
    assert pauses[-1] == POLICY.longest
