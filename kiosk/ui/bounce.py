"""One press that comes twice: a finger that bounces, or presses double as on a computer. Pure.

What is pressed acts at once, so that the second press would meet another screen, and there whatever lies under the
finger: "Next" would be followed by "Cancel". Two presses on one screen are two, so that a digit may be typed as fast as
wanted.
"""

from math import dist

DOUBLE_SECONDS = 0.4
"""A little more than between the two of a double click."""

Place = tuple[float, float]


class Presses:
    def __init__(self) -> None:
        self._place: Place = (0.0, 0.0)
        self._until = float("-inf")
        self._turned = False

    def screen_turns(self) -> None:
        self._turned = True

    def counts(self, place: Place, reach: float, now: float) -> bool:
        """`reach` is how far from the first a second press is still the same, in the unit of places; `now` in seconds."""
        again = self._turned and now < self._until and dist(place, self._place) < reach
        self._until = now + DOUBLE_SECONDS
        if not again:
            self._place, self._turned = place, False
        return not again
