"""What the desk should see first: who is inside, what needs a look, and whether the terminals are alive.

Not in here: how it is drawn.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from server.feed.standing import quarantine
from server.ledger.closing import close_everywhere
from server.ledger.models import Alarm, Event, PresentVisit
from server.terminals.models import Facility, Terminal

SILENCE = timedelta(minutes=5)
"""Terminals ask for the roster every half minute."""


def terminal_figures() -> dict[str, Coalesce]:
    """What the server knows of a terminal, as annotations, each one look into an index.

    `acknowledged`: a chain has no holes, so the highest number held is the highest contiguous one.
    """
    of_it = {"terminal": OuterRef("pk")}
    return {
        "acknowledged": Coalesce(Subquery(Event.objects.filter(**of_it).order_by("-seq").values("seq")[:1]), 0),
        "waiting_events": _count(quarantine().filter(**of_it), "terminal"),
        "open_alarms": _count(Alarm.objects.filter(**of_it, handled_at=None), "terminal"),
    }


def _count(rows: "QuerySet[Any]", of: str) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(of).annotate(count=Count("pk")).values("count")), 0)


@dataclass(frozen=True, slots=True)
class FacilityNow:
    facility: Facility
    inside: int


@dataclass(frozen=True, slots=True)
class TerminalNow:
    """`figures` as in terminal_figures; `silent` where it should have been heard of by now."""

    terminal: Terminal
    figures: dict[str, int]
    silent: bool


@dataclass(frozen=True, slots=True)
class Overview:
    facilities: tuple[FacilityNow, ...]
    terminals: tuple[TerminalNow, ...]
    open_alarms: int
    waiting_events: int


def overview(now: datetime) -> Overview:
    """Whoever forgot to check out is not inside any more once the house has opened again."""
    close_everywhere(now)
    inside = _count(PresentVisit.objects.filter(facility=OuterRef("pk")), "facility")
    return Overview(
        facilities=tuple(
            FacilityNow(facility, facility.inside) for facility in Facility.objects.annotate(inside=inside)
        ),
        terminals=tuple(TerminalNow(terminal, figures, is_silent(terminal, now)) for terminal, figures in _terminals()),
        open_alarms=Alarm.objects.filter(handled_at=None).count(),
        waiting_events=quarantine().count(),
    )


def _terminals() -> list[tuple[Terminal, dict[str, int]]]:
    figures = terminal_figures()
    terminals = Terminal.objects.select_related("facility").filter(revoked_at=None, is_desk=False).annotate(**figures)
    return [(terminal, {name: getattr(terminal, name) for name in figures}) for terminal in terminals]


def is_silent(terminal: Terminal, now: datetime) -> bool:
    if terminal.public_key is None or terminal.revoked_at is not None:
        return False
    return terminal.last_contact_at is None or now - terminal.last_contact_at > SILENCE
