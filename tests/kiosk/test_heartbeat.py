"""How often the screen looks at its clock: often while somebody is there, seldom while nobody is."""

from collections.abc import Iterator

import pytest

from kiosk.conversation import LOOK_SECONDS
from machine.guiding import Guided, guided


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guided]:
    with guided(tmp_path_factory.mktemp("beating")) as door:
        yield door


def test_the_start_screen_beats_once_for_each_look_at_the_database(door: Guided) -> None:
    assert LOOK_SECONDS < door.do("beats_every") < 1.1 * LOOK_SECONDS


def test_with_the_first_press_it_beats_four_times_a_second_until_the_member_has_gone(door: Guided) -> None:
    resting = door.do("beats_every")
    door.do("presses", "enter")
    assert door.do("beats_every") == 0.25
    door.do("presses", "cancel")
    assert door.do("beats_every") == resting
