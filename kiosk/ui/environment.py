"""What must be settled before Kivy is imported: no files of its own, one touch per press, no way out of the window.

Measured reasons: Kivy delivers two touches per tap with its default inputs, opens settings on F1, ends on Esc, and takes
SIGTERM for a request to close the window; a fullscreen window not made in the display's size is painted beside it.
"""

import ctypes
import os

from kiosk.settings import Screen
from kiosk.ui import sdl
from kiosk.ui.fonts import Faces

_ENVIRONMENT = {
    "KIVY_NO_ARGS": "1",
    "KIVY_NO_CONFIG": "1",
    "KIVY_NO_FILELOG": "1",
    "KIVY_NO_CONSOLELOG": "1",
    "KIVY_LOG_MODE": "PYTHON",
    "KIVY_IMAGE": "sdl2",
    "KIVY_AUDIO": "sdl2",
    "SDL_NO_SIGNAL_HANDLERS": "1",
}

_M_MMAP_THRESHOLD = -3  # glibc, malloc.h
_PICTURE_BYTES = 2**20


class ScreenError(Exception):
    """Nothing could be shown; the sentence is for the operator."""


def prepare(screen: Screen) -> None:
    """Call once, before anything of `kiosk.ui` that imports Kivy. Raises ScreenError."""
    if not os.environ.get("DISPLAY") and not os.environ.get("SDL_VIDEODRIVER"):
        raise ScreenError("there is no display: DISPLAY is not set")  # SDL would paint where nobody looks
    for font in (screen.font_file, screen.bold_font_file):
        if not font.is_file():
            raise ScreenError(f"there is no font {font}; install the package fonts-morisawa-bizud-gothic")
    if not Faces(screen).speak(screen.language):
        raise ScreenError(f"there is no font for the language {screen.language.value}; script/bootstrap installs it")
    os.environ.update(_ENVIRONMENT)
    _give_pictures_back()
    from kivy.config import Config  # noqa: PLC0415 - reads the environment set above

    for name, _ in Config.items("input"):
        Config.remove_option("input", name)
    for name, _ in Config.items("modules"):
        Config.remove_option("modules", name)
    Config.set("input", "mouse", "mouse,disable_multitouch")
    Config.set("kivy", "exit_on_escape", "0")
    Config.set("kivy", "keyboard_mode", "")
    Config.set("graphics", "maxfps", "0")  # the sleep between frames is ours: kiosk.ui.pace
    Config.set("graphics", "allow_screensaver", "0")  # X blanks after ten minutes; dimming is ours: kiosk.ui.idle
    width, height = (screen.fullscreen and sdl.display_size()) or (screen.width, screen.height)
    Config.set("graphics", "width", str(width))
    Config.set("graphics", "height", str(height))
    Config.set("graphics", "resizable", "0")
    Config.set("graphics", "multisamples", "0")  # shapes are smoothed one by one, at half the cost without a GPU
    Config.set("graphics", "fullscreen", "auto" if screen.fullscreen else "0")
    Config.set("graphics", "show_cursor", "0" if screen.fullscreen else "1")


def _give_pictures_back() -> None:
    """Memory of this size is the system's again once it is free.

    Left alone, glibc learns from the first picture that is let go to keep the next ones in its heap, where whatever lies
    between them holds them: of ninety megabytes let go a third stayed.
    """
    ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _PICTURE_BYTES)
