"""How the start screen rests while nobody is there: how bright it is, and where. Pure.

It wanders a pixel a minute, so that no edge burns into the panel, and is dimmed by the hour or after a while without a
touch. Not in here: the painting (veil), and switching the display's own light off, which a terminal at a door never does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk.daytime import lies_between
from kiosk.settings import Idle

LEFT_ALONE_SECONDS = 20.0
"""Without a touch, in the hours in which it is dimmed: the next member may be right behind."""

_MINUTE = timedelta(minutes=1)
_SLOWER = 7
"""Minutes to one pixel upwards: in time every place of the square is visited, and seldom the same two in a row."""


@dataclass(frozen=True, slots=True)
class Rest:
    """`brightness` from 0 to 1; `shift` in pixels to the right and upwards."""

    brightness: float = 1.0
    shift: tuple[int, int] = (0, 0)


def rest_of(idle: Idle, now: datetime, untouched_seconds: float) -> Rest:
    """Of the start screen; every other screen is awake, which is `Rest()`."""
    minutes = int(now.timestamp() // _MINUTE.total_seconds())
    shift = _swing(minutes, idle.pixel_shift), _swing(minutes // _SLOWER, idle.pixel_shift)
    return Rest(idle.brightness if _is_dimmed(idle, now, untouched_seconds) else 1.0, shift)


def _is_dimmed(idle: Idle, now: datetime, untouched_seconds: float) -> bool:
    if lies_between(now, idle.dim_from, idle.dim_until) and untouched_seconds >= LEFT_ALONE_SECONDS:
        return True
    return 0 < idle.dim_after_seconds <= untouched_seconds


def _swing(step: int, most: int) -> int:
    """From -most to most and back, one at a time."""
    return abs(step % (4 * most) - 2 * most) - most if most else 0
