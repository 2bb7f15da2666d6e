"""What Kivy does not say about the SDL it carries: the display's size before there is a window, and a quick mixer.

By ctypes on the very libraries Kivy has loaded.
"""

import ctypes
from pathlib import Path

_VIDEO = 0x20  # SDL_INIT_VIDEO
_AUDIO = 0x10  # SDL_INIT_AUDIO
_S16_LITTLE_ENDIAN = 0x8010
_RATE = 44100
_STEREO = 2
_BUFFER_SAMPLES = 512  # 12 ms; the first sample sounds after 10-19 ms instead of 76-124


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
    import kivy.core.window._window_sdl2  # noqa: F401, PLC0415 - loads SDL2

    sdl = _loaded("libSDL2-2")
    mode = _DisplayMode()
    if sdl.SDL_InitSubSystem(_VIDEO) != 0:
        return None
    found = sdl.SDL_GetDesktopDisplayMode(0, ctypes.byref(mode)) == 0
    sdl.SDL_QuitSubSystem(_VIDEO)
    return (mode.width, mode.height) if found else None


def open_mixer() -> bool:
    """Open the sound device with a small buffer before Kivy does with a large one. False where there is no device."""
    import kivy.core.audio.audio_sdl2  # noqa: F401, PLC0415 - loads SDL2_mixer

    if _loaded("libSDL2-2").SDL_InitSubSystem(_AUDIO) != 0:
        return False
    mixer = _loaded("libSDL2_mixer")
    return bool(mixer.Mix_OpenAudio(_RATE, _S16_LITTLE_ENDIAN, _STEREO, _BUFFER_SAMPLES) == 0)


def _loaded(name: str) -> ctypes.CDLL:
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    return ctypes.CDLL(next(line.split()[-1] for line in maps if f"/{name}" in line))
