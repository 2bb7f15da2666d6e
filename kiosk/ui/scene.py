"""What each state of the conversation looks like, as values: which screen, picture, words and buttons.

Pure: no Kivy and no language; a text is named by its place in the catalogues of assets/locale.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum, unique

from kiosk.flow import states as st
from kiosk.flow.house import Entrance, House
from kiosk.flow.machine import Flow, way_in_open
from kiosk.settings import Doors
from visits.calendar import HOUSE_TIME
from visits.decision import Direction, Rule


@unique
class Page(Enum):
    WELCOME = "welcome"
    PIN = "pin"
    CARD = "card"
    NOTICE = "notice"


@unique
class Tone(Enum):
    """The colour that carries the meaning: the two directions, a house that is closed, a request for attention, a stop."""

    IN = "in"
    OUT = "out"
    BOTH = "both"
    CLOSED = "closed"
    ATTENTION = "attention"
    STOP = "stop"


@unique
class Action(Enum):
    ENTER = "enter"
    LEAVE = "leave"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Words:
    """A text's place in the catalogues, and what goes into its braces; a date is said as each language says it."""

    key: str
    values: tuple[tuple[str, str | date], ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    action: Action
    words: Words
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Reminder:
    picture: str
    words: Words


@dataclass(frozen=True, slots=True)
class Sign:
    """What hangs on the way in while it is closed."""

    word: Words
    sentence: Words


@dataclass(frozen=True, slots=True)
class Scene:
    """`pictures` of more than one are an animation. `deadline` in monotonic seconds where a countdown is shown.

    On the start screen the hint is today's hours.
    """

    page: Page
    tone: Tone
    title: Words
    hint: Words | None = None
    pictures: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    sign: Sign | None = None
    deadline: float | None = None
    digits: int = 0
    celebrates: bool = False


_TONES = {Direction.IN: Tone.IN, Direction.OUT: Tone.OUT}
_DOOR_TONES = {Doors.IN: Tone.IN, Doors.OUT: Tone.OUT, Doors.BOTH: Tone.BOTH}
_HOLDING = ("card_on_reader_1", "card_on_reader_2", "card_on_reader_3", "card_on_reader_4")
_CANCEL = Choice(Action.CANCEL, Words("button.cancel"))
_CLOSE = Choice(Action.CANCEL, Words("button.close"))

CLOSED_PICTURE = "closed"
_RULE_PICTURES = {
    Rule.CARD_NOT_LINKED: "unlinked",
    Rule.PENDING_APPROVAL: "desk",
    Rule.SUSPENDED: "desk",
    Rule.MEMBERSHIP_ENDED: "desk",
    Rule.ALREADY_IN: "already_in",
    Rule.NOT_IN: "not_in",
    Rule.CLOSED: CLOSED_PICTURE,
}
_CARD_PICTURES = {
    st.CardProblem.WRONG_PIN: "pin_wrong",
    st.CardProblem.PIN_BLOCKED: "pin_blocked",
    st.CardProblem.LAST_TRY: "last_try",
    st.CardProblem.NOT_MY_NUMBER_CARD: "wrong_card",
    st.CardProblem.PHONE: "phone",
    st.CardProblem.DRIVING_LICENCE: "wrong_card",
    st.CardProblem.RESIDENCE_CARD: "wrong_card",
    st.CardProblem.BANK_CARD: "wrong_card",
    st.CardProblem.TRANSIT_CARD: "wrong_card",
    st.CardProblem.EXPIRED: "expired",
    st.CardProblem.REVOKED: "expired",
    st.CardProblem.UNPROVEN: "wrong_card",
    st.CardProblem.UNRESPONSIVE: "hold_again",
}


def scene_of(flow: Flow, doors: Doors) -> Scene:  # noqa: PLR0911 - one state, one scene
    """The whole picture for a state."""
    match flow.state:
        case st.Welcome():
            return _welcome(doors, flow.house)
        case st.EnteringPin() as state:
            return _pin(state)
        case st.AwaitingCard() as state:
            return _awaiting(state)
        case st.Reading(direction=direction) | st.Recording(direction=direction):
            return _reading(direction)
        case st.AskingLastTry() as state:
            return _last_try(state)
        case st.Showing() as state:
            return _result(state.direction, state.result, flow.house)
        case st.OutOfOrder():
            return _out_of_order(flow.faults)


def _out_of_order(faults: frozenset[st.Fault]) -> Scene:
    """A locked terminal says nothing else; one that only waits for its first roster is not broken."""
    if st.Fault.REVOKED in faults:
        return _notice(Tone.STOP, "revoked", "out_of_use")
    if faults == {st.Fault.ROSTER}:
        return _notice(Tone.ATTENTION, "preparing", "preparing")
    return _notice(Tone.STOP, "out_of_order", "out_of_order")


def _welcome(doors: Doors, house: House | None) -> Scene:
    """While the house is closed only the way out can be pressed."""
    enter = Choice(Action.ENTER, Words("welcome.in.next" if doors is Doors.BOTH else "welcome.next"), primary=True)
    leave = Choice(Action.LEAVE, Words("welcome.out.next" if doors is Doors.BOTH else "welcome.next"), primary=True)
    choices = {Doors.IN: (enter,), Doors.OUT: (leave,), Doors.BOTH: (enter, leave)}[doors]
    start = Scene(
        Page.WELCOME, _DOOR_TONES[doors], Words(f"welcome.{doors.value}.title"), hint=_hours(house), choices=choices
    )
    if house is None or way_in_open(house) or enter not in choices:
        return start
    sign = _sign(house)
    if doors is Doors.IN:
        return replace(start, tone=Tone.CLOSED, title=sign.word, choices=(), sign=sign)
    return replace(start, choices=(leave,), sign=sign)


def _hours(house: House | None) -> Words | None:
    if house is None:
        return None
    if house.today is None:
        return Words("hours.none")
    return Words("hours", (("opens", f"{house.today.opens:%H:%M}"), ("closes", f"{house.today.closes:%H:%M}")))


def _sign(house: House) -> Sign:
    return Sign(Words("closing.word" if house.entrance is Entrance.LAST_CHECK_IN_OVER else "closed.word"), _next(house))


def _next(house: House | None) -> Words:
    if house is None or house.next_opening is None:
        return Words("closed.next.unknown")
    opens = house.next_opening.astimezone(HOUSE_TIME)
    return Words("closed.next", (("day", opens.date()), ("time", clock_face(opens))))


def _pin(state: st.EnteringPin) -> Scene:
    return Scene(
        Page.PIN,
        _TONES[state.direction],
        Words("pin.title"),
        hint=Words("pin.hint"),
        choices=(_CANCEL, Choice(Action.CONFIRM, Words("button.confirm"), primary=state.digits == st.PIN_LENGTH)),
        deadline=state.deadline,
        digits=state.digits,
    )


def _awaiting(state: st.AwaitingCard) -> Scene:
    place = "card.again" if state.hold_again else "card"
    return Scene(
        Page.CARD,
        _TONES[state.direction],
        Words(f"{place}.title"),
        hint=Words(f"{place}.hint"),
        pictures=("hold_again",) if state.hold_again else _HOLDING,
        choices=(_CANCEL,),
        deadline=state.deadline,
    )


def _reading(direction: Direction) -> Scene:
    return Scene(
        Page.CARD, _TONES[direction], Words("reading.title"), hint=Words("reading.hint"), pictures=("reading",)
    )


def _last_try(state: st.AskingLastTry) -> Scene:
    return Scene(
        Page.NOTICE,
        Tone.ATTENTION,
        Words("card.last_try.title"),
        hint=Words("card.last_try.hint"),
        pictures=("last_try",),
        choices=(_CANCEL, Choice(Action.CONFIRM, Words("button.proceed"))),
        deadline=state.deadline,
    )


def _result(direction: Direction, result: st.Result, house: House | None) -> Scene:
    match result:
        case st.Done():
            return _done(result)
        case st.RuleRefusal(rule=Rule.CLOSED):
            return _closed(house)
        case st.RuleRefusal(rule=rule):
            tone = _TONES[direction] if rule in {Rule.ALREADY_IN, Rule.NOT_IN} else Tone.ATTENTION
            return _notice(tone, f"rule.{rule.value}", _RULE_PICTURES[rule], _CLOSE)
        case st.CardRefusal(problem=problem, tries_left=tries_left):
            return _card_refusal(problem, tries_left)
        case st.TimedOut():
            return _notice(Tone.ATTENTION, "timed_out", "timeout", _CLOSE)
        case st.NotRecorded():
            return _notice(Tone.STOP, "not_recorded", "desk", _CLOSE)


def _closed(house: House | None) -> Scene:
    late = house is not None and house.entrance is Entrance.LAST_CHECK_IN_OVER
    refusal = _notice(Tone.ATTENTION, "rule.closing" if late else "rule.closed", CLOSED_PICTURE, _CLOSE)
    return replace(refusal, hint=_next(house))


def _card_refusal(problem: st.CardProblem, tries_left: int | None) -> Scene:
    choices: tuple[Choice, ...] = (_CLOSE,)
    if problem is st.CardProblem.WRONG_PIN:
        choices = (_CANCEL, Choice(Action.AGAIN, Words("button.again"), primary=True))
    tone = Tone.STOP if problem is st.CardProblem.PIN_BLOCKED else Tone.ATTENTION
    values = (("tries", str(tries_left)),)
    return _notice(tone, f"card.{problem.value}", _CARD_PICTURES[problem], *choices, values=values)


def _notice(tone: Tone, place: str, picture: str, *choices: Choice, values: tuple[tuple[str, str], ...] = ()) -> Scene:
    return Scene(
        Page.NOTICE,
        tone,
        Words(f"{place}.title"),
        hint=Words(f"{place}.hint", values),
        pictures=(picture,),
        choices=choices,
    )


def _done(result: st.Done) -> Scene:
    way = result.direction.value
    named = (("name", result.name),) if result.name else ()
    return Scene(
        Page.NOTICE,
        _TONES[result.direction],
        Words(f"done.{way}.title.named" if named else f"done.{way}.title", named),
        hint=Words(f"done.{way}.line", (("time", clock_face(result.at)),)),
        pictures=("bird_in" if result.direction is Direction.IN else "bird_out",),
        reminders=_REMINDERS[result.direction],
        celebrates=True,
    )


_REMINDERS = {
    Direction.IN: (Reminder("strap", Words("strap.take")),),
    Direction.OUT: (Reminder("strap_return", Words("strap.return")), Reminder("parking", Words("parking"))),
}


def clock_face(at: datetime) -> str:
    """Hours and minutes in the house's time zone, whatever the machine's."""
    return at.astimezone(HOUSE_TIME).strftime("%H:%M")
