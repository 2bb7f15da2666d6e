"""`kiosk run` with a visitor who never tires, in and out in turn, and a clock that goes faster. Used by bench/soak.py.

usage: python -m bench.visitor LOG VISITS [arguments of kiosk]. A line of LOG for every visit: its number, the title of
what was shown in the end, KiB of memory that is the process's own, widgets there are. Everything is real but the
finger, which begins where Kivy hears of the pointer, the time that passes between two screens, and the card, which may
come again at once.
"""

import gc
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.ui import own_kib
from cardreader.watch import Watch
from kiosk import composition, simulation
from kiosk.__main__ import run
from kiosk.ui.scene import Page, Scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from kivy.uix.widget import Widget

    from kiosk.ui.app import Furnishing

_FASTER = 10.0
_HEARTBEAT_SECONDS = 0.02
_HELD_SECONDS = 0.05
_CARD = "card_active-1"


class Visitor:
    """An observer of scenes that answers each of them."""

    def __init__(self, log: Path, visits: int) -> None:
        self._log = log
        self._left = visits
        self._number = 0
        self._counted_every = max(1, visits // 1000)
        self._widgets = 0
        self._page = Page.WELCOME

    def saw(self, scene: Scene, view: "Widget") -> None:
        from kiosk.ui.observer import targets  # noqa: PLC0415 - Kivy reads its environment when it is imported

        places = dict(targets(view))
        page_before, self._page = self._page, scene.page
        match scene.page:
            case Page.WELCOME if self._number == self._left:
                os.kill(os.getpid(), signal.SIGTERM)
            case Page.WELCOME:
                _press(places["leave" if self._number % 2 else "enter"])
            case Page.PIN if scene.digits < len(simulation.PIN):
                _press(places[f"digit_{simulation.PIN[scene.digits]}"])
            case Page.PIN:
                _press(places["confirm"])
            case Page.CARD if scene.title.key == "card.title":
                _press(places[_CARD])
            case Page.NOTICE if page_before is not Page.NOTICE:
                self._note(scene.title.key)
            case Page.NOTICE | Page.CARD:
                pass

    def _note(self, title: str) -> None:
        """Widgets are counted now and then: that takes longer than a visit."""
        self._number += 1
        if self._number % self._counted_every == 0:
            self._widgets = _widgets()
        with self._log.open("a") as file:
            file.write(f"{self._number} {title} {own_kib(os.getpid())} {self._widgets}\n")


def _widgets() -> int:
    """Made since the start, and not yet gone."""
    from kivy.uix.widget import Widget  # noqa: PLC0415 - Kivy reads its environment when it is imported

    gc.collect()
    return sum(isinstance(each, Widget) for each in gc.get_objects())


def _press(place: tuple[int, int]) -> None:
    from kivy.core.window import Window  # noqa: PLC0415 - Kivy reads its environment when it is imported

    Window.dispatch("on_mouse_down", *place, "left", [])
    Window.dispatch("on_mouse_up", *place, "left", [])


def main(log: Path, visits: int, arguments: list[str]) -> int:
    furnish: Callable[..., Furnishing] = composition._furnishing

    def furnish_for_the_visitor(*given: object, **named: object) -> "Furnishing":
        furnishing = furnish(*given, **named)
        from kiosk.ui import app, panel  # noqa: PLC0415 - Kivy reads its environment when it is imported

        app.HEARTBEAT_SECONDS = _HEARTBEAT_SECONDS
        panel.HELD_SECONDS = _HELD_SECONDS
        setattr(app.TerminalApp, "monotonic", lambda _: time.monotonic() * _FASTER)  # noqa: B010
        return replace(furnishing, observer=Visitor(log, visits))

    composition._furnishing = furnish_for_the_visitor
    (Watch.__init__.__kwdefaults__ or {})["settle_seconds"] = 0.0
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
