"""A sound device that goes away, as when its plug is pulled: the terminal goes on, in light, and says so once.

The loudspeaker is a pipe that SDL's disk driver writes to, and whoever listens lets go of it.
"""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.ui.scene import Tone
from machine.guiding import MEMBER, Guided, guided
from machine.member import Recording

GONE = "the sound device is gone"


class Loudspeaker:
    """Takes what is played, as fast as it comes, until it is pulled."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.environment = Recording(path).environment
        self._end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(self._end, True)
        self._pulled = threading.Event()
        self._heard = threading.Event()
        self._listening = threading.Thread(target=self._listen, daemon=True)

    def listen(self) -> None:
        """Once there is somebody at the other end."""
        self._listening.start()
        assert self._heard.wait(30)

    def pull(self) -> None:
        self._pulled.set()
        self._listening.join()

    def _listen(self) -> None:
        while not self._pulled.is_set() and os.read(self._end, 4096):
            self._heard.set()
        os.close(self._end)


@pytest.fixture
def loudspeaker(tmp_path: Path) -> Loudspeaker:
    return Loudspeaker(tmp_path / "loudspeaker")


@pytest.fixture
def door(loudspeaker: Loudspeaker, tmp_path: Path) -> Iterator[Guided]:
    with guided(tmp_path, sound=loudspeaker.environment) as door:
        loudspeaker.listen()
        yield door


def test_without_its_loudspeaker_the_terminal_goes_on_in_light_and_says_so_once(
    door: Guided, loudspeaker: Loudspeaker
) -> None:
    assert door.do("has_sound")
    loudspeaker.pull()
    door.waits_to_hear("has_sound", lambda there: not there)
    door.do("presses", "enter", "digit_1", "digit_2", "digit_3", "digit_4", "confirm")
    door.do("holds", MEMBER)
    door.waits_for("done.in.title.named")
    door.waits_to_hear("lights", lambda tones: tones == [Tone.IN.value])
    assert door.log.read_text().count(GONE) == 1


def test_a_loudspeaker_that_stays_is_never_missed(door: Guided) -> None:
    door.do("presses", "enter", "digit_1", "cancel")
    assert door.do("has_sound")
    assert GONE not in door.log.read_text()
