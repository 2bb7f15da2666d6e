"""The terminal as it is put together: its first moments, a card that wakes it, a reader that is none, and its end."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from kiosk.settings import Idle, Language, Timeouts
from kiosk.ui.bounce import DOUBLE_SECONDS
from kiosk.ui.words import Speaker
from machine.guiding import MEMBER, SETTINGS, Guided, guided

DIMMED = 0.4
DIM_SECONDS = 3600.0
MANY_SECONDS = 300.0
"""For PIN, card and result: a slow machine is far from their end."""
BANNER = Speaker(Language.JA).fill("demo.banner")
_SETTINGS = replace(
    SETTINGS,
    timeouts=Timeouts(pin_seconds=MANY_SECONDS, card_seconds=MANY_SECONDS, refusal_seconds=120),
    idle=Idle(dim_after_seconds=DIM_SECONDS, brightness=DIMMED, pixel_shift=0),
)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guided]:
    """On the start screen, where every test leaves it."""
    with guided(tmp_path_factory.mktemp("door"), _SETTINGS) as door:
        yield door


@pytest.fixture
def stopped(door: Guided) -> Iterator[None]:
    """No time passes between what is done, however slow the machine."""
    door.do("stops_time", still=True)
    yield
    door.do("stops_time", still=False)


def to_the_start(_: Guided) -> None:
    """It is there already."""


def to_the_pin(door: Guided) -> None:
    door.do("presses", "enter", "digit_1", "digit_2", "digit_3")


def to_the_card(door: Guided) -> None:
    to_the_pin(door)
    door.do("presses", "digit_4", "confirm")


def to_a_refusal(door: Guided) -> None:
    door.do("presses", "enter", "digit_9", "digit_9", "digit_9", "digit_9", "confirm")
    door.do("holds", MEMBER)
    door.waits_for("card.wrong_pin.title")
    door.do("takes_card_away")


def test_what_every_visit_shows_is_laid_out_before_anybody_comes(door: Guided) -> None:
    door.waits_to_hear("laid_out", lambda titles: titles["pin"] and titles["card"] and titles["notice"])
    assert door.sees().title == "welcome.both.title"


def test_the_pictures_of_every_visit_stay(door: Guided) -> None:
    """Each would be read anew, and hold the screen up, when nobody came for a minute."""
    door.waits_to_hear("laid_out", lambda titles: titles["notice"])
    holding = {f"card_{way}_{frame}" for way in ("in", "out") for frame in (1, 2, 3, 4)}
    reading = {f"reading_{way}_{frame}" for way in ("in", "out") for frame in (1, 2, 3)}
    assert set(door.do("keeps")) == holding | reading | {"bird_in", "bird_out", "strap", "strap_return", "parking"}


@pytest.mark.parametrize("go", [to_the_start, to_the_pin, to_the_card, to_a_refusal])
def test_a_rehearsal_changes_nothing_of_what_is_shown(go: Callable[[Guided], None], door: Guided) -> None:
    """It may come when somebody is there already."""
    go(door)
    before = comes_to_rest(door)
    door.do("rehearses")
    assert comes_to_rest(door) == before
    if go is not to_the_start:
        door.do("presses", "cancel")


@pytest.mark.usefixtures("stopped")
def test_whoever_presses_next_double_does_not_press_what_lies_under_it(door: Guided) -> None:
    """The button that gives up lies where the one that leads on was."""
    to_the_pin(door)
    door.do("presses", "digit_4")
    place = door.do("place_of", "confirm")
    for _ in range(3):
        door.do("taps", place)
        comes_to_rest(door)
        assert door.sees().title == "card.title"
    door.do("passes", DOUBLE_SECONDS)
    door.do("taps", place)
    assert door.sees().title == "welcome.both.title"


@pytest.mark.usefixtures("stopped")
def test_whoever_declines_a_fee_double_reads_what_comes_of_it(door: Guided) -> None:
    """The button that closes it lies in part where the other one was, on a page of the same kind."""
    door.do("owes_a_fee")
    comes_to_rest(door)
    place = door.do("place_of", "cancel")
    door.do("taps", place)
    comes_to_rest(door)
    door.do("taps", place)
    assert door.sees().title == "declined.title"
    door.do("presses", "cancel")


@pytest.mark.usefixtures("stopped")
def test_a_digit_may_be_typed_as_fast_as_wanted(door: Guided) -> None:
    door.do("presses", "enter")
    comes_to_rest(door)
    place = door.do("place_of", "digit_5")
    for _ in range(4):
        door.do("taps", place)
    assert door.do("digits") == 4
    door.do("presses", "cancel")


def test_a_card_wakes_a_start_screen_that_nobody_has_touched(door: Guided) -> None:
    door.do("passes", DIM_SECONDS)
    door.waits_until(lambda seen: seen.brightness == DIMMED)
    door.do("holds", MEMBER)
    woken = door.waits_until(lambda seen: seen.brightness == 1)
    door.do("takes_card_away")
    assert woken.title == "welcome.both.title"


def test_a_reader_of_plastic_and_wire_is_no_demonstration(door: Guided) -> None:
    assert BANNER not in door.sees().words


@pytest.mark.parametrize("reader", ["Virtual PCD 00 00", "udp:localhost:5000"])
def test_a_reader_that_turns_out_to_be_a_program_is_called_a_demonstration(
    reader: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with guided(tmp_path_factory.mktemp("virtual"), reader=reader) as door:
        door.waits_until(lambda seen: BANNER in seen.words)
        door.do("presses", "enter")
        seen = door.sees()
        assert (seen.title, BANNER in seen.words) == ("pin.title", True)


def test_on_the_service_managers_word_it_ends_in_the_midst_of_a_pin_and_wipes_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with guided(tmp_path_factory.mktemp("ending"), _SETTINGS) as door:
        to_the_card(door)
        assert door.do("pin_length") == 4
        assert door.ends() == {"wiped": True}


def comes_to_rest(door: Guided) -> list[object]:
    """What is shown, once two looks show the same."""
    looks: list[list[object]] = [door.do("parts")]

    def rests(parts: list[object]) -> bool:
        looks.append(parts)
        return looks[-1] == looks[-2]

    parts: list[object] = door.waits_to_hear("parts", rests)
    return parts
