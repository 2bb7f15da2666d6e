"""Drop-in stays at the desk: begun when they are paid for, ended with what was stayed longer (A38-A40, A63-A65).

Where the visitor is a member, the desk's check-in and check-out are recorded with it, and the terminals hear until when
the stay is paid. Not in here: prices (visits.dropin), how it is paid (A41), how the desk is asked.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from server.fees.models import DropInStay, RecordedAlreadyError
from server.house.tariffs import tariff_of
from server.ledger.corrections import record_passage
from server.ledger.folding import inside_since
from server.ledger.models import Visit
from server.members.models import Member
from server.members.roster_change import record_change
from server.terminals.models import Facility, lock_facility
from visits.bill import Bill
from visits.calendar import house_day
from visits.dropin import ChildAlone, Visitor, overstay, prepayment
from visits.event import Kind
from visits.fees import NotInTariff
from visits.tariff import Tariff


class StayOpenError(Exception):
    """The member has a stay that has not ended."""


class StayEndedError(Exception):
    """It was ended meanwhile, and its bill is made."""


class NotAsTakenError(Exception):
    """Another amount is due than was taken: meanwhile the member has left, or was still inside."""


class ChildAloneError(Exception):
    """Elementary age and under cannot use the space alone (A65)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a stay is asked for: by whom, and for how long, whole minutes."""

    visitor: Visitor
    declared: timedelta


def due_before(facility: UUID, asked: Asked, at: datetime) -> Bill | ChildAlone:
    """What is to be paid before a stay that begins at `at`. Raises NotInTariff where the house has no such price."""
    return prepayment(_tariff(facility, at), asked.visitor, asked.declared)


def due_on_leaving(stay: DropInStay, left_at: datetime) -> Bill:
    """By the tariff of the day the stay began (C22)."""
    stayed = max(timedelta(), left_at - stay.begun_at)
    bill = overstay(_tariff(stay.facility_id, stay.begun_at), Visitor(stay.visitor), stay.declared, stayed)
    assert isinstance(bill, Bill)  # by the database's constraint no stay is a lone child's
    return bill


@transaction.atomic
def begin(  # noqa: PLR0913 - who, what, by whom, when and from which page
    facility: Facility, member: Member | None, asked: Asked, by: str, now: datetime, *, once: UUID | None = None
) -> DropInStay:
    """After the prepayment was taken. Raises RecordedAlreadyError, ChildAloneError, StayOpenError, NotInTariff."""
    lock_facility(facility.pk)
    if before := DropInStay.of_page(once):
        raise RecordedAlreadyError(before)
    bill = due_before(facility.pk, asked, now)
    if isinstance(bill, ChildAlone):
        raise ChildAloneError
    if member is not None and DropInStay.objects.filter(member=member, ended_at=None).exists():
        raise StayOpenError
    stay = DropInStay.record(
        once,
        facility=facility,
        member=member,
        visitor=asked.visitor.value,
        begun_at=now,
        declared_minutes=asked.declared // timedelta(minutes=1),
        prepaid=bill.total,
        taken_by=by,
    )
    if member is not None:
        if member.pk not in inside_since(facility.pk, [member.pk]):
            record_passage(facility, member, Kind.CHECK_IN, now, by, "", now)
        record_change(facility.pk, member.pk)
    return stay


@transaction.atomic
def end(stay: DropInStay, taken: int, by: str, now: datetime) -> DropInStay:
    """After the overstay was taken, in yen. Raises StayEndedError, NotAsTakenError."""
    lock_facility(stay.facility_id)
    stay = DropInStay.objects.select_related("facility", "member").get(pk=stay.pk)
    if stay.ended_at is not None:
        raise StayEndedError
    stay.ended_at = left_at(stay, now)
    stay.overstay, stay.ended_by = due_on_leaving(stay, stay.ended_at).total, by
    if stay.overstay != taken:
        raise NotAsTakenError
    stay.save(update_fields=("ended_at", "overstay", "ended_by"))
    if stay.member is not None:
        if _visits(stay).filter(left_at=None).exists():
            record_passage(stay.facility, stay.member, Kind.CHECK_OUT, now, by, "", now)
        record_change(stay.facility_id, stay.member.pk)
    return stay


def left_at(stay: DropInStay, now: datetime) -> datetime:
    """Until when the stay counts: a member who has already checked out at the door was not longer in the house."""
    ends = list(_visits(stay).values_list("left_at", flat=True))
    return min(max((now if end is None else end for end in ends), default=now), now)


def _visits(stay: DropInStay) -> QuerySet[Visit]:
    """Of the member, those that can be of this stay: who comes on another day comes anew."""
    visits = Visit.objects.filter(facility=stay.facility_id, member=stay.member_id)
    begun = visits.filter(Q(day=house_day(stay.begun_at)) | Q(entered_at__lte=stay.begun_at))
    return begun.filter(Q(left_at=None) | Q(left_at__gte=stay.begun_at))


def paid_until_of(facility: UUID, members: Collection[UUID]) -> dict[UUID, datetime]:
    """Of these members, those with an open stay, and the end of the time they have paid for."""
    stays = DropInStay.objects.filter(facility=facility, member__in=members, ended_at=None)
    return {stay.member_id: stay.paid_until() for stay in stays if stay.member_id is not None}


def stays_since(facility: UUID, members: Collection[UUID], since: datetime) -> dict[UUID, list[DropInStay]]:
    """Of these members, those that had not ended before, the first first."""
    stays = DropInStay.objects.filter(Q(ended_at=None) | Q(ended_at__gte=since), facility=facility, member__in=members)
    of: defaultdict[UUID, list[DropInStay]] = defaultdict(list)
    for stay in stays.order_by("begun_at", "pk"):
        if stay.member_id is not None:
            of[stay.member_id].append(stay)
    return of


def pays_for(stay: DropInStay, entered_at: datetime, left_at: datetime | None) -> bool:
    """Whether a visit of its member is the one that was paid for: who comes in after its end, or on another day, comes anew."""
    if left_at is not None and left_at <= stay.begun_at:
        return False
    if entered_at <= stay.begun_at:
        return True
    return house_day(entered_at) == house_day(stay.begun_at) if stay.ended_at is None else entered_at < stay.ended_at


def _tariff(facility: UUID, at: datetime) -> Tariff:
    tariff = tariff_of(facility, house_day(at))
    if tariff is None:
        raise NotInTariff("drop_in")
    return tariff
