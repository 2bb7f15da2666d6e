"""The transitions: `step` takes where the terminal is and what happened, and gives where it is now and what to do.

The table at the end is the whole conversation; a pair that is not in it changes nothing (a press that raced with a screen
change, an answer that came after its question was withdrawn). Not in here: time, which is an argument.
"""

from dataclasses import dataclass, field, replace

from kiosk.flow import events as ev
from kiosk.flow import staff
from kiosk.flow import states as st
from kiosk.flow.house import Entrance, House
from kiosk.flow.moment import Effects, Handler, Moment, Step, start
from kiosk.settings import Timeouts
from sounds import Sound
from visits.decision import Admitted, Direction, Rule


@dataclass(frozen=True, slots=True)
class Flow:
    """The conversation, the faults known, which may begin while a member is being served, and the hours of the house."""

    state: st.State = field(default_factory=st.Welcome)
    faults: frozenset[st.Fault] = frozenset()
    house: House | None = None


_STOP_CARD: Effects = (ev.DisarmReader(), ev.WipePin())
_BIRDSONG = {Direction.IN: Sound.BIRDSONG_IN, Direction.OUT: Sound.BIRDSONG_OUT}
_OTHER_WAY = {Rule.ALREADY_IN: Direction.OUT, Rule.NOT_IN: Direction.IN}
"""Which way is left to whoever is refused one because of where the house takes the member to be."""


def step(flow: Flow, event: ev.Event, *, now: float, timeouts: Timeouts) -> tuple[Flow, Effects]:
    """One transition; `now` in monotonic seconds. Never raises for any pair of state and event."""
    match event:
        case ev.FaultBegan(fault):
            flow = replace(flow, faults=flow.faults | {fault})
        case ev.FaultMended(fault):
            flow = replace(flow, faults=flow.faults - {fault})
        case ev.HouseChanged(house):
            flow = replace(flow, house=house)
        case _:
            pass
    handler = _TABLE.get((type(flow.state), type(event)))
    if handler is None:
        return flow, ()
    state, effects = handler(flow.state, event, Moment(now, timeouts, flow.faults, way_in_open(flow.house)))
    return replace(flow, state=state), effects


def way_in_open(house: House | None) -> bool:
    """Also where nobody knows, and after the last check-in: whoever came today comes back until closing (C17)."""
    return house is None or house.entrance is not Entrance.CLOSED


def _begin(state: st.State, event: ev.Begin, at: Moment) -> Step:
    """A door that was closed while a finger was on its way to it stays closed."""
    if event.direction is Direction.IN and not (at.way_in_open or event.despite_hours):
        return state, ()
    return st.EnteringPin(event.direction, at.now + at.timeouts.pin_seconds), (ev.WipePin(), ev.Play(Sound.KEY))


def _digit(state: st.EnteringPin, _: ev.DigitTyped, at: Moment) -> Step:
    digits = min(state.digits + 1, st.PIN_LENGTH)
    return replace(state, digits=digits, deadline=at.now + at.timeouts.pin_seconds), (ev.Play(Sound.KEY),)


def _erase(state: st.EnteringPin, _: ev.Erased, at: Moment) -> Step:
    digits = max(state.digits - 1, 0)
    return replace(state, digits=digits, deadline=at.now + at.timeouts.pin_seconds), (ev.Play(Sound.KEY),)


def _confirm_pin(state: st.EnteringPin, _: ev.Confirmed, at: Moment) -> Step:
    if state.digits < st.PIN_LENGTH:
        return state, ()
    waiting = st.AwaitingCard(state.direction, at.now + at.timeouts.card_seconds)
    return waiting, (ev.Play(Sound.KEY), ev.ArmReader(last_try_allowed=False))


def _cancel(_: st.State, __: ev.Cancelled, at: Moment) -> Step:
    return start(at), (*_STOP_CARD, ev.Play(Sound.KEY))


def _card_seen(state: st.AwaitingCard, _: ev.CardSeen, at: Moment) -> Step:
    reading = st.Reading(state.direction, at.now + at.timeouts.reading_seconds, state.deadline, state.last_try_allowed)
    return reading, ()


def _card_proved(state: st.Reading, event: ev.CardProved, _: Moment) -> Step:
    return st.Recording(state.direction), (ev.WipePin(), ev.Record(state.direction, event.card, event.revocation))


def _card_refused(state: st.Reading, event: ev.CardRefused, at: Moment) -> Step:
    if event.problem is st.CardProblem.LAST_TRY:
        asking = st.AskingLastTry(state.direction, max(state.pin_deadline, at.now + at.timeouts.refusal_seconds))
        return asking, (ev.DisarmReader(), ev.Play(Sound.ATTENTION))
    return _refuse(state.direction, st.CardRefusal(event.problem, event.tries_left), at)


def _card_lost(state: st.Reading, _: ev.CardLost, at: Moment) -> Step:
    if at.now >= state.pin_deadline:
        return _time_out(state, ev.Tick(), at)
    waiting = st.AwaitingCard(state.direction, state.pin_deadline, state.last_try_allowed, hold_again=True)
    return waiting, (ev.Play(Sound.ATTENTION), ev.ArmReader(state.last_try_allowed))


def _last_try(state: st.AskingLastTry, _: ev.Confirmed, at: Moment) -> Step:
    waiting = st.AwaitingCard(
        state.direction, at.now + at.timeouts.card_seconds, last_try_allowed=True, hold_again=True
    )
    return waiting, (ev.Play(Sound.KEY), ev.ArmReader(last_try_allowed=True))


def _recorded(state: st.Recording, event: ev.VisitRecorded, at: Moment) -> Step:
    done = st.Done(event.at, event.name, event.admitted, event.since, event.past)
    seconds = at.timeouts.refusal_seconds if _tells_more(event.admitted) else at.timeouts.result_seconds
    most = at.now + at.timeouts.personal_seconds
    least = min(at.now + at.timeouts.glance_seconds, most)
    discretion = st.Discretion(least, least if state.card_taken else most)
    showing = st.Showing(state.direction, done, at.now + seconds, discretion)
    return showing, (ev.Play(_BIRDSONG[state.direction]),)


def _tells_more(admitted: Admitted) -> bool:
    """Than a greeting, so that it takes longer to read."""
    return bool(admitted.fee or admitted.forgotten or admitted.overstayed or admitted.crowded)


def _fee_asked(state: st.Recording, event: ev.FeeAsked, at: Moment) -> Step:
    """Nothing was recorded yet, so that a fault that waited for the record waits no longer."""
    if at.faults:
        return _break_down(state, event, at)
    deadline = at.now + at.timeouts.fee_seconds
    asking = st.AskingFee(state.direction, event.card, event.revocation, event.fee, deadline, state.card_taken)
    return asking, (ev.Play(Sound.ATTENTION),)


def _accept_fee(state: st.AskingFee, _: ev.Confirmed, __: Moment) -> Step:
    record = ev.Record(state.direction, state.card, state.revocation, fee_accepted=True)
    return st.Recording(state.direction, state.card_taken), (ev.Play(Sound.KEY), record)


def _decline_fee(state: st.AskingFee, _: ev.Cancelled, at: Moment) -> Step:
    return _declined(state, at), (ev.Play(Sound.KEY),)


def _tick_fee(state: st.AskingFee, _: ev.Tick, at: Moment) -> Step:
    return (state, ()) if at.now < state.deadline else (_declined(state, at), (ev.Play(Sound.ATTENTION),))


def _declined(state: st.AskingFee, at: Moment) -> st.State:
    return st.Showing(state.direction, st.Declined(), at.now + at.timeouts.refusal_seconds)


def _rule_refused(state: st.Recording, event: ev.VisitRefused, at: Moment) -> Step:
    return _refuse(state.direction, st.RuleRefusal(event.rule), at)


def _recording_failed(state: st.Recording, _: ev.RecordingFailed, at: Moment) -> Step:
    showing = st.Showing(state.direction, st.NotRecorded(), at.now + at.timeouts.refusal_seconds)
    return showing, (ev.Play(Sound.ERROR),)


def _refuse(direction: Direction, result: st.Result, at: Moment) -> Step:
    return st.Showing(direction, result, at.now + at.timeouts.refusal_seconds), (*_STOP_CARD, ev.Play(Sound.ATTENTION))


def _tick(state: st.EnteringPin | st.AwaitingCard | st.AskingLastTry, event: ev.Tick, at: Moment) -> Step:
    return (state, ()) if at.now < state.deadline else _time_out(state, event, at)


def _time_out(state: st.EnteringPin | st.AwaitingCard | st.AskingLastTry | st.Reading, _: ev.Tick, at: Moment) -> Step:
    return _refuse(state.direction, st.TimedOut(), at)


def _tick_reading(state: st.Reading, _: ev.Tick, at: Moment) -> Step:
    if at.now < state.deadline:
        return state, ()
    return _refuse(state.direction, st.CardRefusal(st.CardProblem.UNRESPONSIVE), at)


def _try_again(state: st.Showing, _: ev.TriedAgain, at: Moment) -> Step:
    refused = state.result
    if at.faults or not isinstance(refused, st.CardRefusal) or refused.problem is not st.CardProblem.WRONG_PIN:
        return state, ()
    entered, effects = _begin(st.Welcome(), ev.Begin(state.direction), at)
    if isinstance(entered, st.EnteringPin):
        entered = replace(entered, tries_left=refused.tries_left)
    return entered, effects


def _turn_round(state: st.Showing, event: ev.Begin, at: Moment) -> Step:
    """The other way, for whoever stands at a door for both and took the wrong one."""
    left = _OTHER_WAY.get(state.result.rule) if isinstance(state.result, st.RuleRefusal) else None
    return (state, ()) if at.faults or event.direction is not left else _begin(state, event, at)


def _dismiss(_: st.Showing, __: ev.Cancelled, at: Moment) -> Step:
    return start(at), (ev.Play(Sound.KEY),)


def _card_taken(state: st.Recording | st.AskingFee, _: ev.CardTaken, __: Moment) -> Step:
    """The result is still to come: it will be shown no longer for that."""
    return replace(state, card_taken=True), ()


def _card_taken_after(state: st.Showing, _: ev.CardTaken, at: Moment) -> Step:
    if state.discretion is None:
        return state, ()
    return _grow_discreet(replace(state, discretion=replace(state.discretion, most=state.discretion.least)), at), ()


def _tick_showing(state: st.Showing, _: ev.Tick, at: Moment) -> Step:
    return (_grow_discreet(state, at), ()) if at.now < state.deadline else (start(at), ())


def _grow_discreet(state: st.Showing, at: Moment) -> st.Showing:
    """What is the member's own goes before the reminders do."""
    if state.discretion is None or at.now < state.discretion.most or not isinstance(state.result, st.Done):
        return state
    done = replace(state.result, name=None, since=None, past=None, discreet=True)
    return replace(state, result=done, discretion=None)


def _break_down(_: st.State, __: ev.Event, ___: Moment) -> Step:
    return st.OutOfOrder(), (*_STOP_CARD, ev.Play(Sound.ERROR))


def _break_down_unseen(_: st.Welcome, __: ev.FaultBegan, ___: Moment) -> Step:
    return st.OutOfOrder(), ()


def _mend(_: st.OutOfOrder, __: ev.FaultMended, at: Moment) -> Step:
    return start(at), ()


_TABLE: dict[tuple[type[st.State], type[ev.Event]], Handler] = {
    (st.Welcome, ev.Begin): _begin,
    (st.Welcome, ev.FaultBegan): _break_down_unseen,
    (st.EnteringPin, ev.DigitTyped): _digit,
    (st.EnteringPin, ev.Erased): _erase,
    (st.EnteringPin, ev.Confirmed): _confirm_pin,
    (st.EnteringPin, ev.Cancelled): _cancel,
    (st.EnteringPin, ev.FaultBegan): _break_down,
    (st.EnteringPin, ev.Tick): _tick,
    (st.AwaitingCard, ev.CardSeen): _card_seen,
    (st.AwaitingCard, ev.Cancelled): _cancel,
    (st.AwaitingCard, ev.FaultBegan): _break_down,
    (st.AwaitingCard, ev.Tick): _tick,
    (st.Reading, ev.CardProved): _card_proved,
    (st.Reading, ev.CardRefused): _card_refused,
    (st.Reading, ev.CardLost): _card_lost,
    (st.Reading, ev.FaultBegan): _break_down,
    (st.Reading, ev.Tick): _tick_reading,
    (st.AskingLastTry, ev.Confirmed): _last_try,
    (st.AskingLastTry, ev.Cancelled): _cancel,
    (st.AskingLastTry, ev.FaultBegan): _break_down,
    (st.AskingLastTry, ev.Tick): _tick,
    (st.Recording, ev.VisitRecorded): _recorded,
    (st.Recording, ev.VisitRefused): _rule_refused,
    (st.Recording, ev.FeeAsked): _fee_asked,
    (st.Recording, ev.RecordingFailed): _recording_failed,
    (st.Recording, ev.CardTaken): _card_taken,
    (st.AskingFee, ev.Confirmed): _accept_fee,
    (st.AskingFee, ev.Cancelled): _decline_fee,
    (st.AskingFee, ev.CardTaken): _card_taken,
    (st.AskingFee, ev.FaultBegan): _break_down,
    (st.AskingFee, ev.Tick): _tick_fee,
    (st.Showing, ev.Begin): _turn_round,
    (st.Showing, ev.TriedAgain): _try_again,
    (st.Showing, ev.Cancelled): _dismiss,
    (st.Showing, ev.CardTaken): _card_taken_after,
    (st.Showing, ev.Tick): _tick_showing,
    (st.OutOfOrder, ev.FaultMended): _mend,
    **staff.TABLE,
}
