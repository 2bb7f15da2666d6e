"""What staff see of a terminal: the question for their code, and how each of its parts is. Pure: no Kivy and no language."""

from kiosk.flow import states as st
from kiosk.flow.checks import Check, Finding
from kiosk.ui.scene import CANCEL, CLOSE, Action, Choice, Page, Row, Scene, Tone, Words


def code_screen(state: st.EnteringCode | st.CheckingCode) -> Scene:
    """While the code is looked at, the screen stays as it is."""
    typed = state.digits if isinstance(state, st.EnteringCode) else st.CODE_LENGTH
    again = isinstance(state, st.EnteringCode) and state.again
    return Scene(
        Page.PIN,
        Tone.CLOSED,
        Words("staff.code.title"),
        hint=Words("staff.code.wrong" if again else "staff.code.hint"),
        choices=(CANCEL, Choice(Action.CONFIRM, Words("button.confirm"), primary=typed == st.CODE_LENGTH)),
        deadline=state.deadline if isinstance(state, st.EnteringCode) else None,
        digits=typed,
        places=st.CODE_LENGTH,
        warns=again,
    )


def room(state: st.StaffRoom, members_read: Words | None) -> Scene:
    """`members_read` tells why the terminal serves nobody, where that is no part of it."""
    return Scene(
        Page.ROOM,
        Tone.CLOSED,
        Words("staff.room.title"),
        hint=members_read if state.checks else Words("staff.room.looking"),
        rows=tuple(map(_row, state.checks)),
        choices=(
            Choice(Action.SOUND, Words("staff.room.sound")),
            Choice(Action.RESTART, Words("staff.room.restart")),
            CLOSE,
        ),
    )


def _row(check: Check) -> Row:
    part, _ = check.finding.value.split(".")
    return Row(Words(f"staff.{part}"), _standing(check), check.good)


def _standing(check: Check) -> Words:
    """What keeps delivery from working has its sentences where `kiosk status` takes them from."""
    if check.finding is Finding.SERVER_TROUBLE:
        return Words(f"trouble.{dict(check.values)['word']}")
    return Words(f"staff.{check.finding.value}", check.values)
