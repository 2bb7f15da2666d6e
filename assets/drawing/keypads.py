"""Keypads, for what can go wrong with a PIN. No digits: only places where digits are."""

from assets.drawing import marks
from assets.drawing.canvas import Tile
from assets.drawing.palette import AMBER, AMBER_TILE, INK, PAPER, RED, RED_TILE, SHADE
from assets.drawing.paths import arc, box, circle

KEYS = (166, 236, 306)
DOTS = (157, 210, 262, 315)


def pin_wrong() -> Tile:
    tile = _keypad(RED_TILE, entered=(INK,) * 4)
    marks.cross(tile)
    return tile


def last_try() -> Tile:
    tile = _keypad(AMBER_TILE, entered=(AMBER, SHADE, SHADE, SHADE))
    marks.warning(tile)
    return tile


def pin_blocked() -> Tile:
    tile = _keypad(RED_TILE, entered=(SHADE,) * 4)
    x, y = 354, 378
    shackle = ((x - 46, y - 20), *arc(x, y - 66, 46, 180, 360), (x + 46, y - 20))
    tile.fill(shackle, tile.colour)
    tile.stroke(shackle, tile.colour, 58)
    tile.fill(box(x - 98, y - 58, 196, 154, 38), tile.colour)
    tile.stroke(shackle, INK, 26)
    tile.fill(box(x - 82, y - 42, 164, 122, 26), RED)
    tile.fill(circle(x, y + 6, 17), PAPER)
    tile.stroke(((x, y + 10), (x, y + 40)), PAPER, 14)
    return tile


def _keypad(colour: str, entered: tuple[str, ...]) -> Tile:
    tile = Tile(colour)
    tile.outlined(box(104, 60, 264, 392, 36), PAPER)
    tile.fill(box(130, 88, 212, 68, 18), colour)
    for x, shade in zip(DOTS, entered, strict=True):
        tile.fill(circle(x, 122, 17), shade)
    for y in (206, 272, 338, 404):
        for x in KEYS:
            tile.fill(circle(x, y, 24), INK)
    return tile
