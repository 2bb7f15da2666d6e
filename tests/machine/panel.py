"""A display with real input devices: a touch panel of ten fingers, a pointer and a keyboard, all of them Xorg's own.

Xorg paints into memory (its dummy driver) and takes what the devices do from sockets (its inputtest driver, whose
protocol is xf86-input-inputtest-protocol.h of Xorg 21.1), so that touches arrive as they do from a panel, with the pointer
movements that Xorg makes of them.
"""

import os
import socket
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum, unique
from pathlib import Path
from shutil import which
from typing import Self

from PIL import Image, ImageGrab

from machine.waiting import until

_FULL_SCALE = 0xFFFF
_VALUATORS = 64
_PATIENCE_SECONDS = 20.0
_LAYOUT = """
Section "ServerFlags"
    Option "AutoAddDevices" "false"
EndSection
{devices}
Section "Device"
    Identifier "memory"
    Driver "dummy"
    VideoRam 65536
EndSection
Section "Monitor"
    Identifier "monitor"
    HorizSync 5-1000
    VertRefresh 5-200
    Modeline "panel" 49.00 {width} {width_ends} {height} {height_ends}
EndSection
Section "Screen"
    Identifier "screen"
    Device "memory"
    Monitor "monitor"
    DefaultDepth 24
    SubSection "Display"
        Depth 24
        Modes "panel"
    EndSubSection
EndSection
Section "ServerLayout"
    Identifier "layout"
    Screen "screen"
    InputDevice "PointerAbsolute" "CorePointer"
    InputDevice "Keyboard" "CoreKeyboard"
    InputDevice "Touch" "SendCoreEvents"
EndSection
"""
_DEVICE = """
Section "InputDevice"
    Identifier "{kind}"
    Driver "inputtest"
    Option "DeviceType" "{kind}"
    Option "TouchCount" "10"
    Option "SocketPath" "{socket}"
EndSection
"""


def why_no_panel() -> str | None:
    """What is missing for such a display."""
    drivers = Path("/usr/lib/xorg/modules")
    there = which("Xorg") and all(
        (drivers / name).exists() for name in ("drivers/dummy_drv.so", "input/inputtest_drv.so")
    )
    return None if there else "xserver-xorg-core or xserver-xorg-video-dummy is missing"


@unique
class _Event(IntEnum):
    VERSION = 0
    SYNC = 1
    MOTION = 2
    BUTTON = 4
    KEY = 5
    TOUCH = 6


@unique
class _Touch(IntEnum):
    """XI2.h"""

    BEGIN = 18
    UPDATE = 19
    END = 20


class Device:
    """One of the display's devices; every call returns when Xorg has dealt with it."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_PATIENCE_SECONDS)
        self._socket.connect(str(path))
        self._tell(_Event.VERSION, struct.pack("=HH", 1, 1))
        self._socket.recv(12, socket.MSG_WAITALL)

    def close(self) -> None:
        self._socket.close()

    def do(self, event: _Event, content: bytes) -> None:
        self._tell(event, content)
        self._tell(_Event.SYNC, b"")
        self._socket.recv(8, socket.MSG_WAITALL)

    def _tell(self, event: _Event, content: bytes) -> None:
        self._socket.sendall(struct.pack("=II", 8 + len(content), event) + content)


class PanelDisplay:
    """A context; `environment` is for the programs that are to appear on it. Places are pixels from the upper left."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.environment: dict[str, str] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="panel-")
        self._process: subprocess.Popen[bytes] | None = None
        self._devices: dict[str, Device] = {}

    def __enter__(self) -> Self:
        folder = Path(self._folder.name)
        sockets = {kind: folder / kind for kind in ("PointerAbsolute", "Keyboard", "Touch")}
        (folder / "xorg.conf").write_text(self._layout(sockets), encoding="utf-8")
        reading, writing = os.pipe()
        self._process = subprocess.Popen(
            [
                "Xorg", "-displayfd", str(writing), "-config", str(folder / "xorg.conf"), "-logfile", str(folder / "log"),
                "-nolisten", "tcp", "-noreset", "-novtswitch",
            ],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(writing)
        with os.fdopen(reading) as numbers:
            number = numbers.readline().strip()
        if not number:
            raise RuntimeError("Xorg does not start")
        self.environment = {"DISPLAY": f":{number}"}
        there = all
        until(
            lambda: there(path.exists() for path in sockets.values()),
            "Xorg has no devices",
            patience_seconds=_PATIENCE_SECONDS,
            poll_seconds=0.05,
        )
        self._devices = {kind: Device(path) for kind, path in sockets.items()}
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process
        for device in self._devices.values():
            device.close()
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()

    def press(self, x: int, y: int) -> None:
        """One finger comes down there and goes up again."""
        with self.finger(0, x, y):
            pass

    @contextmanager
    def finger(self, number: int, x: int, y: int) -> Iterator[None]:
        """A finger that is down for so long."""
        self._touch(_Touch.BEGIN, number, x, y)
        yield
        self._touch(_Touch.END, number, x, y)

    def slide(self, number: int, x: int, y: int) -> None:
        """A finger that is down moves there."""
        self._touch(_Touch.UPDATE, number, x, y)

    @contextmanager
    def button(self, number: int, x: int, y: int) -> Iterator[None]:
        """The pointer's button, 1 for the left one, that is down for so long."""
        place = self._place(x, y)
        self._devices["PointerAbsolute"].do(_Event.MOTION, struct.pack("=I4x", 1) + place)
        self._devices["PointerAbsolute"].do(_Event.BUTTON, struct.pack("=iiI4x", 1, number, 1) + _valuators())
        yield
        self._devices["PointerAbsolute"].do(_Event.BUTTON, struct.pack("=iiI4x", 1, number, 0) + _valuators())

    @contextmanager
    def key(self, code: int) -> Iterator[None]:
        """A key, by X's number for it, that is down for so long."""
        self._devices["Keyboard"].do(_Event.KEY, struct.pack("=iI", code, 1))
        yield
        self._devices["Keyboard"].do(_Event.KEY, struct.pack("=iI", code, 0))

    def type(self, *codes: int) -> None:
        for code in codes:
            with self.key(code):
                pass

    def photograph(self) -> Image.Image:
        return ImageGrab.grab(xdisplay=self.environment["DISPLAY"])

    def _touch(self, kind: _Touch, finger: int, x: int, y: int) -> None:
        self._devices["Touch"].do(_Event.TOUCH, struct.pack("=II", finger, kind) + self._place(x, y))

    def _place(self, x: int, y: int) -> bytes:
        return _valuators(_FULL_SCALE * x / (self.width - 1), _FULL_SCALE * y / (self.height - 1))

    def _layout(self, sockets: dict[str, Path]) -> str:
        devices = "".join(_DEVICE.format(kind=kind, socket=path) for kind, path in sockets.items())
        return _LAYOUT.format(
            devices=devices,
            width=self.width,
            width_ends=" ".join(str(self.width + more) for more in (48, 144, 288)),
            height=self.height,
            height_ends=" ".join(str(self.height + more) for more in (3, 13, 24)),
        )


def _valuators(*values: float) -> bytes:
    """Which of the axes have a value, and their values; none of them unaccelerated."""
    mask = (1 << len(values)) - 1
    places = [*values, *[0.0] * (2 * _VALUATORS - len(values))]
    return struct.pack(f"=I8s4x{2 * _VALUATORS}d", 0, mask.to_bytes(8, "little"), *places)
