"""When things happened, whatever the terminals' clocks said: corrected times for one terminal's events.

Pure: the same events and offsets give the same times. Not in here: how offsets are measured, what the times mean (fold).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, unique
from uuid import UUID

from visits.event import Clock, Event, ServerOffset

# Outside of these a calendar in some time zone cannot show the instant, or no terminal of ours existed.
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
SURE_MS = 1000
"""An offset known less well than this dates no event by itself: beside the surest of its boot it could make two taps at
one door change places."""

_LATEST_MS = (_LATEST - _EARLIEST) // timedelta(milliseconds=1)


@unique
class Basis(Enum):
    """What an event's corrected time rests on, the surest first. The values are stored.

    STATED is for what staff record by hand; nothing here decides so, and such a time is never moved.
    """

    OFFSET = "offset"
    BOOT_OFFSET = "boot_offset"
    CLOCK = "clock"
    DOUBTFUL = "doubtful"
    STATED = "stated"


@dataclass(frozen=True, slots=True)
class Timing:
    at: datetime
    basis: Basis


def plausible(at: datetime) -> bool:
    return _EARLIEST <= at < _LATEST


def better(known: ServerOffset | None, learnt: ServerOffset) -> ServerOffset:
    """Of two offsets of one boot the surer; the same in whatever order they became known."""
    if known is None:
        return learnt
    return min(known, learnt, key=lambda offset: (offset.error_ms, offset.milliseconds))


def offsets_of(events: Iterable[Event]) -> dict[UUID, ServerOffset]:
    """What the events themselves tell about their boots, for those of the same boot that tell nothing."""
    offsets: dict[UUID, ServerOffset] = {}
    for event in events:
        if event.offset is not None:
            offsets[event.boot] = better(offsets.get(event.boot), event.offset)
    return offsets


def timeline(
    events: Sequence[Event], offsets: Mapping[UUID, ServerOffset], after: datetime | None = None
) -> tuple[Timing, ...]:
    """The times of events that follow each other in one terminal's chain; `offsets` by boot, also what they tell themselves.

    A doubtful time is the wall clock's, but not before the event before it nor after the next certain one: the chain's
    order is certain where its times are not. `after` is the corrected time of the event before the first.
    """
    timings: list[Timing] = []
    certain = [_certain(event, offsets.get(event.boot)) for event in events]
    for event, timing, following in zip(events, certain, _following(certain), strict=True):
        settled = timing or Timing(_between(after, event.at, following), Basis.DOUBTFUL)
        timings.append(settled)
        if plausible(settled.at):
            after = settled.at
    return tuple(timings)


def _certain(event: Event, of_boot: ServerOffset | None) -> Timing | None:
    """What an offset leads to beyond all calendars is no time: such an offset vouches for nothing."""
    own = event.offset if event.offset is not None and event.offset.error_ms <= SURE_MS else None
    for offset, basis in ((own, Basis.OFFSET), (of_boot, Basis.BOOT_OFFSET)):
        if offset is not None and plausible(at := _by(offset, event.monotonic_ms)):
            return Timing(at, basis)
    return Timing(event.at, Basis.CLOCK) if event.clock is Clock.SYNCHRONISED else None


def _by(offset: ServerOffset, monotonic_ms: int) -> datetime:
    """No later than the first instant that is not plausible, because later ones may be beyond all calendars."""
    return _EARLIEST + timedelta(milliseconds=min(offset.milliseconds + monotonic_ms, _LATEST_MS))


def _following(certain: Sequence[Timing | None]) -> list[datetime | None]:
    """For each place the next certain time after it."""
    following: list[datetime | None] = []
    known: datetime | None = None
    for timing in reversed(certain):
        following.append(known)
        if timing is not None and plausible(timing.at):
            known = timing.at
    return following[::-1]


def _between(after: datetime | None, at: datetime, following: datetime | None) -> datetime:
    if after is not None and not (after <= at and plausible(at)):
        at = after
    return at if following is None else min(at, following)
