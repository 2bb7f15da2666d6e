"""Paints how the start screen rests (idle): a veil over everything, and what is written and drawn a few pixels aside.

A touch goes through the veil and lands where the finger is; that a picture stands a few pixels aside no finger notices.
Grounds that reach the edge of the screen stay where they are.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from kivy.graphics import Color, PopMatrix, PushMatrix, Rectangle, Translate
from kivy.uix.widget import Widget

from kiosk.settings import Idle
from kiosk.ui.idle import Rest, rest_of


class Veil(Widget):
    """Lies over everything. `wandering` are the parts that move; painted anew only when the rest is another one."""

    def __init__(
        self, idle: Idle, now: Callable[[], datetime], monotonic: Callable[[], float], wandering: Iterable[Widget]
    ) -> None:
        super().__init__()
        self._idle = idle
        self._now = now
        self._monotonic = monotonic
        self._stirred_at = monotonic()
        self._rest = Rest()
        self._asides = [_aside(part) for part in wandering]
        self.bind(pos=self._paint, size=self._paint)

    def stir(self) -> None:
        """Somebody is there. What woke the screen is not used up: a press presses, too."""
        self._stirred_at = self._monotonic()
        self._lie(Rest(shift=self._rest.shift))

    def settle(self, *, on_start_screen: bool) -> None:
        """At every beat. Only the start screen rests, and only some time after it came back."""
        if not on_start_screen:
            self.stir()
        self._lie(rest_of(self._idle, self._now(), self._monotonic() - self._stirred_at) if on_start_screen else Rest())

    def _lie(self, rest: Rest) -> None:
        if rest != self._rest:
            self._rest = rest
            for aside in self._asides:
                aside.x, aside.y = rest.shift
            self._paint()

    def _paint(self, *_: object) -> None:
        """A veil of no darkness would cost as much as one, so there is none."""
        self.canvas.clear()
        if self._rest.brightness < 1:
            with self.canvas:
                Color(0, 0, 0, 1 - self._rest.brightness)
                Rectangle(pos=self.pos, size=self.size)


def _aside(part: Widget) -> Translate:
    """Behind its ground, so that only what is on it moves."""
    with part.canvas.before:
        PushMatrix()
        aside = Translate()
    with part.canvas.after:
        PopMatrix()
    return aside
