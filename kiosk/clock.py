"""The machine's clocks as one value to pass around, and the time they amount to once the server has told its own.

Not in here: how the server's time is learnt, and what times of events long past amount to (visits.timeline).
"""

import ctypes
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import UUID

from visits.event import ServerOffset

_TIME_ERROR = 5  # adjtimex(2): the kernel clock is not synchronised; below 0 the call was not allowed
_TIMEX_BYTES = 512  # struct timex is 208 bytes on 64-bit Linux; zeroed, it asks and sets nothing


@dataclass(frozen=True, slots=True)
class Moment:
    """`monotonic_ms` counts from boot, suspended time included; `boot` names that boot."""

    at: datetime
    monotonic_ms: int
    boot: UUID
    synchronised: bool


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def corrected(moment: Moment, offset: ServerOffset | None) -> datetime:
    """`offset` must be of the moment's boot. The server's time goes before the wall clock, as it does for visits."""
    if offset is None:
        return moment.at
    return _EPOCH + timedelta(milliseconds=offset.milliseconds + moment.monotonic_ms)


class Clock(Protocol):
    def moment(self) -> Moment: ...


class SystemClock:
    """Linux: CLOCK_BOOTTIME, the kernel's boot id and adjtimex(2), which any NTP client keeps."""

    def __init__(self) -> None:
        self._boot = UUID(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
        self._libc = ctypes.CDLL(None)

    def moment(self) -> Moment:
        return Moment(
            at=datetime.now(UTC),
            monotonic_ms=time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000,
            boot=self._boot,
            synchronised=0 <= self._libc.adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)) < _TIME_ERROR,
        )
