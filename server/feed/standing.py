"""What the server holds of one terminal, as told with its roster.

Not in here: the records.
"""

from uuid import UUID

from django.db.models import QuerySet

from server.ledger.models import Event

MOST_SET_ASIDE = 500


def acknowledged(terminal: UUID) -> int:
    """A chain has no holes, so the highest number held is the highest contiguous one."""
    return Event.objects.filter(terminal=terminal).order_by("-seq").values_list("seq", flat=True).first() or 0


def set_aside(terminal: UUID) -> list[int]:
    """The first of those that wait for staff, ascending."""
    return list(quarantine().filter(terminal=terminal).order_by("seq").values_list("seq", flat=True)[:MOST_SET_ASIDE])


def quarantine() -> QuerySet[Event]:
    """All rejected records nobody has resolved."""
    return Event.objects.filter(rejection__isnull=False, resolved_at=None)
