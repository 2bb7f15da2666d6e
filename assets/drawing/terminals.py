"""The terminal itself, on its stand: locked, waiting for its first roster, and being brought up to date."""

from assets.drawing import marks
from assets.drawing.canvas import Tile
from assets.drawing.palette import AMBER, AMBER_TILE, GREEN, INK, PAPER, PLAIN_TILE, RED, SHADE
from assets.drawing.paths import arc, box, circle

_ROWS = ((142, GREEN, INK), (206, GREEN, INK), (270, SHADE, SHADE))


def locked() -> Tile:
    tile = _terminal(PLAIN_TILE)
    x, y = 256, 222
    tile.stroke(((x - 40, y - 20), *arc(x, y - 52, 40, 180, 360), (x + 40, y - 20)), INK, 24)
    tile.fill(box(x - 74, y - 32, 148, 108, 24), RED)
    tile.fill(circle(x, y + 10, 15), PAPER)
    tile.stroke(((x, y + 14), (x, y + 42)), PAPER, 13)
    return tile


def preparing() -> Tile:
    """A list of members that is still growing."""
    tile = _terminal(AMBER_TILE)
    for y, head, line in _ROWS:
        tile.fill(circle(158, y, 22), head)
        tile.stroke(((206, y), (346, y)), line, 18)
    marks.down(tile, AMBER)
    return tile


def updating() -> Tile:
    tile = _terminal(AMBER_TILE)
    for begin in (-30, 150):
        marks.arrow(tile, arc(256, 206, 58, begin, begin + 130), GREEN, 24, 30)
    marks.clock(tile, AMBER)
    return tile


def _terminal(colour: str) -> Tile:
    tile = Tile(colour)
    tile.stroke(((256, 330), (256, 428)), INK, 40)
    tile.stroke(((170, 436), (342, 436)), INK, 30)
    tile.outlined(box(88, 78, 336, 256, 30), PAPER, width=18)
    return tile
