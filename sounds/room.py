"""What happens to a voice on its way to the ear: a small room, then an even level. No notes and no files."""

import math
from itertools import accumulate

from sounds.voice import RATE

REFLECTIONS = ((0.0113, 0.30), (0.0171, 0.24), (0.0237, 0.19), (0.0329, 0.14))
"""Seconds and strength of the first walls."""
TAILS = (0.0297, 0.0371, 0.0411, 0.0437)
"""Delays of the combs that make the tail (M. R. Schroeder, Natural Sounding Artificial Reverberation, 1962)."""
TAIL_FEEDBACK = 0.62
TAIL_DAMPING = 0.35
BLOCKING = 0.995


def echoed(samples: list[float], wet: float) -> list[float]:
    """The samples with a small room around them; `wet` is the strength of the room, 0 to 1."""
    room = [0.0] * len(samples)
    for seconds, strength in REFLECTIONS:
        delay = round(seconds * RATE)
        for index in range(delay, len(samples)):
            room[index] += strength * samples[index - delay]
    for seconds in TAILS:
        for index, value in enumerate(_tail(samples, round(seconds * RATE))):
            room[index] += value / len(TAILS)
    return [dry + wet * around for dry, around in zip(samples, room, strict=True)]


def _tail(samples: list[float], delay: int) -> list[float]:
    line = [0.0] * delay
    heard = []
    damped = 0.0
    for index, sample in enumerate(samples):
        out = line[index % delay]
        damped = out + (damped - out) * TAIL_DAMPING
        line[index % delay] = sample + damped * TAIL_FEEDBACK
        heard.append(out)
    return heard


def centred(samples: list[float]) -> list[float]:
    """Without the constant part and anything below about 35 Hz, which a small loudspeaker can only rattle at."""
    steps = [sample - before for before, sample in zip([0.0, *samples], samples, strict=False)]
    return list(accumulate(steps, lambda held, step: held * BLOCKING + step))


def faded(samples: list[float], in_seconds: float, out_seconds: float) -> list[float]:
    """Silent at both ends, so that neither clicks."""
    rise, fall = round(in_seconds * RATE), round(out_seconds * RATE)
    last = len(samples) - 1
    return [sample * _ease(index / rise) * _ease((last - index) / fall) for index, sample in enumerate(samples)]


def _ease(way: float) -> float:
    return 0.5 - 0.5 * math.cos(math.pi * min(way, 1.0))


def levelled(samples: list[float], peak_decibels: float) -> list[float]:
    """Scaled so that the greatest sample lies at `peak_decibels` below full scale (a negative number)."""
    scale = 10 ** (peak_decibels / 20) / max(abs(sample) for sample in samples)
    return [sample * scale for sample in samples]
