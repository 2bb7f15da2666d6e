"""A member before a terminal: sees scenes, presses the screen with a real pointer, hears what is played."""

import json
import os
import signal
import subprocess
import sys
import time
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from kiosk.stage import Terminal

PATIENCE_SECONDS = 30.0
_POLL_SECONDS = 0.02
RATE = 44100
CHANNELS = 2
_SAMPLE_BYTES = 2


@dataclass(frozen=True, slots=True)
class Seen:
    """`at` in monotonic seconds of this machine; targets in pixels."""

    number: int
    at: float
    page: str
    title: str
    targets: dict[str, tuple[int, int]]


class Display(Protocol):
    """What a member can do to a screen: press and look."""

    def press(self, x: int, y: int) -> None: ...
    def photograph(self) -> Image.Image: ...


class Member:
    def __init__(self, terminal: Terminal, display: Display, pictures: Path) -> None:
        self._terminal = terminal
        self._display = display
        self._pictures = pictures
        self._seen = 0
        self._photographed: set[int] = set()
        self._told: list[Seen] = []
        self._read_bytes = 0

    def waits_for(self, title: str) -> Seen:
        """The next scene with this title; every scene that stays long enough is photographed. Raises TimeoutError."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            scenes = self._scenes()
            if scenes and scenes[-1].number not in self._photographed:
                self._photograph(scenes[-1])
            for scene in scenes[self._seen :]:
                self._seen = scene.number
                if scene.title == title:
                    return scene
            if time.monotonic() > deadline:
                last = [scene.title for scene in scenes][-3:]
                raise TimeoutError(f"{self._terminal.name}: {title} never shown; last seen {last}")
            time.sleep(_POLL_SECONDS)

    def sees(self) -> Seen:
        """The scene shown now."""
        return self._scenes()[-1]

    def presses(self, scene: Seen, *names: str) -> None:
        for name in names:
            self._display.press(*scene.targets[name])

    def types_pin(self, scene: Seen, digits: str) -> None:
        self.presses(scene, *(f"digit_{digit}" for digit in digits), "confirm")

    def _photograph(self, scene: Seen) -> None:
        self._photographed.add(scene.number)
        name = f"{self._terminal.name}-{scene.number:02d}-{scene.title}.png"
        self._display.photograph().save(self._pictures / name)

    def _scenes(self) -> list[Seen]:
        """All so far; of what the terminal tells only the rest is read, since this is asked many times a second."""
        if self._terminal.scenes.exists():
            with self._terminal.scenes.open("rb") as told:
                told.seek(self._read_bytes)
                for line in told:
                    self._told.append(_seen(len(self._told) + 1, json.loads(line)))
                    self._read_bytes += len(line)
        return self._told


def _seen(number: int, told: dict[str, Any]) -> Seen:
    targets = {name: (x, y) for name, (x, y) in told["targets"].items()}
    return Seen(number, told["at"], told["page"], told["title"], targets)


class Recording:
    """What SDL's disk driver writes instead of a loudspeaker: 16-bit stereo at 44.1 kHz, as fast as it would sound."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environment = {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": str(path)}

    def save(self, path: Path) -> bytes:
        """The raw recording, and a WAV of it at `path`."""
        raw = self.path.read_bytes()
        with wave.open(str(path), "wb") as file:
            file.setnchannels(CHANNELS)
            file.setsampwidth(_SAMPLE_BYTES)
            file.setframerate(RATE)
            file.writeframes(raw)
        return raw


def card_in_slot(port: int, cards: Path, label: str, pin: str, log: Path) -> subprocess.Popen[bytes]:
    """`python -m cardreader simulate` as a process of its own; ended by `take_away`."""
    command = [sys.executable, "-m", "cardreader", "simulate", "--vpcd", str(port), "--pin", pin]
    with log.open("ab") as words:
        return subprocess.Popen(
            [*command, "--member", label, "--cards", str(cards)], stdout=words, stderr=words, env=os.environ
        )


def take_away(card: subprocess.Popen[bytes]) -> None:
    card.send_signal(signal.SIGTERM)
    card.wait()
