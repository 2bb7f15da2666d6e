"""Plays what the conversation cues, loaded before the first member comes. Without a sound device it stays silent and says so."""

import logging

from kivy.core.audio import SoundLoader

from kiosk.ui import sdl
from sounds import Sound, sound_path

log = logging.getLogger(__name__)


class Sounds:
    """`volume` 0 to 1."""

    def __init__(self, volume: float) -> None:
        self._loaded = {}
        if not sdl.open_mixer():
            log.warning("no sound device: the terminal works without sound")
            return
        for cue in Sound:
            sound = SoundLoader.load(str(sound_path(cue)))
            sound.volume = volume
            self._loaded[cue] = sound

    def play(self, cue: Sound) -> None:
        if sound := self._loaded.get(cue):
            sound.stop()
            sound.play()
