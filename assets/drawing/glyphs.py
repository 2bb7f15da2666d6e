"""What stands on keys, and the application's icon. Signs on keys have no tile: a light rim keeps them off dark keys."""

from assets.drawing.birds import warbler
from assets.drawing.canvas import Canvas, Tile
from assets.drawing.palette import AMBER, GOLD, GREEN, GREEN_TILE, INK, LEAF, PAPER, SHADE
from assets.drawing.paths import box, softened, turned

RIM = 22


def backspace() -> Canvas:
    canvas = Canvas()
    outline = softened(((36, 256), (176, 108), (468, 108), (468, 404), (176, 404)), 40)
    canvas.stroke((*outline, outline[0]), PAPER, 2 * RIM)
    canvas.fill(outline, INK)
    for way in (1, -1):
        canvas.stroke(((258, 256 - 62 * way), (382, 256 + 62 * way)), PAPER, 40)
    return canvas


def point(degrees: float) -> Canvas:
    """An open angle, at 0 degrees to the right; it shows on light and on dark ground."""
    canvas = Canvas()
    canvas.stroke(turned(((166, 86), (346, 256), (166, 426)), degrees, (256, 256)), AMBER, 92)
    return canvas


def icon() -> Canvas:
    tile = Tile(GREEN)
    warbler(tile, LEAF, GREEN_TILE, limbs=GOLD)
    tile.fill(box(92, 404, 328, 200, 28), PAPER)
    tile.fill(box(124, 436, 84, 100, 12), LEAF)
    tile.stroke(((246, 452), (372, 452)), SHADE, 18)
    return tile
