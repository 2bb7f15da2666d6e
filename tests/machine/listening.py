"""Which sounds of the terminal can be heard in a recording, and when. For digital recordings, not for a microphone's clock.

Each checked-in sound is slid along the recording and compared (normalised cross-correlation, so loudness does not
matter); what was recognised is taken out before a shorter sound is looked for in the rest.
"""

import wave
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sounds import Sound, sound_path

Samples = NDArray[np.float64]

RATE = 44_100
FULL_SCALE = 32_768
SILENCE = 1e-4
"""Anything below -80 dB of full scale is taken for silence."""
LIKENESS = {
    Sound.BIRDSONG_IN: 0.4,
    Sound.BIRDSONG_OUT: 0.4,
    Sound.ATTENTION: 0.5,
    Sound.ERROR: 0.5,
    Sound.KEY: 0.6,
}
"""How alike is alike, longest sound first: a song is hard to mistake, a click is easy to."""


@dataclass(frozen=True, slots=True)
class Heard:
    sound: Sound
    seconds: float
    """When it starts, from the start of the recording."""
    gain: float
    """Its loudness against the file: 1 is as made."""
    likeness: float
    """1 is the sound and nothing else, 0 nothing of it."""


def which_sounds(samples: Samples, rate: int) -> tuple[Heard, ...]:
    """In the order they start. `samples` are one channel, full scale at 1."""
    rest = _at_own_rate(samples, rate)
    heard: list[Heard] = []
    for sound, enough in LIKENESS.items():
        wanted = sound_samples(sound)
        for found in _found(rest, sound, wanted, enough):
            first = round(found.seconds * RATE)
            rest[first : first + len(wanted)] -= found.gain * wanted[: len(rest) - first]
            heard.append(found)
    return tuple(sorted(heard, key=lambda found: found.seconds))


def sound_samples(sound: Sound) -> Samples:
    with wave.open(str(sound_path(sound))) as file:
        return from_pcm(file.readframes(file.getnframes()), file.getnchannels())


def from_pcm(raw: bytes, channels: int) -> Samples:
    """Little-endian 16-bit frames, as SDL's disk driver writes them, mixed down to one channel."""
    whole = len(raw) - len(raw) % (2 * channels)
    frames = np.frombuffer(raw[:whole], dtype="<i2").reshape(-1, channels)
    return np.asarray(frames.mean(axis=1) / FULL_SCALE, dtype=np.float64)


def _found(rest: Samples, sound: Sound, wanted: Samples, enough: float) -> list[Heard]:
    matched, likeness = _compared(rest, wanted)
    energy = float(np.dot(wanted, wanted))
    found = []
    while (at := int(np.argmax(likeness))) >= 0 and likeness[at] >= enough:
        found.append(Heard(sound, at / RATE, float(matched[at]) / energy, float(likeness[at])))
        likeness[max(0, at - len(wanted) // 2) : at + len(wanted) // 2] = 0
    return found


def _compared(rest: Samples, wanted: Samples) -> tuple[Samples, Samples]:
    """For each place: the correlation with `wanted`, and the same as a part of all there is to hear there."""
    size = 1 << (len(rest) + 2 * len(wanted)).bit_length()
    spectrum = np.fft.rfft(rest, size) * np.conj(np.fft.rfft(wanted, size))
    matched = np.fft.irfft(spectrum, size)[: max(len(rest), 1)]
    powers = np.concatenate(([0.0], np.cumsum(rest**2), np.full(len(wanted), float(np.sum(rest**2)))))
    around = powers[len(wanted) :][: len(matched)] - powers[: len(matched)]
    floor = SILENCE**2 * len(wanted)
    return matched, matched / np.sqrt(np.maximum(around, floor) * float(np.dot(wanted, wanted)))


def _at_own_rate(samples: Samples, rate: int) -> Samples:
    if rate == RATE:
        return samples.astype(np.float64, copy=True)
    count = round(len(samples) * RATE / rate)
    spectrum = np.fft.rfft(samples)
    kept = np.zeros(count // 2 + 1, dtype=np.complex128)
    shared = min(len(kept), len(spectrum))
    kept[:shared] = spectrum[:shared]
    return np.asarray(np.fft.irfft(kept, count) * (count / len(samples)), dtype=np.float64)
