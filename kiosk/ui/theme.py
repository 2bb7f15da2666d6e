"""The design system: two palettes, a scale of type, one of distances, and how large a target is.

Pairs that carry text reach 7:1 (WCAG 2.2 AAA), which the suite measures. Sizes are for a window of 1200x740 (or 740x1200)
and grow or shrink with it; a target never becomes smaller than a finger. Not in here: what has which size (looks.kv).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import hypot
from types import MappingProxyType

from kiosk.daytime import lies_between
from kiosk.settings import Screen, Theme
from kiosk.ui.scene import Tone

Colour = tuple[float, float, float, float]

REFERENCE_LONG = 1200
REFERENCE_SHORT = 740

DISPLAY = 96
TITLE = 54
BODY = 34
SMALL = 26
SHRINKING = (1.0, 0.94, 0.88, 0.82, 0.76, 0.7, 0.64, 0.58, 0.52, 0.46)
"""By how much texts of one column are made smaller together, until they fit."""

HAIR = 3
TIGHT = 10
GAP = 20
WIDE = 28
EDGE = 40
ROUND = 28

TARGET_MILLIMETRES = 18.0
_MILLIMETRES_PER_INCH = 25.4


def colour(code: str) -> Colour:
    """`#RRGGBB`, each channel 0 to 1 and opaque."""
    red, green, blue = (int(code[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue, 1.0


WHITE = colour("#FFFFFF")
NOTHING = (0.0, 0.0, 0.0, 0.0)
BANNER = colour("#F2C230")
BANNER_INK = colour("#1F2A30")
TONES: Mapping[Tone, Colour] = MappingProxyType(
    {
        Tone.IN: colour("#0A5743"),
        Tone.OUT: colour("#2C4687"),
        Tone.BOTH: colour("#2A363D"),
        Tone.CLOSED: colour("#45403A"),
        Tone.ATTENTION: colour("#7A3E00"),
        Tone.STOP: colour("#8E1B20"),
    }
)
"""Surfaces under white words, by day and by night."""


@dataclass(frozen=True, slots=True)
class Palette:
    """`faint` only for what cannot be pressed yet; `tones` are for words on the page; `lamp` dims pictures."""

    paper: Colour
    tile: Colour
    ink: Colour
    quiet: Colour
    faint: Colour
    line: Colour
    lamp: Colour
    tones: Mapping[Tone, Colour]


LIGHT = Palette(
    paper=colour("#F7F5EF"),
    tile=WHITE,
    ink=colour("#1F2A30"),
    quiet=colour("#47555D"),
    faint=colour("#A9A491"),
    line=colour("#D9D4C7"),
    lamp=WHITE,
    tones=TONES,
)
DARK = Palette(
    paper=colour("#12181B"),
    tile=colour("#232D32"),
    ink=colour("#F4F1EA"),
    quiet=colour("#C5CDD1"),
    faint=colour("#6F7A80"),
    line=colour("#46535A"),
    lamp=colour("#D8D8D8"),
    tones=MappingProxyType(
        {
            Tone.IN: colour("#8FE0C0"),
            Tone.OUT: colour("#B4C5FF"),
            Tone.BOTH: colour("#D5DEE3"),
            Tone.CLOSED: colour("#DDD5CB"),
            Tone.ATTENTION: colour("#FFC78C"),
            Tone.STOP: colour("#FFB9B4"),
        }
    ),
)


def palette_at(screen: Screen, at: datetime) -> Palette:
    """By the house's clock, where it is the clock that decides."""
    match screen.theme:
        case Theme.LIGHT:
            return LIGHT
        case Theme.DARK:
            return DARK
        case Theme.AUTO:
            return DARK if lies_between(at, screen.dark_from, screen.dark_until) else LIGHT


def target_of(width: float, height: float, inches: float) -> float:
    """The least side of whatever is pressed, in pixels, on a display with that diagonal."""
    return hypot(width, height) / inches / _MILLIMETRES_PER_INCH * TARGET_MILLIMETRES


def button(scale: float, target: float) -> float:
    """The height of one."""
    return max(112 * scale, target)


def keypad_height(page_height: float, scale: float, target: float, rows: int) -> float:
    """Where it is not beside the words: the lower half, for a hand that comes from a wheelchair, and its rows at least."""
    return max(rows * target + (rows - 1) * TIGHT * scale, page_height / 2 - GAP * scale)


def lit(step: int, place: int, side: str) -> float:
    """Of the signs that point to the reader, the opacity of one at that place from the left or the top."""
    order = 2 - place if side == "left" else place
    return 1.0 if step > order else 0.25


def scale_of(width: float, height: float) -> float:
    """How much larger than the reference a window is."""
    return min(max(width, height) / REFERENCE_LONG, min(width, height) / REFERENCE_SHORT)


def darker(shade: Colour) -> Colour:
    """A pressed surface."""
    red, green, blue, alpha = shade
    return red * 0.78, green * 0.78, blue * 0.78, alpha


def contrast(one: Colour, other: Colour) -> float:
    """WCAG 2.2 contrast ratio, 1 to 21."""
    brighter, dimmer = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (dimmer + 0.05)


def _luminance(shade: Colour) -> float:
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - WCAG's sRGB
        for channel in shade[:3]
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
