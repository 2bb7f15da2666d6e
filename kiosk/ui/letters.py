"""Which letters a font file has, by its `cmap` table (OpenType 1.9, "cmap"); of a collection its first face, which Kivy opens.

Not in here: which font a text is set in (kiosk.ui.fonts).
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_COLLECTION = b"ttcf"
_FULL, _BASIC = 12, 4
"""Formats of a subtable: all of Unicode, and the basic plane of fonts that have nothing beyond it."""


class FontError(Exception):
    """The file is no font whose letters can be told."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file} is not a TrueType or OpenType font")
        self.file = file


@dataclass(frozen=True, slots=True)
class Letters:
    """Spans of code points, first and last of each, in order."""

    firsts: tuple[int, ...]
    lasts: tuple[int, ...]

    def __contains__(self, letter: str) -> bool:
        span = bisect_right(self.firsts, ord(letter)) - 1
        return span >= 0 and ord(letter) <= self.lasts[span]


def letters_of(file: Path) -> Letters:
    """Raises OSError and FontError."""
    with file.open("rb") as font:
        try:
            spans = sorted(_spans(_cmap(font)))
        except (struct.error, KeyError) as error:
            raise FontError(file) from error
    return Letters(tuple(first for first, _ in spans), tuple(last for _, last in spans))


def _cmap(font: BinaryIO) -> bytes:
    font.seek(_first_face(font) + 4)
    (count,) = struct.unpack(">H6x", font.read(8))
    records = struct.iter_unpack(">4s4xII", font.read(16 * count))
    offset, length = {tag: (offset, length) for tag, offset, length in records}[b"cmap"]
    font.seek(offset)
    return font.read(length)


def _first_face(font: BinaryIO) -> int:
    if font.read(4) != _COLLECTION:
        return 0
    font.seek(12)
    (start,) = struct.unpack(">I", font.read(4))
    return int(start)


def _spans(cmap: bytes) -> Iterator[tuple[int, int]]:
    (count,) = struct.unpack_from(">2xH", cmap)
    offsets = [offset for _, _, offset in struct.iter_unpack(">HHI", cmap[4 : 4 + 8 * count])]
    formats = {struct.unpack_from(">H", cmap, offset)[0]: offset for offset in offsets}
    return _full(cmap, formats[_FULL]) if _FULL in formats else _basic(cmap, formats[_BASIC])


def _full(cmap: bytes, at: int) -> Iterator[tuple[int, int]]:
    (count,) = struct.unpack_from(">12xI", cmap, at)
    for first, last, _ in struct.iter_unpack(">III", cmap[at + 16 : at + 16 + 12 * count]):
        yield first, last


def _basic(cmap: bytes, at: int) -> Iterator[tuple[int, int]]:
    """A glyph of 0 is none; where a span has its glyphs listed each is looked at."""
    (twice,) = struct.unpack_from(">6xH", cmap, at)
    columns = [struct.unpack_from(f">{twice // 2}H", cmap, at + 14 + place) for place in (0, twice + 2, 2 * twice + 2)]
    places = at + 16 + 3 * twice
    listed = struct.unpack_from(f">{twice // 2}H", cmap, places)
    for number, (last, first, _, distance) in enumerate(zip(*columns, listed, strict=True)):
        if first == 0xFFFF:  # noqa: PLR2004 - ends the table
            continue
        if not distance:
            yield first, last
            continue
        glyphs = struct.unpack_from(f">{last - first + 1}H", cmap, places + 2 * number + distance)
        yield from ((first + step, first + step) for step, glyph in enumerate(glyphs) if glyph)
