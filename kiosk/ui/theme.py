"""Colours and type sizes. Pairs that carry text reach 7:1 (WCAG 2.2 AAA), which the suite measures.

Sizes are for a window of 1200x740 (or 740x1200) and grow or shrink with it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.ui.scene import Tone

Colour = tuple[float, float, float, float]

REFERENCE_LONG = 1200
REFERENCE_SHORT = 740

FONT = "House"

DISPLAY = 96
TITLE = 54
BODY = 34
SMALL = 26


def colour(code: str) -> Colour:
    """`#RRGGBB`, each channel 0 to 1 and opaque."""
    red, green, blue = (int(code[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue, 1.0


PAPER = colour("#F7F5EF")
TILE = colour("#FFFFFF")
INK = colour("#1F2A30")
QUIET = colour("#47555D")
FAINT = colour("#A9A491")
"""Only for what cannot be pressed yet."""
LINE = colour("#D9D4C7")
PRESSED = colour("#E4DFD2")
BANNER = colour("#F2C230")

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
