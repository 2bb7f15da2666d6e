"""Numbering the changes of a facility's roster, so that a terminal can ask for all since the last it saw.

Not in here: what the roster says (that is read when a terminal asks).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import models, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from server.rows import upsert
from server.terminals.models import Facility, lock_facility


class RosterChange(models.Model):
    """That something about a member changed for the terminals of a facility; only the latest change is kept.

    No foreign key to the member: the change of a deleted one is how terminals learn to forget it.
    """

    facility = models.ForeignKey(Facility, models.CASCADE)
    member = models.UUIDField()
    number = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("roster change")
        verbose_name_plural = _("roster changes")
        constraints = (
            models.UniqueConstraint(fields=("facility", "member"), name="roster_change_latest_only"),
            models.UniqueConstraint(fields=("facility", "number"), name="roster_change_number_once"),
        )

    def __str__(self) -> str:
        return f"{self.facility_id} {self.number}"


def record_change(facility: UUID, member: UUID) -> None:
    record_changes(facility, (member,))


@transaction.atomic
def record_members(changed: Iterable[tuple[UUID, UUID]]) -> None:
    """Facilities and their members; facilities are locked in one order, so that two changes never wait for each other."""
    members_of: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for facility, member in changed:
        members_of[facility].add(member)
    for facility in sorted(members_of):
        record_changes(facility, members_of[facility])


@transaction.atomic
def record_changes(facility: UUID, members: Collection[UUID]) -> None:
    """Gives each change the facility's next number.

    The facility stays locked until the surrounding transaction ends. So numbers become visible in their own order, and
    a terminal that has seen number 7 can never have missed number 6. A sequence would hand out 6, let 7 commit first,
    and lose 6 for every terminal that asked in between.
    """
    lock_facility(facility)
    numbered = enumerate(members, latest_number(facility) + 1)
    upsert(
        RosterChange._meta.db_table,  # noqa: SLF001 - Django's name for it is public
        ("facility_id", "member"),
        {"facility_id": "uuid", "member": "uuid", "number": "bigint"},
        [(facility, member, number) for number, member in numbered],
    )


def latest_number(facility: UUID) -> int:
    """0 before the first change."""
    latest: int = RosterChange.objects.filter(facility_id=facility).aggregate(number=Max("number", default=0))["number"]
    return latest
