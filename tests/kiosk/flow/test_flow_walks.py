"""Any sequence of events with time passing: the terminal never gets stuck, and never keeps a PIN."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as strategy
from samples.flow import EVENTS, TIMEOUTS

from kiosk.flow import events as ev
from kiosk.flow import states as st
from kiosk.flow.machine import Flow, step
from kiosk.flow.moment import Effects
from sounds import Sound
from visits.decision import Direction

_walks = strategy.lists(
    strategy.tuples(strategy.sampled_from(list(EVENTS.values())), strategy.floats(0, 40)), max_size=60
)
_conversations = strategy.lists(
    strategy.sampled_from(
        [
            [EVENTS["begin in"], *[EVENTS["digit"]] * 4, EVENTS["confirm"]],
            [EVENTS["card seen"]],
            [EVENTS["card lost"]],
            [EVENTS["card refused: last_try"], EVENTS["confirm"]],
            [EVENTS["card proved"]],
            [EVENTS["recorded"]],
            [EVENTS["card taken"]],
            [EVENTS["fee asked"]],
            [EVENTS["fee asked"], EVENTS["confirm"]],
            [EVENTS["cancel"]],
            [EVENTS["storage fault"]],
            [EVENTS["storage mended"]],
        ]
    ),
    max_size=40,
)


@dataclass
class Walk:
    flow: Flow = field(default_factory=Flow)
    now: float = 0.0
    effects: list[ev.Effect] = field(default_factory=list)

    def take(self, event: ev.Event, seconds: float = 0.0) -> Effects:
        self.now += seconds
        self.flow, effects = step(self.flow, event, now=self.now, timeouts=TIMEOUTS)
        self.effects += effects
        return effects

    def to_its_end(self) -> None:
        """The storage always answers in the end; everything else time alone must do."""
        if isinstance(self.flow.state, st.Recording):
            self.take(ev.RecordingFailed())
        for _ in range(10):
            self.take(ev.Tick(), 1000)


def walked(steps: list[tuple[ev.Event, float]]) -> Walk:
    walk = Walk()
    for event, seconds in steps:
        walk.take(event, seconds)
    return walk


def untimed(conversations: list[list[ev.Event]]) -> list[tuple[ev.Event, float]]:
    return [(event, 0.0) for each in conversations for event in each]


def wiped_at_the_end(effects: list[ev.Effect]) -> bool:
    of_pin = [effect for effect in effects if isinstance(effect, ev.WipePin | ev.ArmReader)]
    return not of_pin or isinstance(of_pin[-1], ev.WipePin)


@given(_walks)
def test_every_walk_ends_at_the_start_or_out_of_order(steps: list[tuple[ev.Event, float]]) -> None:
    walk = walked(steps)
    walk.to_its_end()
    assert walk.flow.state == (st.OutOfOrder() if walk.flow.faults else st.Welcome())


@given(_walks | _conversations.map(untimed))
def test_every_walk_ends_with_the_pin_wiped(steps: list[tuple[ev.Event, float]]) -> None:
    walk = walked(steps)
    walk.to_its_end()
    assert wiped_at_the_end(walk.effects)


@given(_walks | _conversations.map(untimed))
def test_the_start_screen_never_hides_a_fault(steps: list[tuple[ev.Event, float]]) -> None:
    walk = Walk()
    for event, seconds in steps:
        walk.take(event, seconds)
        assert not (isinstance(walk.flow.state, st.Welcome) and walk.flow.faults)
        assert not (isinstance(walk.flow.state, st.OutOfOrder) and not walk.flow.faults)


@given(_conversations.map(untimed))
def test_the_reader_is_armed_once_for_each_time_a_card_is_asked_for(steps: list[tuple[ev.Event, float]]) -> None:
    walk = Walk()
    for event, seconds in steps:
        before = walk.flow.state
        armed = [effect for effect in walk.take(event, seconds) if isinstance(effect, ev.ArmReader)]
        asks_anew = isinstance(walk.flow.state, st.AwaitingCard) and walk.flow.state is not before
        assert len(armed) == asks_anew


@given(_walks | _conversations.map(untimed))
def test_no_more_birdsongs_than_records_asked_for(steps: list[tuple[ev.Event, float]]) -> None:
    walk = walked(steps)
    songs = [effect for effect in walk.effects if effect in (ev.Play(Sound.BIRDSONG_IN), ev.Play(Sound.BIRDSONG_OUT))]
    assert len(songs) <= sum(isinstance(effect, ev.Record) for effect in walk.effects)


@given(_walks | _conversations.map(untimed))
def test_a_pin_never_outlives_its_time(steps: list[tuple[ev.Event, float]]) -> None:
    """However often a card is lost, the PIN is gone once typing, holding and the question have had their time."""
    longest = TIMEOUTS.pin_seconds + 2 * TIMEOUTS.card_seconds + TIMEOUTS.reading_seconds + TIMEOUTS.refusal_seconds
    walk = Walk()
    confirmed_at: float | None = None
    for event, seconds in steps:
        walk.take(event, seconds)
        walk.take(ev.Tick())
        state = walk.flow.state
        if isinstance(state, st.AwaitingCard | st.Reading | st.AskingLastTry):
            confirmed_at = walk.now if confirmed_at is None else confirmed_at
            assert walk.now - confirmed_at <= longest
        else:
            confirmed_at = None


@given(
    strategy.lists(
        strategy.tuples(
            strategy.sampled_from(["card proved", "recorded", "card taken", "tick", "cancel"]), strategy.floats(0, 1)
        ),
        max_size=60,
    )
)
def test_nothing_on_the_screen_carries_a_name_for_five_seconds(steps: list[tuple[str, float]]) -> None:
    """However the card lies there or is taken; the screen looks at its clock four times a second."""
    walk, shown_since = Walk(Flow(st.Recording(Direction.IN))), 0.0
    for event, seconds in steps:
        for _ in range(4):
            walk.take(ev.Tick(), seconds / 4)
        named = isinstance(walk.flow.state, st.Showing) and getattr(walk.flow.state.result, "name", None) is not None
        assert not named or walk.now - shown_since < 5
        if isinstance(walk.flow.state, st.Welcome):
            walk.flow = Flow(st.Recording(Direction.IN))
        was = walk.flow.state
        walk.take(EVENTS[event])
        if isinstance(was, st.Recording):
            shown_since = walk.now
