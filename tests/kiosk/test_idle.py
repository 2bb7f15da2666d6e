"""The start screen rests while nobody is there: dimmed by the hour or after a while, and never long in the same place."""

from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest

from kiosk.settings import Idle
from kiosk.ui.idle import LEFT_ALONE_SECONDS, Rest, rest_of
from visits.calendar import HOUSE_TIME

NOON = datetime(2026, 11, 22, 12, tzinfo=HOUSE_TIME)
NIGHT = NOON.replace(hour=23)
STILL = Idle(dim_from=time(22), dim_until=time(7), dim_after_seconds=600, brightness=0.4, pixel_shift=0)
WANDERING = Idle(pixel_shift=3)
HOUR = 3600.0


def test_by_day_it_is_bright_until_nobody_has_touched_it_for_so_long() -> None:
    assert rest_of(STILL, NOON, 599.9) == Rest(1.0)
    assert rest_of(STILL, NOON, 600) == Rest(0.4)


def test_by_night_it_is_dimmed_as_soon_as_nobody_is_there() -> None:
    assert rest_of(STILL, NIGHT, LEFT_ALONE_SECONDS - 0.1) == Rest(1.0)
    assert rest_of(STILL, NIGHT, LEFT_ALONE_SECONDS) == Rest(0.4)


def test_by_day_it_is_never_dimmed_unless_somebody_sets_after_how_long() -> None:
    assert rest_of(Idle(pixel_shift=0), NOON, 24 * HOUR) == Rest(1.0)


def test_there_are_no_dark_hours_where_they_end_as_they_begin() -> None:
    assert rest_of(Idle(dim_from=time(22), dim_until=time(22), pixel_shift=0), NIGHT, HOUR) == Rest(1.0)


def test_it_moves_by_no_more_than_a_pixel_from_minute_to_minute() -> None:
    places = _places(days=1)
    steps = [max(abs(a - c), abs(b - d)) for (a, b), (c, d) in pairwise(places)]
    assert set(steps) <= {0, 1}


def test_it_does_not_stay_in_a_place_for_two_minutes() -> None:
    places = _places(days=1)
    assert all(here != there for here, there in pairwise(places))


def test_in_a_day_it_was_in_every_place_it_may_be_in() -> None:
    assert set(_places(days=1)) == {(x, y) for x in range(-3, 4) for y in range(-3, 4)}


@pytest.mark.parametrize("untouched", [0.0, HOUR])
def test_it_stays_where_it_is_if_the_house_says_so(untouched: float) -> None:
    assert {rest_of(STILL, NOON + timedelta(minutes=m), untouched).shift for m in range(500)} == {(0, 0)}


def _places(days: int) -> list[tuple[int, int]]:
    return [rest_of(WANDERING, NOON + timedelta(minutes=minute), 0).shift for minute in range(days * 24 * 60)]
