"""The two birds that are heard: a bush warbler arriving among plum blossoms, a blue flycatcher leaving."""

from assets.drawing.canvas import Canvas, Tile
from assets.drawing.palette import GREEN, GREEN_TILE, INDIGO, INDIGO_TILE, INK, LEAF, PAPER, PETAL, RED, SKY
from assets.drawing.paths import Path, arc, circle, closed, smooth, turned


def bird_in() -> Tile:
    tile = Tile(GREEN_TILE)
    _branch(tile)
    warbler(tile, LEAF, GREEN, limbs=INK)
    for radius in (46, 80):
        tile.stroke(arc(396, 176, radius, -44, 24), GREEN, 14)
    for x, y, size in ((118, 428, 25), (372, 398, 28), (430, 346, 18)):
        _blossom(tile, x, y, size)
    return tile


def bird_out() -> Tile:
    tile = Tile(INDIGO_TILE)
    far = closed(((300, 236), (316, 160), (362, 92), (404, 64), (400, 130), (368, 200), (336, 248)))
    tile.fill(far, SKY)
    tile.fill(((424, 196), (470, 196), (424, 220)), INK)
    body = closed(
        (
            (432, 200),
            (412, 172),
            (374, 168),
            (330, 194),
            (270, 230),
            (190, 272),
            (110, 318),
            (66, 350),
            (84, 374),
            (140, 362),
            (196, 346),
            (268, 336),
            (344, 306),
            (406, 262),
            (432, 224),
        )
    )
    tile.fill(body, INDIGO)
    tile.fill(closed(((436, 236), (380, 250), (300, 288), (210, 326), (250, 380), (420, 340))), PAPER, within=body)
    near = closed(
        ((332, 232), (290, 160), (226, 102), (150, 74), (112, 78), (126, 132), (170, 196), (226, 250), (284, 280))
    )
    tile.fill(near, INDIGO)
    tile.stroke(smooth(((332, 240), (290, 170), (230, 120))), SKY, 9)
    tile.fill(circle(398, 200, 11), INK)
    tile.fill(circle(402, 196, 4), PAPER)
    for start, end in (((92, 420), (168, 388)), ((190, 432), (258, 398)), ((56, 270), (110, 246))):
        tile.stroke((start, end), SKY, 14)
    return tile


def warbler(canvas: Canvas, coat: str, wing: str, limbs: str) -> None:
    """Perched and singing, its feet at 256, 404; the belly is always light."""
    for x in (232, 276):
        canvas.stroke(((x, 348), (x + 8, 404)), limbs, 11)
    body = closed(
        (
            (352, 178),
            (338, 148),
            (302, 130),
            (258, 146),
            (218, 196),
            (166, 256),
            (116, 306),
            (62, 362),
            (80, 382),
            (146, 344),
            (186, 360),
            (244, 368),
            (308, 338),
            (346, 280),
            (356, 216),
        )
    )
    canvas.fill(((350, 170), (414, 140), (356, 190)), limbs)
    canvas.fill(((352, 192), (398, 206), (348, 212)), limbs)
    canvas.fill(body, coat)
    canvas.fill(circle(316, 310, 96), PAPER, within=body)
    feathers = closed(((226, 218), (272, 240), (290, 288), (250, 320), (170, 326), (104, 340), (150, 286), (190, 240)))
    canvas.fill(feathers, wing)
    canvas.stroke(smooth(((288, 168), (316, 156), (340, 166))), PAPER, 9)
    canvas.fill(circle(318, 182, 12), INK)
    canvas.fill(circle(322, 178, 4), PAPER)


def _branch(tile: Tile) -> None:
    tile.stroke(smooth(((20, 442), (130, 424), (250, 408), (372, 398), (500, 366))), INK, 20)
    tile.stroke(smooth(((372, 398), (408, 366), (440, 340))), INK, 13)


def _blossom(tile: Tile, x: float, y: float, size: float) -> None:
    petal = circle(x, y - size * 0.86, size * 0.66)
    for fifth in range(5):
        tile.fill(_round(petal, fifth, x, y), PETAL)
    tile.fill(circle(x, y, size * 0.42), RED)


def _round(petal: Path, fifth: int, x: float, y: float) -> Path:
    return turned(petal, 72 * fifth, (x, y))
