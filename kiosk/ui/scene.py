"""The values a screen is described in: page, tone, words, buttons, notes.

Pure: no Kivy and no language; a text is named by its place in the catalogues of assets/locale. Not in here: which state
looks how (scenes).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, unique

from kiosk.flow.states import PIN_LENGTH
from visits.calendar import HOUSE_TIME
from visits.decision import Direction
from visits.rulebook import Text


@unique
class Page(Enum):
    WELCOME = "welcome"
    PIN = "pin"
    CARD = "card"
    NOTICE = "notice"
    ROOM = "room"


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
    STAFF = "staff"
    LEAVE = "leave"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    AGAIN = "again"
    SOUND = "sound"
    RESTART = "restart"


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
class Row:
    """A part of the terminal and how it is, for staff; `good` where nobody need do anything."""

    part: Words
    standing: Words
    good: bool


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
    rows: tuple[Row, ...] = ()
    sign: Sign | None = None
    deadline: float | None = None
    digits: int = 0
    places: int = PIN_LENGTH
    celebrates: bool = False
    warns: bool = False
    """The hint is no help to begin with, but says what went wrong before."""
    points: bool = False
    """To the reader, where the card is to be held."""


CLOSE = Choice(Action.CANCEL, Words("button.close"))
TONES = {Direction.IN: Tone.IN, Direction.OUT: Tone.OUT}
CLOSED_PICTURE = "closed"
CANCEL = Choice(Action.CANCEL, Words("button.cancel"))


def clock_face(at: datetime) -> str:
    """Hours and minutes in the house's time zone, whatever the machine's."""
    return at.astimezone(HOUSE_TIME).strftime("%H:%M")
