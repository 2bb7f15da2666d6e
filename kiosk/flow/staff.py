"""The transitions of staff's way in, and of what they find there. A terminal that serves nobody lets staff in too.

Not in here: the gesture (kiosk.ui), the code (kiosk.staff_code), and what is looked over (kiosk.rounds).
"""

from dataclasses import replace

from kiosk.flow import events as ev
from kiosk.flow import states as st
from kiosk.flow.checks import Check, Finding
from kiosk.flow.moment import Handler, Moment, Step, start
from sounds import Sound

ROOM_SECONDS = 120.0
"""Without a press; then the terminal is the members' again."""

_UNWRITABLE = Check(Finding.STORAGE_UNWRITABLE, good=False)


def _call(_: st.Welcome | st.OutOfOrder, __: ev.StaffCalled, at: Moment) -> Step:
    return st.EnteringCode(at.now + at.timeouts.pin_seconds), (ev.WipePin(), ev.Play(Sound.KEY))


def _digit(state: st.EnteringCode, _: ev.DigitTyped, at: Moment) -> Step:
    typed = min(state.digits + 1, st.CODE_LENGTH)
    return st.EnteringCode(at.now + at.timeouts.pin_seconds, typed), (ev.Play(Sound.KEY),)


def _erase(state: st.EnteringCode, _: ev.Erased, at: Moment) -> Step:
    typed = max(state.digits - 1, 0)
    return replace(state, digits=typed, deadline=at.now + at.timeouts.pin_seconds), (ev.Play(Sound.KEY),)


def _confirm(state: st.EnteringCode, _: ev.Confirmed, __: Moment) -> Step:
    if state.digits < st.CODE_LENGTH:
        return state, ()
    return st.CheckingCode(), (ev.Play(Sound.KEY), ev.CheckCode())


def _refuse(_: st.CheckingCode, event: ev.CodeRefused, at: Moment) -> Step:
    told: st.State
    match event.problem:
        case st.CodeProblem.WRONG:
            told = st.EnteringCode(at.now + at.timeouts.pin_seconds, again=True)
        case st.CodeProblem.LOCKED:
            told = st.CodeLocked(at.now + at.timeouts.refusal_seconds)
    return told, (ev.WipePin(), ev.Play(Sound.ATTENTION))


def _enter(_: st.CheckingCode, __: ev.CodeAccepted, at: Moment) -> Step:
    return st.StaffRoom(at.now + ROOM_SECONDS), (ev.WipePin(), ev.LookOver())


def _look(state: st.StaffRoom, event: ev.LookedOver, at: Moment) -> Step:
    """Where no visit can be written there may be room all the same, and all be well that is looked at."""
    checks = event.checks
    if st.Fault.STORAGE in at.faults:
        checks = tuple(_UNWRITABLE if check.finding is Finding.DISK_ROOM else check for check in checks)
    return replace(state, checks=checks), ()


def _try_sound(state: st.StaffRoom, _: ev.SoundTried, at: Moment) -> Step:
    """Never with a birdsong, which says that somebody's visit is on disk."""
    return replace(state, deadline=at.now + ROOM_SECONDS), (ev.Play(Sound.ATTENTION),)


def _restart(_: st.StaffRoom, __: ev.RestartAsked, at: Moment) -> Step:
    return start(at), (ev.Play(Sound.KEY), ev.Restart())


def _leave(_: st.EnteringCode | st.CodeLocked | st.StaffRoom, __: ev.Cancelled, at: Moment) -> Step:
    return start(at), (ev.WipePin(), ev.Play(Sound.KEY))


def _tick(state: st.EnteringCode | st.CodeLocked | st.StaffRoom, _: ev.Tick, at: Moment) -> Step:
    return (state, ()) if at.now < state.deadline else (start(at), (ev.WipePin(),))


TABLE: dict[tuple[type[st.State], type[ev.Event]], Handler] = {
    (st.Welcome, ev.StaffCalled): _call,
    (st.OutOfOrder, ev.StaffCalled): _call,
    (st.EnteringCode, ev.DigitTyped): _digit,
    (st.EnteringCode, ev.Erased): _erase,
    (st.EnteringCode, ev.Confirmed): _confirm,
    (st.EnteringCode, ev.Cancelled): _leave,
    (st.EnteringCode, ev.Tick): _tick,
    (st.CheckingCode, ev.CodeAccepted): _enter,
    (st.CheckingCode, ev.CodeRefused): _refuse,
    (st.CodeLocked, ev.Cancelled): _leave,
    (st.CodeLocked, ev.Tick): _tick,
    (st.StaffRoom, ev.LookedOver): _look,
    (st.StaffRoom, ev.SoundTried): _try_sound,
    (st.StaffRoom, ev.RestartAsked): _restart,
    (st.StaffRoom, ev.Cancelled): _leave,
    (st.StaffRoom, ev.Tick): _tick,
}
