"""What the desk should see first: who is inside, what needs a look, and whether the terminals are alive.

Not in here: how it is drawn.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from server.ledger.models import Alarm, Event
from server.terminals.models import Facility, Terminal

SILENCE = timedelta(minutes=5)
"""Terminals ask for the roster every half minute."""


_INSIDE = Count("visit", filter=Q(visit__left_at=None))

ACKNOWLEDGED = Max("event__seq", default=0)
"""Of a terminal: a chain has no holes, so the highest number held is the highest contiguous one."""


@dataclass(frozen=True, slots=True)
class FacilityNow:
    facility: Facility
    inside: int


@dataclass(frozen=True, slots=True)
class TerminalNow:
    """`acknowledged` is the highest sequence number held; `silent` where it should have been heard of by now."""

    terminal: Terminal
    acknowledged: int
    silent: bool


@dataclass(frozen=True, slots=True)
class Overview:
    facilities: tuple[FacilityNow, ...]
    terminals: tuple[TerminalNow, ...]
    open_alarms: int
    rejected_events: int


def overview(now: datetime) -> Overview:
    return Overview(
        facilities=tuple(
            FacilityNow(facility, facility.inside) for facility in Facility.objects.annotate(inside=_INSIDE)
        ),
        terminals=tuple(
            TerminalNow(terminal, acknowledged, is_silent(terminal, now)) for terminal, acknowledged in _terminals()
        ),
        open_alarms=Alarm.objects.filter(handled_at=None).count(),
        rejected_events=Event.objects.filter(rejection__isnull=False).count(),
    )


def _terminals() -> list[tuple[Terminal, int]]:
    terminals = Terminal.objects.select_related("facility").filter(revoked_at=None)
    return [(terminal, terminal.acknowledged) for terminal in terminals.annotate(acknowledged=ACKNOWLEDGED)]


def is_silent(terminal: Terminal, now: datetime) -> bool:
    if terminal.public_key is None or terminal.revoked_at is not None:
        return False
    return terminal.last_contact_at is None or now - terminal.last_contact_at > SILENCE
