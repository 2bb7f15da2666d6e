"""Things of the house: the neck strap, the car park, the hourglass, the plug."""

from assets.drawing.canvas import Tile
from assets.drawing.marks import arrow, cross
from assets.drawing.palette import (
    AMBER,
    AMBER_TILE,
    GREEN,
    GREEN_TILE,
    INDIGO,
    INDIGO_TILE,
    INK,
    PAPER,
    PLAIN_TILE,
    RED_TILE,
    SHADE,
)
from assets.drawing.paths import Path, Point, arc, bent, box, circle, dashes, smooth, softened, turned


def strap() -> Tile:
    """Worn round the neck, the card holder on the chest."""
    tile = Tile(GREEN_TILE)
    tile.fill(circle(256, 118, 66), GREEN)
    shoulders = softened(((66, 620), (66, 214), (446, 214), (446, 620)), 120)
    tile.fill(shoulders, GREEN)
    for way in (1, -1):
        tile.stroke(
            smooth(((256 - 62 * way, 208), (256 - 50 * way, 250), (256 - 24 * way, 296), (256, 330))), GREEN_TILE, 24
        )
    _holder(tile, (256, 328), GREEN)
    return tile


def strap_return() -> Tile:
    tile = Tile(INDIGO_TILE)
    tile.stroke(((96, 76), (416, 76)), INK, 30)
    tile.stroke(((196, 76), (196, 112), *arc(220, 112, 24, 180, 0)), INK, 18)
    tile.stroke(smooth(((214, 140), (150, 190), (146, 250), (196, 318))), INDIGO, 24)
    tile.stroke(smooth(((226, 140), (252, 190), (250, 250), (196, 318))), INDIGO, 24)
    _holder(tile, (196, 324), INDIGO)
    arrow(tile, bent((352, 420), (420, 380), (424, 240), (346, 160)), INDIGO, 30, 46)
    return tile


def parking() -> Tile:
    """The sign of a car park, and a ticket: the stem and bowl are drawn, no letter is set."""
    tile = Tile(INDIGO_TILE)
    tile.fill(box(76, 68, 300, 300, 52), INDIGO)
    tile.stroke(((184, 304), (184, 134), (234, 134), *arc(234, 184, 50, 270, 450), (184, 234)), PAPER, 40)
    ticket = _ticket()
    tile.stroke((*ticket, ticket[0]), tile.colour, 44)
    tile.outlined(ticket, PAPER)
    tile.stroke(turned(((304, 356), (304, 428)), -8, (356, 392)), SHADE, 8)
    for y, end in ((374, 420), (408, 396)):
        tile.stroke(turned(((336, y), (end, y)), -8, (356, 392)), INDIGO, 13)
    return tile


def timeout() -> Tile:
    tile = Tile(AMBER_TILE)
    glass = _glass()
    tile.fill(glass, PAPER)
    tile.fill(((160, 190), (352, 190), (268, 262), (244, 262)), AMBER, within=glass)
    tile.fill(softened(((150, 420), (256, 316), (362, 420)), 24), AMBER, within=glass)
    tile.stroke(((256, 250), (256, 350)), AMBER, 10)
    tile.stroke((*glass, glass[0]), INK, 16)
    for y in (86, 426):
        tile.stroke(((146, y), (366, y)), INK, 34)
    return tile


def declined() -> Tile:
    """A coin that nobody pays."""
    tile = Tile(GREEN_TILE)
    tile.outlined(circle(256, 256, 150), PAPER, width=18)
    tile.stroke(((196, 170), (256, 250), (316, 170)), GREEN, 26)
    tile.stroke(((256, 250), (256, 344)), GREEN, 26)
    for y in (256, 300):
        tile.stroke(((206, y), (306, y)), GREEN, 20)
    slash: Path = ((128, 384), (384, 128))
    tile.stroke(slash, GREEN_TILE, 62)
    tile.stroke(slash, INK, 26)
    return tile


def not_recorded() -> Tile:
    """A page of the book with nothing on its last line."""
    tile = Tile(RED_TILE)
    tile.outlined(box(112, 68, 270, 350, 24), PAPER)
    for y, end in ((138, 330), (196, 300)):
        tile.fill(circle(160, y, 14), GREEN)
        tile.stroke(((200, y), (end, y)), SHADE, 18)
    for piece in dashes(((160, 262), (330, 262)), 26, 18):
        tile.stroke(piece, INK, 14)
    cross(tile)
    return tile


def out_of_order() -> Tile:
    """A plug pulled out of its socket."""
    tile = Tile(PLAIN_TILE)
    tile.stroke(smooth(((20, 300), (70, 300), (96, 262), (130, 256))), INK, 22)
    tile.outlined(
        softened(((126, 186), (176, 186), (216, 210), (216, 302), (176, 326), (126, 326)), 22), PAPER, width=16
    )
    for y in (230, 282):
        tile.stroke(((222, y), (258, y)), INK, 18)
    tile.outlined(softened(((386, 176), (324, 176), (324, 336), (386, 336)), 22), PAPER, width=16)
    for y in (230, 282):
        tile.stroke(((328, y), (350, y)), INK, 18)
    tile.stroke(smooth(((392, 256), (426, 262), (446, 300), (500, 300))), INK, 22)
    for start, end in (
        ((276, 160), (268, 108)),
        ((316, 150), (338, 108)),
        ((276, 352), (268, 404)),
        ((316, 362), (338, 404)),
    ):
        tile.stroke((start, end), AMBER, 18)
    return tile


def _holder(tile: Tile, clip: Point, colour: str) -> None:
    x, y = clip
    tile.outlined(box(x - 62, y + 14, 124, 118, 18), PAPER)
    tile.fill(box(x - 16, y - 16, 32, 44, 10), INK)
    tile.fill(circle(x, y + 62, 17), colour)
    body = softened(((x - 34, y + 116), (x - 34, y + 86), (x + 34, y + 86), (x + 34, y + 116)), 18)
    tile.fill(body, colour)


def _ticket() -> Path:
    outline = softened(((268, 338), (444, 338), (444, 446), (268, 446)), 16)
    return turned(outline, -8, (356, 392))


def _glass() -> Path:
    half: tuple[Point, ...] = ((166, 92), (166, 150), (236, 244), (236, 268), (166, 362), (166, 420))
    other = tuple((512 - x, y) for x, y in reversed(half))
    return softened((*half, *other), 26)
