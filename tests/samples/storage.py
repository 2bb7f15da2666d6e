"""Members with cards, a clock set by hand, and the records of a database."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from kiosk.clock import Moment
from sync import outbox
from sync.feed import RosterMember
from visits.calendar import Calendar, Hours
from visits.event import Revocation
from visits.rulebook import Rulebook, Version

NINE = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
TERMINAL = UUID(int=0x7E)
FRESH = timedelta(seconds=120)
FIRST_BOOT, SECOND_BOOT = UUID(int=0xB001), UUID(int=0xB002)
NOT_CHECKED = Revocation.NOT_CHECKED
HOUSE_RULES = Rulebook(
    (Version(date(2026, 4, 1), Calendar((Hours(time(10), time(19)),) * 7, last_check_in_minutes=30)),)
)
"""Every day from ten to seven, nobody let in for the last half hour. At NINE in the morning it is closed."""
ANN, BEN, EVE = UUID(int=0xA), UUID(int=0xB), UUID(int=0xE)


@dataclass
class HandClock:
    """Time passes when a test says so; a boot is another identity and a counter from zero."""

    now: Moment = Moment(NINE, 1_000_000, FIRST_BOOT, synchronised=True)  # noqa: RUF009 - a frozen value

    def moment(self) -> Moment:
        return self.now

    def passes(self, seconds: float) -> None:
        later = self.now.at + timedelta(seconds=seconds)
        self.now = replace(self.now, at=later, monotonic_ms=self.now.monotonic_ms + round(seconds * 1000))

    def boots(self, boot: UUID) -> None:
        self.now = replace(self.now, boot=boot, monotonic_ms=0)


def card_of(member: UUID) -> bytes:
    return bytes([member.int % 256]) * 32


def member(
    id: UUID,  # noqa: A002 - the field's name
    standing: str = "active",
    *,
    name: str | None = None,
    cards: Sequence[bytes] | None = None,
    inside_since: str | None = None,
    **more: Any,
) -> RosterMember:
    """`more` is any other field of a roster's member."""
    held = (card_of(id),) if cards is None else tuple(cards)
    return RosterMember(str(id), standing, name, held, inside_since, **more)


def records(engine: Engine) -> list[dict[str, Any]]:
    """Every record of the queue, oldest first."""
    with engine.begin() as connection:
        return [json.loads(sealed.record) for sealed in outbox.pending(connection, 10_000)]
