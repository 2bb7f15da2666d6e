"""Paints the light of a sound (kiosk.ui.light) over whatever the window shows. Which sound has which is not in here."""

from kivy.clock import Clock
from kivy.graphics import Color, Rectangle
from kivy.uix.widget import Widget

from kiosk.ui import theme
from kiosk.ui.light import BAR, CORE, REST_STEPS, STEP_SECONDS, STEPS, bar_at
from kiosk.ui.scene import Tone

_WHITE = (1.0, 1.0, 1.0, 1.0)


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
        self.canvas.clear()
        with self.canvas:
            for shade, thickness in ((_WHITE, BAR), (theme.TONES[tone], CORE)):
                bar = bar_at(tone, self._step, thickness)
                Color(*shade)
                Rectangle(
                    pos=(self.x + bar.left * self.width, self.y + bar.bottom * self.height),
                    size=(bar.width * self.width, bar.height * self.height),
                )
