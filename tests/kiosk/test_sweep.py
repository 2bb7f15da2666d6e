"""The bar of light that passes with a sound: once each, one after the other, never so often that it flashes."""

import os
import subprocess
import sys
from itertools import pairwise

import pytest

from kiosk.ui.light import BAR, CORE, LIGHTS, REST_STEPS, STEP_SECONDS, STEPS, bar_at
from kiosk.ui.scene import Tone
from sounds import Sound


def passing(*tones: Tone) -> list[Tone]:
    """Over the middle of a window, when all are asked for at once."""
    done = subprocess.run(
        [sys.executable, "-m", "machine.passing_light", *(tone.value for tone in tones)],
        env={**os.environ, "PYTHONPATH": "tests", "SDL_VIDEODRIVER": "offscreen", "SDL_AUDIODRIVER": "dummy"},
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    return [Tone(line) for line in done.stdout.split()]


@pytest.mark.parametrize("tone", LIGHTS.values())
def test_a_bar_passes_once(tone: Tone) -> None:
    assert passing(tone) == [tone]


def test_what_comes_meanwhile_waits_and_of_several_the_last_is_shown() -> None:
    assert passing(Tone.ATTENTION, Tone.IN, Tone.STOP) == [Tone.ATTENTION, Tone.STOP]


@pytest.mark.parametrize(
    ("tone", "upright", "forwards"),
    [
        pytest.param(Tone.IN, False, True, id="who comes in: upwards"),
        pytest.param(Tone.OUT, False, False, id="who leaves: downwards"),
        pytest.param(Tone.ATTENTION, True, True, id="attention: from the left"),
        pytest.param(Tone.STOP, True, False, id="a failure: from the right"),
    ],
)
def test_each_light_has_its_own_way(tone: Tone, upright: bool, forwards: bool) -> None:
    bars = [bar_at(tone, step, CORE) for step in range(STEPS)]
    starts = [bar.left if upright else bar.bottom for bar in bars]
    assert {(bar.width, bar.height) for bar in bars} == {(CORE, 1) if upright else (1, CORE)}
    assert starts == sorted(starts, reverse=not forwards)


@pytest.mark.parametrize("tone", LIGHTS.values())
def test_the_bar_leaves_no_part_of_the_screen_out(tone: Tone) -> None:
    starts = sorted(max(bar.left, bar.bottom) for bar in (bar_at(tone, step, BAR) for step in range(STEPS)))
    assert all(later - earlier < BAR for earlier, later in pairwise(starts))
    assert starts[0] <= 0.0 <= starts[0] + BAR
    assert starts[-1] + BAR >= 1


def test_nothing_flashes_three_times_a_second() -> None:
    """WCAG 2.2, success criterion 2.3.1, with room to spare."""
    assert 1 / ((STEPS + REST_STEPS) * STEP_SECONDS) < 2


def test_it_takes_less_than_half_a_second_in_few_pictures() -> None:
    assert pytest.approx(0.4) == STEPS * STEP_SECONDS
    assert 4 <= STEPS <= 6


def test_every_sound_but_the_click_of_a_key_has_its_light() -> None:
    """A key has its dot: a light a digit would flash, and tell how fast somebody types."""
    assert set(LIGHTS) == set(Sound) - {Sound.KEY}
    assert len(set(LIGHTS.values())) == len(LIGHTS)
