"""One press that comes twice is one, and two presses are two."""

import pytest

from kiosk.ui.bounce import DOUBLE_SECONDS, Presses

HERE = (400.0, 300.0)
REACH = 50.0


@pytest.fixture
def presses() -> Presses:
    """Somebody has just pressed here, and the screen has turned."""
    presses = Presses()
    assert presses.counts(HERE, REACH, 10.0)
    presses.screen_turns()
    return presses


def test_the_second_of_a_double_press_meets_no_other_screen(presses: Presses) -> None:
    assert not presses.counts(HERE, REACH, 10.1)


def test_nor_does_a_finger_that_goes_on_drumming(presses: Presses) -> None:
    assert not any(presses.counts(HERE, REACH, 10 + tenth / 10) for tenth in range(1, 30))


def test_who_waits_a_moment_means_the_other_screen(presses: Presses) -> None:
    assert presses.counts(HERE, REACH, 10 + DOUBLE_SECONDS)


@pytest.mark.parametrize(
    ("place", "counts"),
    [((449.0, 300.0), False), ((400.0, 251.0), False), ((450.0, 300.0), True), ((400.0, 350.0), True)],
)
def test_a_press_elsewhere_is_meant_however_quick(place: tuple[float, float], counts: bool, presses: Presses) -> None:
    assert presses.counts(place, REACH, 10.1) is counts


def test_presses_on_the_same_screen_all_count(presses: Presses) -> None:
    presses.counts(HERE, REACH, 20.0)
    assert all(presses.counts(HERE, REACH, 20 + tenth / 100) for tenth in range(1, 5))
