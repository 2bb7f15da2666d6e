"""A language is one member's: it stays through the visit, whatever happens, and the next one is met in the house's own.

The product's own composition in a process; what is asked is what stands on the screen.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from kiosk.settings import Language, Timeouts
from kiosk.ui.words import Speaker
from machine.guiding import MEMBER, SETTINGS, Guided, Seen, guided
from visits.calendar import HOUSE_TIME

FOREIGN = Language.VI
PIN_SECONDS = 20.0
"""A language chosen and left alone goes back after as many."""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guided]:
    """On the start screen in Japanese, where every test leaves it."""
    settings = replace(SETTINGS, timeouts=Timeouts(pin_seconds=PIN_SECONDS))
    with guided(tmp_path_factory.mktemp("languages"), settings) as door:
        yield door


def says(seen: Seen, language: Language, key: str) -> bool:
    return Speaker(language).fill(key) in seen.words


def chosen(door: Guided) -> Seen:
    """The start screen, once a member has chosen."""
    assert says(door.sees(), Language.JA, "welcome.in.next")
    door.do("presses", f"speak_{FOREIGN.value}")
    return door.sees()


def begun(door: Guided) -> Seen:
    """On to the PIN."""
    chosen(door)
    door.do("presses", "enter")
    return door.sees()


def a_beat_later(door: Guided) -> Seen:
    """When the screen has looked at the time once more."""
    for hour in (3, 4):
        door.sets_clock(datetime(2026, 11, 22, hour, tzinfo=HOUSE_TIME), synchronised=False)
        seen = door.waits_until(lambda seen, face=f"0{hour}:00": seen.clock == face)  # type: ignore[misc]
    return seen


def is_welcome_in(language: Language, seen: Seen) -> bool:
    return seen.title == "welcome.both.title" and says(seen, language, "welcome.in.next")


def test_the_start_screen_speaks_it_at_once(door: Guided) -> None:
    assert says(chosen(door), FOREIGN, "welcome.in.next")
    door.do("presses", f"speak_{Language.JA.value}")


def test_it_is_kept_to_the_end_of_the_visit_and_not_beyond(door: Guided) -> None:
    assert says(begun(door), FOREIGN, "pin.title")
    door.do("passes", PIN_SECONDS / 2)
    door.do("presses", "digit_1", "digit_2", "digit_3", "digit_4", "confirm")
    assert says(door.waits_for("card.title"), FOREIGN, "card.title")
    door.do("passes", PIN_SECONDS)
    door.do("holds", MEMBER)
    assert says(door.waits_for("done.in.title.named"), FOREIGN, "strap.take")
    door.do("takes_card_away")
    assert says(door.waits_for("done.in.title"), FOREIGN, "strap.take")
    door.do("passes", Timeouts().result_seconds)
    assert is_welcome_in(Language.JA, door.waits_for("welcome.both.title"))


def test_a_fault_that_comes_and_goes_ends_it(door: Guided) -> None:
    assert says(begun(door), FOREIGN, "pin.title")
    door.do("unplugs")
    assert says(door.waits_for("out_of_order.title"), FOREIGN, "out_of_order.title")
    door.do("plugs")
    assert is_welcome_in(Language.JA, door.waits_for("welcome.both.title"))


def test_it_does_not_outlast_a_fault_that_stays(door: Guided) -> None:
    """Whoever had chosen has gone; the next one is to read where reception is."""
    begun(door)
    door.do("unplugs")
    assert says(door.waits_for("out_of_order.title"), FOREIGN, "out_of_order.title")
    door.do("passes", PIN_SECONDS)
    door.waits_until(lambda seen: says(seen, Language.JA, "out_of_order.title"))
    door.do("plugs")
    assert is_welcome_in(Language.JA, door.waits_for("welcome.both.title"))


def test_who_is_told_of_a_fault_has_the_time_to_read_it(door: Guided) -> None:
    """However long ago the language was chosen."""
    begun(door)
    for _ in range(3):
        door.do("presses", "digit_1")
        door.do("passes", PIN_SECONDS * 0.6)
    door.do("unplugs")
    door.waits_for("out_of_order.title")
    assert says(a_beat_later(door), FOREIGN, "out_of_order.title")
    door.do("plugs")
    assert is_welcome_in(Language.JA, door.waits_for("welcome.both.title"))


def test_who_chooses_and_walks_away_leaves_it_for_half_a_minute_at_most(door: Guided) -> None:
    chosen(door)
    door.do("passes", PIN_SECONDS)
    door.waits_until(lambda seen: is_welcome_in(Language.JA, seen))
