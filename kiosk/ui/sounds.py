"""Plays what the conversation cues, loaded before the first member comes. Without a sound device it stays silent and says so."""

import logging
import time
from collections.abc import Callable

from kivy.core.audio import SoundLoader

from kiosk.ui import sdl
from sounds import Sound, sound_path

log = logging.getLogger(__name__)


class Sounds:
    """`volume` from 0 to 1 is asked for at each sound."""

    def __init__(self, volume: Callable[[], float]) -> None:
        self.volume = volume
        self._loaded = {}
        self._over_at = 0.0
        self._mixer = sdl.Mixer()
        if not self.has_device:
            log.warning("no sound device: the terminal works without sound")
            return
        for cue in Sound:
            self._loaded[cue] = SoundLoader.load(str(sound_path(cue)))

    @property
    def has_device(self) -> bool:
        return self._mixer.has_device()

    def play(self, cue: Sound) -> None:
        if self._loaded and not self.has_device:
            log.warning("the sound device is gone: the terminal works without sound until it is started again")
            self._loaded.clear()
        if sound := self._loaded.get(cue):
            sound.stop()
            sound.volume = self.volume()
            sound.play()
            self._over_at = max(self._over_at, time.monotonic() + sound.length)

    def seconds_left(self) -> float:
        """Until the last cue has sounded; a voice waits for that."""
        return max(0.0, self._over_at - time.monotonic())
