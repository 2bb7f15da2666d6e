"""The checked-in sounds are what the program makes, in the form every player reads."""

import sys
import wave
from pathlib import Path

import pytest

from sounds import Sound, sound_path
from sounds.synthesise import SEED, main, pcm, write


@pytest.mark.parametrize("sound", Sound)
def test_a_sound_made_again_is_the_checked_in_file_to_the_byte(sound: Sound, tmp_path: Path) -> None:
    again = tmp_path / "again.wav"
    write(sound, SEED, again)
    assert again.read_bytes() == sound_path(sound).read_bytes()


@pytest.mark.parametrize("sound", Sound)
def test_a_sound_is_one_channel_of_16_bits_at_44100_hertz(sound: Sound) -> None:
    with wave.open(str(sound_path(sound))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 44_100)


def test_another_seed_makes_another_bird() -> None:
    assert pcm(Sound.BIRDSONG_OUT, SEED) != pcm(Sound.BIRDSONG_OUT, SEED + 1)


def test_chance_plays_no_part_in_the_key_click() -> None:
    assert pcm(Sound.KEY, SEED) == pcm(Sound.KEY, SEED + 1)


def test_the_program_writes_every_sound_into_the_folder_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["synthesise", "--out", str(tmp_path)])
    main()
    assert {path.name for path in tmp_path.iterdir()} == {sound_path(sound).name for sound in Sound}
