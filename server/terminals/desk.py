"""The desk as a terminal that is none: the chain of what staff record at a facility hangs on it (A14).

Not in here: what is recorded (ledger.corrections).
"""

from uuid import UUID

from django.utils.translation import gettext

from server.terminals.models import Terminal


def desk_of(facility: UUID) -> Terminal:
    """Made when it is first asked for, which must be with the facility locked."""
    there = Terminal.objects.filter(facility=facility, is_desk=True).first()
    return there or Terminal.objects.create(facility_id=facility, name=_free_name(facility), direction="", is_desk=True)


def _free_name(facility: UUID) -> str:
    """Staff may have called a device so."""
    taken = set(Terminal.objects.filter(facility=facility).values_list("name", flat=True))
    name = gettext("Reception desk")
    names = [name, *(f"{name} {number}" for number in range(2, len(taken) + 2))]
    return next(name for name in names if name not in taken)
