"""What a sound looks like: a bar of light that passes over the whole screen once, for eyes instead of ears.

Upwards who comes in, downwards who leaves, from the left a call for attention, from the right a failure. It passes a
place once and rests before the next, so that nothing flashes three times a second (WCAG 2.2, 2.3.1), and takes few steps:
each is a whole window for a machine without a GPU. Pure; painting it is not in here (sweep).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kiosk.ui.scene import Tone
from sounds import Sound

STEPS = 5
STEP_SECONDS = 0.08
REST_STEPS = 2
BAR = 0.34
"""Of the screen along the way; steps overlap, so that the eye sees it move."""
CORE = 0.22
"""Of the same, in the colour; what is left of the bar is white, which shows on a screen of that colour."""

LIGHTS: Mapping[Sound, Tone] = MappingProxyType(
    {
        Sound.BIRDSONG_IN: Tone.IN,
        Sound.BIRDSONG_OUT: Tone.OUT,
        Sound.ATTENTION: Tone.ATTENTION,
        Sound.ERROR: Tone.STOP,
    }
)
"""The click of a key has none: its dot is its light, and a bar a digit would flash."""
_UPRIGHT = frozenset({Tone.ATTENTION, Tone.STOP})
_BACKWARDS = frozenset({Tone.OUT, Tone.STOP})


@dataclass(frozen=True, slots=True)
class Bar:
    """Parts of the screen, from its left and its bottom; an end may lie outside."""

    left: float
    bottom: float
    width: float
    height: float


def bar_at(tone: Tone, step: int, thickness: float) -> Bar:
    """`step` from 0 to STEPS - 1."""
    middle = (step + 0.5) / STEPS
    start = (1 - middle if tone in _BACKWARDS else middle) - thickness / 2
    return Bar(start, 0, thickness, 1) if tone in _UPRIGHT else Bar(0, start, 1, thickness)
