"""Hours of every day: the house's time, the minute they begin and end, and midnight."""

from datetime import UTC, datetime, time

import pytest

from kiosk.daytime import lies_between
from visits.calendar import HOUSE_TIME

NIGHT = (time(21), time(8))
NOON = (time(12), time(13))
NEVER = (time(7), time(7))


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2026, 11, 22, hour, minute, second, tzinfo=HOUSE_TIME)


@pytest.mark.parametrize(
    ("hours", "moment", "lies"),
    [
        pytest.param(NOON, at(12, 0), True, id="the first minute"),
        pytest.param(NOON, at(12, 59, 59), True, id="the last second"),
        pytest.param(NOON, at(13, 0), False, id="the end"),
        pytest.param(NOON, at(11, 59, 59), False, id="the second before"),
        pytest.param(NIGHT, at(21, 0), True, id="the evening"),
        pytest.param(NIGHT, at(0, 0), True, id="midnight"),
        pytest.param(NIGHT, at(7, 59, 59), True, id="the last second of the night"),
        pytest.param(NIGHT, at(8, 0), False, id="the morning"),
        pytest.param(NIGHT, at(20, 59, 59), False, id="the second before the night"),
        pytest.param(NEVER, at(7, 0), False, id="no hours at all"),
        pytest.param(NEVER, at(19, 0), False, id="no hours, much later"),
    ],
)
def test_a_moment_lies_in_hours_or_not(hours: tuple[time, time], moment: datetime, lies: bool) -> None:
    assert lies_between(moment, *hours) is lies


def test_it_is_the_house_s_clock_that_counts() -> None:
    assert lies_between(datetime(2026, 11, 22, 12, 30, tzinfo=UTC), *NIGHT)
    assert not lies_between(datetime(2026, 11, 22, 23, 30, tzinfo=UTC), *NIGHT)
