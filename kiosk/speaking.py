"""Makes what the terminal says: one WAV a sentence, by programs of the system, when an operator asks for it.

Never while a member stands there. Not in here: which texts are said, and the names of their files (kiosk.ui.spoken).
"""

import gettext
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from kiosk.settings import Language, Settings
from kiosk.ui import spoken
from kiosk.ui.words import DOMAIN, catalogue_name, locale_directory

DICTIONARY = Path("/var/lib/mecab/dic/open-jtalk/naist-jdic")
VOICE = Path("/usr/share/hts-voice/nitech-jp-atr503-m001/nitech_jp_atr503_m001.htsvoice")
"""Where Debian's packages open-jtalk-mecab-naist-jdic and hts-voice-nitech-jp-atr503-m001 put them."""
_VOICE_PACKAGE = "hts-voice-nitech-jp-atr503-m001 (Debian, contrib)"

_READINGS = {
    "お手数": "おてすう",
    "法人の方": "法人のかた",
    "空くと": "あくと",
    "から はいる": "から 入る",
    "もう いちど": "もう一度",
    "かいもの": "買い物",
    "1かい": "1回",
}
"""Words this dictionary reads otherwise than people do (open-jtalk-mecab-naist-jdic 1.11)."""
_READING_BESIDE_IT = re.compile("(?<=[\u3005\u4e00-\u9fff])（[ぁ-ゖー]+）")
_RATE = "44100"
"""The mixer's own: reading a sentence takes half a millisecond, and 12 ms where it has to be converted first."""
_PEAK_DECIBELS = "-4"
"""Whatever the voice: about as loud as the call for attention, well below the birds."""
_PATIENCE_SECONDS = 60

Say = Callable[[str, Path], None]
"""Speaks a text into a WAV file."""


class SpeechNotMade(Exception):  # noqa: N818 - named for what happened
    """A program or a voice is missing, or failed; the sentence is for the operator."""


def has_voice(language: Language) -> bool:
    return _tongue(language) in {"ja", "en"}


def make(settings: Settings, language: Language, voice: Path) -> int:
    """How many sentences `language` has now; those of texts that are no more are gone. Raises SpeechNotMade."""
    say = _say_in(language, voice)
    folder = settings.terminal.data_directory / spoken.FOLDER
    folder.mkdir(exist_ok=True)
    wanted = {spoken.speech_file(folder, language, text): text for text in _texts(language)}
    for path, text in wanted.items():
        with TemporaryDirectory(dir=folder) as workshop:
            raw, made = Path(workshop) / "raw.wav", Path(workshop) / path.name
            say(text.replace("\n", " "), raw)
            _run(["sox", "-D", str(raw), "-b", "16", "-c", "1", str(made), "rate", _RATE, "norm", _PEAK_DECIBELS])
            made.replace(path)
    for old in set(spoken.speech_files(folder, language)) - set(wanted):
        old.unlink()
    return len(wanted)


def _texts(language: Language) -> Iterator[str]:
    """Whatever a screen may have said. What has braces gets its value at the screen, and is not for a voice."""
    name = catalogue_name(language)
    catalogue = gettext.translation(DOMAIN, locale_directory(), languages=[name])
    source = locale_directory() / name / "LC_MESSAGES" / f"{DOMAIN}.po"
    for key in re.findall(r'^msgid "(.+)"$', source.read_text(encoding="utf-8"), re.MULTILINE):
        text = catalogue.gettext(key)
        if spoken.is_spoken(key) and "{" not in text:
            yield text


def _say_in(language: Language, voice: Path) -> Say:
    match _tongue(language):
        case "ja":
            if not voice.is_file():
                raise SpeechNotMade(
                    f"there is no voice {voice}; install {_VOICE_PACKAGE}, or name another with --voice"
                )
            talk = ["open_jtalk", "-x", str(DICTIONARY), "-m", str(voice), "-g", "-6"]
            return lambda text, path: _run([*talk, "-ow", str(path)], _as_read(text))
        case "en":
            return lambda text, path: _run(["espeak-ng", "-v", "en-gb", "-s", "150", "-w", str(path), "--stdin"], text)
        case _:
            raise SpeechNotMade(f"there is no voice for {language.value}")


def _tongue(language: Language) -> str:
    """Easy Japanese is spoken by the same voice."""
    return language.value.split("-")[0]


def _as_read(text: str) -> str:
    """Easy Japanese is mostly kana: its spaces tell the words apart, and are short rests; readings are for the eye."""
    text = _READING_BESIDE_IT.sub("", text)
    for written, read in _READINGS.items():
        text = text.replace(written, read)
    return text


def _run(command: list[str], text: str = "") -> None:
    """Raises SpeechNotMade."""
    program = command[0]
    try:
        done = subprocess.run(  # noqa: S603 - one of the three above
            command, input=text.encode(), capture_output=True, timeout=_PATIENCE_SECONDS, check=False
        )
    except FileNotFoundError as error:
        raise SpeechNotMade(f"{program} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise SpeechNotMade(f"{program} takes longer than {_PATIENCE_SECONDS} seconds for a sentence") from error
    if done.returncode != 0:
        raise SpeechNotMade(f"{program}: {done.stderr.decode(errors='replace').strip()}")
