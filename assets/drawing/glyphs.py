"""What stands on keys, and the application's icon. Signs on keys have no tile: a light rim keeps them off dark keys."""

from assets.drawing.birds import warbler
from assets.drawing.canvas import Canvas, Tile
from assets.drawing.palette import AMBER, GOLD, GREEN, GREEN_TILE, INK, LEAF, PAPER, SHADE
from assets.drawing.paths import Path, bent, box, circle, softened, turned

RIM = 22


def backspace() -> Canvas:
    canvas = Canvas()
    outline = softened(((36, 256), (176, 108), (468, 108), (468, 404), (176, 404)), 40)
    canvas.stroke((*outline, outline[0]), PAPER, 2 * RIM)
    canvas.fill(outline, INK)
    for way in (1, -1):
        canvas.stroke(((258, 256 - 62 * way), (382, 256 + 62 * way)), PAPER, 40)
    return canvas


def language() -> Canvas:
    """A globe."""
    canvas = Canvas()
    canvas.fill(circle(256, 256, 222 + RIM), PAPER)
    canvas.fill(circle(256, 256, 222), INK)
    lines: tuple[Path, ...] = (
        ((40, 256), (472, 256)),
        ((256, 40), (256, 472)),
        bent((256, 40), (110, 160), (110, 352), (256, 472)),
        bent((256, 40), (402, 160), (402, 352), (256, 472)),
        bent((92, 120), (180, 176), (332, 176), (420, 120)),
        bent((92, 392), (180, 336), (332, 336), (420, 392)),
    )
    for line in lines:
        canvas.stroke(line, PAPER, 20)
    canvas.stroke(circle(256, 256, 212), INK, 20)
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
