"""A week of a facility: who comes and goes when, and doors where it happens on a clock that runs much faster.

Every member has a twin who does the same at other doors, so that two lots of doors can be compared. Not in here: the
networks, and what the server makes of it.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

from kiosk.clock import Moment
from kiosk.storage.database import open_database
from kiosk.storage.visitbook import Recorded, VisitBook
from machine import crowd
from machine.house import Door
from visits.decision import Direction
from visits.event import Revocation

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
DAYS = 7


@dataclass(frozen=True, slots=True, order=True)
class Tap:
    """`at` from Monday's beginning."""

    at: timedelta
    member: int
    way: Direction = field(compare=False)


def week(members: int, dice: Random) -> list[Tap]:
    """In order. Nobody leaves before coming or comes again before leaving; some come twice in a day, some stay away."""
    taps = []
    for day in range(DAYS):
        for member in range(members):
            hour = dice.uniform(7, 11)
            for _ in range(dice.choice((0, 1, 1, 1, 2))):
                for way in Direction:
                    taps.append(Tap(timedelta(days=day, hours=hour), member, way))
                    hour += dice.uniform(0.1, 5.5)
    return sorted(taps)


@dataclass(slots=True)
class FastClock:
    """Set for each tap. Its boot is none the delivery process knows, so that the wall clock counts."""

    at: timedelta = timedelta(0)
    boot: UUID = field(default_factory=uuid4)

    def moment(self) -> Moment:
        return Moment(MONDAY + self.at, self.at // timedelta(milliseconds=1), self.boot, synchronised=True)


class Doors:
    """One for each way. May be used from one thread at a time."""

    def __init__(self, doors: Mapping[Direction, Door]) -> None:
        self._clock = FastClock()
        self._engines = [open_database(door.data) for door in doors.values()]
        self._books = {
            way: VisitBook(engine, terminal=door.id, clock=self._clock, fresh=timedelta(0))
            for (way, door), engine in zip(doors.items(), self._engines, strict=True)
        }

    def pass_through(self, tap: Tap, member: int) -> None:
        self._clock.at = tap.at
        outcome = self._books[tap.way].tap(tap.way, crowd.card(member), Revocation.NOT_CHECKED)
        assert isinstance(outcome, Recorded), outcome

    def close(self) -> None:
        for engine in self._engines:
            engine.dispose()


def live_through(taps: Sequence[Tap], seconds: float, doors: Doors, twins: Doors, first_twin: int) -> None:
    """The whole week in so many seconds; the twin of a member is the one with `first_twin` added."""
    speed = timedelta(days=DAYS) / seconds
    begun = time.monotonic()
    for tap in taps:
        time.sleep(max(0.0, begun + tap.at / speed - time.monotonic()))
        doors.pass_through(tap, tap.member)
        twins.pass_through(tap, first_twin + tap.member)
