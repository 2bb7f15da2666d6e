"""What the screen makes of clocks that jump: set by hand, by NTP, or outvoted by the server's time.

The product's own composition in a process; delivery's part is written into its database.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time

import pytest
from samples.storage import HOUSE_RULES

from kiosk.settings import Idle, Language, Theme, Timeouts
from kiosk.ui import theme
from kiosk.ui.idle import LEFT_ALONE_SECONDS
from kiosk.ui.words import Speaker
from machine.guiding import MEMBER, SETTINGS, Guided, Seen, guided
from visits.calendar import HOUSE_TIME

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=HOUSE_TIME)
MORNING, AFTERNOON, LATE = NOON.replace(hour=9), NOON.replace(hour=15, minute=4), NOON.replace(hour=23)
LONG_AGO = datetime(1970, 1, 1, 3, 0, tzinfo=HOUSE_TIME)
"""As a machine has it whose battery is empty; the house would be closed."""
DIMMED = 0.4
HOURS = Speaker(Language.JA).fill("hours", opens="10:00", closes="19:00")
MANY_SECONDS = 300
"""For a PIN: a slow machine is far from its end."""
_SETTINGS = replace(
    SETTINGS,
    screen=replace(SETTINGS.screen, theme=Theme.AUTO, dark_from=time(18), dark_until=time(7)),
    timeouts=Timeouts(pin_seconds=MANY_SECONDS),
    idle=Idle(dim_from=time(22), dim_until=time(7), brightness=DIMMED),
)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guided]:
    """Open from ten to seven. Each test leaves it on the start screen and sets the clock it needs."""
    with guided(tmp_path_factory.mktemp("clocks"), _SETTINGS) as door:
        door.told_rules(HOUSE_RULES)
        yield door


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guided]:
    """The same; its clock begins in 1970, and the server tells it the time, which no test takes back."""
    with guided(tmp_path_factory.mktemp("told"), _SETTINGS) as door:
        door.told_rules(HOUSE_RULES)
        door.sets_clock(LONG_AGO, synchronised=False)
        yield door


def is_open(seen: Seen) -> bool:
    return "enter" in seen.targets


def is_shut(seen: Seen) -> bool:
    return "staff" in seen.targets


def seconds_left(seen: Seen) -> int:
    told = (Speaker(Language.JA).fill("seconds", seconds=seconds) for seconds in range(MANY_SECONDS + 1))
    (left,) = [seconds for seconds, words in enumerate(told) if words in seen.words]
    return left


@pytest.mark.parametrize("at", [AFTERNOON, MORNING, NOON.replace(hour=0)], ids=["forward", "back", "midnight"])
def test_the_clock_shown_is_the_machine_s_wherever_it_is_set(at: datetime, door: Guided) -> None:
    door.sets_clock(at, synchronised=True)
    door.waits_until(lambda seen: seen.clock == f"{at:%H:%M}")


def test_the_day_shown_is_the_clock_s(door: Guided) -> None:
    door.sets_clock(NOON.replace(day=1), synchronised=True)
    day = Speaker(Language.JA).day(NOON.date().replace(day=1))
    door.waits_until(lambda seen: any(words.strip() == day for words in seen.words))


def test_a_clock_that_is_set_opens_and_closes_the_way_in(door: Guided) -> None:
    for at, comes in ((NOON, is_open), (LATE, is_shut), (AFTERNOON, is_open)):
        door.sets_clock(at, synchronised=True)
        door.waits_until(comes)


@pytest.mark.parametrize("at", [LATE, LONG_AGO], ids=["at night", "in 1970"])
def test_nobody_is_shut_out_by_a_time_that_nothing_vouches_for(at: datetime, door: Guided) -> None:
    door.sets_clock(LATE, synchronised=True)
    assert HOURS in door.waits_until(is_shut).words
    door.sets_clock(at, synchronised=False)
    assert HOURS not in door.waits_until(is_open).words


@pytest.mark.parametrize("at", [LATE, LONG_AGO], ids=["hours forward", "decades back"])
def test_a_clock_that_jumps_leaves_a_member_the_seconds_that_were_left(at: datetime, door: Guided) -> None:
    door.sets_clock(NOON, synchronised=True)
    door.waits_until(is_open)
    door.do("presses", "enter")
    door.sets_clock(at, synchronised=True)
    seen = door.waits_until(lambda seen: seen.clock == f"{at:%H:%M}")
    assert seen.title == "pin.title"
    assert MANY_SECONDS / 2 < seconds_left(seen) <= MANY_SECONDS
    door.do("passes", MANY_SECONDS)
    door.waits_for("timed_out.title")
    door.do("presses", "cancel")


def test_the_start_screen_is_dimmed_in_the_hours_of_the_clock_and_bright_again_when_it_is_set_to_day(
    door: Guided,
) -> None:
    door.sets_clock(NOON, synchronised=True)
    door.waits_until(lambda seen: seen.brightness == 1)
    door.sets_clock(LATE, synchronised=True)
    door.do("passes", LEFT_ALONE_SECONDS)
    door.waits_until(lambda seen: seen.brightness == DIMMED)
    door.sets_clock(AFTERNOON, synchronised=True)
    door.waits_until(lambda seen: seen.brightness == 1)


def test_the_dark_theme_comes_and_goes_with_the_clock_s_hours(door: Guided) -> None:
    for at, palette in ((NOON, theme.LIGHT), (NOON.replace(hour=18), theme.DARK), (AFTERNOON, theme.LIGHT)):
        door.sets_clock(at, synchronised=True)
        door.waits_until(lambda seen, paper=palette.paper: seen.paper == paper)  # type: ignore[misc]


def test_the_server_s_time_closes_the_house_that_no_clock_could(told: Guided) -> None:
    told.waits_until(lambda seen: is_open(seen) and seen.clock == "03:00")
    told.told_time(LATE)
    seen = told.waits_until(is_shut)
    assert (seen.clock, HOURS in seen.words) == ("23:00", True)


@pytest.mark.parametrize("synchronised", [True, False])
@pytest.mark.parametrize("at", [LATE, LONG_AGO], ids=["forward", "back"])
def test_once_the_server_told_its_time_the_machine_s_own_moves_nothing(
    at: datetime, synchronised: bool, told: Guided
) -> None:
    told.told_time(AFTERNOON)
    told.waits_until(lambda seen: is_open(seen) and seen.clock == "15:04")
    told.sets_clock(at, synchronised=synchronised)
    told.do("passes", 60)
    seen = told.waits_until(lambda seen: seen.clock != "15:04")
    assert (seen.clock, is_open(seen)) == ("15:05", True)


def test_a_visit_is_greeted_with_the_server_s_time_by_a_machine_whose_clock_is_wrong(told: Guided) -> None:
    told.sets_clock(LONG_AGO, synchronised=False)
    told.told_time(AFTERNOON)
    told.waits_until(lambda seen: seen.clock == "15:04")
    told.do("presses", "enter", "digit_1", "digit_2", "digit_3", "digit_4", "confirm")
    told.do("holds", MEMBER)
    greeted = told.waits_for("done.in.title.named")
    told.do("takes_card_away")
    assert any(Speaker(Language.JA).fill("done.in.line", time="15:04") in words for words in greeted.words)
