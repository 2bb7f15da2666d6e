"""Visit after visit at one terminal: each ends with the greeting, and none leaves anything behind. The long one is script/soak."""

import pytest

from bench.soak import Soaked, soak

pytestmark = pytest.mark.system

VISITS = 16
KNOWN = 8
"""Visits after which every screen of a visit has been shown, both ways."""


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> Soaked:
    return soak(VISITS, tmp_path_factory.mktemp("soak"))


def test_every_visit_ends_with_the_greeting(soaked: Soaked) -> None:
    assert soaked.unhappy == ()


def test_a_visit_leaves_no_part_of_a_screen_behind(soaked: Soaked) -> None:
    assert max(soaked.widgets[KNOWN:]) <= max(soaked.widgets[:KNOWN])


def test_memory_is_compared_where_it_is_least() -> None:
    """Ten of warming, then twenty that begin at 200 KiB and end at 203, with pictures that come and go."""
    memory = (100,) * 10 + (200, 230, 201, 231) * 4 + (233, 234, 203, 234)
    assert Soaked((), memory, (), 1.0).grown_kib(10) == 3
