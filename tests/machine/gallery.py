"""The terminal's screens laid out, and painted if asked: `python -m machine.gallery WIDTHxHEIGHT OUT [--language ...] ...`.

They are shown by the product's own view in a real window, one after the other as in service; only the conversation
behind it is left out. Beside the pictures it writes where every part of a screen stands. Ends with 1 where an
inspection finds something.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from kiosk.flow.machine import Flow
from kiosk.flow.states import AwaitingCard, EnteringCode, EnteringPin
from kiosk.settings import Doors, Language, ReaderPlace, Screen, Settings, Theme
from kiosk.ui import environment
from machine.eyesight import read
from machine.inspection import CHECKS, PANELS, Box, Panel
from machine.repertoire import AT, NOW, flows

if TYPE_CHECKING:
    from kiosk.conversation import Conversation

_MOST_TURNS = 30
_RESTING_TURNS = 2
_PARTS = {"Text", "Caption", "Pill", "Key", "Tongue", "Picture", "Door", "Dots", "Mark", "TopBar"}
FACILITY = "みどり町コワーキング"


@dataclass(frozen=True, slots=True)
class Wish:
    """Which screens: of these languages, those with a part of `only` in their name; painted, or only laid out."""

    languages: Sequence[Language]
    only: Sequence[str] = ("",)
    theme: Theme = Theme.LIGHT
    painted: bool = True


class Stand:
    """A window of the panel's size in which one scene after the other is shown."""

    def __init__(self, panel: Panel, screen: Screen, deal: Callable[[], Sequence[int]] | None = None) -> None:
        self._deal = deal
        self._screen = replace(
            screen, width=panel.width, height=panel.height, fullscreen=False, diagonal_inches=panel.inches
        )
        environment.prepare(self._screen)
        from kivy.config import Config

        Config.set("graphics", "maxfps", "0")  # nobody looks, so nothing is waited for
        from kivy.app import App
        from kivy.base import EventLoop
        from kivy.core.window import Window

        from kiosk.ui.app import Furnishing, TerminalApp, load_looks
        from kiosk.ui.words import Speaker

        unused = cast("Callable[[TerminalApp], Conversation]", None)
        settings = replace(Settings(), screen=self._screen)
        furnishing = Furnishing(settings, "", lambda: AT, unused, demo=False, panel=None, observer=None)
        self._app = App._running_app = TerminalApp(furnishing)
        self._compositor = load_looks(self._screen)
        EventLoop.ensure_window()
        self._app._resized(Window, Window.size)
        self._app._light_up()
        self._app.on_palette()
        self._speaker = Speaker(self._screen.language)
        self.view: Any = None
        self._views: dict[tuple[Doors, ReaderPlace, bool], Any] = {}

    def show(
        self, flow: Flow, doors: Doors, reader: ReaderPlace, language: Language, *, low: bool = False
    ) -> list[Box]:
        """Once it has come to rest."""
        from kivy.core.window import Window

        from kiosk.ui.scenes import scene_of

        self._compositor.language = language
        self._speaker.language = language
        view = self._view(doors, reader, low=low)
        if view.parent is None:
            for child in list(Window.children):
                Window.remove_widget(child)
            Window.add_widget(view)
        view.show(scene_of(flow, doors))
        view.tick(AT, NOW)
        self.view = view
        return self.settle()

    def paint(self, file: Path) -> None:
        from kivy.core.window import Window

        Window.dispatch("on_draw")
        Window.dispatch("on_flip")
        Path(Window.screenshot(name=str(file.parent / "taken.png"))).rename(file)

    def _view(self, doors: Doors, reader: ReaderPlace, *, low: bool) -> Any:
        """Made once, as on a terminal, and filled anew. A demonstration's reader is below, where its banner is looked at."""
        from kiosk.ui.view import Site, TerminalView

        key = doors, reader, low
        if key not in self._views:
            site = Site(FACILITY, doors, reader, self._screen.languages, low, self._deal)
            demo = reader is ReaderPlace.BELOW
            self._views[key] = TerminalView(self._app, self._speaker, site, demo=demo)
        return self._views[key]

    def settle(self) -> list[Box]:
        """Raises TimeoutError where parts keep changing each other."""
        from kivy.clock import Clock
        from kivy.lang import Builder

        boxes: list[Box] = []
        resting = 0
        for _ in range(_MOST_TURNS):
            Clock.tick()
            Builder.sync()
            Clock.tick_draw()
            Builder.sync()
            before, boxes = boxes, list(_boxes(self.view))
            resting = resting + 1 if boxes == before else 0
            if resting == _RESTING_TURNS:
                return boxes
        raise TimeoutError("a screen does not come to rest")


def exhibit(panel: Panel, out: Path, wish: Wish) -> dict[str, list[Box]]:
    """What every screen is made of, by its name and language; the painted ones as PNG."""
    out.mkdir(parents=True, exist_ok=True)
    stand = Stand(panel, Screen(theme=wish.theme))
    screens: dict[str, list[Box]] = {}
    mark = "_dark" if wish.theme is Theme.DARK else ""
    for language in wish.languages:
        for name, flow, doors, reader, low in _hung(wish.only, wide=panel.width > panel.height):
            boxes = stand.show(flow, doors, reader, language, low=low)
            file = out / f"{name}{mark}_{language.value}_{panel.name}.png"
            if wish.painted:
                stand.paint(file)
                boxes = read(boxes, file)
            screens[file.stem] = boxes
    return screens


def _hung(only: Sequence[str], *, wide: bool) -> Iterator[tuple[str, Flow, Doors, ReaderPlace, bool]]:
    """The screens of the card also for a reader at the other sides, and those of the keypad also with low keys."""
    for name, flow, doors in flows():
        if any(part in name for part in only):
            yield name, flow, doors, ReaderPlace.RIGHT, False
            if isinstance(flow.state, AwaitingCard):
                yield f"{name}_left", flow, doors, ReaderPlace.LEFT, False
                yield f"{name}_below", flow, doors, ReaderPlace.BELOW, False
            if isinstance(flow.state, EnteringPin | EnteringCode) and wide:
                yield f"{name}_low", flow, doors, ReaderPlace.RIGHT, True


def _boxes(view: Any) -> Iterator[Box]:
    for widget in view.walk():
        kind = type(widget).__name__
        if kind in _PARTS and widget.height > 0:
            left, bottom = widget.to_window(*widget.pos)
            texture = getattr(widget, "texture_size", (0, 0)) if kind != "Picture" else (0, 0)
            corners = left, bottom, left + widget.width, bottom + widget.height
            yield Box(kind, _words(widget, kind), *corners, texture[0], getattr(widget, "font_size", 0.0))


def _words(widget: Any, kind: str) -> str:
    """What tells it from others of its kind."""
    match kind:
        case "Dots":
            return str(widget.count)
        case "TopBar":
            return str(tuple(widget.fill))
        case _:
            return getattr(widget, "text", "") or getattr(widget, "name", "")


def main() -> None:
    parser = argparse.ArgumentParser(description="Lay the terminal's screens out, and paint them.")
    parser.add_argument("panel", choices=PANELS)
    parser.add_argument("out", type=Path)
    parser.add_argument("--language", action="append", choices=[each.value for each in Language])
    parser.add_argument("--only", action="append", help="screens with this in their name")
    parser.add_argument("--theme", type=Theme, default=Theme.LIGHT)
    parser.add_argument("--unpainted", action="store_true", help="no pictures")
    said = parser.parse_args()
    panel = PANELS[said.panel]
    languages = [Language(each) for each in said.language or Language]
    screens = exhibit(panel, said.out, Wish(languages, said.only or [""], said.theme, painted=not said.unpainted))
    plain = {name: [asdict(box) for box in boxes] for name, boxes in screens.items()}
    (said.out / f"boxes_{panel.name}.json").write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
    found = [sentence for check in CHECKS for sentence in check(screens, panel)]
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
