"""The program that makes the sounds: `python -m sounds.synthesise [--out DIR]`. Standard library only, never on a terminal.

The same seed gives the same bytes.
"""

import argparse
import wave
from array import array
from pathlib import Path
from random import Random
from sys import byteorder

from sounds import Sound, sound_path
from sounds.room import centred, echoed, faded, levelled
from sounds.score import piece
from sounds.voice import RATE, sung

SEED = 20_240_406
FULL_SCALE = 32_767
SAMPLE_BYTES = 2


def pcm(sound: Sound, seed: int) -> bytes:
    """Mono, 16 bits, little-endian, at 44.1 kHz."""
    written = piece(sound)
    chance = Random(f"{seed} {sound.value}")  # noqa: S311 - a wavering throat, not a secret
    samples = echoed(sung(written.notes, written.seconds, chance), written.wet)
    samples = faded(centred(samples), written.fade_in_seconds, written.fade_out_seconds)
    numbers = array("h", (round(sample * FULL_SCALE) for sample in levelled(samples, written.peak_decibels)))
    if byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def write(sound: Sound, seed: int, path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(RATE)
        file.writeframes(pcm(sound, seed))


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the sounds of the terminal.")
    parser.add_argument("--out", type=Path, default=sound_path(Sound.KEY).parent, help="folder to write into")
    folder: Path = parser.parse_args().out
    for sound in Sound:
        write(sound, SEED, folder / sound_path(sound).name)


if __name__ == "__main__":
    main()
