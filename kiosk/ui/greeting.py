"""What a member sees once the visit is on disk: a greeting, and what there is to know besides."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from kiosk.flow import states as st
from kiosk.ui.scene import TONES, Note, Page, Reminder, Scene, Words, clock_face
from visits.calendar import HOUSE_TIME
from visits.decision import Direction, Rule
from visits.past import History

_REMINDERS = {
    Direction.IN: (Reminder("strap", Words("strap.take")),),
    Direction.OUT: (Reminder("strap_return", Words("strap.return")), Reminder("parking", Words("parking"))),
}


def greeting(result: st.Done) -> Scene:
    direction = result.admitted.direction
    way = direction.value
    title = "done.back.title" if result.admitted.rule is Rule.CAME_BACK else f"done.{way}.title"
    named = (("name", result.name),) if result.name else ()
    return Scene(
        Page.NOTICE,
        TONES[direction],
        Words(f"{title}.named" if named else title, named),
        hint=Words(f"done.{way}.line", (("time", clock_face(result.at)),)),
        lines=tuple(_told(result)),
        note=_note(result),
        pictures=("bird_in" if direction is Direction.IN else "bird_out",),
        reminders=_REMINDERS[direction],
        celebrates=True,
    )


def _told(result: st.Done) -> Iterator[Words]:
    if result.since is not None and result.since <= result.at:
        yield Words("done.stay", (("length", result.at - result.since),))
    if result.past is not None:
        yield _past(result.past)
    if result.admitted.fee is not None:
        yield Words("done.fee")
    if result.admitted.crowded:
        yield Words("done.crowded")


def _past(past: History) -> Words:
    this_month = ("length", past.this_month)
    return (
        Words("done.past.month", (this_month,))
        if past.last is None
        else Words("done.past", (("day", past.last), this_month))
    )


def _note(result: st.Done) -> Note | None:
    admitted = result.admitted
    if admitted.overstayed:
        return Note("desk", (Words("done.overstayed", (("length", timedelta(minutes=admitted.overstayed)),)),))
    if admitted.forgotten is None:
        return None
    if result.discreet:
        return Note("not_in", (Words("done.forgotten.discreet"),))
    return Note("not_in", (_forgotten(admitted.forgotten.astimezone(HOUSE_TIME)),))


def _forgotten(end: datetime) -> Words:
    """No house closes at midnight: a stay that ends then ended with its day."""
    if end.time() == time(0):
        return Words("done.forgotten.midnight", (("day", end.date() - timedelta(days=1)),))
    return Words("done.forgotten", (("day", end.date()), ("time", clock_face(end))))
