"""How well the words of a painted screen stand out from what they are painted on. Not in here: how well they must."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from PIL import Image

from kiosk.ui.theme import Colour, contrast
from machine.inspection import Box

_FEW = 3
"""Pixels of a colour that may be the edge of something else."""


def read(boxes: Sequence[Box], file: Path) -> list[Box]:
    """With the contrast of each part that has words, by the colours in its place."""
    with Image.open(file) as opened:
        picture = opened.convert("RGB")
    return [replace(box, contrast=_contrast(box, picture)) if box.words_width else box for box in boxes]


def _contrast(box: Box, picture: Image.Image) -> float:
    """Between the colour there is most of and the one that stands out most from it."""
    top = picture.height - box.top
    part = picture.crop((round(box.left), round(top), round(box.right), round(top + box.height)))
    found = sorted(part.getcolors(part.width * part.height) or [], reverse=True)
    colours = [_colour(cast("tuple[int, int, int]", pixel)) for count, pixel in found if count > _FEW]
    return max(contrast(colours[0], each) for each in colours)


def _colour(pixel: tuple[int, int, int]) -> Colour:
    red, green, blue = pixel
    return red / 255, green / 255, blue / 255, 1.0
