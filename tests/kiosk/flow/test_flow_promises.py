"""What the conversation promises its members, said one by one over all situations."""

import dataclasses
import typing
from dataclasses import replace
from datetime import timedelta

import pytest
from samples.flow import CARD, CONVERSING, EVENTS, FLOWS, IN_TIME, LATE, LEFT, NINE, PAST, TIMEOUTS, WAY

from kiosk.flow import events as ev
from kiosk.flow import states as st
from kiosk.flow.checks import Check, Finding
from kiosk.flow.machine import Flow, step
from kiosk.flow.moment import Effects
from sounds import Sound
from visits.decision import Direction, Rule
from visits.event import Revocation

BIRDSONGS = {Sound.BIRDSONG_IN, Sound.BIRDSONG_OUT}
PIN_STATES = (st.EnteringPin, st.AwaitingCard, st.Reading, st.AskingLastTry)
STEPS = [(flow, event, now) for flow in FLOWS.values() for event in EVENTS.values() for now in (IN_TIME, LATE)]


def after(flow: Flow, *events: ev.Event, now: float = IN_TIME) -> tuple[Flow, Effects]:
    done: Effects = ()
    for event in events:
        flow, effects = step(flow, event, now=now, timeouts=TIMEOUTS)
        done += effects
    return flow, done


def sounds_in(effects: Effects) -> list[Sound]:
    return [effect.cue for effect in effects if isinstance(effect, ev.Play)]


def ticked_until_settled(flow: Flow) -> Flow:
    now = IN_TIME
    for _ in range(20):
        now += 1000
        flow, _effects = step(flow, ev.Tick(), now=now, timeouts=TIMEOUTS)
    return flow


def test_a_whole_check_in_ends_with_the_birdsong() -> None:
    digits: list[ev.Event] = [ev.DigitTyped()] * 4
    tapped: list[ev.Event] = [ev.CardSeen(), ev.CardProved(b"card", Revocation.GOOD), EVENTS["recorded"]]
    flow, effects = after(Flow(), ev.Begin(Direction.IN), *digits, ev.Confirmed(), *tapped)
    assert isinstance(flow.state, st.Showing)
    assert sounds_in(effects) == [Sound.KEY] * 6 + [Sound.BIRDSONG_IN]


def test_the_way_out_has_a_birdsong_of_its_own() -> None:
    _, effects = after(Flow(st.Recording(Direction.OUT)), EVENTS["recorded"])
    assert effects == (ev.Play(Sound.BIRDSONG_OUT),)


def test_a_birdsong_comes_of_a_recorded_visit_and_of_nothing_else() -> None:
    for flow, event, now in STEPS:
        sang = BIRDSONGS & set(sounds_in(after(flow, event, now=now)[1]))
        assert bool(sang) == (isinstance(flow.state, st.Recording) and isinstance(event, ev.VisitRecorded))


def test_the_pin_is_wiped_on_every_way_out_of_a_conversation() -> None:
    for flow, event, now in STEPS:
        left, effects = after(flow, event, now=now)
        if isinstance(flow.state, PIN_STATES) and not isinstance(left.state, PIN_STATES):
            assert ev.WipePin() in effects, (flow, event)


def test_the_pin_is_wiped_before_a_conversation_begins() -> None:
    for flow, event, now in STEPS:
        entered, effects = after(flow, event, now=now)
        if not isinstance(flow.state, PIN_STATES) and isinstance(entered.state, PIN_STATES):
            assert ev.WipePin() in effects, (flow, event)


def test_what_was_typed_of_a_code_is_wiped_on_every_way_out() -> None:
    typing_states = (st.EnteringCode, st.CheckingCode)
    for flow, event, now in STEPS:
        left, effects = after(flow, event, now=now)
        if isinstance(flow.state, typing_states) and not isinstance(left.state, typing_states):
            assert ev.WipePin() in effects, (flow, event)


def test_the_staff_room_is_entered_by_an_accepted_code_and_by_nothing_else() -> None:
    for flow, event, now in STEPS:
        entered, _ = after(flow, event, now=now)
        if isinstance(entered.state, st.StaffRoom) and not isinstance(flow.state, st.StaffRoom):
            assert isinstance(flow.state, st.CheckingCode), (flow, event)
            assert isinstance(event, ev.CodeAccepted), (flow, event)


def test_staff_never_read_that_all_is_well_where_no_visit_can_be_written() -> None:
    """There may be room on a disk that takes nothing."""
    room = Flow(st.StaffRoom(IN_TIME + 1), frozenset({st.Fault.STORAGE}))
    told, _ = after(room, ev.LookedOver((Check(Finding.CLOCK_VOUCHED, good=True), Check(Finding.DISK_ROOM, good=True))))
    unwritable = Check(Finding.STORAGE_UNWRITABLE, good=False)
    assert told.state == st.StaffRoom(IN_TIME + 1, (Check(Finding.CLOCK_VOUCHED, good=True), unwritable))


def test_staff_are_let_to_the_code_only_where_no_member_is() -> None:
    for flow, event, now in STEPS:
        entered, _ = after(flow, event, now=now)
        if isinstance(entered.state, st.EnteringCode) and not isinstance(flow.state, st.EnteringCode | st.CheckingCode):
            assert isinstance(flow.state, st.Welcome | st.OutOfOrder), (flow, event)


def test_a_withdrawn_reader_is_disarmed_before_the_pin_is_wiped() -> None:
    for flow, event, now in STEPS:
        _, effects = after(flow, event, now=now)
        if ev.DisarmReader() in effects and ev.WipePin() in effects:
            assert effects.index(ev.DisarmReader()) < effects.index(ev.WipePin())


def test_a_card_on_its_way_is_withdrawn_whenever_the_conversation_ends_without_it() -> None:
    for flow, event, now in STEPS:
        left, effects = after(flow, event, now=now)
        if isinstance(flow.state, st.AwaitingCard | st.Reading) and not isinstance(
            left.state, st.AwaitingCard | st.Reading | st.Recording
        ):
            assert ev.DisarmReader() in effects, (flow, event)


def test_time_alone_leads_back_to_the_start_from_everywhere_but_three_states() -> None:
    for flow in FLOWS.values():
        settled = ticked_until_settled(flow)
        if isinstance(flow.state, st.Recording | st.OutOfOrder | st.CheckingCode):
            assert settled == flow
        else:
            assert settled.state == (st.OutOfOrder() if flow.faults else st.Welcome())


def accepts_a_fee(flow: Flow, event: ev.Event) -> bool:
    return isinstance(flow.state, st.AskingFee) and isinstance(event, ev.Confirmed)


def test_a_visit_is_recorded_once_for_a_proved_card_or_an_accepted_fee_and_for_nothing_else() -> None:
    for flow, event, now in STEPS:
        _, effects = after(flow, event, now=now)
        records = [effect for effect in effects if isinstance(effect, ev.Record)]
        proved = isinstance(flow.state, st.Reading) and isinstance(event, ev.CardProved)
        assert len(records) == (proved or accepts_a_fee(flow, event))


# A fee


def test_a_fee_is_accepted_by_the_member_s_word_alone() -> None:
    """A23."""
    for flow, event, now in STEPS:
        _, effects = after(flow, event, now=now)
        accepted = any(effect.fee_accepted for effect in effects if isinstance(effect, ev.Record))
        assert accepted == accepts_a_fee(flow, event)


def test_what_is_recorded_for_a_fee_is_the_card_that_proved_itself() -> None:
    flow, effects = after(FLOWS["recording"], EVENTS["fee asked"], ev.Confirmed())
    assert effects[-1] == ev.Record(WAY, CARD, Revocation.GOOD, fee_accepted=True)
    assert isinstance(flow.state, st.Recording)


def test_whoever_says_nothing_to_a_fee_has_declined_it() -> None:
    flow, effects = after(FLOWS["asking for a fee"], ev.Tick(), now=LATE)
    assert isinstance(flow.state, st.Showing)
    assert flow.state.result == st.Declined()
    assert not any(isinstance(effect, ev.Record) for effect in effects)


def test_a_fee_asked_while_the_terminal_fails_is_not_put_to_the_member() -> None:
    flow, _ = after(FLOWS["recording"], EVENTS["storage fault"], EVENTS["fee asked"])
    assert flow.state == st.OutOfOrder()


def test_an_accepted_fee_may_still_be_refused_for_another_reason() -> None:
    """The house may have closed while the member was thinking."""
    flow, _ = after(FLOWS["asking for a fee"], ev.Confirmed(), EVENTS["visit refused: closed"])
    assert isinstance(flow.state, st.Showing)
    assert flow.state.result == st.RuleRefusal(Rule.CLOSED)


@pytest.mark.parametrize(
    ("recorded", "seconds"),
    [("recorded", TIMEOUTS.result_seconds), ("recorded, and more to tell", TIMEOUTS.refusal_seconds)],
)
def test_a_greeting_stays_longer_where_there_is_more_to_read(recorded: str, seconds: float) -> None:
    flow, _ = after(FLOWS["recording"], EVENTS[recorded])
    assert isinstance(flow.state, st.Showing)
    assert flow.state.deadline == IN_TIME + seconds


# The other way


@pytest.mark.parametrize(
    ("refused", "left"), [("already_in", Direction.OUT), ("not_in", Direction.IN)], ids=["already in", "not in"]
)
def test_whoever_took_the_wrong_way_begins_the_other_from_the_screen_that_says_so(
    refused: str, left: Direction
) -> None:
    """A4."""
    flow, effects = after(FLOWS[f"showing refused: {refused}"], ev.Begin(left))
    assert flow.state == st.EnteringPin(left, IN_TIME + TIMEOUTS.pin_seconds)
    assert ev.WipePin() in effects


def test_the_way_in_is_not_begun_from_there_while_the_house_is_closed() -> None:
    flow, _ = after(FLOWS["showing refused: not_in"], EVENTS["house closed"])
    assert after(flow, ev.Begin(Direction.IN)) == (flow, ())


# The last try


def test_before_the_last_try_the_member_is_asked() -> None:
    flow, effects = after(Flow(CONVERSING["reading"]), EVENTS["card refused: last_try"])
    assert isinstance(flow.state, st.AskingLastTry)
    assert ev.WipePin() not in effects


def test_only_the_member_s_word_allows_the_last_try() -> None:
    for flow, event, now in STEPS:
        _, effects = after(flow, event, now=now)
        if ev.ArmReader(last_try_allowed=True) in effects:
            asked = isinstance(flow.state, st.AskingLastTry) and isinstance(event, ev.Confirmed)
            allowed_before = isinstance(flow.state, st.Reading) and flow.state.last_try_allowed
            assert asked or allowed_before


def test_a_last_try_declined_ends_the_conversation() -> None:
    flow, effects = after(Flow(CONVERSING["asking"]), ev.Cancelled())
    assert flow == Flow()
    assert ev.ArmReader(last_try_allowed=True) not in effects


def test_the_word_given_for_one_conversation_does_not_count_in_the_next() -> None:
    allowed = Flow(CONVERSING["awaiting the last try"])
    next_one, effects = after(allowed, ev.Cancelled(), ev.Begin(WAY), *[ev.DigitTyped()] * 4, ev.Confirmed())
    assert isinstance(next_one.state, st.AwaitingCard)
    assert not next_one.state.last_try_allowed
    assert ev.ArmReader(last_try_allowed=False) in effects


# Holding the card again


def test_holding_again_keeps_the_pin_s_deadline() -> None:
    flow = Flow(st.AwaitingCard(WAY, deadline=130.0))
    for now in (101.0, 105.0, 109.0):
        flow, _ = after(flow, ev.CardSeen(), ev.CardLost(), now=now)
        assert flow.state == st.AwaitingCard(WAY, 130.0, hold_again=True)


def test_a_card_lost_when_the_pin_s_time_is_over_is_not_asked_for_again() -> None:
    flow, effects = after(Flow(CONVERSING["reading past the PIN's time"]), ev.CardLost())
    assert isinstance(flow.state, st.Showing)
    assert flow.state.result == st.TimedOut()
    assert ev.WipePin() in effects


def test_the_question_before_the_last_try_can_be_read_however_late_it_comes() -> None:
    flow, _ = after(Flow(CONVERSING["reading past the PIN's time"]), EVENTS["card refused: last_try"])
    assert isinstance(flow.state, st.AskingLastTry)
    assert flow.state.deadline == IN_TIME + TIMEOUTS.refusal_seconds


# Faults


def test_a_fault_never_tears_a_result_from_the_screen() -> None:
    for name, flow in FLOWS.items():
        if name.startswith("showing"):
            assert after(flow, EVENTS["reader fault"])[0].state == flow.state


def test_a_fault_while_recording_waits_for_the_record() -> None:
    flow, effects = after(FLOWS["recording"], EVENTS["storage fault"])
    assert (flow.state, effects) == (st.Recording(WAY), ())
    flow, effects = after(flow, EVENTS["recorded"])
    assert sounds_in(effects) == [Sound.BIRDSONG_IN]
    assert after(flow, ev.Tick(), now=LATE)[0].state == st.OutOfOrder()


def test_out_of_order_ends_with_the_last_fault() -> None:
    both = FLOWS["out of order: both"]
    half, _ = after(both, EVENTS["reader mended"])
    assert half == FLOWS["out of order: storage"]
    assert after(half, EVENTS["storage mended"])[0] == Flow()


def test_a_revoked_terminal_stops_a_conversation_at_once() -> None:
    for state in CONVERSING.values():
        flow, effects = after(Flow(state), EVENTS["revoked fault"])
        assert flow == FLOWS["out of order: revoked"]
        assert effects == (ev.DisarmReader(), ev.WipePin(), ev.Play(Sound.ERROR))


def test_whose_visit_is_being_written_still_hears_the_birdsong_of_a_terminal_revoked_meanwhile() -> None:
    flow, effects = after(Flow(st.Recording(WAY)), EVENTS["revoked fault"], EVENTS["recorded"])
    assert sounds_in(effects) == [Sound.BIRDSONG_IN]
    assert after(flow, ev.Tick(), now=LATE)[0] == FLOWS["out of order: revoked"]


def test_nobody_types_a_pin_again_on_a_faulty_terminal() -> None:
    faulty = FLOWS["showing card: wrong_pin, faulty"]
    assert after(faulty, ev.TriedAgain()) == (faulty, ())


# A closed house


@pytest.mark.parametrize("name", ["closed", "closed all day", "closed for good"])
def test_nobody_begins_to_check_in_while_the_house_is_closed_and_everybody_may_leave(name: str) -> None:
    """C6, C33."""
    start = FLOWS[f"welcome, {name}"]
    assert after(start, ev.Begin(Direction.IN)) == (start, ())
    assert isinstance(after(start, ev.Begin(Direction.OUT))[0].state, st.EnteringPin)


def test_whoever_says_to_be_staff_is_asked_for_the_card_of_a_closed_house_and_judged_by_it() -> None:
    flow, _ = after(FLOWS["welcome, closed"], ev.Begin(Direction.IN, despite_hours=True))
    assert isinstance(flow.state, st.EnteringPin)
    assert flow.state.direction is Direction.IN


def test_whoever_began_before_closing_is_judged_by_the_rules_and_not_cut_off() -> None:
    for state in CONVERSING.values():
        flow, effects = after(Flow(state), EVENTS["house closed"])
        assert (flow.state, effects) == (state, ())


def test_nobody_types_a_pin_again_once_the_house_is_closed() -> None:
    flow, effects = after(FLOWS["showing card: wrong_pin"], EVENTS["house closed"], ev.TriedAgain())
    assert (flow.state, effects) == (st.Welcome(), ())


def test_after_the_last_check_in_the_door_is_there_for_whoever_comes_back() -> None:
    """C17: the rules tell them from the others, once the card has said who it is."""
    flow, _ = after(FLOWS["welcome, closing"], ev.Begin(Direction.IN))
    assert isinstance(flow.state, st.EnteringPin)


def test_a_house_of_which_nothing_is_known_is_open() -> None:
    flow, _ = after(FLOWS["welcome, closed"], EVENTS["house unknown"], ev.Begin(Direction.IN))
    assert isinstance(flow.state, st.EnteringPin)


# Privacy


def personal(flow: Flow) -> bool:
    """Whether the screen may tell who somebody is, or when they were here."""
    done = flow.state.result if isinstance(flow.state, st.Showing) else None
    return isinstance(done, st.Done) and bool(done.name or done.since or done.past or not done.discreet)


def left_with_everything() -> ev.VisitRecorded:
    return ev.VisitRecorded(NINE, "山田 花子", replace(LEFT, overstayed=35), NINE - timedelta(hours=3), PAST)


def test_what_is_the_member_s_own_leaves_the_screen_before_the_reminders_do() -> None:
    flow, _ = after(Flow(st.Recording(Direction.OUT)), left_with_everything())
    shown = after(flow, ev.Tick(), now=IN_TIME + 4.4)[0]
    assert (shown, personal(shown)) == (flow, True)
    discreet = after(flow, ev.Tick(), now=IN_TIME + 4.5)[0]
    assert isinstance(discreet.state, st.Showing)
    assert discreet.state.result == st.Done(NINE, None, replace(LEFT, overstayed=35), discreet=True)
    assert discreet.state.deadline == IN_TIME + TIMEOUTS.refusal_seconds


def test_it_leaves_with_the_card() -> None:
    flow, _ = after(Flow(st.Recording(Direction.OUT)), left_with_everything())
    assert personal(after(flow, ev.Tick(), now=IN_TIME + 2)[0])
    assert not personal(after(flow, ev.CardTaken(), now=IN_TIME + 2)[0])


def test_it_can_be_read_for_a_moment_by_whoever_takes_the_card_at_once() -> None:
    flow, _ = after(Flow(st.Recording(Direction.OUT)), left_with_everything())
    taken, _ = after(flow, ev.CardTaken(), now=IN_TIME + 0.2)
    assert personal(after(taken, ev.Tick(), now=IN_TIME + 1.4)[0])
    assert not personal(after(taken, ev.Tick(), now=IN_TIME + 1.5)[0])


def test_a_card_taken_while_the_visit_was_being_written_is_taken() -> None:
    flow, _ = after(Flow(st.Recording(Direction.OUT)), ev.CardTaken(), left_with_everything())
    assert not personal(after(flow, ev.Tick(), now=IN_TIME + 1.5)[0])


def test_a_card_taken_over_the_question_of_a_fee_is_taken() -> None:
    flow, _ = after(FLOWS["asking for a fee"], ev.CardTaken(), ev.Confirmed(), EVENTS["recorded"])
    assert not personal(after(flow, ev.Tick(), now=IN_TIME + 1.5)[0])


def test_a_wrong_pin_leaves_the_tries_in_sight_for_the_next() -> None:
    flow, _ = after(FLOWS["showing card: wrong_pin"], ev.TriedAgain())
    assert isinstance(flow.state, st.EnteringPin)
    assert flow.state.tries_left == 2
    assert after(Flow(), ev.Begin(WAY))[0].state == st.EnteringPin(WAY, IN_TIME + TIMEOUTS.pin_seconds)


# Secrets


@pytest.mark.parametrize(
    "kind",
    [*typing.get_args(st.State), *typing.get_args(ev.Event), *typing.get_args(st.Result), *typing.get_args(ev.Effect)],
)
def test_nothing_in_the_flow_can_hold_a_digit(kind: type) -> None:
    allowed = {
        Direction, float, bool, st.Result, st.CardProblem, st.Fault, bytes, Revocation, "at", "name", "rule", "cue", "digits", "tries_left", "house",
        "admitted", "since", "fee", "past", "discretion", "problem", "checks",
    }  # fmt: skip
    hints = typing.get_type_hints(kind)
    fields = {field.name for field in dataclasses.fields(kind)}
    assert all(hints[name] in allowed or name in allowed for name in fields)
    assert getattr(kind, "__slots__", None) == tuple(field.name for field in dataclasses.fields(kind))


def test_the_count_of_digits_is_all_that_is_known_of_them() -> None:
    flow, _ = after(Flow(), ev.Begin(WAY), *[ev.DigitTyped()] * 3)
    assert flow.state == st.EnteringPin(WAY, IN_TIME + TIMEOUTS.pin_seconds, digits=3)
