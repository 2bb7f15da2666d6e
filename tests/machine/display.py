"""A virtual display: Xvfb, pressed with a real pointer by xdotool, photographed from its frame buffer."""

import mmap
import os
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from PIL import Image

_XWD_HEADER = struct.Struct(">25I")
_COLOUR_MAP_ENTRY_BYTES = 12


class VirtualDisplay:
    """A context; `environment` is for the programs that are to appear on it."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.environment: dict[str, str] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="display-")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        reading, writing = os.pipe()
        self._process = subprocess.Popen(
            [
                "Xvfb", "-displayfd", str(writing), "-screen", "0", f"{self.width}x{self.height}x24",
                "-fbdir", self._folder.name, "-nolisten", "tcp", "-noreset",
            ],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(writing)
        with os.fdopen(reading) as numbers:
            number = numbers.readline().strip()
        if not number:
            raise RuntimeError("Xvfb does not start")
        self.environment = {"DISPLAY": f":{number}"}
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()

    def press(self, x: int, y: int) -> None:
        """The pointer goes there and the left button is pressed and released."""
        self._xdotool("mousemove", str(x), str(y), "click", "1")

    def point(self, x: int, y: int) -> None:
        self._xdotool("mousemove", str(x), str(y))

    @contextmanager
    def held(self, x: int, y: int) -> Iterator[None]:
        """The left button is down there until the end of the block, wherever the pointer goes meanwhile."""
        self._xdotool("mousemove", str(x), str(y), "mousedown", "1")
        try:
            yield
        finally:
            self._xdotool("mouseup", "1")

    def press_button(self, button: int, x: int, y: int) -> None:
        self._xdotool("mousemove", str(x), str(y), "click", str(button))

    def press_keys(self, *keys: str) -> None:
        self._xdotool("key", *keys)

    def photograph(self) -> Image.Image:
        """What is on the display at this moment (the XWD format: X11/XWDFile.h)."""
        content = (Path(self._folder.name) / "Xvfb_screen0").read_bytes()
        fields = _XWD_HEADER.unpack_from(content)
        header_bytes, width, height, row_bytes, colours = fields[0], fields[4], fields[5], fields[12], fields[19]
        start = header_bytes + colours * _COLOUR_MAP_ENTRY_BYTES
        return Image.frombuffer("RGB", (width, height), content[start:], "raw", "BGRX", row_bytes, 1)

    @contextmanager
    def frame_buffer(self) -> Iterator[mmap.mmap]:
        """The display's memory itself, for those who wait for a change."""
        with (
            (Path(self._folder.name) / "Xvfb_screen0").open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory,
        ):
            yield memory

    def _xdotool(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], env={**os.environ, **self.environment}, check=True, timeout=20)
