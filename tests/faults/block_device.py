"""A file whose every write and sync is noted in order: the disk below a file system, seen from underneath.

It is mounted over an empty file by the kernel's FUSE protocol (linux/fuse.h, 7.31), of which a loop device uses little.
The kernel writes through. Needs root. Not in here: what of the log survives a power cut (`faults.file_system`).
"""

import ctypes
import errno
import os
import stat
import struct
import subprocess
import threading
from dataclasses import dataclass
from enum import IntEnum, unique
from pathlib import Path
from typing import Self

_NO_REPLY = {2, 36, 42}  # forget, interrupt, batch forget
_REQUEST = struct.Struct("<IIQQIIII")
_REPLY = struct.Struct("<IiQ")
_VERSION = (7, 31)
_MANY_PAGES = 1 << 22 | 1 << 5  # max_pages is meant; writes may be longer than a page
_LONGEST = 1 << 20  # bytes of one write
_FOREVER = 1 << 30  # seconds that attributes stay true
_RANGE = struct.Struct("<QQI")  # handle, offset, size
_RANGE_BYTES = 40


@unique
class _Request(IntEnum):
    GETATTR = 3
    OPEN = 14
    READ = 15
    WRITE = 16
    RELEASE = 18
    FSYNC = 20
    FLUSH = 25
    INIT = 26


@dataclass(frozen=True, slots=True)
class Written:
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Flushed:
    """What was written before is durable."""


@dataclass(frozen=True, slots=True)
class Told:
    """A line from outside, at its place among the writes."""

    line: str


Entry = Written | Flushed | Told


class BlockDevice:
    """A context: `path` is the file while it lasts; `content` is what it holds, `log` what happened to it."""

    def __init__(self, path: Path, content: bytes) -> None:
        self.path = path
        self.content = bytearray(content)
        self.log: list[Entry] = []
        self._descriptor = -1
        self._server = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self.path.touch()
        self._descriptor = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={self._descriptor},rootmode={stat.S_IFREG:o},user_id=0,group_id=0"
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"disk", os.fsencode(self.path), b"fuse", 0, options.encode()):
            raise OSError(ctypes.get_errno(), "mount", self.path)
        self._server.start()
        return self

    def __exit__(self, *error: object) -> None:
        del error
        subprocess.run(["umount", self.path], check=True)
        self._server.join()
        os.close(self._descriptor)

    def tell(self, line: str) -> None:
        self.log.append(Told(line))

    def _serve(self) -> None:
        while True:
            try:
                request = os.read(self._descriptor, _LONGEST + (1 << 16))
            except OSError as error:
                if error.errno == errno.ENODEV:  # unmounted
                    return
                raise
            _, operation, unique, *_ = _REQUEST.unpack_from(request)
            if operation not in _NO_REPLY:
                answer = self._answer(operation, memoryview(request)[_REQUEST.size :])
                number, body = (answer, b"") if isinstance(answer, int) else (0, answer)
                os.write(self._descriptor, _REPLY.pack(_REPLY.size + len(body), -number, unique) + body)

    def _answer(self, request: int, body: memoryview) -> bytes | int:  # noqa: PLR0911 - a table
        """An error number where it is one."""
        match request:
            case _Request.INIT:
                header = struct.pack("<IIIIHHII", *_VERSION, _LONGEST, _MANY_PAGES, 0, 0, _LONGEST, 1)
                return header + struct.pack("<HH32x", _LONGEST // 4096, 0)
            case _Request.GETATTR:
                times = (0,) * 6
                file = (
                    1,
                    len(self.content),
                    len(self.content) // 512,
                    *times,
                    stat.S_IFREG | 0o600,
                    1,
                    0,
                    0,
                    0,
                    4096,
                    0,
                )
                return struct.pack("<QII", _FOREVER, 0, 0) + struct.pack("<6Q10I", *file)
            case _Request.OPEN:
                return bytes(16)
            case _Request.READ:
                _, offset, size = _RANGE.unpack_from(body)
                return bytes(self.content[offset : offset + size])
            case _Request.WRITE:
                _, offset, size = _RANGE.unpack_from(body)
                data = bytes(body[_RANGE_BYTES : _RANGE_BYTES + size])
                self.content[offset : offset + size] = data
                self.log.append(Written(offset, data))
                return struct.pack("<II", size, 0)
            case _Request.FSYNC:
                self.log.append(Flushed())
                return b""
            case _Request.FLUSH | _Request.RELEASE:
                return b""
            case _:
                return errno.ENOSYS
