"""The five sounds, written down as notes. Pitches in Hz, times in seconds; how they are sung is in `voice`.

The arriving bird is drawn after the Japanese bush warbler (uguisu), the leaving one after the blue-and-white
flycatcher (ooruri). Both stay between 1.5 and 6 kHz: small loudspeakers are strong and old ears still good there.
"""

import math
from dataclasses import dataclass
from typing import assert_never

from sounds import Sound
from sounds.voice import Curve, Note

WHISTLE = (0.035, 0.012)
BELL = (0.16, 0.07, 0.02)
REED = (0.85, 0.60, 0.28, 0.14)


@dataclass(frozen=True, slots=True)
class Piece:
    notes: tuple[Note, ...]
    seconds: float
    wet: float
    """Strength of the room, 0 to 1."""
    peak_decibels: float
    fade_in_seconds: float = 0.004
    fade_out_seconds: float = 0.08


def piece(sound: Sound) -> Piece:
    match sound:
        case Sound.BIRDSONG_IN:
            return Piece(_bush_warbler(), seconds=2.2, wet=0.42, peak_decibels=-3)
        case Sound.BIRDSONG_OUT:
            return Piece(_flycatcher(), seconds=1.9, wet=0.42, peak_decibels=-3)
        case Sound.ATTENTION:
            return Piece(_two_bells(659, 880), seconds=0.95, wet=0.18, peak_decibels=-6)
        case Sound.ERROR:
            return Piece(_low_reed(), seconds=0.6, wet=0.12, peak_decibels=-5.5)
        case Sound.KEY:
            return Piece(_tick(), seconds=0.024, wet=0, peak_decibels=-14, fade_in_seconds=5e-4, fade_out_seconds=0.006)
        case _:
            assert_never(sound)


def _bush_warbler() -> tuple[Note, ...]:
    """Hoo, a swelling whistle that holds its pitch; then ho-hokekyo, thrown upwards without taking breath."""
    whistle = Note(
        start_seconds=0.02,
        seconds=0.94,
        hertz=((0, 1700), (0.12, 1745), (0.85, 1765), (1, 1800)),
        loudness=((0, 0), (0.18, 0.10), (0.82, 0.80), (0.93, 0.72), (1, 0)),
        overtones=WHISTLE,
        vibrato_hertz=6.2,
        vibrato_cents=16,
        tremor=0.10,
    )
    figure = Note(
        start_seconds=1.02,
        seconds=0.56,
        hertz=(
            (0, 2050),
            (0.14, 2300),
            (0.20, 2420),
            (0.27, 4500),
            (0.42, 3150),
            (0.50, 2600),
            (0.66, 4050),
            (0.80, 3700),
            (1, 3080),
        ),
        loudness=(
            (0, 0),
            (0.05, 0.75),
            (0.15, 0.80),
            (0.21, 0.25),
            (0.28, 0.95),
            (0.38, 0.90),
            (0.47, 0.22),
            (0.58, 1.0),
            (0.76, 0.85),
            (1, 0),
        ),
        overtones=WHISTLE,
        vibrato_hertz=17,
        vibrato_cents=18,
        tremor=0.12,
    )
    return whistle, figure


def _flycatcher() -> tuple[Note, ...]:
    """Three notes that step down, the last one sinking with a slow shake."""
    swell: Curve = ((0, 0), (0.22, 0.8), (0.55, 0.9), (1, 0))
    return (
        _falling(0.02, 0.27, ((0, 4500), (0.25, 4680), (1, 4250)), swell, vibrato_cents=12),
        _falling(0.34, 0.27, ((0, 3800), (0.25, 3950), (1, 3450)), swell, vibrato_cents=14),
        _falling(
            0.68, 0.66, ((0, 3150), (0.12, 3280), (0.45, 2950), (1, 2280)), ((0, 0), (0.12, 1), (0.4, 0.8), (1, 0)), 55
        ),
    )


def _falling(start_seconds: float, seconds: float, hertz: Curve, loudness: Curve, vibrato_cents: float) -> Note:
    return Note(start_seconds, seconds, hertz, loudness, WHISTLE, 13, vibrato_cents, tremor=0.10)


def _two_bells(first: float, second: float) -> tuple[Note, ...]:
    """A fourth upwards, as a question is asked: somebody is to look, and nothing is wrong."""
    return tuple(
        Note(start, length, ((0, pitch), (1, pitch)), _struck(length, attack_seconds=0.012, decay_seconds=0.17), BELL)
        for start, length, pitch in ((0.01, 0.5, first), (0.25, 0.66, second))
    )


def _low_reed() -> tuple[Note, ...]:
    """A fourth downwards, low and short. A small loudspeaker drops the lowest part, so more than half lies above it."""
    return tuple(
        Note(start, length, ((0, pitch), (1, pitch * 0.985)), ((0, 0), (0.15, 1), (0.55, 0.7), (1, 0)), REED)
        for start, length, pitch in ((0.01, 0.2, 392), (0.2, 0.32, 294))
    )


def _tick() -> tuple[Note, ...]:
    """A soft fingertip on wood: every digit sounds the same, so that nobody can listen to a PIN."""
    body = _struck(0.023, attack_seconds=0.0006, decay_seconds=0.0042)
    return (Note(0, 0.023, ((0, 1250), (0.3, 980), (1, 900)), body, overtones=(0.30, 0.22, 0.12)),)


def _struck(seconds: float, attack_seconds: float, decay_seconds: float) -> Curve:
    """Something hit and left to ring."""
    steps = 24
    ringing = seconds - attack_seconds
    return (
        (0.0, 0.0),
        *(
            ((attack_seconds + ringing * step / steps) / seconds, math.exp(-ringing * step / steps / decay_seconds))
            for step in range(steps)
        ),
        (1.0, 0.0),
    )
