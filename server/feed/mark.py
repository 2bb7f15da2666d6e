"""What a waiting terminal waits to see changed, read for many terminals at once.

Not in here: the news themselves (a terminal that is woken reads its page anew).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from server.feed.standing import quarantine
from server.ledger.models import Event
from server.members.roster_change import RosterChange
from server.terminals.models import Terminal


@dataclass(frozen=True, slots=True)
class Mark:
    """Where any of these differs, so may the answer to a request for the roster.

    Of the records in quarantine number and sum stand for the set of them.
    """

    revoked: bool
    shows_names: bool
    change: int
    rules: int
    held: int
    set_aside: int
    set_aside_sum: int


def marks(terminals: Collection[UUID]) -> dict[UUID, Mark]:
    """Each figure is one look into an index, however many events or changes there are."""
    rows = Terminal.objects.filter(pk__in=terminals).annotate(
        change=Coalesce(Subquery(_changes()), 0),
        rules=Coalesce(F("facility__rules_number__number"), 0),
        held=Coalesce(Subquery(_events()), 0),
        set_aside=Coalesce(Subquery(_quarantine().annotate(figure=Count("seq")).values("figure")), 0),
        set_aside_sum=Coalesce(Subquery(_quarantine().annotate(figure=Sum("seq")).values("figure")), 0),
    )
    return {
        row.pk: Mark(
            row.revoked_at is not None,
            row.facility.shows_names,
            row.change,
            row.rules,
            row.held,
            row.set_aside,
            row.set_aside_sum,
        )
        for row in rows.select_related("facility")
    }


def _changes() -> QuerySet[RosterChange, int]:
    return (
        RosterChange.objects.filter(facility=OuterRef("facility"))
        .order_by("-number")
        .values_list("number", flat=True)[:1]
    )


def _events() -> QuerySet[Event, int]:
    return Event.objects.filter(terminal=OuterRef("pk")).order_by("-seq").values_list("seq", flat=True)[:1]


def _quarantine() -> "QuerySet[Event, Any]":
    """One group; without the order of the model, which would split it."""
    return quarantine().filter(terminal=OuterRef("pk")).order_by().values("terminal")
