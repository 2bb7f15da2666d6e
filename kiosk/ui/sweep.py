"""What a sound looks like: a bar of light that passes over the whole screen once, for eyes instead of ears.

Upwards who comes in, downwards who leaves, from the left a call for attention, from the right a failure. It passes a
place once and rests before the next, so that nothing flashes more than three times a second (WCAG 2.2, 2.3.1), and it is
painted in a few steps: each is a whole window for a machine without a GPU. A key has no sweep: its dot is its light.
"""

from kivy.clock import Clock
from kivy.graphics import Color, Rectangle
from kivy.uix.widget import Widget

from kiosk.ui import theme
from kiosk.ui.scene import Tone
from sounds import Sound

STEPS = 5
STEP_SECONDS = 0.08
REST_STEPS = 2
BAR = 0.34
"""Of the screen along the way; steps overlap, so that the eye sees it move."""
CORE = 0.22
"""Of the same, in the colour; what is left of the bar is the light around it, which shows on a screen of that colour."""

TONES = {
    Sound.BIRDSONG_IN: Tone.IN,
    Sound.BIRDSONG_OUT: Tone.OUT,
    Sound.ATTENTION: Tone.ATTENTION,
    Sound.ERROR: Tone.STOP,
}
_UPWARDS, _DOWNWARDS, _RIGHTWARDS, _LEFTWARDS = (0, 1), (0, -1), (1, 0), (-1, 0)
_WAYS = {Tone.IN: _UPWARDS, Tone.OUT: _DOWNWARDS, Tone.ATTENTION: _RIGHTWARDS, Tone.STOP: _LEFTWARDS}


class Sweep(Widget):
    """Over everything; touches go through it."""

    def __init__(self) -> None:
        super().__init__()
        self._passing: Tone | None = None
        self._waiting: Tone | None = None
        self._step = 0
        self._turn = Clock.create_trigger(self._go_on, STEP_SECONDS)

    def show(self, tone: Tone) -> None:
        """One that comes while another passes waits until that has passed; of several, the last."""
        self._waiting = tone
        if self._passing is None:
            self._begin()

    def _begin(self) -> None:
        self._passing, self._waiting, self._step = self._waiting, None, -1
        self._go_on(0)

    def _go_on(self, _: float) -> None:
        self._step += 1
        if self._passing is not None and self._step < STEPS:
            self._paint(self._passing)
        elif self._step == STEPS:
            self.canvas.clear()
        if self._step < STEPS + REST_STEPS:
            self._turn()
        else:
            self._passing = None
            if self._waiting is not None:
                self._begin()

    def _paint(self, tone: Tone) -> None:
        across, along = _WAYS[tone]
        middle = (self._step + 0.5) / STEPS
        if across + along < 0:
            middle = 1 - middle
        self.canvas.clear()
        with self.canvas:
            for shade, thickness in ((theme.TILE, BAR), (theme.TONES[tone], CORE)):
                Color(*shade)
                start = middle - thickness / 2
                if across:
                    Rectangle(pos=(self.x + start * self.width, self.y), size=(thickness * self.width, self.height))
                else:
                    Rectangle(pos=(self.x, self.y + start * self.height), size=(self.width, thickness * self.height))
