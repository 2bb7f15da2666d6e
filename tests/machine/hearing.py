"""The terminal's sounds and voice in a process of their own, without a window: `python -m machine.hearing PART.json`.

The part says when what is played: `{"sound": {settings}, "at": instant, "folder": path, "seconds": length,
"cues": [[second, "play", sound] or [second, "say", language, texts]]}`. SDL's disk driver keeps what is heard.
"""

import json
import os
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np

from kiosk import config
from kiosk.settings import Language, Screen
from kiosk.ui import environment
from kiosk.ui.spoken import speech_file
from kiosk.ui.volume import volume_at
from machine.listening import FULL_SCALE, RATE, Samples, from_pcm
from machine.member import CHANNELS, Recording
from sounds import Sound

_FRAME = 2048
_TONE_SECONDS = 0.3
_SOUNDING = 0.002

Cue = tuple[float, str, str] | tuple[float, str, str, list[str]]


def heard(
    folder: Path,
    cues: Sequence[Cue],
    *,
    seconds: float,
    at: datetime,
    sound: dict[str, object] | None = None,
    device: bool = True,
) -> tuple[Samples, str]:
    """What sounds, and what the process says to its log. Sentences are looked for in `folder`/speech."""
    part = folder / "part.json"
    part.write_text(
        json.dumps(
            {"sound": sound or {}, "at": at.isoformat(), "folder": str(folder), "seconds": seconds, "cues": cues}
        )
    )
    recording = Recording(folder / "heard.pcm")
    recording.path.unlink(missing_ok=True)
    audio = recording.environment if device else {"SDL_AUDIODRIVER": "none"}
    done = subprocess.run(
        [sys.executable, "-m", "machine.hearing", str(part)],
        env={**os.environ, "PYTHONPATH": "tests", "SDL_VIDEODRIVER": "offscreen", **audio},
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    raw = recording.path.read_bytes() if recording.path.exists() else b""
    return from_pcm(raw, CHANNELS), done.stderr


def write_sentence(folder: Path, language: Language, text: str, *tones: float) -> None:
    """A stand-in for a voice: one tone after the other, in Hz, at half of full scale."""
    folder.mkdir(exist_ok=True)
    moments = np.arange(round(_TONE_SECONDS * RATE)) / RATE
    samples = np.concatenate([0.5 * np.sin(2 * np.pi * hertz * moments) for hertz in tones])
    with wave.open(str(speech_file(folder, language, text)), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * FULL_SCALE).astype("<i2").tobytes())


def melody(samples: Samples) -> list[int]:
    """The strongest pitch of each moment that is not silent, to 50 Hz, each as often as it changes."""
    frames = samples[: len(samples) - len(samples) % _FRAME].reshape(-1, _FRAME)
    found: list[int] = []
    for frame in frames:
        if np.abs(frame).mean() < _SOUNDING:
            continue
        place = np.abs(np.fft.rfft(frame * np.hanning(_FRAME), 4 * _FRAME)).argmax()
        pitch = 50 * round(float(place) * RATE / (4 * _FRAME) / 50)
        if found[-1:] != [pitch]:
            found.append(pitch)
    return found


def main() -> None:
    part = json.loads(Path(sys.argv[1]).read_text())
    settings = config.parse({"sound": part["sound"]}, source="part").sound
    environment.prepare(Screen(fullscreen=False))
    from kivy.clock import Clock

    from kiosk.ui.guide import Guide
    from kiosk.ui.sounds import Sounds

    at = datetime.fromisoformat(part["at"])
    sounds = Sounds(lambda: volume_at(settings, at))
    guide = Guide(Path(part["folder"]) / "speech", sounds)

    def perform(what: str, name: str, texts: Sequence[str] = ()) -> None:
        if what == "play":
            sounds.play(Sound(name))
        else:
            guide.say(tuple(texts), Language(name))

    for second, *cue in part["cues"]:
        Clock.schedule_once(partial(_without_the_time, partial(perform, *cue)), second)
    end = time.monotonic() + part["seconds"]
    while time.monotonic() < end:
        Clock.tick()


def _without_the_time(cue: Callable[[], None], _: float) -> None:
    cue()


if __name__ == "__main__":
    main()
