"""How loud a recording is to an ear and not to a voltmeter: ITU-R BS.1770-5, annex 1, for one channel."""

import numpy as np

from machine.listening import RATE, Samples

MOMENT_SECONDS = 0.4
_STEP_SECONDS = 0.1
_NOTHING = 1e-12
_OFFSET = -0.691
# Coefficients of the pre-filter and of the high-pass, as the annex gives them for 48 kHz, by what they are made of.
_SHELF_HERTZ, _SHELF_DECIBELS, _SHELF_Q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
_SHELF_POWER = 0.4996667741545416
_PASS_HERTZ, _PASS_Q = 38.13547087602444, 0.5003270373238773


def loudest(samples: Samples) -> float:
    """LUFS of the loudest 400 ms, full scale at 1."""
    moment, step = round(MOMENT_SECONDS * RATE), round(_STEP_SECONDS * RATE)
    weighted = _weighted(np.concatenate((samples, np.zeros(moment))))
    powers = [np.mean(weighted[start : start + moment] ** 2) for start in range(0, len(samples), step)]
    return float(_OFFSET + 10 * np.log10(max(powers) + _NOTHING))


def _weighted(samples: Samples) -> Samples:
    size = 1 << (2 * len(samples)).bit_length()
    turned = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    k = np.tan(np.pi * _SHELF_HERTZ / RATE)
    high = 10 ** (_SHELF_DECIBELS / 20)
    band = high**_SHELF_POWER
    shelf = (high + band * k / _SHELF_Q + k * k, 2 * (k * k - high), high - band * k / _SHELF_Q + k * k)
    low = np.tan(np.pi * _PASS_HERTZ / RATE)
    gain = _curve(shelf, _poles(k, _SHELF_Q), turned) * _curve((1, -2, 1), _poles(low, _PASS_Q), turned)
    # The annex takes the high-pass without the factor that would bring its top to 1.
    gain *= 1 + low / _PASS_Q + low * low
    return np.asarray(np.fft.irfft(np.fft.rfft(samples, size) * gain, size)[: len(samples)], dtype=np.float64)


def _poles(k: float, q: float) -> tuple[float, float, float]:
    return 1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k


def _curve(above: tuple[float, ...], below: tuple[float, ...], turned: np.ndarray) -> np.ndarray:
    return np.polyval(above[::-1], turned) / np.polyval(below[::-1], turned)
