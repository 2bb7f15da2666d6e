"""People, doors and the reception counter."""

from assets.drawing.canvas import Tile
from assets.drawing.marks import arrow, calendar, clock, ground, minus, pause, tick, yen
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
    SHADE,
)
from assets.drawing.paths import Path, arc, box, circle, dashes, softened


def enter() -> Tile:
    tile = Tile(GREEN_TILE)
    ground(tile)
    _door(tile, 296, hinge=400, free=446, colour=GREEN)
    _walker(tile, 118, GREEN)
    arrow(tile, ((234, 236), (346, 236)), GREEN)
    return tile


def leave() -> Tile:
    tile = Tile(INDIGO_TILE)
    ground(tile)
    _door(tile, 112, hinge=112, free=66, colour=INDIGO)
    arrow(tile, ((170, 236), (306, 236)), INDIGO)
    _walker(tile, 390, INDIGO)
    return tile


def already_in() -> Tile:
    tile = Tile(AMBER_TILE)
    _frame(tile)
    _stander(tile, 236, INK)
    tick(tile, AMBER)
    return tile


def not_in() -> Tile:
    tile = Tile(AMBER_TILE)
    _frame(tile)
    for piece in (*dashes(_bust(236), 34, 22), *dashes(circle(236, 190, 40), 34, 22)):
        tile.stroke(piece, INK, 12)
    minus(tile, AMBER)
    return tile


def desk() -> Tile:
    tile = Tile(PLAIN_TILE)
    tile.fill(circle(256, 138, 60), GREEN)
    tile.fill(softened(((144, 330), (144, 214), (368, 214), (368, 330)), 64), GREEN)
    tile.outlined(box(84, 300, 344, 136, 18), PAPER)
    tile.outlined(box(62, 276, 388, 48, 22), PAPER)
    tile.stroke(((132, 378), (380, 378)), SHADE)
    tile.fill((*arc(404, 266, 32, 180, 360), (436, 272), (372, 272)), INK)
    tile.fill(circle(404, 228, 9), INK)
    return tile


def suspended() -> Tile:
    """Reception knows more; no more is said before others."""
    tile = desk()
    pause(tile, AMBER)
    return tile


def pending() -> Tile:
    """Reception knows, and it takes time."""
    tile = desk()
    clock(tile, AMBER)
    return tile


def ended() -> Tile:
    tile = desk()
    calendar(tile)
    return tile


def reception_first() -> Tile:
    """Someone on the way to the counter."""
    tile = Tile(AMBER_TILE)
    ground(tile)
    tile.fill(circle(368, 150, 44), GREEN)
    tile.fill(softened(((300, 330), (300, 206), (436, 206), (436, 330)), 50), GREEN)
    tile.outlined(box(288, 298, 160, 138, 14), PAPER)
    tile.outlined(box(272, 274, 190, 42, 18), PAPER)
    _walker(tile, 112, INK)
    arrow(tile, ((196, 226), (258, 226)), AMBER, 28, 34)
    return tile


def full() -> Tile:
    """As many people as the room holds."""
    tile = Tile(AMBER_TILE)
    tile.outlined(box(64, 76, 384, 360, 20), PAPER)
    for x in (150, 322):
        _stander(tile, x, GREEN)
    _stander(tile, 236, INK)
    minus(tile, AMBER)
    return tile


def fee() -> Tile:
    """One more than the places that are free."""
    tile = Tile(AMBER_TILE)
    ground(tile)
    for x in (126, 226, 326):
        tile.fill(circle(x, 136, 36), GREEN)
        tile.fill(softened(((x - 52, 300), (x - 52, 186), (x + 52, 186), (x + 52, 300)), 44), GREEN)
    _stander(tile, 190, AMBER_TILE, wider=14)
    _stander(tile, 190, INK)
    yen(tile, AMBER)
    return tile


def closed() -> Tile:
    """Both leaves of the door shut, and the clock that says until when."""
    tile = Tile(AMBER_TILE)
    ground(tile)
    tile.outlined(box(104, 84, 288, 352, 18), PAPER)
    for left in (132, 252):
        tile.fill(box(left, 112, 112, 324, 8), INK)
    for x in (224, 272):
        tile.stroke(((x, 250), (x, 298)), PAPER, 14)
    clock(tile, AMBER)
    return tile


def _door(tile: Tile, left: float, hinge: float, free: float, colour: str) -> None:
    """A doorway with its door standing open towards us, hung at `hinge`."""
    tile.outlined(box(left, 92, 104, 344, 14), PAPER)
    leaf = softened(((hinge, 92), (free, 124), (free, 468), (hinge, 436)), 8)
    tile.outlined(leaf, colour)
    tile.fill(circle(free + (hinge - free) * 0.3, 300, 9), PAPER)


def _walker(tile: Tile, x: float, colour: str) -> None:
    """Someone walking to the right."""
    tile.fill(circle(x + 12, 126, 40), colour)
    tile.fill(softened(((x - 32, 178), (x + 34, 178), (x + 28, 318), (x - 30, 318)), 26), colour)
    tile.stroke(((x + 8, 298), (x + 34, 356), (x + 46, 419)), colour, 34)
    tile.stroke(((x - 10, 298), (x - 20, 360), (x - 54, 416)), colour, 34)
    tile.stroke(((x + 20, 194), (x + 42, 246), (x + 62, 276)), colour, 24)
    tile.stroke(((x - 20, 194), (x - 44, 246), (x - 46, 292)), colour, 24)


def _frame(tile: Tile) -> None:
    tile.outlined(box(112, 76, 248, 360, 20), PAPER)


def _stander(tile: Tile, x: float, colour: str, wider: float = 0) -> None:
    """`wider` all round, to keep someone in front apart from those behind."""
    tile.fill(circle(x, 190, 46 + wider), colour)
    tile.fill(_bust(x), colour)
    if wider:
        tile.stroke(_bust(x), colour, 2 * wider)


def _bust(x: float) -> Path:
    """Shoulders and all below them down to the sill; open there."""
    return ((x - 76, 430), *arc(x - 16, 312, 60, 180, 270), *arc(x + 16, 312, 60, 270, 360), (x + 76, 430))
