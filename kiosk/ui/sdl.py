"""What Kivy does not say about the SDL it carries: the display's size before there is a window, a quick mixer, a bell.

By ctypes on the very libraries Kivy loads. Importing this module imports no Kivy.
"""

import ctypes
from ctypes.util import find_library
from importlib.util import find_spec
from math import ceil
from pathlib import Path

_VIDEO = 0x20  # SDL_INIT_VIDEO
_AUDIO = 0x10  # SDL_INIT_AUDIO
_S16_LITTLE_ENDIAN = 0x8010
_RATE = 44100
_STEREO = 2
_MIXERS_DEVICE = 2  # the first that SDL opens; 1 stands for a call nobody makes any more
_STOPPED = 0  # SDL_AUDIO_STOPPED, also of a device that was never opened
_EVENT_BYTES = 128  # SDL_Event has 56
_BUFFER_SAMPLES = (
    1024  # 23 ms; a sound is in a buffer 11 ms after it was asked for, 24 at most, and 43 a second wake the CPU
)


class _DisplayMode(ctypes.Structure):
    _fields_ = (
        ("format", ctypes.c_uint32),
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("refresh_rate", ctypes.c_int),
        ("driver_data", ctypes.c_void_p),
    )


def display_size() -> tuple[int, int] | None:
    """Pixels of the first display, None where SDL sees none."""
    sdl = _library("SDL2")
    mode = _DisplayMode()
    if sdl.SDL_InitSubSystem(_VIDEO) != 0:
        return None
    found = sdl.SDL_GetDesktopDisplayMode(0, ctypes.byref(mode)) == 0
    sdl.SDL_QuitSubSystem(_VIDEO)
    return (mode.width, mode.height) if found else None


class Mixer:
    """The sound device, opened with a small buffer before Kivy does with a large one."""

    def __init__(self) -> None:
        self._sdl = _library("SDL2")
        if self._sdl.SDL_InitSubSystem(_AUDIO) == 0:
            _library("SDL2_mixer").Mix_OpenAudio(_RATE, _S16_LITTLE_ENDIAN, _STEREO, _BUFFER_SAMPLES)

    def has_device(self) -> bool:
        """Whether there was one and it still takes sound; SDL gives up one that failed, and never asks it again."""
        return bool(self._sdl.SDL_GetAudioDeviceStatus(_MIXERS_DEVICE) != _STOPPED)


class Bell:
    """Sleep that input ends, or any thread. Without a window system that can wait (KMSDRM, offscreen) SDL looks every ms."""

    def __init__(self) -> None:
        """On the screen's thread, once Kivy has its window."""
        self._sdl = _library("SDL2")
        self._event = ctypes.create_string_buffer(_EVENT_BYTES)
        kind = ctypes.c_uint32(self._sdl.SDL_RegisterEvents(1))
        ctypes.memmove(self._event, ctypes.byref(kind), ctypes.sizeof(kind))

    def wait(self, seconds: float) -> None:
        """Returns at once while SDL has an event that nobody has fetched; fetches none."""
        self._sdl.SDL_WaitEventTimeout(None, ceil(seconds * 1000))

    def ring(self) -> None:
        """From any thread. The event it makes is one that Kivy passes over."""
        self._sdl.SDL_PushEvent(self._event)


def library_path(name: str) -> str:
    """The one in Kivy's wheel, or the system's where Kivy was built from source. Raises FileNotFoundError."""
    package = find_spec("kivy")
    packages = Path(package.origin or "").parent.parent if package else Path()
    found = next((str(path) for path in packages.glob(f"[Kk]ivy.libs/lib{name}-2*")), None) or find_library(name)
    if found is None:
        raise FileNotFoundError(f"lib{name}")
    return found


def _library(name: str) -> ctypes.CDLL:
    return ctypes.CDLL(library_path(name))
