"""One voice: a note is a pure tone whose pitch and loudness follow drawn curves. No rooms, no files, no melodies."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from random import Random

RATE = 44_100
TREMOR_HERTZ = 40

Curve = tuple[tuple[float, float], ...]
"""Points (part of the note, value): the part runs from 0 to 1 and only grows."""


@dataclass(frozen=True, slots=True)
class Note:
    start_seconds: float
    seconds: float
    hertz: Curve
    loudness: Curve
    overtones: tuple[float, ...] = ()
    """Loudness of the 2nd, 3rd... harmonic against the first."""
    vibrato_hertz: float = 0.0
    vibrato_cents: float = 0.0
    """Reached at the end of the note: a bird's vibrato grows."""
    tremor: float = 0.0
    """Part of the loudness that wavers at random, 0 to 1: what tells a throat from a machine."""


def sung(notes: tuple[Note, ...], seconds: float, chance: Random) -> list[float]:
    """All notes added up, as samples at RATE; nothing keeps them within -1 to 1."""
    samples = [0.0] * round(seconds * RATE)
    for note in notes:
        first = round(note.start_seconds * RATE)
        for index, value in enumerate(_tone(note, chance), first):
            samples[index] += value
    return samples


def _tone(note: Note, chance: Random) -> Iterator[float]:
    count = round(note.seconds * RATE)
    log_hertz = _followed(tuple((part, math.log(value)) for part, value in note.hertz), count)
    loudness = _followed(note.loudness, count)
    depth = note.vibrato_cents / 1200 * math.log(2)
    phase = 0.0
    for index, (pitch, level, waver) in enumerate(zip(log_hertz, loudness, _wavering(count, chance), strict=True)):
        swing = depth * index / count * math.sin(math.tau * note.vibrato_hertz * index / RATE)
        phase += math.tau * math.exp(pitch + swing) / RATE
        colour = sum(part * math.sin(order * phase) for order, part in enumerate(note.overtones, 2))
        yield level * (1 - note.tremor * waver) * (math.sin(phase) + colour)


def _followed(curve: Curve, count: int) -> Iterator[float]:
    """The curve at `count` places, eased in and out of every point so that nothing turns sharply."""
    for (part, value), (next_part, next_value) in pairwise(curve):
        first, last = round(part * count), round(next_part * count)
        for index in range(first, last):
            way = (index - first) / (last - first)
            yield value + (next_value - value) * way * way * (3 - 2 * way)


def _wavering(count: int, chance: Random) -> Iterator[float]:
    """Values from 0 to 1 that wander slowly."""
    points = count * TREMOR_HERTZ // RATE + 2
    curve = tuple((index / (points - 1), chance.random()) for index in range(points))
    return _followed(curve, count)
