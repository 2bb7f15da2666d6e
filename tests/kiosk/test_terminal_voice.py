"""What comes out of the loudspeaker: sentences in their order, until the next screen, and quieter in quiet hours.

Sentences are tones here, each of its own pitch; the product's own sounds and voice play them in a process of their own.
"""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from kiosk.settings import Language
from machine.hearing import Cue, heard, melody, write_sentence
from machine.listening import which_sounds
from sounds import Sound
from visits.calendar import HOUSE_TIME

RATE = 44_100
NOON = datetime(2026, 11, 22, 12, tzinfo=HOUSE_TIME)
NIGHT = datetime(2026, 11, 22, 23, tzinfo=HOUSE_TIME)
QUIET: dict[str, object] = {"volume": 0.8, "quiet_from": "21:00", "quiet_until": "08:00", "quiet_volume": 0.2}
JA = Language.JA.value


@pytest.fixture
def house(tmp_path: Path) -> Path:
    speech = tmp_path / "speech"
    write_sentence(speech, Language.JA, "one", 1100)
    write_sentence(speech, Language.JA, "two", 1900)
    write_sentence(speech, Language.JA, "long", 1300, 1500, 1700)
    write_sentence(speech, Language.EN, "one", 2500)
    return tmp_path


def test_sentences_are_said_one_after_the_other(house: Path) -> None:
    assert melody(heard(house, [(0.1, "say", JA, ["one", "two"])], seconds=1.2, at=NOON)[0]) == [1100, 1900]


def test_the_next_screen_ends_what_is_being_said(house: Path) -> None:
    samples, _ = heard(house, [(0.1, "say", JA, ["long", "two"]), (0.25, "say", JA, ["one"])], seconds=1.2, at=NOON)
    assert melody(samples) == [1300, 1100]


def test_a_screen_with_nothing_to_say_is_silent_at_once(house: Path) -> None:
    samples, _ = heard(house, [(0.1, "say", JA, ["long", "two"]), (0.25, "say", JA, [])], seconds=1.1, at=NOON)
    assert melody(samples) == [1300]


def test_a_screen_that_is_shown_again_does_not_begin_again(house: Path) -> None:
    cues: list[Cue] = [(0.1, "say", JA, ["long", "two"]), (0.55, "say", JA, ["long", "two"])]
    assert melody(heard(house, cues, seconds=1.8, at=NOON)[0]) == [1300, 1500, 1700, 1900]


def test_the_voice_speaks_the_language_of_the_screen(house: Path) -> None:
    assert melody(heard(house, [(0.1, "say", "en", ["one"])], seconds=0.8, at=NOON)[0]) == [2500]


def test_a_sentence_that_was_not_made_is_passed_over(house: Path) -> None:
    assert melody(heard(house, [(0.1, "say", JA, ["unheard of", "two"])], seconds=0.7, at=NOON)[0]) == [1900]


def test_the_voice_waits_for_the_sound_that_comes_with_the_screen(house: Path) -> None:
    samples, _ = heard(house, [(0.1, "play", "attention"), (0.1, "say", JA, ["one"])], seconds=1.5, at=NOON)
    assert melody(samples) == [650, 900, 1100]


def test_speech_without_files_says_so_to_the_operator(tmp_path: Path) -> None:
    samples, log = heard(tmp_path, [(0.1, "say", JA, ["one"]), (0.1, "play", "error")], seconds=0.8, at=NOON)
    assert "run kiosk speak" in log
    assert [each.sound for each in which_sounds(samples, RATE)] == [Sound.ERROR]


def test_without_a_sound_device_nothing_is_played_and_nothing_fails(house: Path) -> None:
    cues: list[Cue] = [(0.1, "play", "error"), (0.1, "say", JA, ["one"])]
    samples, log = heard(house, cues, seconds=0.5, at=NOON, device=False)
    assert not len(samples)
    assert log.strip() == "no sound device: the terminal works without sound"


@pytest.mark.parametrize("cue", [(0.1, "play", "attention"), (0.1, "say", JA, ["one"])], ids=["sound", "voice"])
def test_quiet_hours_have_their_own_volume(cue: tuple[float, str, str], house: Path) -> None:
    by_day, by_night = (heard(house, [cue], seconds=1.2, at=at, sound=QUIET)[0] for at in (NOON, NIGHT))
    assert np.abs(by_night).max() / np.abs(by_day).max() == pytest.approx(0.25, abs=0.02)


def test_quiet_hours_can_be_silent(house: Path) -> None:
    cues: list[Cue] = [(0.1, "play", "error"), (0.1, "say", JA, ["one"])]
    samples, _ = heard(house, cues, seconds=0.8, at=NIGHT, sound={**QUIET, "quiet_volume": 0})
    assert len(samples)
    assert not np.abs(samples).max()
