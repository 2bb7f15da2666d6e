"""Keeping the visits what the rules make of the events.

Not in here: the rules (visits.fold).
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from server.ledger.models import Event, Visit
from server.members.roster_change import record_change
from visits import fold as rules
from visits.event import Kind

_FIELDS = ("facility_id", "member_id", "day", "entered_at", "left_at", "flags")


def refold(facility: UUID, members: Collection[UUID]) -> None:
    """Makes these members' visits at the facility anew; where that moves someone in or out, terminals are told.

    For use inside a transaction that has the facility locked.
    """
    before = inside_since(facility, members)
    held = {_key(visit): visit for visit in Visit.objects.filter(facility_id=facility, member__in=members)}
    wanted = {_key(visit): visit for visit in _folded(facility, members)}
    Visit.objects.filter(pk__in=[visit.pk for key, visit in held.items() if key not in wanted]).delete()
    # A visit is for ever named by the event that opened it, so what is inserted can only meet its own former self.
    Visit.objects.bulk_create(
        [visit for key, visit in wanted.items() if key not in held or _differs(held[key], visit)],
        update_conflicts=True,
        unique_fields=("first_terminal", "first_seq"),
        update_fields=("member", "day", "entered_at", "left_at", "flags"),
    )
    after = inside_since(facility, members)
    for member in members:
        if before.get(member) != after.get(member):
            record_change(facility, member)


def inside_since(facility: UUID, members: Collection[UUID]) -> dict[UUID, datetime]:
    """Of these members, those who are inside the facility, and since when."""
    present = Visit.objects.filter(facility_id=facility, member__in=members, left_at=None, entered_at__isnull=False)
    return {visit.member_id: visit.entered_at for visit in present if visit.entered_at is not None}


def _folded(facility: UUID, members: Collection[UUID]) -> list[Visit]:
    passages = Event.objects.filter(facility_id=facility, member__in=members, rejection=None).values_list(
        "member_id", "kind", "at", "terminal_id", "seq"
    )
    return [
        _row(facility, visit)
        for visit in rules.fold(
            rules.Passage(member, Kind(kind), at, terminal, seq)
            for member, kind, at, terminal, seq in passages
            if member is not None and at is not None
        )
    ]


def _row(facility: UUID, visit: rules.Visit) -> Visit:
    known_at = visit.entered_at or visit.left_at
    return Visit(
        facility_id=facility,
        member_id=visit.member,
        first_terminal_id=visit.first_terminal,
        first_seq=visit.first_seq,
        day=timezone.localdate(known_at),
        entered_at=visit.entered_at,
        left_at=visit.left_at,
        flags=" ".join(sorted(flag.value for flag in visit.flags)),
    )


def _key(visit: Visit) -> tuple[UUID, int]:
    return visit.first_terminal_id, visit.first_seq


def _differs(held: Visit, wanted: Visit) -> bool:
    return any(getattr(held, field) != getattr(wanted, field) for field in _FIELDS)
