"""The start screen: the ways that are open, and the sign on the way in while it is not."""

from dataclasses import replace

from kiosk.flow.house import Entrance, House
from kiosk.flow.machine import way_in_open
from kiosk.settings import Doors
from kiosk.ui.scene import Action, Choice, Page, Scene, Sign, Tone, Words, clock_face
from visits.calendar import HOUSE_TIME
from visits.rulebook import NO_TEXT

_DOOR_TONES = {Doors.IN: Tone.IN, Doors.OUT: Tone.OUT, Doors.BOTH: Tone.BOTH}

_STAFF = Choice(Action.STAFF, Words("closed.staff"))
"""The card says who is; anybody else hears that the house is closed."""


def start_screen(doors: Doors, house: House | None) -> Scene:
    """While the house is closed the way in is for staff, and after the last check-in for whoever comes back."""
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
    entering = replace(enter, words=Words("closing.next")) if way_in_open(house) else _STAFF
    if doors is Doors.IN:
        return replace(start, tone=Tone.CLOSED, title=sign.word, choices=(entering,), sign=sign)
    return replace(start, choices=(entering, leave), sign=sign)


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
    return Sign(Words(word), next_opening(house), *closure_reason(house))


def closure_reason(house: House | None) -> tuple[Words, ...]:
    return (Words("closed.reason", (("text", house.closure),)),) if house and house.closure else ()


def next_opening(house: House | None) -> Words:
    if house is None or house.next_opening is None:
        return Words("closed.next.unknown")
    opens = house.next_opening.astimezone(HOUSE_TIME)
    return Words("closed.next", (("day", opens.date()), ("time", clock_face(opens))))
