"""The way staff call for their screens: a finger held on the facility's name, which nobody else has a reason to do.

Nothing is shown while it is held. Not in here: whether they are let in, and on which screens at all (kiosk.flow.staff).
"""

from collections.abc import Callable
from math import hypot
from typing import Protocol

HELD_SECONDS = 5.0


class Appointment(Protocol):
    def cancel(self) -> None: ...


class Diary(Protocol):
    """The part of kivy.clock.Clock that is needed."""

    def schedule_once(self, callback: Callable[[float], None], timeout: float) -> Appointment: ...


class Hold:
    """One finger that rests where it was put. Everything else that happens meanwhile ends it: nothing begins it anew."""

    def __init__(self, diary: Diary, call: Callable[[], None]) -> None:
        self._diary = diary
        self._call = call
        self._end: Appointment | None = None
        self._place = (0.0, 0.0)
        self._alone = True

    def touched(self) -> None:
        """Anywhere: a finger beside one that is held is not one that is held."""
        self._alone = self._end is None
        self.end()

    def begin(self, place: tuple[float, float]) -> None:
        """After `touched`, where the finger is on the name and on nothing to press."""
        if self._alone:
            self._place = place
            self._end = self._diary.schedule_once(self._held, HELD_SECONDS)

    def moved(self, place: tuple[float, float], slack: float) -> None:
        """A finger trembles; `slack` is as far as it may get from where it was put."""
        if hypot(place[0] - self._place[0], place[1] - self._place[1]) > slack:
            self.end()

    def end(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None

    def _held(self, _: float) -> None:
        self._end = None
        self._call()
