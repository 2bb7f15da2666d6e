"""The server's time as this terminal knows it, right even where the terminal's own clock is wrong.

Between answers it runs on the monotonic clock. Not in here: correcting the times of records.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Clock:
    """`wall` gives aware instants, `monotonic` seconds that never go back."""

    wall: Callable[[], datetime]
    monotonic: Callable[[], float]


SYSTEM_CLOCK = Clock(wall=lambda: datetime.now(UTC), monotonic=time.monotonic)


class ServerTime:
    """Until the server has told its time, the terminal's own clock is the best there is."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._anchor: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        if self._anchor is None:
            return self._clock.wall()
        told, at = self._anchor
        return told + timedelta(seconds=self._clock.monotonic() - at)

    def told(self, server_time: datetime, asked_at: float) -> None:
        """`server_time` came in answer to a request sent at `asked_at`: it is right halfway between then and now."""
        self._anchor = server_time, (asked_at + self._clock.monotonic()) / 2
