"""Which scene each state of the conversation is. Pure: no Kivy and no language."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from kiosk.flow import states as st
from kiosk.flow.machine import Flow
from kiosk.settings import Doors
from kiosk.ui.greeting import greeting
from kiosk.ui.refusals import card_refusal, notice, rule_refusal
from kiosk.ui.scene import CANCEL, CLOSE, TONES, Action, Choice, Note, Page, Scene, Tone, Words
from kiosk.ui.staff_screens import code_screen, room
from kiosk.ui.start import start_screen
from visits.decision import Admitted, Direction, Fee, Rule
from visits.rulebook import NO_TEXT

_HOLDING = {way: tuple(f"card_{way.value}_{frame}" for frame in (1, 2, 3, 4)) for way in Direction}
_READING = {way: tuple(f"reading_{way.value}_{frame}" for frame in (1, 2, 3)) for way in Direction}
_TO_RECEPTION = frozenset(
    {
        *(
            f"rule.{rule.value}.hint"
            for rule in (
                Rule.CARD_NOT_LINKED,
                Rule.CARD_REPLACED,
                Rule.PENDING_APPROVAL,
                Rule.SUSPENDED,
                Rule.NOT_YET_BEGUN,
                Rule.MEMBERSHIP_ENDED,
                Rule.RECEPTION_FIRST,
                Rule.NOT_IN,
                Rule.USES_IN_MONTH,
                Rule.DAYS_IN_A_ROW,
            )
        ),
        *(
            "card.pin_blocked.hint",
            "card.last_try.hint",
            "card.expired.hint",
            "card.revoked.hint",
            "card.unproven.hint",
        ),
        *("closed.next.unknown", "fee.unknown", "done.fee", "done.forgotten", "done.forgotten.midnight"),
        "done.forgotten.discreet",
        *("done.overstayed", "not_recorded.hint", "revoked.hint", "preparing.hint", "updating.hint"),
        "out_of_order.hint",
    }
)
"""The texts that say to go to reception; the suite reads them to see that it is these."""


def scene_of(flow: Flow, doors: Doors) -> Scene:
    """The whole picture for a state. Whoever is sent to reception is told where that is, if staff have said so."""
    scene = _scene(flow, doors)
    reception = NO_TEXT if flow.house is None else flow.house.reception
    if reception == NO_TEXT or not _sends_to_reception(scene):
        return scene
    where = Words("reception", (("where", reception),))
    note = scene.note or Note("desk", ())
    return replace(scene, note=replace(note, words=(*note.words, where)))


def visit(direction: Direction, at: datetime, doors: Doors) -> Iterator[Scene]:
    """What a member sees of a visit in which nothing happens besides, from the keypad on."""
    rule = Rule.ACTIVE_MEMBER if direction is Direction.IN else Rule.LEAVING_IS_FREE
    states = (
        st.EnteringPin(direction, 0.0),
        st.AwaitingCard(direction, 0.0),
        st.Reading(direction, 0.0, 0.0),
        st.Showing(direction, st.Done(at, None, Admitted(direction, rule)), 0.0),
    )
    return (scene_of(Flow(state), doors) for state in states)


def _sends_to_reception(scene: Scene) -> bool:
    said = [scene.hint, scene.figure, *scene.lines, *(scene.note.words if scene.note else ())]
    return any(words is not None and words.key in _TO_RECEPTION for words in said)


def _scene(flow: Flow, doors: Doors) -> Scene:  # noqa: C901, PLR0911 - one state, one scene
    match flow.state:
        case st.Welcome():
            return start_screen(doors, flow.house)
        case st.EnteringPin() as state:
            return _pin(state)
        case st.AwaitingCard() as state:
            return _awaiting(state)
        case st.Reading(direction=direction) | st.Recording(direction=direction):
            return _reading(direction)
        case st.AskingLastTry() as state:
            return _last_try(state)
        case st.AskingFee() as state:
            return _fee(state)
        case st.Showing() as state:
            return _result(state, flow, doors)
        case st.OutOfOrder():
            return _out_of_order(flow.faults)
        case st.EnteringCode() | st.CheckingCode() as state:
            return code_screen(state)
        case st.CodeLocked():
            return notice(Tone.CLOSED, "staff.locked", "pin_blocked", CLOSE)
        case st.StaffRoom() as state:
            withheld = flow.faults & {st.Fault.REVOKED, st.Fault.UPDATING}
            return room(state, _out_of_order(withheld).title if withheld else None)


def _out_of_order(faults: frozenset[st.Fault]) -> Scene:
    """A locked terminal says nothing else; one that only waits for its first roster is not broken."""
    if st.Fault.REVOKED in faults:
        return notice(Tone.STOP, "revoked", "out_of_use")
    if st.Fault.UPDATING in faults:
        return notice(Tone.ATTENTION, "updating", "updating")
    if faults == {st.Fault.ROSTER}:
        return notice(Tone.ATTENTION, "preparing", "preparing")
    return notice(Tone.STOP, "out_of_order", "out_of_order")


def _pin(state: st.EnteringPin) -> Scene:
    tries = state.tries_left
    return Scene(
        Page.PIN,
        TONES[state.direction],
        Words("pin.title"),
        hint=Words("pin.hint") if tries is None else Words("card.wrong_pin.hint", (("tries", str(tries)),)),
        choices=(CANCEL, Choice(Action.CONFIRM, Words("button.confirm"), primary=state.digits == st.PIN_LENGTH)),
        deadline=state.deadline,
        digits=state.digits,
        warns=tries is not None,
    )


def _awaiting(state: st.AwaitingCard) -> Scene:
    place = "card.again" if state.hold_again else "card"
    return Scene(
        Page.CARD,
        TONES[state.direction],
        Words(f"{place}.title"),
        hint=Words(f"{place}.hint"),
        pictures=("hold_again",) if state.hold_again else _HOLDING[state.direction],
        choices=(CANCEL,),
        deadline=state.deadline,
        points=True,
    )


def _reading(direction: Direction) -> Scene:
    return Scene(
        Page.CARD,
        TONES[direction],
        Words("reading.title"),
        hint=Words("reading.hint"),
        pictures=_READING[direction],
    )


def _last_try(state: st.AskingLastTry) -> Scene:
    return Scene(
        Page.NOTICE,
        Tone.ATTENTION,
        Words("card.last_try.title"),
        hint=Words("card.last_try.hint"),
        pictures=("last_try",),
        choices=(CANCEL, Choice(Action.CONFIRM, Words("button.proceed"))),
        deadline=state.deadline,
    )


def _fee(state: st.AskingFee) -> Scene:
    fee = state.fee
    why = Words("fee.hint", (("others", str(fee.place - 1)), ("first", str(fee.free + 1))))
    return Scene(
        Page.NOTICE,
        Tone.ATTENTION,
        Words("fee.title"),
        hint=why,
        figure=_price(fee),
        pictures=("fee",),
        choices=(
            Choice(Action.CANCEL, Words("button.decline")),
            Choice(Action.CONFIRM, Words("button.accept"), primary=True),
        ),
        deadline=state.deadline,
    )


def _price(fee: Fee) -> Words:
    return Words("fee.unknown") if fee.per_hour is None else Words("fee.per_hour", (("yen", f"{fee.per_hour:,}"),))


def _result(state: st.Showing, flow: Flow, doors: Doors) -> Scene:
    match state.result:
        case st.Done() as done:
            return greeting(done)
        case st.RuleRefusal(rule=rule):
            return rule_refusal(state.direction, rule, flow, doors)
        case st.CardRefusal(problem=problem, tries_left=tries_left):
            return card_refusal(problem, tries_left)
        case st.Declined():
            return notice(TONES[state.direction], "declined", "declined", CLOSE)
        case st.TimedOut():
            return notice(Tone.ATTENTION, "timed_out", "timeout", CLOSE)
        case st.NotRecorded():
            return notice(Tone.STOP, "not_recorded", "not_recorded", CLOSE)
