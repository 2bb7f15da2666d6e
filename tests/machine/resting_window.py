"""A window whose sleep nothing ends but what should: `python -m machine.resting_window`.

Once it is shown, the clock has nothing to do for it any more and its sleep lasts ten minutes. A line of its input is a report from another thread. It writes a line when it is `shown`, for each `report`, and when it
is `pressed`; then how often it had looked for input in its first seconds, and whether SDL lets the display go blank.
"""

import ctypes
import sys
import threading
from collections.abc import Callable

from kiosk.settings import Screen
from kiosk.ui import environment, pace, sdl
from kiosk.ui.pace import Agenda

SIDE = 480
SHOWN_SECONDS = 2.0


class Looks:
    """Counts how often the loop comes round, and is the clock until `over`; Kivy itself looks at its cache each second."""

    def __init__(self, clock: Agenda) -> None:
        self.time = clock.time
        self.over = False
        self.count = 0
        self._clock = clock

    def get_min_timeout(self) -> float:
        return sys.float_info.max if self.over else self._clock.get_min_timeout()

    def counting(self, look: Callable[[], None]) -> Callable[[], None]:
        def counted() -> None:
            self.count += 1
            look()

        return counted


def main() -> None:
    environment.prepare(Screen(width=SIDE, height=SIDE, fullscreen=False))
    from kivy.base import EventLoop, runTouchApp
    from kivy.clock import Clock
    from kivy.core.window import Window
    from kivy.uix.widget import Widget

    pace.LONGEST_SECONDS = 600.0
    looks, found = Looks(Clock), []
    rest = pace.Pace(sdl.Bell(), looks, frames_per_second=30)
    Window.mainloop = rest.keep(looks.counting(Window.mainloop))

    def shown(_: float) -> None:
        found.append(looks.count)
        looks.over = True
        _say("shown")

    def report() -> None:
        Clock.schedule_once(lambda _: _say("report"))
        rest.end_rest()

    def pressed(*_: object) -> None:
        _say("pressed")
        EventLoop.close()
        rest.end_rest()  # Kivy looks for input once more before it ends

    Window.bind(on_touch_down=pressed)
    Clock.schedule_once(shown, SHOWN_SECONDS)
    threading.Thread(target=_listen, args=(report,), daemon=True).start()
    runTouchApp(Widget())
    blanks = ctypes.CDLL(sdl.library_path("SDL2")).SDL_IsScreenSaverEnabled()
    _say(f"looked {found[0]}")
    _say(f"blanks {blanks}")


def _listen(report: Callable[[], None]) -> None:
    for _ in sys.stdin:
        report()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
