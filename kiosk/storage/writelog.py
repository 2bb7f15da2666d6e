"""SQLite's write-ahead log as bytes: what of it SQLite will believe, and what it will silently drop.

Reading ends at the first frame whose checksum fails, wherever that is. After a power cut this is right: each commit is
on disk before the next begins, so only the last transaction, which nobody was told of, can be torn. Behind one flipped
byte, though, commits are dropped that people were told of. The two are told apart here as far as the log itself can tell.
Pure. Not in here: the pages' encryption. Source: SQLite's file format, 4, https://sqlite.org/fileformat2.html#walformat
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from kiosk.storage.pages import PAGE_BYTES

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_FRAME_BYTES = _FRAME.size + PAGE_BYTES
_MAGIC = 0x377F0682  # its lowest bit says in which order of bytes the checksums were made
_MASK = 0xFFFFFFFF
_CHECKED_BYTES = 8  # of a frame's header: page number and size

Sum = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Frame:
    """One page as a transaction wrote it; `size` is the database's number of pages where this frame commits, else 0."""

    page: int
    size: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Log:
    """`frames` up to the last commit that will be believed.

    `dropped` is a log of what stands behind them and may belong to this log too, b"" for nothing. `damaged`: among those
    is a commit that was complete before another transaction began, or the log's own header is broken; no power cut leaves
    that.
    """

    frames: tuple[Frame, ...]
    dropped: bytes
    damaged: bool

    @property
    def size(self) -> int:
        """The database's number of pages after the last commit; 0 without one."""
        return self.frames[-1].size if self.frames else 0


@dataclass(frozen=True, slots=True)
class _Slot:
    """A frame's place in the file and what stands there, believed or not."""

    head: bytes
    content: bytes

    @property
    def fields(self) -> tuple[int, int, int, int, int, int]:
        """Page, size, two salts, checksum."""
        return _FRAME.unpack(self.head)

    @property
    def salts(self) -> Sum:
        return self.fields[2:4]

    @property
    def told(self) -> Sum:
        return self.fields[4:6]

    def follows(self, before: Sum, order: str) -> bool:
        """A frame of no page is none: zeroes would follow zeroes."""
        return self.fields[0] > 0 and self.told == _sum(
            order, self.content, _sum(order, self.head[:_CHECKED_BYTES], before)
        )


def read_log(content: bytes) -> Log:
    """Any bytes; an empty log where SQLite would see none."""
    if len(content) < _HEADER.size:
        return Log((), b"", damaged=False)
    fields = _HEADER.unpack(content[: _HEADER.size])
    order = ">" if fields[0] & 1 else "<"
    slots = list(_slots(content))
    if fields[0] & ~1 != _MAGIC or fields[2] != PAGE_BYTES or fields[6:] != _sum(order, content[:24], (0, 0)):
        return Log((), content, damaged=_holds_a_sequence(slots))
    good = _good(slots, fields[4:6], fields[6:], order)
    commits = [number for number, slot in enumerate(slots[:good]) if slot.fields[1]]
    believed = commits[-1] + 1 if commits else 0
    rest = [slot for slot in slots[believed:] if _shares(slot.salts, fields[4:6])]
    return Log(
        frames=tuple(Frame(slot.fields[0], slot.fields[1], slot.content) for slot in slots[:believed]),
        dropped=content[: _HEADER.size] + b"".join(slot.head + slot.content for slot in rest) if rest else b"",
        damaged=_went_on(slots[good:], fields[4:6], order),
    )


def every_page(content: bytes) -> Iterator[bytes]:
    """The page in each place for a frame, of whatever age and in whatever state."""
    for slot in _slots(content):
        yield slot.content


def _slots(content: bytes) -> Iterator[_Slot]:
    for start in range(_HEADER.size, len(content) - _FRAME_BYTES + 1, _FRAME_BYTES):
        middle = start + _FRAME.size
        yield _Slot(bytes(content[start:middle]), bytes(content[middle : start + _FRAME_BYTES]))


def _good(slots: list[_Slot], salts: Sum, before: Sum, order: str) -> int:
    """How many frames from the start hold."""
    for number, slot in enumerate(slots):
        if slot.salts != salts or not slot.follows(before, order):
            return number
        before = slot.told
    return len(slots)


def _went_on(slots: list[_Slot], salts: Sum, order: str) -> bool:
    """A frame that commits, and one right behind it that was written knowing it."""
    return any(
        earlier.fields[1] and earlier.salts == later.salts == salts and later.follows(earlier.told, order)
        for earlier, later in pairwise(slots)
    )


def _holds_a_sequence(slots: list[_Slot]) -> bool:
    """The header reaches the disk before any frame: frames under a broken one mean that it broke later."""
    return any(
        earlier.salts == later.salts and any(later.follows(earlier.told, order) for order in "<>")
        for earlier, later in pairwise(slots)
    )


def _shares(salts: Sum, with_: Sum) -> bool:
    """At least one of the two, so that a frame with a damaged salt is still known."""
    return salts[0] == with_[0] or salts[1] == with_[1]


def _sum(order: str, content: bytes, before: Sum) -> Sum:
    first, second = before
    words = struct.unpack(f"{order}{len(content) // 4}I", content)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & _MASK
        second = (second + odd + first) & _MASK
    return first, second
