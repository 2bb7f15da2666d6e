"""A sheet to paint paths on, four times as fine as the picture that comes of it. It knows no shapes of its own."""

from itertools import pairwise

from PIL import Image, ImageDraw

from assets.drawing.palette import INK
from assets.drawing.paths import Path, box

FINER = 4
SIDE = 512
LINE = 14


class Canvas:
    """Coordinates run from 0 to SIDE, whatever the size of the picture. Later paint covers earlier paint."""

    def __init__(self) -> None:
        self._sheet = Image.new("RGBA", (SIDE * FINER, SIDE * FINER))
        self._brush = ImageDraw.Draw(self._sheet)

    def fill(self, path: Path, colour: str, within: Path = ()) -> None:
        if not within:
            self._brush.polygon(_finer(path), fill=colour)
            return
        mask = Image.new("1", self._sheet.size)
        ImageDraw.Draw(mask).polygon(_finer(within), fill=1)
        paint = Image.new("1", self._sheet.size)
        ImageDraw.Draw(paint).polygon(_finer(path), fill=1)
        cut = Image.new("1", self._sheet.size)
        cut.paste(paint, mask=mask)
        self._sheet.paste(Image.new("RGBA", self._sheet.size, colour), mask=cut)

    def stroke(self, path: Path, colour: str = INK, width: float = LINE) -> None:
        """Round at the ends and at every corner."""
        points = _finer(path)
        half = width * FINER / 2
        for start, end in pairwise(points):
            if start != end:
                self._brush.polygon(_band(start, end, half), fill=colour)
        for x, y in points:
            self._brush.ellipse((x - half, y - half, x + half, y + half), fill=colour)

    def outlined(self, path: Path, colour: str, line: str = INK, width: float = LINE) -> None:
        self.fill(path, colour)
        self.stroke((*path, path[0]), line, width)

    def picture(self, size: int) -> Image.Image:
        """HAMMING averages without the bright and dark fringes a sharper filter draws along flat colours."""
        return self._sheet.resize((size, size), Image.Resampling.HAMMING)


class Tile(Canvas):
    """A canvas that begins as a rounded tile of one colour and lets nothing stand out over its edge."""

    EDGE = box(8, 8, 496, 496, 104)

    def __init__(self, colour: str) -> None:
        super().__init__()
        self.colour = colour
        self.fill(self.EDGE, colour)

    def picture(self, size: int) -> Image.Image:
        mask = Image.new("L", self._sheet.size)
        ImageDraw.Draw(mask).polygon(_finer(self.EDGE), fill=255)
        self._sheet.putalpha(mask)
        return super().picture(size)


def _finer(path: Path) -> Path:
    return tuple((x * FINER, y * FINER) for x, y in path)


def _band(start: tuple[float, float], end: tuple[float, float], half: float) -> Path:
    right, down = end[0] - start[0], end[1] - start[1]
    length = (right * right + down * down) ** 0.5
    aside, along = -down / length * half, right / length * half
    return (
        (start[0] + aside, start[1] + along),
        (end[0] + aside, end[1] + along),
        (end[0] - aside, end[1] - along),
        (start[0] - aside, start[1] - along),
    )
