"""What a process wrote to a folder, in order, with every byte: taken from strace(1), for the real library and the real calls.

Not in here: what of it survives a power cut (`faults.disk`). A system call that changes files and is not understood here
raises, so that a new way of writing cannot go unseen.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_CALLS = (
    "openat,creat,open,write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,sync_file_range,ftruncate,truncate,"
    "unlink,unlinkat,rename,renameat,renameat2,link,linkat,fallocate,copy_file_range,sendfile,splice"
)
_LONGEST = 1 << 24  # bytes of one call's data that strace prints
_LINE = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_DESCRIPTOR = re.compile(r"(\w+)<((?:\\x[0-9a-f]{2})*)>")
_VOLATILE = "-shm"  # shared memory of the WAL, made anew after a power cut


@dataclass(frozen=True, slots=True)
class Create:
    name: str


@dataclass(frozen=True, slots=True)
class Write:
    name: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Resize:
    """`size` is the new length; where `grow_only`, a longer file stays as it is."""

    name: str
    size: int
    grow_only: bool = False


@dataclass(frozen=True, slots=True)
class Sync:
    name: str


@dataclass(frozen=True, slots=True)
class SyncFolder:
    pass


@dataclass(frozen=True, slots=True)
class Unlink:
    name: str


@dataclass(frozen=True, slots=True)
class Rename:
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Link:
    """Another name for the same file."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the process's standard output."""

    line: str


Operation = Create | Write | Resize | Sync | SyncFolder | Unlink | Rename | Link | Said


class NotUnderstood(Exception):  # noqa: N818 - named for what happened
    """A call that may change the folder, in a form this module does not read."""


def record(folder: Path, command: Sequence[str]) -> list[Operation]:
    """Runs `command`, which may change `folder`; raises where it fails."""
    trace = folder.with_suffix(".strace")
    reader = _Reader(folder)
    strace = ["strace", "-f", "-qq", "-y", "-xx", "-s", str(_LONGEST), "-e", f"trace={_CALLS}", "-e", "signal=none"]
    subprocess.run(
        [*strace, "-o", str(trace), *command],
        env={**os.environ, "PYTHONPATH": "tests"},
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=600,
    )
    operations = list(reader.read(trace))
    trace.unlink()
    return operations


class _Reader:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
        self._positions: dict[str, int] = {}

    def read(self, trace: Path) -> Iterator[Operation]:
        ours = _hex(str(self._folder))
        with trace.open(encoding="ascii") as lines:
            for line in lines:
                if ours not in line and "write(1<" not in line:
                    continue
                match = _LINE.match(line)
                if match is None:
                    raise NotUnderstood(line[:200])
                if int(match[3]) >= 0 and f"{_VOLATILE_HEX}>" not in line and f'{_VOLATILE_HEX}"' not in line:
                    yield from self._understand(match[1], match[2])

    def _understand(self, call: str, arguments: str) -> Iterator[Operation]:
        texts = [_plain(text) for text in _TEXT.findall(arguments)]
        if call == "openat":
            yield from self._opened(texts[0], arguments)
        elif call == "unlink":
            name = self._name(texts[0])
            self._names.discard(name)
            yield Unlink(name)
        elif call == "rename":
            old, new = (self._name(text) for text in texts)
            self._names.discard(old)
            self._names.add(new)
            yield Rename(old, new)
        elif call == "link":
            old, new = (self._name(text) for text in texts)
            self._names.add(new)
            yield Link(old, new)
        elif call == "truncate":
            yield Resize(self._name(texts[0]), int(arguments.rpartition(", ")[2]))
        else:
            yield from self._by_descriptor(call, arguments, texts)

    def _opened(self, path: bytes, arguments: str) -> Iterator[Operation]:
        if "O_RDONLY" in arguments and "O_CREAT" not in arguments:
            return
        name = self._name(path)
        self._positions[name] = 0
        if "O_CREAT" in arguments and name not in self._names:
            self._names.add(name)
            yield Create(name)
        elif "O_TRUNC" in arguments:
            yield Resize(name, 0)

    def _by_descriptor(self, call: str, arguments: str, texts: list[bytes]) -> Iterator[Operation]:
        descriptor = _DESCRIPTOR.match(arguments)
        if descriptor is None:
            raise NotUnderstood(f"{call}({arguments[:200]})")
        path = _plain(descriptor[2])
        numbers = [int(number) for number in re.findall(r", (\d+)", arguments)]
        if call == "write" and descriptor[1] == "1":
            yield Said(texts[0].decode().strip())
        elif call in {"fsync", "fdatasync"}:
            yield SyncFolder() if path == os.fsencode(self._folder) else Sync(self._name(path))
        elif call == "pwrite64":
            yield Write(self._name(path), numbers[-1], texts[0])
        elif call == "write":
            name = self._name(path)
            yield Write(name, self._positions[name], texts[0])
            self._positions[name] += len(texts[0])
        elif call == "ftruncate":
            yield Resize(self._name(path), numbers[0])
        elif call == "fallocate" and numbers[0] == 0:
            yield Resize(self._name(path), numbers[1] + numbers[2], grow_only=True)
        else:
            raise NotUnderstood(f"{call} of {path!r}")

    def _name(self, path: bytes) -> str:
        place = Path(os.fsdecode(path))
        if place.parent != self._folder:
            raise NotUnderstood(f"{place} is not directly in {self._folder}")
        return place.name


def _hex(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def _plain(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


_VOLATILE_HEX = _hex(_VOLATILE)
