"""The card: held, read, and everything that can be wrong with it. It is drawn after no particular one."""

from enum import Enum, unique

from assets.drawing import marks
from assets.drawing.canvas import Tile
from assets.drawing.palette import (
    AMBER,
    AMBER_TILE,
    GOLD,
    GREEN,
    GREEN_TILE,
    INDIGO,
    INDIGO_TILE,
    INK,
    LEAF,
    PAPER,
    RED_TILE,
    SAND,
    SHADE,
    SKY,
)
from assets.drawing.paths import Path, Point, bent, box, circle, moved, scaled, smooth, softened, turned

WIDTH, HEIGHT = 252, 160
PAD: Point = (256, 322)
WAVES = (28, 49, 70)


@unique
class Way(Enum):
    """The colour of each is that of its door; the values are those of visits.decision.Direction."""

    IN = "in"
    OUT = "out"

    @property
    def tile(self) -> str:
        return GREEN_TILE if self is Way.IN else INDIGO_TILE

    @property
    def colour(self) -> str:
        return GREEN if self is Way.IN else INDIGO


def card_on_reader(way: Way, frame: int) -> Tile:
    """Frame 0 to 3: the card comes down, and the reader answers with as many waves."""
    tile = Tile(way.tile)
    _reader(tile, way.colour)
    marks.waves(tile, PAD, WAVES[:frame], way.colour)
    _held(tile, (204, 133 + 10 * frame), -3 + frame)
    return tile


def reading(way: Way, frame: int) -> Tile:
    """Frame 0 to 2: the card lies on the reader, and what they say to each other goes on."""
    tile = Tile(way.tile)
    _reader(tile, way.colour)
    _flat(tile)
    marks.waves(tile, (256, 296), (64, 116, 168)[: frame + 1], way.colour, 20)
    return tile


def hold_again() -> Tile:
    tile = Tile(AMBER_TILE)
    _reader(tile, AMBER)
    _card(tile, (216, 160), -12, GREEN, 1)
    marks.arrow(tile, bent((384, 104), (466, 130), (470, 226), (414, 292)), AMBER, 28, 42)
    return tile


def two_cards() -> Tile:
    """Both at once on the reader, which takes one."""
    tile = Tile(AMBER_TILE)
    _reader(tile, AMBER)
    _card(tile, (206, 168), -16, SHADE, 0.9)
    _card(tile, (286, 176), 9, GREEN, 0.9)
    marks.one(tile, AMBER)
    return tile


def wrong_card() -> Tile:
    tile = _large(RED_TILE)
    marks.cross(tile)
    return tile


def unlinked() -> Tile:
    tile = _large(AMBER_TILE)
    marks.question(tile)
    return tile


def too_soon() -> Tile:
    tile = _large(AMBER_TILE)
    marks.clock(tile, AMBER)
    return tile


def replaced() -> Tile:
    """An old card, and the one that took its place."""
    tile = Tile(AMBER_TILE)
    _card(tile, (196, 158), -8, SHADE, 1)
    _card(tile, (318, 350), 0, GREEN, 1)
    marks.arrow(tile, bent((366, 92), (430, 110), (446, 160), (420, 220)), AMBER, 28, 40)
    return tile


def expired() -> Tile:
    tile = _large(RED_TILE)
    marks.calendar(tile)
    return tile


def revoked() -> Tile:
    tile = _large(RED_TILE)
    marks.ban(tile)
    return tile


def unproven() -> Tile:
    tile = _large(AMBER_TILE)
    marks.warning(tile)
    return tile


def phone() -> Tile:
    tile = Tile(RED_TILE)
    tile.outlined(box(138, 64, 204, 384, 38), INK)
    tile.fill(box(156, 106, 168, 286, 12), PAPER)
    tile.stroke(((220, 86), (260, 86)), SHADE, 10)
    _card(tile, (240, 214), 0, GREEN, 0.56)
    marks.cross(tile)
    return tile


def driving_licence() -> Tile:
    """A photograph at the right, and a steering wheel."""
    tile = _other_card(PAPER)
    _portrait(tile)
    wheel = (164, 232)
    tile.stroke(circle(*wheel, 64), INK, 18)
    for end in ((104, 222), (224, 222), (164, 292)):
        tile.stroke((wheel, end), INK, 16)
    tile.fill(circle(*wheel, 22), INK)
    marks.cross(tile)
    return tile


def residence_card() -> Tile:
    """A photograph at the right, and the world."""
    tile = _other_card(PAPER)
    _portrait(tile)
    x, y = 164, 232
    tile.fill(circle(x, y, 66), SKY)
    for line in (
        circle(x, y, 66),
        ((x - 66, y), (x + 66, y)),
        ((x, y - 66), (x, y + 66)),
        bent((x, y - 66), (x - 48, y - 30), (x - 48, y + 30), (x, y + 66)),
        bent((x, y - 66), (x + 48, y - 30), (x + 48, y + 30), (x, y + 66)),
    ):
        tile.stroke(line, INK, 9)
    marks.cross(tile)
    return tile


def bank_card() -> Tile:
    """A chip, a stripe and the places of digits."""
    tile = _other_card(INK)
    tile.fill(box(67, 152, 338, 40, 0), SHADE)
    tile.fill(box(98, 220, 72, 54, 10), GOLD)
    tile.stroke(((98, 247), (170, 247)), INK, 6)
    tile.stroke(((134, 220), (134, 274)), INK, 6)
    for x in (104, 168, 232):
        tile.stroke(((x, 308), (x + 34, 308)), PAPER, 14)
    marks.cross(tile)
    return tile


def transit_card() -> Tile:
    """A train that comes towards us."""
    tile = _other_card(PAPER)
    tile.fill(box(112, 148, 132, 142, 34), INDIGO)
    tile.fill(box(132, 172, 92, 50, 12), PAPER)
    for x in (146, 210):
        tile.fill(circle(x, 254, 11), GOLD)
    for way in (1, -1):
        tile.stroke(((178 + 34 * way, 296), (178 + 58 * way, 322)), INK, 12)
    for y, end in ((188, 372), (228, 340)):
        tile.stroke(((286, y), (end, y)), SHADE, 16)
    marks.cross(tile)
    return tile


def _other_card(colour: str) -> Tile:
    tile = Tile(RED_TILE)
    tile.outlined(box(60, 120, 352, 224, 28), colour)
    return tile


def _portrait(tile: Tile) -> None:
    photo = box(284, 156, 96, 128, 12)
    tile.fill(photo, LEAF)
    tile.fill(circle(332, 206, 25), PAPER, within=photo)
    tile.fill(circle(332, 304, 56), PAPER, within=photo)


def _large(colour: str) -> Tile:
    tile = Tile(colour)
    _card(tile, (236, 232), 0, GREEN, 1.4)
    return tile


def _card(tile: Tile, at: Point, degrees: float, colour: str, size: float) -> None:
    """A photograph at the left, lines of writing, a chip; `at` is its middle."""
    x, y = at
    left, top = x - WIDTH / 2, y - HEIGHT / 2

    def placed(path: Path) -> Path:
        return turned(scaled(path, size, at), degrees, at)

    line = 14 if size >= 1 else 10
    tile.outlined(placed(box(left, top, WIDTH, HEIGHT, 20)), PAPER, width=line)
    photo = placed(box(left + 24, top + 30, 74, 100, 10))
    tile.fill(photo, LEAF)
    tile.fill(placed(circle(left + 61, top + 70, 19)), PAPER, within=photo)
    tile.fill(placed(circle(left + 61, top + 147, 42)), PAPER, within=photo)
    tile.stroke(placed(((left + 124, top + 42), (left + 216, top + 42))), colour, 14 * size)
    tile.stroke(placed(((left + 124, top + 72), (left + 186, top + 72))), SHADE, 11 * size)
    chip = placed(box(left + 168, top + 94, 52, 40, 9))
    tile.fill(chip, GOLD)
    tile.stroke(placed(((left + 168, top + 114), (left + 220, top + 114))), PAPER, 4 * size)
    tile.stroke(placed(((left + 194, top + 94), (left + 194, top + 134))), PAPER, 4 * size)


def _held(tile: Tile, at: Point, degrees: float) -> None:
    """The card between the thumb and the fingers of a hand that comes from the right."""
    x, y = at

    def placed(points: Path) -> Path:
        return turned(moved(points, x, y), degrees, at)

    back = smooth(
        ((330, -62), (240, -66), (176, -62), (110, -44), (84, 10), (96, 70), (140, 96), (196, 84), (250, 62), (330, 56))
    )
    tile.outlined(placed(back), SAND)
    _card(tile, at, degrees, GREEN, 1)
    thumb = smooth(
        (
            (330, -62),
            (240, -66),
            (176, -62),
            (130, -52),
            (84, -42),
            (50, -26),
            (44, -4),
            (62, 10),
            (98, 8),
            (134, 14),
            (160, 30),
        )
    )
    tile.fill(placed(thumb), SAND)
    tile.stroke(placed(thumb), INK)
    tile.outlined(placed(box(252, -84, 140, 164, 20)), GREEN)


def _reader(tile: Tile, colour: str) -> None:
    top = softened(((128, 312), (384, 312), (444, 418), (68, 418)), 18)
    tile.outlined(box(68, 404, 376, 52, 22), INK)
    tile.outlined(top, PAPER)
    tile.stroke(((224, 438), (288, 438)), colour, 10)


def _flat(tile: Tile) -> None:
    """The card lying on the reader, seen as slantwise as the reader."""
    tile.outlined(softened(((178, 336), (334, 336), (362, 392), (150, 392)), 12), PAPER)
    tile.fill(softened(((193, 349), (230, 349), (222, 381), (177, 381)), 6), LEAF)
    tile.stroke(((254, 355), (313, 355)), GREEN, 11)
    tile.fill(softened(((287, 369), (320, 369), (326, 383), (290, 383)), 5), GOLD)
