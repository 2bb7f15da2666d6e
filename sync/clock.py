"""The server's time as this terminal knows it, right even where the terminal's own clock is wrong.

Between answers it runs on the monotonic clock. Not in here: correcting the times of records.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """`wall` gives aware instants, `monotonic` seconds since boot that never go back."""

    wall: Callable[[], datetime]
    monotonic: Callable[[], float]


SYSTEM_CLOCK = Clock(
    wall=lambda: datetime.now(UTC),
    monotonic=lambda: time.clock_gettime(time.CLOCK_BOOTTIME),  # the clock of the records, which runs on in a sleep
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One reading of the server's Unix time less the monotonic clock, right within `error_ms`, at `monotonic_ms`."""

    offset_ms: int
    error_ms: int
    monotonic_ms: int


class ServerTime:
    """Until the server has told its time, the terminal's own clock is the best there is. Threads may share it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._told: tuple[datetime, float, float] | None = None

    def now(self) -> datetime:
        if self._told is None:
            return self.clock.wall()
        server_time, at, _ = self._told
        return server_time + timedelta(seconds=self.clock.monotonic() - at)

    def told(self, server_time: datetime, asked_at: float, answered_at: float) -> None:
        """`server_time` came in an answer that began at `answered_at`: it is right halfway between asking and then."""
        self._told = server_time, (asked_at + answered_at) / 2, (answered_at - asked_at) / 2

    def measured(self) -> Measured | None:
        """What the last answer told; None before any. The error is rounded up, and is never 0."""
        if self._told is None:
            return None
        server_time, at, error = self._told
        offset = (server_time - _EPOCH) / _MILLISECOND - at * 1000
        return Measured(round(offset), int(error * 1000) + 1, round(at * 1000))
