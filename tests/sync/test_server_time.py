"""The server's time on a terminal whose own clock may be wrong."""

from datetime import UTC, datetime, timedelta

from sync.clock import Clock, ServerTime

WRONG = datetime(1970, 1, 1, tzinfo=UTC)
RIGHT = datetime(2026, 11, 22, 1, tzinfo=UTC)


def test_before_any_answer_the_own_clock_is_used() -> None:
    assert ServerTime(Clock(wall=lambda: WRONG, monotonic=lambda: 5.0)).now() == WRONG


def test_an_answer_is_taken_to_be_right_halfway_through_its_request() -> None:
    now = 104.0
    time = ServerTime(Clock(wall=lambda: WRONG, monotonic=lambda: now))
    time.told(RIGHT, asked_at=100.0)
    assert time.now() == RIGHT + timedelta(seconds=2)


def test_after_an_answer_time_runs_on_the_monotonic_clock() -> None:
    monotonic = iter([100.0, 3700.0])
    time = ServerTime(Clock(wall=lambda: WRONG, monotonic=lambda: next(monotonic)))
    time.told(RIGHT, asked_at=100.0)
    assert time.now() == RIGHT + timedelta(hours=1)
