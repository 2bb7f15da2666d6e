"""The sounds of the terminal: one checked-in WAV each, found by name. Playing them is not done here, nor making them.

`python -m sounds.synthesise` makes them again.
"""

from enum import Enum, unique
from pathlib import Path


@unique
class Sound(Enum):
    """The value is the name of the file, without its ending."""

    BIRDSONG_IN = "birdsong_in"
    BIRDSONG_OUT = "birdsong_out"
    ATTENTION = "attention"
    ERROR = "error"
    KEY = "key"


def sound_path(name: Sound) -> Path:
    return Path(__file__).parent / f"{name.value}.wav"
