"""What passes over the middle of a window: `python -m machine.passing_light TONE...`, all asked for at the same moment.

Prints the tones that covered it, in order, each as often as it came.
"""

import sys
import time
from typing import Any

from kiosk.settings import Screen
from kiosk.ui import environment
from kiosk.ui.scene import Tone

_REST_SECONDS = 1.0
"""Far longer than between two bars."""


def main() -> None:
    environment.prepare(Screen(width=800, height=480, fullscreen=False))
    from kivy.clock import Clock
    from kivy.core.window import Window
    from kivy.graphics import Color, Rectangle

    from kiosk.ui import theme
    from kiosk.ui.sweep import Sweep

    sweep = Sweep()
    sweep.size = Window.size
    tones = {tuple(round(part, 3) for part in shade): tone for tone, shade in theme.TONES.items()}

    def over_the_middle() -> Tone | None:
        painted = sweep.canvas.children
        shades = [tuple(round(part, 3) for part in each.rgba) for each in painted if isinstance(each, Color)]
        bars = [each for each in painted if isinstance(each, Rectangle)]
        covering = [shade for shade, bar in zip(shades, bars, strict=True) if _covers(bar, sweep.center)]
        return tones.get(covering[-1]) if covering else None

    for tone in sys.argv[1:]:
        sweep.show(Tone(tone))
    before, end = None, time.monotonic() + _REST_SECONDS
    while time.monotonic() < end:
        Clock.tick()
        covering = over_the_middle()
        if covering is not None and covering is not before:
            print(covering.value)  # noqa: T201 - its answer
        before = covering
        if sweep.canvas.children:
            end = time.monotonic() + _REST_SECONDS


def _covers(bar: Any, place: tuple[float, float]) -> bool:
    spans = zip(bar.pos, bar.size, place, strict=True)
    return all(start <= middle < start + length for start, length, middle in spans)


if __name__ == "__main__":
    main()
