"""Why the door stayed shut, and what to do now. A greeting is not in here (greeting)."""

from dataclasses import replace

from kiosk.flow import states as st
from kiosk.flow.house import Entrance, House
from kiosk.flow.machine import Flow, way_in_open
from kiosk.settings import Doors
from kiosk.ui.scene import CANCEL, CLOSE, CLOSED_PICTURE, TONES, Action, Choice, Page, Scene, Tone, Words
from kiosk.ui.start import closure_reason, next_opening
from visits.decision import Direction, Rule

_ENTER = Choice(Action.ENTER, Words("welcome.in.next"), primary=True)
_LEAVE = Choice(Action.LEAVE, Words("welcome.out.next"), primary=True)
_RULE_PICTURES = {
    Rule.CARD_NOT_LINKED: "unlinked",
    Rule.CARD_REPLACED: "replaced",
    Rule.PENDING_APPROVAL: "pending",
    Rule.SUSPENDED: "suspended",
    Rule.NOT_YET_BEGUN: "not_yet_begun",
    Rule.MEMBERSHIP_ENDED: "ended",
    Rule.RECEPTION_FIRST: "reception_first",
    Rule.TOO_SOON: "too_soon",
    Rule.ALREADY_IN: "already_in",
    Rule.NOT_IN: "not_in",
    Rule.USES_IN_MONTH: "uses_in_month",
    Rule.DAYS_IN_A_ROW: "days_in_a_row",
    Rule.CLOSED: CLOSED_PICTURE,
    Rule.FULL: "full",
}
_CARD_PICTURES = {
    st.CardProblem.WRONG_PIN: "pin_wrong",
    st.CardProblem.PIN_BLOCKED: "pin_blocked",
    st.CardProblem.LAST_TRY: "last_try",
    st.CardProblem.NOT_MY_NUMBER_CARD: "wrong_card",
    st.CardProblem.PHONE: "phone",
    st.CardProblem.DRIVING_LICENCE: "driving_licence",
    st.CardProblem.RESIDENCE_CARD: "residence_card",
    st.CardProblem.BANK_CARD: "bank_card",
    st.CardProblem.TRANSIT_CARD: "transit_card",
    st.CardProblem.EXPIRED: "expired",
    st.CardProblem.REVOKED: "revoked",
    st.CardProblem.UNPROVEN: "unproven",
    st.CardProblem.MUTE: "two_cards",
    st.CardProblem.UNRESPONSIVE: "hold_again",
}


def rule_refusal(direction: Direction, rule: Rule, flow: Flow, doors: Doors) -> Scene:
    place, picture = f"rule.{rule.value}", _RULE_PICTURES[rule]
    match rule:
        case Rule.CLOSED:
            return _closed(flow.house)
        case Rule.ALREADY_IN:
            return _turned_round(notice(TONES[direction], place, picture, CLOSE), _LEAVE, flow, doors)
        case Rule.NOT_IN:
            return _turned_round(notice(TONES[direction], place, picture, CLOSE), _ENTER, flow, doors)
        case Rule.TOO_SOON:
            return notice(TONES[direction], place, picture, CLOSE)
        case _:
            return notice(Tone.ATTENTION, place, picture, CLOSE)


def _turned_round(refusal: Scene, other: Choice, flow: Flow, doors: Doors) -> Scene:
    """Says where the other way is, and offers it where it is here (A4); not while it is closed, or this terminal broken."""
    if other is _ENTER and not way_in_open(flow.house):
        return refusal
    here = doors is Doors.BOTH
    lines = (Words(f"other_way.{other.action.value}.{'here' if here else 'elsewhere'}"),)
    return replace(
        refusal, lines=lines, choices=(*refusal.choices, other) if here and not flow.faults else refusal.choices
    )


def _closed(house: House | None) -> Scene:
    late = house is not None and house.entrance is Entrance.LAST_CHECK_IN_OVER
    refusal = notice(Tone.ATTENTION, "rule.closing" if late else "rule.closed", CLOSED_PICTURE, CLOSE)
    return replace(refusal, hint=next_opening(house), lines=closure_reason(house))


def card_refusal(problem: st.CardProblem, tries_left: int | None) -> Scene:
    place, picture = f"card.{problem.value}", _CARD_PICTURES[problem]
    if problem is st.CardProblem.WRONG_PIN:
        again = Choice(Action.AGAIN, Words("button.again"), primary=True)
        return notice(Tone.ATTENTION, place, picture, CANCEL, again, values=(("tries", str(tries_left)),))
    tone = Tone.STOP if problem is st.CardProblem.PIN_BLOCKED else Tone.ATTENTION
    return notice(tone, place, picture, CLOSE)


def notice(tone: Tone, place: str, picture: str, *choices: Choice, values: tuple[tuple[str, str], ...] = ()) -> Scene:
    return Scene(
        Page.NOTICE,
        tone,
        Words(f"{place}.title"),
        hint=Words(f"{place}.hint", values),
        pictures=(picture,),
        choices=choices,
    )
