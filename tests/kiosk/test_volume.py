"""How loud the terminal may be: as set, and less in quiet hours."""

from datetime import datetime, time

import pytest

from kiosk.settings import Sound
from kiosk.ui.volume import volume_at
from visits.calendar import HOUSE_TIME

SOUND = Sound(volume=0.8, quiet_from=time(21), quiet_until=time(8), quiet_volume=0.2)


def at(hour: int) -> datetime:
    return datetime(2026, 11, 22, hour, tzinfo=HOUSE_TIME)


@pytest.mark.parametrize(("hour", "volume"), [(20, 0.8), (21, 0.2), (0, 0.2), (7, 0.2), (8, 0.8)])
def test_quiet_hours_last_over_midnight(hour: int, volume: float) -> None:
    assert volume_at(SOUND, at(hour)) == volume


def test_quiet_hours_are_never_louder_than_the_day() -> None:
    assert volume_at(Sound(volume=0.1, quiet_from=time(21), quiet_until=time(8), quiet_volume=0.9), at(22)) == 0.1


@pytest.mark.parametrize("hour", range(24))
def test_there_are_no_quiet_hours_unless_somebody_sets_them(hour: int) -> None:
    assert volume_at(Sound(), at(hour)) == Sound().volume
