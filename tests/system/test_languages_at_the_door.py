"""A member chooses a language with one press, and the next one is met in the house's own."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import time

import pytest

from kiosk.demo import demo_settings
from kiosk.settings import Doors, Idle, Language, Screen, Timeouts
from kiosk.stage import Stage
from machine.station import Station, set_up

pytestmark = pytest.mark.system

WIDTH, HEIGHT = 1024, 600
BELOW_THE_CLOCK = (0, HEIGHT // 4, WIDTH, HEIGHT)
FOREIGN = (Language.ZH_CN, Language.KO, Language.VI)
"""One for each font."""


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """Its start screen neither wanders nor is dimmed, so that two photographs can be the same."""
    folder = tmp_path_factory.mktemp("languages")
    settings = replace(
        demo_settings(Doors.OUT),
        screen=Screen(width=WIDTH, height=HEIGHT, fullscreen=True),
        timeouts=Timeouts(pin_seconds=5),
        idle=Idle(dim_from=time(0), dim_until=time(0), pixel_shift=0),
    )
    with ExitStack() as parts:
        stage = parts.enter_context(Stage(folder / "stage"))
        stage.open_house(terminals=1)
        yield set_up(parts, stage, "door", settings, pictures=folder)


def test_every_language_is_one_press_away_and_goes_back_by_itself(station: Station) -> None:
    start = station.member.waits_for("welcome.out.title")
    japanese = station.comes_to_rest(BELOW_THE_CLOCK)
    seen = {japanese}
    for language in FOREIGN:
        station.member.presses(start, f"speak_{language.value}")
        start = station.member.waits_for("welcome.out.title")
        seen.add(station.comes_to_rest(BELOW_THE_CLOCK))
    assert len(seen) == 1 + len(FOREIGN)
    station.member.waits_for("welcome.out.title")
    assert station.comes_to_rest(BELOW_THE_CLOCK) == japanese
