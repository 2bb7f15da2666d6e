"""Every situation of the terminal × every event, in time and late: it is in the table below, or it changes nothing.

The table is written out from the requirements (A5-A11), not computed from the machine.
"""

import typing
from dataclasses import replace

import pytest
from samples.flow import (
    ASKING_FEE,
    CARD,
    CHECKS,
    CLOSING_TIME,
    CONVERSING,
    DEADLINE,
    ENTERED,
    EVENTS,
    FEE,
    FLOWS,
    FOR_STAFF,
    IN_TIME,
    LATE,
    LEFT,
    NINE,
    NO_FAULT,
    OWN,
    REFUSING_RULES,
    SHOWING,
    SHOWING_OWN,
    TIMEOUTS,
    TRIES,
    WAY,
)

from kiosk.flow import events as ev
from kiosk.flow import states as st
from kiosk.flow.house import House
from kiosk.flow.machine import Flow, step
from kiosk.flow.moment import Effects
from sounds import Sound
from visits.decision import Direction
from visits.event import Revocation

Outcome = tuple[st.State, Effects]
Situations = dict[str, Outcome]

KEY = ev.Play(Sound.KEY)
ATTENTION = ev.Play(Sound.ATTENTION)
ERROR = ev.Play(Sound.ERROR)
WIPE = ev.WipePin()
DISARM = ev.DisarmReader()
STOP = (DISARM, WIPE)

PIN_UNTIL = IN_TIME + TIMEOUTS.pin_seconds
CARD_UNTIL = IN_TIME + TIMEOUTS.card_seconds
READ_UNTIL = IN_TIME + TIMEOUTS.reading_seconds
REFUSAL_UNTIL = IN_TIME + TIMEOUTS.refusal_seconds
FEE_UNTIL = IN_TIME + TIMEOUTS.fee_seconds
RESULT_UNTIL = IN_TIME + TIMEOUTS.result_seconds


def typing_(digits: int, way: Direction = WAY) -> st.EnteringPin:
    return st.EnteringPin(way, PIN_UNTIL, digits)


def showing(result: st.Result, until: float = REFUSAL_UNTIL) -> st.Showing:
    return st.Showing(WAY, result, until)


def greeting(result: st.Done, until: float = REFUSAL_UNTIL, *, card_taken: bool = False) -> Outcome:
    """Privacy: 1.5 s at least, and never 5."""
    discretion = st.Discretion(IN_TIME + 1.5, IN_TIME + (1.5 if card_taken else 4.5))
    return st.Showing(WAY, result, until, discretion), (ev.Play(Sound.BIRDSONG_IN),)


def refused(problem: st.CardProblem) -> Outcome:
    return showing(st.CardRefusal(problem, TRIES.get(problem))), (*STOP, ATTENTION)


FAULTS = tuple(f"{fault.value} fault" for fault in st.Fault)
CALLED: Situations = {"staff called": (st.EnteringCode(PIN_UNTIL), (WIPE, KEY))}
WELCOME: Situations = CALLED | {
    "begin in": (typing_(0, Direction.IN), (WIPE, KEY)),
    "begin out": (typing_(0, Direction.OUT), (WIPE, KEY)),
    **{fault: (st.OutOfOrder(), ()) for fault in FAULTS},
}
CLOSED = {name: outcome for name, outcome in WELCOME.items() if name != "begin in"}
BREAKS_DOWN: Situations = {fault: (st.OutOfOrder(), (*STOP, ERROR)) for fault in FAULTS}
CANCELS: Situations = {"cancel": (st.Welcome(), (*STOP, KEY))}
AWAITING: Situations = BREAKS_DOWN | CANCELS
READING: Situations = BREAKS_DOWN | {
    "card proved": (st.Recording(WAY), (WIPE, ev.Record(WAY, CARD, Revocation.GOOD))),
    **{
        f"card refused: {problem.value}": refused(problem)
        for problem in st.CardProblem
        if problem is not st.CardProblem.LAST_TRY
    },
    "card refused: last_try": (st.AskingLastTry(WAY, IN_TIME + 20), (DISARM, ATTENTION)),
    "card lost": (
        st.AwaitingCard(WAY, IN_TIME + 20, hold_again=True),
        (ATTENTION, ev.ArmReader(last_try_allowed=False)),
    ),
}
GREETED = st.Done(NINE, "山田 花子", ENTERED)
TOLD_MORE = st.Done(NINE, None, replace(ENTERED, forgotten=CLOSING_TIME))
ASKING = st.AskingFee(WAY, CARD, Revocation.GOOD, FEE, FEE_UNTIL)
RECORDING: Situations = {
    "card taken": (st.Recording(WAY, card_taken=True), ()),
    "recorded": greeting(GREETED, RESULT_UNTIL),
    "recorded, and more to tell": greeting(TOLD_MORE),
    "fee asked": (ASKING, (ATTENTION,)),
    **{f"visit refused: {rule.value}": (showing(st.RuleRefusal(rule)), (*STOP, ATTENTION)) for rule in REFUSING_RULES},
    "recording failed": (showing(st.NotRecorded()), (ERROR,)),
}

ROOM_UNTIL = IN_TIME + 120


def code(digits: int) -> Outcome:
    return st.EnteringCode(PIN_UNTIL, digits), (KEY,)


def for_staff(start: st.State) -> dict[str, Situations]:
    """No card and no fault disturbs staff, and no member's key opens anything."""
    leaves: Situations = {"cancel": (start, (WIPE, KEY))}
    room: Situations = leaves | {
        "sound tried": (st.StaffRoom(ROOM_UNTIL), (ATTENTION,)),
        "restart asked": (start, (KEY, ev.Restart())),
        "looked over": (st.StaffRoom(DEADLINE, CHECKS), ()),
    }
    return {
        "no digit of a code": leaves | {"digit": code(1), "erase": code(0)},
        "another code": leaves | {"digit": code(1), "erase": (st.EnteringCode(PIN_UNTIL, again=True), (KEY,))},
        "three digits of a code": leaves | {"digit": code(4), "erase": code(2)},
        "a code": leaves | {"digit": code(8), "erase": code(7), "confirm": (st.CheckingCode(), (KEY, ev.CheckCode()))},
        "checking a code": {
            "code accepted": (st.StaffRoom(ROOM_UNTIL), (WIPE, ev.LookOver())),
            "code refused: wrong": (st.EnteringCode(PIN_UNTIL, again=True), (WIPE, ATTENTION)),
            "code refused: locked": (st.CodeLocked(REFUSAL_UNTIL), (WIPE, ATTENTION)),
        },
        "no code for a while": leaves,
        "staff room, looking": room,
        "staff room": room | {"sound tried": (st.StaffRoom(ROOM_UNTIL, CHECKS), (ATTENTION,))},
    }


DISCREET = st.Showing(WAY, st.Done(NINE, None, LEFT, discreet=True), DEADLINE + 5)
IN_TIME_TABLE: dict[str, Situations] = {
    "welcome": WELCOME,
    "welcome, open": WELCOME,
    **{f"welcome, {name}": WELCOME for name in ("closing", "with words of its own")},
    **{f"welcome, {name}": CLOSED for name in ("closed", "closed all day", "closed for good", "closed for a reason")},
    **{f"showing closed, {name}": {"cancel": (st.Welcome(), (KEY,))} for name in ("closed", "closing")},
    "no digit": BREAKS_DOWN | CANCELS | {"digit": (typing_(1), (KEY,)), "erase": (typing_(0), (KEY,))},
    "two digits": BREAKS_DOWN | CANCELS | {"digit": (typing_(3), (KEY,)), "erase": (typing_(1), (KEY,))},
    "four digits": BREAKS_DOWN
    | CANCELS
    | {
        "digit": (typing_(4), (KEY,)),
        "erase": (typing_(3), (KEY,)),
        "confirm": (st.AwaitingCard(WAY, CARD_UNTIL), (KEY, ev.ArmReader(last_try_allowed=False))),
    },
    "awaiting": AWAITING | {"card seen": (st.Reading(WAY, READ_UNTIL, DEADLINE), ())},
    "awaiting again": AWAITING | {"card seen": (st.Reading(WAY, READ_UNTIL, DEADLINE), ())},
    "awaiting the last try": AWAITING
    | {"card seen": (st.Reading(WAY, READ_UNTIL, DEADLINE, last_try_allowed=True), ())},
    "reading": READING,
    "reading the last try": READING
    | {
        "card lost": (
            st.AwaitingCard(WAY, IN_TIME + 20, last_try_allowed=True, hold_again=True),
            (ATTENTION, ev.ArmReader(last_try_allowed=True)),
        )
    },
    "reading past the PIN's time": READING
    | {
        "card lost": (showing(st.TimedOut()), (*STOP, ATTENTION)),
        "card refused: last_try": (st.AskingLastTry(WAY, REFUSAL_UNTIL), (DISARM, ATTENTION)),
    },
    "asking": BREAKS_DOWN
    | CANCELS
    | {
        "confirm": (
            st.AwaitingCard(WAY, CARD_UNTIL, last_try_allowed=True, hold_again=True),
            (KEY, ev.ArmReader(last_try_allowed=True)),
        )
    },
    "recording": RECORDING,
    "recording without the card": RECORDING
    | {
        "recorded": greeting(GREETED, RESULT_UNTIL, card_taken=True),
        "recorded, and more to tell": greeting(TOLD_MORE, card_taken=True),
        "fee asked": (replace(ASKING, card_taken=True), (ATTENTION,)),
    },
    "recording, faulty": RECORDING | {"fee asked": (st.OutOfOrder(), (*STOP, ERROR))},
    "asking for a fee": BREAKS_DOWN
    | {
        "confirm": (st.Recording(WAY), (KEY, ev.Record(WAY, CARD, Revocation.GOOD, fee_accepted=True))),
        "cancel": (showing(st.Declined()), (KEY,)),
        "card taken": (replace(ASKING_FEE, card_taken=True), ()),
    },
    "asking for a fee without the card": BREAKS_DOWN
    | {
        "confirm": (
            st.Recording(WAY, card_taken=True),
            (KEY, ev.Record(WAY, CARD, Revocation.GOOD, fee_accepted=True)),
        ),
        "cancel": (showing(st.Declined()), (KEY,)),
    },
    **{name: {"cancel": (st.Welcome(), (KEY,))} for name in SHOWING},
    **{f"{name}, faulty": {"cancel": (st.OutOfOrder(), (KEY,))} for name in SHOWING},
    "showing card: wrong_pin": {
        "cancel": (st.Welcome(), (KEY,)),
        "again": (replace(typing_(0), tries_left=2), (WIPE, KEY)),
    },
    "showing what is her own": {"cancel": (st.Welcome(), (KEY,)), "card taken": (DISCREET, ())},
    "showing what is her own, a moment": {
        "cancel": (st.Welcome(), (KEY,)),
        "card taken": (st.Showing(WAY, OWN, DEADLINE + 5, st.Discretion(IN_TIME + 1, IN_TIME + 1)), ()),
    },
    "showing refused: already_in": {
        "cancel": (st.Welcome(), (KEY,)),
        "begin out": (typing_(0, Direction.OUT), (WIPE, KEY)),
    },
    "showing refused: not_in": {
        "cancel": (st.Welcome(), (KEY,)),
        "begin in": (typing_(0, Direction.IN), (WIPE, KEY)),
    },
    **for_staff(st.Welcome()),
    **{f"{name}, faulty": row for name, row in for_staff(st.OutOfOrder()).items()},
    **{f"out of order: {fault.value}": CALLED | {f"{fault.value} mended": (st.Welcome(), ())} for fault in st.Fault},
    "out of order: both": CALLED,
}


GIVES_UP: Outcome = (st.Showing(WAY, st.TimedOut(), LATE + TIMEOUTS.refusal_seconds), (*STOP, ATTENTION))
UNREAD = st.CardRefusal(st.CardProblem.UNRESPONSIVE)

LATE_TICKS: dict[str, Outcome] = {
    **dict.fromkeys(CONVERSING, GIVES_UP),
    **{
        name: (st.Showing(WAY, UNREAD, LATE + TIMEOUTS.refusal_seconds), (*STOP, ATTENTION))
        for name in ("reading", "reading the last try", "reading past the PIN's time")
    },
    **dict.fromkeys(
        ("asking for a fee", "asking for a fee without the card"),
        (st.Showing(WAY, st.Declined(), LATE + TIMEOUTS.refusal_seconds), (ATTENTION,)),
    ),
    **dict.fromkeys(SHOWING_OWN, (DISCREET, ())),
    **{name: (st.Welcome(), ()) for name in (*SHOWING, "showing closed, closed", "showing closed, closing")},
    **{f"{name}, faulty": (st.OutOfOrder(), ()) for name in SHOWING},
    **{name: (st.Welcome(), (WIPE,)) for name in FOR_STAFF if name != "checking a code"},
    **{f"{name}, faulty": (st.OutOfOrder(), (WIPE,)) for name in FOR_STAFF if name != "checking a code"},
}


def faults_after(faults: frozenset[st.Fault], event: ev.Event) -> frozenset[st.Fault]:
    match event:
        case ev.FaultBegan(fault):
            return faults | {fault}
        case ev.FaultMended(fault):
            return faults - {fault}
        case _:
            return faults


def house_after(house: House | None, event: ev.Event) -> House | None:
    return event.house if isinstance(event, ev.HouseChanged) else house


@pytest.mark.parametrize("situation", FLOWS)
def test_in_time(situation: str) -> None:
    before = FLOWS[situation]
    row = IN_TIME_TABLE[situation]
    expected: dict[str, tuple[Flow, Effects]] = {}
    for name, event in EVENTS.items():
        state, effects = row.get(name, (before.state, ()))
        faults, house = faults_after(before.faults, event), house_after(before.house, event)
        expected[name] = replace(before, state=state, faults=faults, house=house), effects
    assert {name: step(before, event, now=IN_TIME, timeouts=TIMEOUTS) for name, event in EVENTS.items()} == expected


@pytest.mark.parametrize("situation", FLOWS)
def test_when_its_time_is_over(situation: str) -> None:
    before = FLOWS[situation]
    state, effects = LATE_TICKS.get(situation, (before.state, ()))
    assert step(before, ev.Tick(), now=LATE, timeouts=TIMEOUTS) == (replace(before, state=state), effects)


@pytest.mark.parametrize("situation", FLOWS)
def test_just_before_its_time_is_over_a_tick_changes_nothing(situation: str) -> None:
    before = FLOWS[situation]
    assert step(before, ev.Tick(), now=LATE - 0.001, timeouts=TIMEOUTS) == (before, ())


def test_the_table_names_only_situations_and_events_there_are() -> None:
    assert set(IN_TIME_TABLE) == set(FLOWS)
    assert {event for row in IN_TIME_TABLE.values() for event in row} <= set(EVENTS)
    assert set(LATE_TICKS) <= set(FLOWS)


def test_the_situations_cover_every_state_and_every_result() -> None:
    assert {type(flow.state) for flow in FLOWS.values()} == set(typing.get_args(st.State))
    shown = {type(flow.state.result) for flow in FLOWS.values() if isinstance(flow.state, st.Showing)}
    assert shown == set(typing.get_args(st.Result))


def test_the_events_cover_every_event() -> None:
    assert {type(event) for event in EVENTS.values()} == set(typing.get_args(ev.Event))


def test_no_fault_is_assumed_where_none_is_named() -> None:
    assert all(FLOWS[name].faults == NO_FAULT for name in ("welcome", *CONVERSING, *SHOWING))
