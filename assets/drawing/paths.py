"""Outlines as lists of points, in the picture's own units (512 to a side, y downwards). Nothing is painted here."""

import math
from itertools import pairwise

Point = tuple[float, float]
Path = tuple[Point, ...]

STEPS = 16


def circle(x: float, y: float, radius: float) -> Path:
    return arc(x, y, radius, 0, 360)


def arc(x: float, y: float, radius: float, start_degrees: float, end_degrees: float) -> Path:
    """Clockwise on screen, from the right (0 degrees) over the bottom (90)."""
    steps = 96
    angles = (math.radians(start_degrees + (end_degrees - start_degrees) * step / steps) for step in range(steps + 1))
    return tuple((x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles)


def box(x: float, y: float, width: float, height: float, radius: float) -> Path:
    return softened(((x, y), (x + width, y), (x + width, y + height), (x, y + height)), radius)


def softened(corners: Path, radius: float) -> Path:
    """The polygon with every corner rounded off."""
    rounded: list[Point] = []
    for before, corner, after in zip((corners[-1], *corners[:-1]), corners, (*corners[1:], corners[0]), strict=True):
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        pull = 0.5523  # the cubic that comes nearest to a quarter of a circle
        first, second = _between(start, corner, pull), _between(end, corner, pull)
        rounded += bent(start, first, second, end)
    return tuple(rounded)


def bent(start: Point, first: Point, second: Point, end: Point) -> Path:
    """A cubic Bezier curve."""
    return tuple(
        (
            (1 - t) ** 3 * start[0] + 3 * (1 - t) ** 2 * t * first[0] + 3 * (1 - t) * t * t * second[0] + t**3 * end[0],
            (1 - t) ** 3 * start[1] + 3 * (1 - t) ** 2 * t * first[1] + 3 * (1 - t) * t * t * second[1] + t**3 * end[1],
        )
        for t in (step / STEPS for step in range(STEPS + 1))
    )


def smooth(points: Path) -> Path:
    """An open curve through all the points (centripetal Catmull-Rom would be tighter; these points are even)."""
    padded = (points[0], *points, points[-1])
    return _through(padded)


def closed(points: Path) -> Path:
    """A closed curve through all the points."""
    return _through((points[-1], *points, points[0], points[1]))


def turned(path: Path, degrees: float, about: Point) -> Path:
    """Clockwise on screen."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    moved_back = ((x - about[0], y - about[1]) for x, y in path)
    return tuple((about[0] + x * cos - y * sin, about[1] + x * sin + y * cos) for x, y in moved_back)


def moved(path: Path, right: float, down: float) -> Path:
    return tuple((x + right, y + down) for x, y in path)


def scaled(path: Path, factor: float, about: Point) -> Path:
    return tuple((about[0] + (x - about[0]) * factor, about[1] + (y - about[1]) * factor) for x, y in path)


def dashes(path: Path, length: float, gap: float) -> tuple[Path, ...]:
    """The path cut into strokes; lengths along the path."""
    pieces: list[list[Point]] = [[]]
    walked = 0.0
    for start, end in pairwise(path):
        distance = math.dist(start, end)
        for step in range(max(1, round(distance))):
            drawn = walked % (length + gap) < length
            if drawn:
                pieces[-1].append(_between(start, end, step / max(1, round(distance))))
            elif pieces[-1]:
                pieces.append([])
            walked += distance / max(1, round(distance))
    return tuple(tuple(piece) for piece in pieces if piece)


def _through(points: Path) -> Path:
    curve: list[Point] = []
    for before, start, end, after in zip(points, points[1:], points[2:], points[3:], strict=False):
        first = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        second = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        curve += bent(start, first, second, end)
    return tuple(curve)


def _between(start: Point, end: Point, part: float) -> Point:
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _towards(start: Point, end: Point, distance: float) -> Point:
    length = math.dist(start, end)
    return _between(start, end, min(distance, length / 2) / length)
