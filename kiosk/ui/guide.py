"""The voice that says what a screen asks for: one sentence after the other, until the next screen.

One sentence is in memory at a time. Not in here: what is said (spoken), and making the files (kiosk.speaking).
"""

import logging
from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.core.audio import SoundLoader

from kiosk.settings import Language
from kiosk.ui.sounds import Sounds
from kiosk.ui.spoken import speech_file

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.3


class Guide:
    """`folder` holds what `kiosk speak` has made; a sentence that is not there is passed over."""

    def __init__(self, folder: Path, sounds: Sounds) -> None:
        self._folder = folder
        self._sounds = sounds
        self._said: tuple[str, ...] = ()
        self._waiting: list[Path] = []
        self._sentence: Any = None
        self._turn = Clock.schedule_once(self._say_next, 0)
        self._turn.cancel()
        if not folder.is_dir():
            log.warning("speech is on, but nothing to say was made: run kiosk speak")

    def say(self, texts: tuple[str, ...], language: Language) -> None:
        """Instead of what is being said; the same again goes on. Nothing to say is silence."""
        if texts == self._said:
            return
        self._hush()
        self._said = texts
        files = [speech_file(self._folder, language, text) for text in texts]
        self._waiting = [file for file in files if file.is_file()] if self._sounds.has_device else []
        if self._waiting:
            self._turn = Clock.schedule_once(self._say_next, self._sounds.seconds_left())

    def _hush(self) -> None:
        self._turn.cancel()
        if self._sentence is not None:
            self._sentence.stop()
            self._sentence.unload()
            self._sentence = None

    def _say_next(self, _: float) -> None:
        self._hush()
        if not self._waiting:
            return
        self._sentence = sentence = SoundLoader.load(str(self._waiting.pop(0)))
        sentence.volume = self._sounds.volume()
        sentence.play()
        self._turn = Clock.schedule_once(self._say_next, sentence.length + PAUSE_SECONDS)
