"""The machine's clocks as one value to pass around. Not in here: corrections by the server's time."""

import ctypes
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

_TIME_ERROR = 5  # adjtimex(2): the kernel clock is not synchronised; below 0 the call was not allowed
_TIMEX_BYTES = 512  # struct timex is 208 bytes on 64-bit Linux; zeroed, it asks and sets nothing


@dataclass(frozen=True, slots=True)
class Moment:
    """`monotonic_ms` counts from boot, suspended time included; `boot` names that boot."""

    at: datetime
    monotonic_ms: int
    boot: UUID
    synchronised: bool


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
