"""A calendar on the wall: days to wait for, a month used up, days in a row."""

from assets.drawing import marks
from assets.drawing.canvas import Tile
from assets.drawing.palette import AMBER, AMBER_TILE, GREEN, INK, PAPER, SHADE
from assets.drawing.paths import box, circle

_COLUMNS = (134, 204, 274, 344)
_ROWS = (222, 292, 362)
_DAY = 22


def not_yet_begun() -> Tile:
    """The day that it begins on is still ahead."""
    tile = _calendar()
    _days(tile, coloured=())
    tile.stroke(circle(204, 292, 34), GREEN, 12)
    tile.fill(circle(204, 292, _DAY), GREEN)
    marks.clock(tile, AMBER)
    return tile


def uses_in_month() -> Tile:
    tile = _calendar()
    _days(tile, coloured=tuple((x, y) for y in _ROWS for x in _COLUMNS))
    marks.minus(tile, AMBER)
    return tile


def days_in_a_row() -> Tile:
    """One day after the other, and then a pause."""
    tile = _calendar()
    _days(tile, coloured=tuple((x, _ROWS[1]) for x in _COLUMNS))
    tile.stroke(((_COLUMNS[0], _ROWS[1]), (_COLUMNS[-1], _ROWS[1])), GREEN, 24)
    marks.pause(tile, AMBER)
    return tile


def _calendar() -> Tile:
    tile = Tile(AMBER_TILE)
    tile.outlined(box(84, 96, 310, 322, 30), PAPER)
    tile.fill(box(84, 96, 310, 76, 30), INK)
    tile.fill(box(84, 136, 310, 36, 0), INK)
    for x in (164, 314):
        tile.stroke(((x, 72), (x, 124)), SHADE, 22)
    return tile


def _days(tile: Tile, coloured: tuple[tuple[float, float], ...]) -> None:
    for y in _ROWS:
        for x in _COLUMNS:
            tile.fill(circle(x, y, _DAY), GREEN if (x, y) in coloured else SHADE)
