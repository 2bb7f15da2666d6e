"""When the screen's thread sleeps and what ends its sleep: a press, a report, or the next thing the clock has to do.

Kivy sleeps a fixed time between two frames, up to which a press waits, and wakes as often when nobody is there. Here it
sleeps where it is about to ask for input, until there is some. Needs `maxfps = 0`, or Kivy sleeps besides.
"""

from collections.abc import Callable
from typing import Protocol

LONGEST_SECONDS = 1.0
"""A signal is noticed no later than this: Python hears of it when the sleep is over."""


class Bell(Protocol):
    """kiosk.ui.sdl.Bell."""

    def wait(self, seconds: float) -> None: ...
    def ring(self) -> None: ...


class Agenda(Protocol):
    """The part of kivy.clock.Clock that is asked."""

    def time(self) -> float: ...
    def get_min_timeout(self) -> float:
        """The time of the earliest thing to do, 0 for in the next frame, a very large number for nothing."""


class Pace:
    """`frames_per_second`: at most so many frames where nothing but the clock asks for them."""

    def __init__(self, bell: Bell, agenda: Agenda, frames_per_second: int) -> None:
        self._bell = bell
        self._agenda = agenda
        self._frame_seconds = 1 / frames_per_second
        self._slept_until = agenda.time()

    def keep(self, ask_for_input: Callable[[], None]) -> Callable[[], None]:
        """The same, after the sleep there is time for."""

        def rested() -> None:
            self._rest()
            ask_for_input()

        return rested

    def end_rest(self) -> None:
        """From any thread, after something was put on the agenda."""
        self._bell.ring()

    def _rest(self) -> None:
        now = self._agenda.time()
        due = max(self._agenda.get_min_timeout(), self._slept_until + self._frame_seconds)
        if due > now:
            self._bell.wait(min(due - now, LONGEST_SECONDS))
        self._slept_until = self._agenda.time()
