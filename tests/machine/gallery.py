"""Every scene of the terminal as a PNG: `python tests/machine/gallery.py WIDTHxHEIGHT OUT` with a DISPLAY.

The scenes are shown by the product's own view in a real window; only the conversation behind it is left out.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kiosk.flow import states as st
from kiosk.flow.machine import Flow
from kiosk.settings import Doors, Language, Screen, Settings
from kiosk.ui import environment
from visits.decision import Direction, Rule

AT = datetime(2026, 11, 22, 0, 58, tzinfo=UTC)


def states() -> Iterator[tuple[str, st.State, Doors]]:
    """Every state a member can see, by a name for its file."""
    soon = time.monotonic() + 25
    for doors in Doors:
        yield f"welcome_{doors.value}", st.Welcome(), doors
    for digits in (0, 2, 4):
        yield f"pin_{digits}", st.EnteringPin(Direction.IN, soon, digits), Doors.IN
    yield "card_in", st.AwaitingCard(Direction.IN, soon), Doors.IN
    yield "card_out_again", st.AwaitingCard(Direction.OUT, soon, hold_again=True), Doors.OUT
    yield "reading", st.Reading(Direction.IN, soon, soon), Doors.IN
    yield "last_try", st.AskingLastTry(Direction.IN, soon), Doors.IN
    results: list[tuple[str, Direction, st.Result]] = [
        ("done_in", Direction.IN, st.Done(Direction.IN, AT, None)),
        ("done_in_named", Direction.IN, st.Done(Direction.IN, AT, "緑川 花子")),
        ("done_out", Direction.OUT, st.Done(Direction.OUT, AT, None)),
        ("timed_out", Direction.IN, st.TimedOut()),
        ("not_recorded", Direction.IN, st.NotRecorded()),
    ]
    refusals = set(Rule) - {Rule.ACTIVE_MEMBER, Rule.LEAVING_IS_FREE}
    results += [(f"rule_{rule.value}", Direction.IN, st.RuleRefusal(rule)) for rule in sorted(refusals, key=str)]
    problems = set(st.CardProblem) - {st.CardProblem.LAST_TRY}
    results += [(f"problem_{each.value}", Direction.IN, st.CardRefusal(each, 2)) for each in sorted(problems, key=str)]
    for name, direction, result in results:
        yield name, st.Showing(direction, result, soon), Doors(direction.value)
    yield "out_of_order", st.OutOfOrder(), Doors.IN


def main(size: str, out: str, only: str = "") -> None:
    width, height = map(int, size.split("x"))
    screen = Screen(width=width, height=height, fullscreen=False)
    environment.prepare(screen)
    from kivy.app import App
    from kivy.base import EventLoop
    from kivy.core.window import Window
    from kiosk.ui.app import Furnishing, LeftButtonOnly, TerminalApp, load_looks
    from kiosk.ui.scene import scene_of
    from kiosk.ui.view import TerminalView
    from kiosk.ui.words import Speaker

    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    settings = replace(Settings(), screen=screen)
    app = App._running_app = TerminalApp(Furnishing(settings, "", lambda _: None, demo=False, panel=None, observer=None))
    load_looks(screen)
    EventLoop.ensure_window()
    app._resized(Window, Window.size)
    for language in Language:
        for name, state, doors in states():
            if only not in name:
                continue
            view = TerminalView(
                app, Speaker(language), facility="みどり町コワーキング", demo="pin" in name, doors=doors
            )
            content = LeftButtonOnly(view)
            Window.add_widget(content)
            view.show(scene_of(Flow(state), doors))
            view.tick(AT, time.monotonic())
            for _ in range(12):
                EventLoop.idle()
            taken = Path(Window.screenshot(name=str(folder / "taken.png")))
            taken.rename(folder / f"{name}_{language.value}_{size}.png")
            Window.remove_widget(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
