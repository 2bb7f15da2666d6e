"""The small signs pictures share: badges, arrows, waves. A badge always sits at the lower right."""

from assets.drawing.canvas import LINE, Tile
from assets.drawing.palette import AMBER, PAPER, RED, SHADE
from assets.drawing.paths import Path, Point, arc, box, circle, scaled, smooth, softened

BADGE: Point = (376, 376)
RADIUS = 78
RING = 16


def cross(tile: Tile) -> None:
    x, y = _disc(tile, RED)
    for way in (1, -1):
        tile.stroke(((x - 30, y - 30 * way), (x + 30, y + 30 * way)), PAPER, 24)


def question(tile: Tile) -> None:
    x, y = _disc(tile, AMBER)
    tile.stroke((*arc(x, y - 18, 26, 180, 405), (x, y + 14), (x, y + 16)), PAPER, 20)
    tile.fill(circle(x, y + 44, 12), PAPER)


def tick(tile: Tile, colour: str) -> None:
    x, y = _disc(tile, colour)
    tile.stroke(((x - 34, y + 2), (x - 10, y + 28), (x + 36, y - 26)), PAPER, 22)


def minus(tile: Tile, colour: str) -> None:
    x, y = _disc(tile, colour)
    tile.stroke(((x - 34, y), (x + 34, y)), PAPER, 24)


def pause(tile: Tile, colour: str) -> None:
    x, y = _disc(tile, colour)
    for aside in (-20, 20):
        tile.stroke(((x + aside, y - 26), (x + aside, y + 26)), PAPER, 22)


def yen(tile: Tile, colour: str) -> None:
    """A coin; its sign is drawn, no letter is set."""
    x, y = _disc(tile, colour)
    tile.stroke(((x - 34, y - 42), (x, y + 2), (x + 34, y - 42)), PAPER, 17)
    tile.stroke(((x, y + 2), (x, y + 46)), PAPER, 17)
    for bar in (4, 28):
        tile.stroke(((x - 28, y + bar), (x + 28, y + bar)), PAPER, 13)


def one(tile: Tile, colour: str) -> None:
    """The figure is drawn, none is set."""
    x, y = _disc(tile, colour)
    tile.stroke(((x - 24, y - 22), (x + 4, y - 42), (x + 4, y + 42)), PAPER, 20)
    tile.stroke(((x - 22, y + 42), (x + 30, y + 42)), PAPER, 18)


def ban(tile: Tile) -> None:
    """A ring with a bar across it."""
    x, y = _disc(tile, RED)
    tile.stroke(circle(x, y, 42), PAPER, 16)
    tile.stroke(((x - 28, y - 28), (x + 28, y + 28)), PAPER, 16)


def clock(tile: Tile, colour: str) -> None:
    x, y = _disc(tile, colour)
    tile.fill(circle(x, y, 54), PAPER)
    tile.stroke(((x, y - 34), (x, y), (x + 24, y + 14)), colour, 14)


def down(tile: Tile, colour: str) -> None:
    """Something is arriving."""
    x, y = _disc(tile, colour)
    arrow(tile, ((x, y - 34), (x, y + 34)), PAPER, 22, 30)


def warning(tile: Tile) -> None:
    """An exclamation mark in a triangle."""
    x, y = BADGE
    corners = ((x, y - 88), (x + 92, y + 72), (x - 92, y + 72))
    tile.fill(softened(scaled(corners, 1.28, (x, y + 18)), 36), tile.colour)
    tile.fill(softened(corners, 26), AMBER)
    tile.stroke(((x, y - 26), (x, y + 16)), PAPER, 20)
    tile.fill(circle(x, y + 44, 12), PAPER)


def calendar(tile: Tile) -> None:
    """A leaf of a calendar whose day is struck out."""
    x, y = BADGE
    tile.fill(box(x - 82, y - 88, 164, 168, 40), tile.colour)
    page = box(x - 64, y - 62, 128, 126, 20)
    tile.outlined(page, PAPER, RED)
    tile.fill(box(x - 64, y - 62, 128, 42, 16), RED)
    for aside in (-30, 30):
        tile.stroke(((x + aside, y - 72), (x + aside, y - 52)), RED, LINE)
    for way in (1, -1):
        tile.stroke(((x - 22, y + 20 - 22 * way), (x + 22, y + 20 + 22 * way)), RED, 16)


def arrow(tile: Tile, path: Path, colour: str, width: float = 34, head: float = 46) -> None:
    """Along the path; its head is an open angle at the last point, `head` units long on each side."""
    (from_x, from_y), (x, y) = path[max(0, len(path) - 4)], path[-1]
    length = ((x - from_x) ** 2 + (y - from_y) ** 2) ** 0.5
    right, down = (x - from_x) / length * head, (y - from_y) / length * head
    tile.stroke(path, colour, width)
    tile.stroke(((x - right + down, y - down - right), (x, y), (x - right - down, y - down + right)), colour, width)


def waves(tile: Tile, centre: Point, radii: tuple[float, ...], colour: str, width: float = LINE) -> None:
    """Arcs that go up from a point."""
    for radius in radii:
        tile.stroke(arc(*centre, radius, 218, 322), colour, width)


def ground(tile: Tile, y: float = 436) -> None:
    tile.stroke(smooth(((84, y), (428, y))), SHADE, 14)


def _disc(tile: Tile, colour: str) -> Point:
    tile.fill(circle(*BADGE, RADIUS + RING), tile.colour)
    tile.fill(circle(*BADGE, RADIUS), colour)
    return BADGE
