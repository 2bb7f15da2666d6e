"""The server's time on a terminal whose own clock may be wrong."""

from datetime import UTC, datetime, timedelta

from kiosk.clock import SystemClock
from sync.clock import SYSTEM_CLOCK, Clock, Measured, ServerTime

WRONG = datetime(1970, 1, 1, tzinfo=UTC)
RIGHT = datetime(2026, 11, 22, 1, tzinfo=UTC)


def test_before_any_answer_the_own_clock_is_used() -> None:
    assert ServerTime(Clock(wall=lambda: WRONG, monotonic=lambda: 5.0)).now() == WRONG


def test_an_answer_is_taken_to_be_right_halfway_through_its_request() -> None:
    time = ServerTime(Clock(wall=lambda: WRONG, monotonic=lambda: 104.0))
    time.told(RIGHT, asked_at=100.0, answered_at=104.0)
    assert time.now() == RIGHT + timedelta(seconds=2)


def test_after_an_answer_time_runs_on_the_monotonic_clock() -> None:
    time = ServerTime(Clock(wall=lambda: WRONG, monotonic=lambda: 3700.0))
    time.told(RIGHT, asked_at=100.0, answered_at=100.0)
    assert time.now() == RIGHT + timedelta(hours=1)


def test_before_any_answer_nothing_is_measured() -> None:
    assert ServerTime(SYSTEM_CLOCK).measured() is None


def test_the_offset_is_the_servers_time_less_the_middle_of_the_request_and_as_sure_as_half_of_it() -> None:
    time = ServerTime(SYSTEM_CLOCK)
    time.told(datetime(1970, 1, 1, 1, tzinfo=UTC), asked_at=100.0, answered_at=100.25)
    assert time.measured() == Measured(offset_ms=3600_000 - 100_125, error_ms=126, monotonic_ms=100_125)


def test_the_monotonic_clock_is_the_one_of_the_records() -> None:
    before = SystemClock().moment().monotonic_ms
    now = SYSTEM_CLOCK.monotonic() * 1000
    assert before <= now < before + 60_000
