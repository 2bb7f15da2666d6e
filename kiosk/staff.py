"""Staff at the terminal: whether their code lets them in, and what they then see of how it stands.

Too many wrong codes close the way for a while, so that nobody tries them all. Not in here: the gesture and the screens
(kiosk.ui), and the code itself (kiosk.staff_code).
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Engine

from cardreader.pin import Pin
from kiosk import staff_code
from kiosk.flow.checks import Check
from kiosk.flow.states import CodeProblem
from kiosk.rounds import look_over
from kiosk.settings import Settings

TRIES: Final = 5
LOCKED_SECONDS: Final = 300.0


class StaffDesk:
    """`monotonic` in seconds. `reader` names the one that is open, `has_sound` says whether there is a sound device."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        *,
        monotonic: Callable[[], float],
        reader: Callable[[], str | None],
        has_sound: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._directory = settings.terminal.data_directory
        self._monotonic = monotonic
        self._reader = reader
        self._has_sound = has_sound
        self._wrong = 0
        self._locked_until = 0.0

    def has_code(self) -> bool:
        return (self._directory / staff_code.CODE_FILE).is_file()

    def judge(self, code: Pin) -> CodeProblem | None:
        """None lets them in. Raises as staff_code.is_right does; the caller wipes `code`."""
        if self._monotonic() < self._locked_until:
            return CodeProblem.LOCKED
        if staff_code.is_right(self._directory, code):
            self._wrong = 0
            return None
        self._wrong += 1
        if self._wrong < TRIES:
            return CodeProblem.WRONG
        self._wrong = 0
        self._locked_until = self._monotonic() + LOCKED_SECONDS
        return CodeProblem.LOCKED

    def look_over(self) -> tuple[Check, ...]:
        """Takes as long as asking the database does."""
        return look_over(self._engine, self._settings, reader=self._reader(), has_sound=self._has_sound())
