"""The listener that tells the machine tests which sounds were played: it finds them all, and nothing else."""

import numpy as np
import pytest

from machine.listening import RATE, Samples, from_pcm, sound_samples, which_sounds
from sounds import Sound

NOISE = np.random.default_rng(1)


def recording(*played: tuple[Sound, float, float], seconds: float = 5.0, noise: float = 0.0) -> Samples:
    """Each sound from its second on, at its gain."""
    samples = noise * NOISE.standard_normal(round(seconds * RATE))
    for sound, start, gain in played:
        wanted = sound_samples(sound)
        room = samples[round(start * RATE) :][: len(wanted)]
        room += gain * wanted[: len(room)]
    return samples


def names(samples: Samples, rate: int = RATE) -> list[Sound]:
    return [heard.sound for heard in which_sounds(samples, rate)]


@pytest.mark.parametrize("sound", Sound)
def test_a_sound_alone_is_heard_once_where_it_starts_and_as_loud_as_it_is(sound: Sound) -> None:
    (heard,) = which_sounds(recording((sound, 1.25, 0.5)), RATE)
    assert heard.sound is sound
    assert heard.seconds == pytest.approx(1.25, abs=0.001)
    assert heard.gain == pytest.approx(0.5, abs=0.01)
    assert heard.likeness == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("gain", [0.01, 0.1, 1.0, 1.4])
def test_loudness_does_not_matter(gain: float) -> None:
    assert names(recording((Sound.BIRDSONG_OUT, 1, gain))) == [Sound.BIRDSONG_OUT]


@pytest.mark.parametrize("sound", [Sound.BIRDSONG_IN, Sound.BIRDSONG_OUT, Sound.ATTENTION, Sound.ERROR])
def test_a_sound_is_heard_through_noise_as_loud_as_itself(sound: Sound) -> None:
    level = float(np.sqrt(np.mean(sound_samples(sound) ** 2)))
    assert names(recording((sound, 2, 1.0), noise=level)) == [sound]


def test_overlapping_sounds_are_told_apart() -> None:
    played = ((Sound.BIRDSONG_IN, 0.5, 1.0), (Sound.BIRDSONG_OUT, 1.5, 0.7), (Sound.ATTENTION, 2.0, 1.0))
    assert names(recording(*played)) == [Sound.BIRDSONG_IN, Sound.BIRDSONG_OUT, Sound.ATTENTION]


def test_a_key_pressed_under_a_much_louder_birdsong_is_heard() -> None:
    played = ((Sound.BIRDSONG_IN, 0.5, 1.0), (Sound.KEY, 1.2, 0.5))
    assert names(recording(*played)) == [Sound.BIRDSONG_IN, Sound.KEY]


def test_four_keys_and_a_birdsong_are_heard_in_order() -> None:
    played = [(Sound.KEY, 0.3 * start, 1.0) for start in range(1, 5)]
    heard = which_sounds(recording(*played, (Sound.BIRDSONG_IN, 2.0, 1.0)), RATE)
    assert [one.sound for one in heard] == [Sound.KEY] * 4 + [Sound.BIRDSONG_IN]
    assert [one.seconds for one in heard] == pytest.approx([0.3, 0.6, 0.9, 1.2, 2.0], abs=0.001)


def test_the_same_sound_twice_is_heard_twice() -> None:
    played = ((Sound.BIRDSONG_IN, 0.2, 1.0), (Sound.BIRDSONG_IN, 2.6, 1.0))
    assert names(recording(*played)) == [Sound.BIRDSONG_IN, Sound.BIRDSONG_IN]


def test_a_sound_cut_off_by_the_end_of_the_recording_is_still_heard() -> None:
    assert names(recording((Sound.BIRDSONG_IN, 3.6, 1.0))) == [Sound.BIRDSONG_IN]


def test_a_recording_that_begins_with_the_sound_hears_it_at_nought() -> None:
    (heard,) = which_sounds(recording((Sound.BIRDSONG_IN, 0, 1.0)), RATE)
    assert heard.seconds == 0


@pytest.mark.parametrize("rate", [22_050, 48_000])
def test_a_recording_at_another_rate_is_understood(rate: int) -> None:
    kept = recording((Sound.BIRDSONG_IN, 1, 1.0), (Sound.ERROR, 3.5, 1.0))
    places = np.arange(0, len(kept), RATE / rate)
    other = np.interp(places, np.arange(len(kept)), kept)
    heard = which_sounds(other, rate)
    assert [one.sound for one in heard] == [Sound.BIRDSONG_IN, Sound.ERROR]
    assert [one.seconds for one in heard] == pytest.approx([1, 3.5], abs=0.001)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(RATE),
        np.zeros(1),
        np.zeros(0),
        0.3 * NOISE.standard_normal(3 * RATE),
        0.5 * np.sin(np.arange(3 * RATE) * 2 * np.pi * 1762 / RATE),
        0.5 * np.sin(np.cumsum(np.linspace(200, 6000, 3 * RATE)) * 2 * np.pi / RATE),
    ],
    ids=["silence", "one sample", "nothing at all", "noise", "a steady whistle", "a siren"],
)
def test_nothing_of_ours_is_heard_in(samples: Samples) -> None:
    assert names(samples) == []


def test_a_song_played_backwards_is_not_that_song() -> None:
    assert names(recording((Sound.BIRDSONG_IN, 1, 1.0))[::-1]) == []


def test_two_channels_of_raw_pcm_are_mixed_into_one() -> None:
    raw = np.array([[100, 300], [-200, 0]], dtype="<i2").tobytes()
    assert from_pcm(raw, channels=2) * 32_768 == pytest.approx([200, -100])


def test_a_frame_cut_off_at_the_end_of_raw_pcm_is_left_out() -> None:
    assert len(from_pcm(b"\0" * 10, channels=2)) == 2
