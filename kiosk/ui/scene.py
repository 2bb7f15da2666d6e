"""What each state of the conversation looks like, as values: which screen, picture, words and buttons.

Pure: no Kivy and no language; a text is named by its place in the catalogues of assets/locale.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import Enum, unique

from kiosk.flow import states as st
from kiosk.flow.house import Entrance, House
from kiosk.flow.machine import Flow, way_in_open
from kiosk.settings import Doors
from visits.calendar import HOUSE_TIME
from visits.decision import Admitted, Direction, Fee, Rule
from visits.rulebook import NO_TEXT, Text


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


Value = str | date | timedelta | Text
"""A date, a length of time and what staff wrote are said as each language says them."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text's place in the catalogues, and what goes into its braces."""

    key: str
    values: tuple[tuple[str, Value], ...] = ()


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
class Note:
    """What a member has to know besides, in as many sentences; `picture` says what it is about."""

    picture: str
    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Sign:
    """What hangs on the way in while it is closed; `reason` as staff wrote it."""

    word: Words
    sentence: Words
    reason: Words | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """`pictures` of more than one are an animation. `deadline` in monotonic seconds where a countdown is shown.

    `lines` go on under the hint, and `figure` is the number to be seen first. On the start screen the hint is today's
    hours, and the lines are what staff announce.
    """

    page: Page
    tone: Tone
    title: Words
    hint: Words | None = None
    lines: tuple[Words, ...] = ()
    figure: Words | None = None
    note: Note | None = None
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
_ENTER = Choice(Action.ENTER, Words("welcome.in.next"), primary=True)
_LEAVE = Choice(Action.LEAVE, Words("welcome.out.next"), primary=True)

CLOSED_PICTURE = "closed"
_RULE_PICTURES = {
    Rule.CARD_NOT_LINKED: "unlinked",
    Rule.CARD_REPLACED: "replaced",
    Rule.PENDING_APPROVAL: "pending",
    Rule.SUSPENDED: "desk",
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
    st.CardProblem.DRIVING_LICENCE: "wrong_card",
    st.CardProblem.RESIDENCE_CARD: "wrong_card",
    st.CardProblem.BANK_CARD: "wrong_card",
    st.CardProblem.TRANSIT_CARD: "wrong_card",
    st.CardProblem.EXPIRED: "expired",
    st.CardProblem.REVOKED: "expired",
    st.CardProblem.UNPROVEN: "wrong_card",
    st.CardProblem.UNRESPONSIVE: "hold_again",
}


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
        *("done.overstayed", "not_recorded.hint", "revoked.hint", "preparing.hint", "out_of_order.hint"),
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


def _sends_to_reception(scene: Scene) -> bool:
    said = [scene.hint, scene.figure, *scene.lines, *(scene.note.words if scene.note else ())]
    return any(words is not None and words.key in _TO_RECEPTION for words in said)


def _scene(flow: Flow, doors: Doors) -> Scene:  # noqa: PLR0911 - one state, one scene
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
        case st.AskingFee() as state:
            return _fee(state)
        case st.Showing() as state:
            return _result(state, flow, doors)
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
    """While the house is closed only the way out can be pressed, and after the last check-in also by whoever comes back."""
    enter = Choice(Action.ENTER, Words("welcome.in.next" if doors is Doors.BOTH else "welcome.next"), primary=True)
    leave = Choice(Action.LEAVE, Words("welcome.out.next" if doors is Doors.BOTH else "welcome.next"), primary=True)
    choices = {Doors.IN: (enter,), Doors.OUT: (leave,), Doors.BOTH: (enter, leave)}[doors]
    start = Scene(
        Page.WELCOME,
        _DOOR_TONES[doors],
        Words(f"welcome.{doors.value}.title"),
        hint=_hours(house),
        lines=_announced(house),
        choices=choices,
    )
    if house is None or house.entrance is Entrance.OPEN or enter not in choices:
        return start
    sign = _sign(house)
    entering = (replace(enter, words=Words("closing.next")),) if way_in_open(house) else ()
    if doors is Doors.IN:
        return replace(start, tone=Tone.CLOSED, title=sign.word, choices=entering, sign=sign)
    return replace(start, choices=(*entering, leave), sign=sign)


def _announced(house: House | None) -> tuple[Words, ...]:
    if house is None or house.announcement == NO_TEXT:
        return ()
    return (Words("announcement", (("text", house.announcement),)),)


def _hours(house: House | None) -> Words | None:
    if house is None:
        return None
    if house.today is None:
        return Words("hours.none")
    return Words("hours", (("opens", f"{house.today.opens:%H:%M}"), ("closes", f"{house.today.closes:%H:%M}")))


def _sign(house: House) -> Sign:
    word = "closing.word" if house.entrance is Entrance.LAST_CHECK_IN_OVER else "closed.word"
    return Sign(Words(word), _next(house), *_reason(house))


def _reason(house: House | None) -> tuple[Words, ...]:
    return (Words("closed.reason", (("text", house.closure),)),) if house and house.closure else ()


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
            return _done(done)
        case st.RuleRefusal(rule=rule):
            return _rule_refusal(state.direction, rule, flow, doors)
        case st.CardRefusal(problem=problem, tries_left=tries_left):
            return _card_refusal(problem, tries_left)
        case st.Declined():
            return _notice(_TONES[state.direction], "declined", "not_in", _CLOSE)
        case st.TimedOut():
            return _notice(Tone.ATTENTION, "timed_out", "timeout", _CLOSE)
        case st.NotRecorded():
            return _notice(Tone.STOP, "not_recorded", "desk", _CLOSE)


def _rule_refusal(direction: Direction, rule: Rule, flow: Flow, doors: Doors) -> Scene:
    place, picture = f"rule.{rule.value}", _RULE_PICTURES[rule]
    match rule:
        case Rule.CLOSED:
            return _closed(flow.house)
        case Rule.ALREADY_IN:
            return _turned_round(_notice(_TONES[direction], place, picture, _CLOSE), _LEAVE, flow, doors)
        case Rule.NOT_IN:
            return _turned_round(_notice(_TONES[direction], place, picture, _CLOSE), _ENTER, flow, doors)
        case Rule.TOO_SOON:
            return _notice(_TONES[direction], place, picture, _CLOSE)
        case _:
            return _notice(Tone.ATTENTION, place, picture, _CLOSE)


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
    refusal = _notice(Tone.ATTENTION, "rule.closing" if late else "rule.closed", CLOSED_PICTURE, _CLOSE)
    return replace(refusal, hint=_next(house), lines=_reason(house))


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
    direction = result.admitted.direction
    way = direction.value
    greeting = "done.back.title" if result.admitted.rule is Rule.CAME_BACK else f"done.{way}.title"
    named = (("name", result.name),) if result.name else ()
    return Scene(
        Page.NOTICE,
        _TONES[direction],
        Words(f"{greeting}.named" if named else greeting, named),
        hint=Words(f"done.{way}.line", (("time", clock_face(result.at)),)),
        lines=tuple(_told(result)),
        note=_done_note(result.admitted),
        pictures=("bird_in" if direction is Direction.IN else "bird_out",),
        reminders=_REMINDERS[direction],
        celebrates=True,
    )


def _told(result: st.Done) -> Iterator[Words]:
    if result.since is not None and result.since <= result.at:
        yield Words("done.stay", (("length", result.at - result.since),))
    if result.admitted.fee is not None:
        yield Words("done.fee")
    if result.admitted.crowded:
        yield Words("done.crowded")


def _done_note(admitted: Admitted) -> Note | None:
    if admitted.overstayed:
        return Note("desk", (Words("done.overstayed", (("length", timedelta(minutes=admitted.overstayed)),)),))
    if admitted.forgotten is None:
        return None
    return Note("not_in", (_forgotten(admitted.forgotten.astimezone(HOUSE_TIME)),))


def _forgotten(end: datetime) -> Words:
    """No house closes at midnight: a stay that ends then ended with its day."""
    if end.time() == time(0):
        return Words("done.forgotten.midnight", (("day", end.date() - timedelta(days=1)),))
    return Words("done.forgotten", (("day", end.date()), ("time", clock_face(end))))


_REMINDERS = {
    Direction.IN: (Reminder("strap", Words("strap.take")),),
    Direction.OUT: (Reminder("strap_return", Words("strap.return")), Reminder("parking", Words("parking"))),
}


def clock_face(at: datetime) -> str:
    """Hours and minutes in the house's time zone, whatever the machine's."""
    return at.astimezone(HOUSE_TIME).strftime("%H:%M")
