"""The geometry the pictures are drawn with."""

import math

import numpy as np
import pytest

from assets.drawing.canvas import Canvas, Tile
from assets.drawing.paths import arc, box, circle, dashes, moved, scaled, smooth, softened, turned

RED = "#FF0000"


def covered(canvas: Canvas) -> float:
    """The area painted, in square units."""
    return float(np.asarray(canvas.picture(512))[..., 3].sum()) / 255


def test_a_quarter_turn_goes_clockwise_on_screen() -> None:
    right, below = turned(((11, 1), (1, 11)), 90, (1, 1))
    assert right == pytest.approx((1, 11))
    assert below == pytest.approx((-9, 1))


def test_an_arc_starts_at_the_right_and_goes_by_way_of_the_bottom() -> None:
    path = arc(0, 0, 5, 0, 90)
    assert path[0] == pytest.approx((5, 0))
    assert path[-1] == pytest.approx((0, 5))


def test_moving_and_scaling_keep_the_shape() -> None:
    assert moved(((1, 2),), 10, 20) == ((11, 22),)
    assert scaled(((4, 2),), 2, (2, 2)) == ((6, 2),)


def test_a_smooth_curve_goes_through_all_its_points() -> None:
    points = ((0.0, 0.0), (10.0, 8.0), (20.0, 0.0))
    assert set(points) <= set(smooth(points))


def test_softened_corners_stay_inside_and_leave_the_sides_where_they_were() -> None:
    path = softened(((0, 0), (100, 0), (100, 100), (0, 100)), 20)
    assert min(x for x, _ in path) == 0
    assert max(y for _, y in path) == 100
    assert min(math.dist(point, (0, 0)) for point in path) > 5


def test_dashes_and_gaps_share_the_way_as_they_are_told() -> None:
    pieces = dashes(((0, 0), (100, 0)), 15, 10)
    assert len(pieces) == 4
    assert all(14 <= piece[-1][0] - piece[0][0] <= 15 for piece in pieces)


def test_a_filled_circle_covers_its_area() -> None:
    canvas = Canvas()
    canvas.fill(circle(256, 256, 100), RED)
    assert covered(canvas) == pytest.approx(math.pi * 100**2, rel=0.01)


def test_a_stroke_has_round_ends() -> None:
    canvas = Canvas()
    canvas.stroke(((100, 100), (300, 100)), RED, 20)
    assert covered(canvas) == pytest.approx(200 * 20 + math.pi * 10**2, rel=0.02)


def test_paint_within_an_outline_stays_within_it() -> None:
    canvas = Canvas()
    canvas.fill(box(0, 0, 512, 512, 1), RED, within=circle(256, 256, 50))
    assert covered(canvas) == pytest.approx(math.pi * 50**2, rel=0.01)


def test_nothing_stands_out_over_the_edge_of_a_tile() -> None:
    tile, empty = Tile("#FFFFFF"), Tile("#FFFFFF")
    tile.stroke(((0, 256), (512, 256)), RED, 40)
    assert covered(tile) == covered(empty)
