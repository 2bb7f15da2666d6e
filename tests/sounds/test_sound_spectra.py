"""What the sounds are like to the ear, measured: a birdsong says that all is done (A8, A11), nothing alarms anyone."""

from collections.abc import Callable
from itertools import combinations, pairwise

import numpy as np
import pytest

from machine.listening import RATE, Samples, sound_samples
from machine.loudness import loudest
from sounds import Sound

BIRDS = (Sound.BIRDSONG_IN, Sound.BIRDSONG_OUT)
FRAME = 1024


def power(samples: Samples) -> tuple[Samples, Samples]:
    """Frequencies in Hz, and the power at each."""
    strength = np.abs(np.fft.rfft(samples)) ** 2
    return np.fft.rfftfreq(len(samples), 1 / RATE).astype(np.float64), strength.astype(np.float64)


def part_between(samples: Samples, low: float, high: float) -> float:
    hertz, strength = power(samples)
    return float(strength[(hertz >= low) & (hertz < high)].sum() / strength.sum())


def pitches(samples: Samples) -> list[float]:
    """The strongest frequency of every frame that is loud enough to have one, in Hz."""
    frames = samples[: len(samples) - len(samples) % FRAME].reshape(-1, FRAME)
    loud = [frame for frame in frames if np.abs(frame).max() > 0.1 * np.abs(samples).max()]
    spectra = np.abs(np.fft.rfft(np.asarray(loud) * np.hanning(FRAME), 8 * FRAME))
    return [float(place) * RATE / (8 * FRAME) for place in spectra.argmax(axis=1)]


def lowest(samples: Samples) -> float:
    """The lowest frequency in Hz that carries a tenth of the power of the strongest."""
    hertz, strength = power(samples)
    return float(hertz[strength > 0.1 * strength.max()].min())


def decibels(value: float) -> float:
    return float(20 * np.log10(value))


def loudness(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2)))


@pytest.mark.parametrize("bird", BIRDS)
def test_a_birdsong_lies_where_small_loudspeakers_and_old_ears_are_good(bird: Sound) -> None:
    assert part_between(sound_samples(bird), 1500, 6000) > 0.99


@pytest.mark.parametrize("bird", BIRDS)
def test_a_birdsong_lasts_about_two_seconds(bird: Sound) -> None:
    assert 1.8 <= len(sound_samples(bird)) / RATE <= 2.4


@pytest.mark.parametrize("bird", BIRDS)
def test_a_birdsong_peaks_three_decibels_below_full_scale(bird: Sound) -> None:
    assert decibels(np.abs(sound_samples(bird)).max()) == pytest.approx(-3, abs=0.05)


@pytest.mark.parametrize("bird", BIRDS)
def test_a_birdsong_is_a_whistle_with_hardly_any_overtone(bird: Sound) -> None:
    assert part_between(sound_samples(bird), 6000, 22_050) < 0.01


def test_the_arriving_bird_holds_one_pitch_while_it_swells_then_goes_up() -> None:
    song = sound_samples(Sound.BIRDSONG_IN)
    whistle, figure = song[:RATE], song[RATE:]
    held = pitches(whistle)
    assert max(held) / min(held) < 1.08
    assert loudness(whistle[RATE // 2 : RATE * 3 // 4]) > 2 * loudness(whistle[: RATE // 4])
    assert np.median(pitches(figure)) > 1.5 * np.median(held)


def test_the_leaving_bird_comes_down_step_by_step() -> None:
    notes = [(0.02, 0.29), (0.36, 0.61), (0.75, 1.2)]
    song = sound_samples(Sound.BIRDSONG_OUT)
    steps = [float(np.median(pitches(song[round(start * RATE) : round(end * RATE)]))) for start, end in notes]
    assert all(higher > 1.1 * lower for higher, lower in pairwise(steps))


def test_the_two_birds_cannot_be_mixed_up() -> None:
    arriving, leaving = sound_samples(Sound.BIRDSONG_IN), sound_samples(Sound.BIRDSONG_OUT)
    assert part_between(arriving, 1500, 2000) > 0.3
    assert part_between(leaving, 1500, 2000) < 0.01


def test_a_call_for_attention_is_two_soft_tones_upwards_as_a_question() -> None:
    call = sound_samples(Sound.ATTENTION)
    assert part_between(call[: RATE // 5], 620, 700) > 0.9
    assert part_between(call[RATE * 2 // 5 : RATE * 3 // 5], 830, 930) > 0.7


def test_a_failure_is_two_tones_downwards_well_below_a_call_for_attention() -> None:
    failure = sound_samples(Sound.ERROR)
    first, last = failure[: RATE // 5], failure[RATE // 4 : RATE // 2]
    assert part_between(first, 380, 400) > 0.4
    assert part_between(last, 285, 300) > 0.4
    assert lowest(failure) < 0.7 * lowest(sound_samples(Sound.ATTENTION))


def test_a_failure_is_heard_from_a_loudspeaker_that_has_nothing_below_400_hertz() -> None:
    assert part_between(sound_samples(Sound.ERROR), 400, 4000) > 0.5


@pytest.mark.parametrize("sound", [Sound.ATTENTION, Sound.ERROR])
def test_a_call_is_softer_than_the_birds_and_loud_enough_beside_them(sound: Sound) -> None:
    assert 5 < loudest(sound_samples(Sound.BIRDSONG_IN)) - loudest(sound_samples(sound)) < 10


def test_both_birds_are_as_loud_as_each_other_to_the_ear() -> None:
    assert abs(loudest(sound_samples(Sound.BIRDSONG_IN)) - loudest(sound_samples(Sound.BIRDSONG_OUT))) < 1.5


def test_both_calls_are_as_loud_as_each_other_to_the_ear() -> None:
    assert abs(loudest(sound_samples(Sound.ATTENTION)) - loudest(sound_samples(Sound.ERROR))) < 1.5


def test_a_key_click_is_the_softest_of_all() -> None:
    assert loudest(sound_samples(Sound.KEY)) < loudest(sound_samples(Sound.ATTENTION)) - 15


@pytest.mark.parametrize(("one", "other"), list(combinations(Sound, 2)))
def test_no_sound_is_like_another(one: Sound, other: Sound) -> None:
    spectra = [np.fft.rfft(sound_samples(sound), 1 << 18) for sound in (one, other)]
    energies = [np.linalg.norm(sound_samples(sound)) for sound in (one, other)]
    assert np.abs(np.fft.irfft(spectra[0] * np.conj(spectra[1]))).max() < 0.2 * energies[0] * energies[1]


def test_loudness_is_measured_as_the_standard_does() -> None:
    """ITU-R BS.1770-5: 997 Hz at full scale is -3.01 LUFS."""
    assert loudest(np.sin(2 * np.pi * 997 * np.arange(RATE) / RATE)) == pytest.approx(-3.01, abs=0.02)


def test_a_key_click_is_over_before_the_finger_has_left() -> None:
    assert 0.015 <= len(sound_samples(Sound.KEY)) / RATE <= 0.030


@pytest.mark.parametrize("sound", Sound)
@pytest.mark.parametrize("end", [lambda samples: samples[:4], lambda samples: samples[-4:]], ids=["start", "stop"])
def test_no_sound_clicks_at_its_ends(sound: Sound, end: Callable[[Samples], Samples]) -> None:
    assert np.abs(end(sound_samples(sound))).max() < 0.005


@pytest.mark.parametrize("sound", Sound)
def test_no_sound_pushes_the_loudspeaker_to_one_side(sound: Sound) -> None:
    assert abs(float(sound_samples(sound).mean())) < 0.01 * np.abs(sound_samples(sound)).max()


@pytest.mark.parametrize("sound", Sound)
def test_no_sound_is_clipped(sound: Sound) -> None:
    samples = np.abs(sound_samples(sound))
    assert (samples == samples.max()).sum() <= 2
    assert samples.max() < 0.75
