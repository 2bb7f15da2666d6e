"""Sentences are made by the system's programs: English by espeak-ng itself, Japanese by a stand-in that checks its orders.

The voice of Open JTalk is in Debian's contrib, which not every machine asks.
"""

import os
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kiosk.__main__ import run
from kiosk.settings import Language, Settings, Terminal
from kiosk.speaking import SpeechNotMade, has_voice, make
from kiosk.ui import spoken
from kiosk.ui.scene import Words
from kiosk.ui.spoken import FOLDER, speech_file
from kiosk.ui.words import Speaker
from machine.listening import Samples, from_pcm

FEW = ("pin.title", "card.title")
NO_VOICE = Path("/nowhere.htsvoice")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings(), terminal=Terminal(data_directory=tmp_path))


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sentences are enough to know."""
    monkeypatch.setattr(spoken, "is_spoken", FEW.__contains__)


@pytest.fixture
def jtalk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for open_jtalk: takes its orders only where dictionary and voice are there, and keeps what it was told."""
    programs, told = tmp_path / "bin", tmp_path / "told"
    programs.mkdir()
    program = programs / "open_jtalk"
    program.write_text(
        "#!/bin/sh\n"
        f'[ "$1 $3 $5 $6 $7" = "-x -m -g -6 -ow" ] && [ -d "$2" ] && [ -f "$4" ] || exit 1\ncat >>{told}\n'
        "echo >>"
        f"{told}\n"
        'exec sox -n -r 48000 -b 16 -c 1 "$8" synth 0.2 sine 300 gain -20\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return told


def voice_in(folder: Path) -> Path:
    voice = folder / "any.htsvoice"
    voice.touch()
    return voice


def samples_of(path: Path) -> tuple[Samples, int, int]:
    """And their rate and channels."""
    with wave.open(str(path)) as file:
        return from_pcm(file.readframes(file.getnframes()), 1), file.getframerate(), file.getnchannels()


@pytest.mark.usefixtures("few")
def test_english_is_spoken_in_the_mixer_s_own_form_and_no_louder_than_it_may(settings: Settings) -> None:
    assert make(settings, Language.EN, NO_VOICE) == len(FEW)
    text = Speaker(Language.EN).say(Words("pin.title"))
    samples, rate, channels = samples_of(speech_file(settings.terminal.data_directory / FOLDER, Language.EN, text))
    assert (rate, channels) == (44_100, 1)
    assert 20 * np.log10(np.abs(samples).max()) == pytest.approx(-4, abs=0.1)
    assert len(samples) > rate


@pytest.mark.usefixtures("few")
def test_japanese_is_read_to_open_jtalk_sentence_by_sentence(settings: Settings, jtalk: Path, tmp_path: Path) -> None:
    assert make(settings, Language.JA, voice_in(tmp_path)) == len(FEW)
    assert jtalk.read_text().splitlines() == [Speaker(Language.JA).say(Words(key)) for key in FEW]
    text = Speaker(Language.JA).say(Words("card.title"))
    samples, rate, _ = samples_of(speech_file(tmp_path / FOLDER, Language.JA, text))
    assert len(samples) / rate == pytest.approx(0.2, abs=0.001)
    assert rate == 44_100


def test_words_the_dictionary_misreads_are_given_as_they_are_read(
    settings: Settings, jtalk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spoken, "is_spoken", "timed_out.hint".__eq__)
    make(settings, Language.JA, voice_in(tmp_path))
    assert jtalk.read_text().startswith("おてすうですが")


def test_easy_japanese_is_read_without_the_readings_that_are_for_the_eye(
    settings: Settings, jtalk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = Speaker(Language.JA_EASY).say(Words("parking"))
    assert "駐車券（ちゅうしゃけん）は " in text
    monkeypatch.setattr(spoken, "is_spoken", "parking".__eq__)
    make(settings, Language.JA_EASY, voice_in(tmp_path))
    assert jtalk.read_text().startswith("駐車券は ")


@pytest.mark.usefixtures("few")
def test_sentences_of_texts_that_are_no_more_go_and_other_languages_stay(settings: Settings) -> None:
    folder = settings.terminal.data_directory / FOLDER
    folder.mkdir()
    old, other = (speech_file(folder, language, "an older text") for language in (Language.EN, Language.JA))
    old.touch()
    other.touch()
    make(settings, Language.EN, NO_VOICE)
    assert not old.exists()
    assert other.exists()
    assert len(list(folder.iterdir())) == len(FEW) + 1


def test_a_missing_voice_is_named_with_the_package_that_has_it(settings: Settings) -> None:
    with pytest.raises(SpeechNotMade, match=r"no voice /nowhere.htsvoice; install hts-voice-nitech-jp-atr503-m001"):
        make(settings, Language.JA, NO_VOICE)


def test_a_missing_program_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpeechNotMade, match="espeak-ng is not installed"):
        make(settings, Language.EN, NO_VOICE)


def test_a_program_that_fails_is_quoted(settings: Settings, jtalk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (jtalk.parent / "bin" / "open_jtalk").write_text("#!/bin/sh\necho no dictionary >&2\nexit 1\n")
    with pytest.raises(SpeechNotMade, match="open_jtalk: no dictionary"):
        make(settings, Language.JA, voice_in(jtalk.parent))


def test_japanese_easy_japanese_and_english_have_a_voice() -> None:
    assert {language for language in Language if has_voice(language)} == {Language.JA, Language.JA_EASY, Language.EN}


def test_a_language_without_a_voice_says_so(settings: Settings) -> None:
    with pytest.raises(SpeechNotMade, match="no voice for ko"):
        make(settings, Language.KO, NO_VOICE)


@pytest.mark.usefixtures("few")
def test_the_command_tells_how_many_sentences_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configuration = tmp_path / "config.toml"
    configuration.write_text(f'[terminal]\ndata_directory = "{tmp_path}"\n')
    assert run(["--config", str(configuration), "speak", "en"]) == 0
    assert capsys.readouterr().out == "en: 2 sentences\n"
    assert run(["--config", str(configuration), "speak", "ja", "--voice", "/nowhere"]) == 1
    assert capsys.readouterr().err.startswith("ja: there is no voice /nowhere")
