"""What is wrong with screens that are laid out: one sentence for every fault. Not in here: how screens come about (gallery)."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from types import MappingProxyType

from kiosk.ui.theme import scale_of

TARGET_MILLIMETRES = 18.0
LEAST_CONTRAST = 7.0
LEAST_LETTERS = 21.0
"""The height of type (em) at the design's own size (kiosk.ui.theme): 2.6 mm on the smallest of the displays."""
_READ = frozenset({"Text", "Caption"})
_PRESSED = frozenset({"Pill", "Key", "Tongue", "Door"})
_MILLIMETRES_PER_INCH = 25.4
_MARK = "…"
_WORDY = "wordy"
"""In the names of screens on which staff have given a reason longer than there is room for."""
_FOR_STAFF = "staff_room"


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a screen: its kind and words, its corners in pixels from the window's bottom left, its words' width.

    `letters` is the height of its type (em) in pixels; `contrast` that of its words with their ground, where it was
    painted.
    """

    kind: str
    words: str
    left: float
    bottom: float
    right: float
    top: float
    words_width: float
    letters: float = 0.0
    contrast: float | None = None

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom


@dataclass(frozen=True, slots=True)
class Panel:
    """A display: its pixels, and its diagonal in inches."""

    width: int
    height: int
    inches: float

    @property
    def name(self) -> str:
        return f"{self.width}x{self.height}"

    def pixels(self, millimetres: float) -> float:
        return hypot(self.width, self.height) / self.inches / _MILLIMETRES_PER_INCH * millimetres


PANELS: Mapping[str, Panel] = MappingProxyType(
    {
        panel.name: panel
        for panel in (
            Panel(1280, 800, 10.1),
            Panel(800, 1280, 10.1),
            Panel(1024, 600, 7.0),
            Panel(600, 1024, 7.0),
            Panel(800, 480, 7.0),
            Panel(480, 800, 7.0),
            Panel(1920, 1080, 15.6),
            Panel(1080, 1920, 15.6),
        )
    }
)
"""The displays that such a terminal usually has, lying and standing."""

Screens = Mapping[str, Sequence[Box]]


def outside(screens: Screens, panel: Panel) -> Iterator[str]:
    for name, box in _all(screens):
        if box.left < -1 or box.bottom < -1 or box.right > panel.width + 1 or box.top > panel.height + 1:
            yield f"{name}: {box} is not inside the window"


def too_wide(screens: Screens, _: Panel) -> Iterator[str]:
    for name, box in _all(screens):
        if box.words_width > box.width + 1:
            yield f"{name}: the words of {box} do not fit"


def cut(screens: Screens, _: Panel) -> Iterator[str]:
    """Neither of the terminal's own words is any left out, nor of what staff announce."""
    for name, box in _all(screens):
        if box.words.endswith(_MARK) and _WORDY not in name:
            yield f"{name}: {box} leaves words out"


def too_fine(screens: Screens, panel: Panel) -> Iterator[str]:
    """For members; staff who look after the terminal stand before it, and want all of its state on one page."""
    least = LEAST_LETTERS * scale_of(panel.width, panel.height)
    for name, box in _all(screens):
        for_members = not any(other in name for other in (_WORDY, _FOR_STAFF))
        if box.kind == "Text" and box.words and box.letters < least and for_members:
            yield f"{name}: the letters of {box} are finer than {least:.1f} pixels"


def overlapping(screens: Screens, _: Panel) -> Iterator[str]:
    for name, boxes in screens.items():
        parts = [box for box in boxes if box.kind != "Door"]
        for one, other in itertools.combinations(parts, 2):
            if _overlap(one, other) and not _contains(one, other) and not _contains(other, one):
                yield f"{name}: {one} and {other} overlap"


def too_small(screens: Screens, panel: Panel) -> Iterator[str]:
    least = panel.pixels(TARGET_MILLIMETRES)
    for name, box in _all(screens):
        if box.kind in _PRESSED and min(box.width, box.height) < least - 1:
            yield f"{name}: {box} is smaller than {least:.0f} pixels"


def hard_to_read(screens: Screens, _: Panel) -> Iterator[str]:
    """WCAG 2.2, 1.4.6. A button that cannot be pressed yet is faint on purpose."""
    for name, box in _all(screens):
        if box.kind in _READ and box.contrast is not None and box.contrast < LEAST_CONTRAST:
            yield f"{name}: the words of {box} are hard to read"


def alike(screens: Screens, _: Panel) -> Iterator[str]:
    seen: dict[tuple[tuple[str, str], ...], str] = {}
    for name, boxes in screens.items():
        parts = tuple((box.kind, box.words) for box in boxes)
        if parts in seen:
            yield f"{name} is the same as {seen[parts]}"
        seen[parts] = name


CHECKS: tuple[Callable[[Screens, Panel], Iterator[str]], ...] = (
    outside,
    too_wide,
    cut,
    too_fine,
    overlapping,
    too_small,
    hard_to_read,
    alike,
)


def _all(screens: Screens) -> Iterator[tuple[str, Box]]:
    return ((name, box) for name, boxes in screens.items() for box in boxes)


def _overlap(one: Box, other: Box) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    along = min(one.top, other.top) - max(one.bottom, other.bottom)
    return across > 1 and along > 1


def _contains(one: Box, other: Box) -> bool:
    return one.left <= other.left and one.bottom <= other.bottom and one.right >= other.right and one.top >= other.top
