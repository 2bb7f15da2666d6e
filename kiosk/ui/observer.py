"""Writes down what is shown and where it can be pressed, for tests and the demonstration that press the real screen.

One JSON object a line: `{"at": monotonic seconds, "page", "title", "picture", "targets": {name: [x, y]}}`, pixels from the
window's top left. Never what was typed: every key of the PIN pad is always listed.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

from kivy.core.window import Window
from kivy.uix.widget import Widget

from kiosk.ui.scene import Scene


class SceneLog:
    def __init__(self, path: Path) -> None:
        self._path = path

    def saw(self, scene: Scene, view: Widget) -> None:
        line = {
            "at": time.monotonic(),
            "page": scene.page.value,
            "title": scene.title.key,
            "picture": scene.pictures[0] if scene.pictures else None,
            "targets": dict(targets(view)),
        }
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def targets(view: Widget) -> Iterator[tuple[str, tuple[int, int]]]:
    """What can be pressed, by name: pixels from the window's top left."""
    for widget in view.walk():
        if hasattr(widget, "trigger_action") and widget.name:
            x, y = widget.to_window(*widget.center)
            yield widget.name, (round(x), round(Window.height - y))
