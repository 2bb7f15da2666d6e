"""Parking at reception: who is leaving, what voucher or discount is due, and that it was handed out (A49-A54, C31).

Not in here: what is due for what (visits.parking), and the tickets themselves (A13).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from server.fees.models import OccasionWords, ParkingDiscount, ParkingVoucher, RecordedAlreadyError
from server.house.tariffs import parking_terms_of
from server.ledger.models import Visit
from server.ledger.succession import Name, Succession
from server.terminals.models import Facility, lock_facility
from visits import parking as rules
from visits.calendar import house_day

LEFT_WITHIN = timedelta(hours=3)
"""For how long somebody who has checked out may still stand at the desk."""

_MINUTE = timedelta(minutes=1)


class NothingDueError(Exception):
    """There is nothing to hand out."""


class HandedOutError(Exception):
    """A voucher was handed out for this visit."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """`used` is the time in the house until now or until the check-out; `vouchers` were handed out for the visit."""

    visit: Visit
    used: timedelta
    vouchers: tuple[ParkingVoucher, ...]


def leaving(facility: UUID, now: datetime) -> list[Leaving]:
    """Who has left lately, the last first, and then who is inside, the longest first. Visits without a way in are none."""
    visits = Visit.objects.filter(facility=facility, entered_at__isnull=False).select_related("member")
    left = visits.filter(left_at__gt=now - LEFT_WITHIN, left_at__lte=now).order_by("-left_at")
    inside = visits.filter(left_at=None).order_by("entered_at")
    rows = [*left, *inside]
    vouchers = _handed_out(rows)
    return [Leaving(visit, used(visit, now), tuple(vouchers.get(_name(visit), ()))) for visit in rows]


def used(visit: Visit, now: datetime) -> timedelta:
    if visit.entered_at is None:
        return timedelta()
    return max(timedelta(), (visit.left_at or now) - visit.entered_at)


def due(facility: UUID, asked: rules.Parked, now: datetime) -> rules.Voucher:
    return rules.voucher(parking_terms_of(facility, house_day(now)).vouchers, asked)


@transaction.atomic
def hand_out(  # noqa: PLR0913 - who, what, by whom, when and from which page
    of: Visit | Facility,
    asked: rules.Parked,
    by: str,
    now: datetime,
    *,
    again: bool = False,
    once: UUID | None = None,
) -> ParkingVoucher:
    """For a visit, or at a facility to somebody who has none there, such as a seminar's participant.

    `again` where staff confirmed one more for the same visit. Raises RecordedAlreadyError, NothingDueError,
    HandedOutError.
    """
    visit, facility = (of, of.facility) if isinstance(of, Visit) else (None, of)
    lock_facility(facility.pk)
    if earlier := ParkingVoucher.of_page(once):
        raise RecordedAlreadyError(earlier)
    voucher = due(facility.pk, asked, now)
    if voucher.minutes == 0:
        raise NothingDueError
    before = () if visit is None else vouchers_for(visit)
    if before and not again:
        raise HandedOutError
    return ParkingVoucher.record(
        once,
        facility=facility,
        member=None if visit is None else visit.member,
        first_terminal=None if visit is None else visit.first_terminal,
        first_seq=None if visit is None else visit.first_seq,
        again=bool(before),
        purpose=asked.purpose.value,
        registered=asked.registered,
        used_minutes=asked.used // _MINUTE,
        parked_minutes=asked.parked // _MINUTE,
        minutes=voucher.minutes,
        charged_minutes=voucher.charged_minutes,
        reason=voucher.reason.value,
        at=now,
        issued_by=by,
    )


def vouchers_for(visit: Visit) -> tuple[ParkingVoucher, ...]:
    """Those handed out already, the first first."""
    return tuple(_handed_out([visit]).get(_name(visit), ()))


def discount_due(facility: UUID, occasion: rules.Occasion, purchased: int, now: datetime) -> rules.Discount:
    return rules.discount(parking_terms_of(facility, house_day(now)).discounts, occasion, purchased=purchased)


def give_discount(  # noqa: PLR0913 - as hand_out
    facility: Facility, occasion: rules.Occasion, purchased: int, by: str, now: datetime, *, once: UUID | None = None
) -> ParkingDiscount:
    """Raises RecordedAlreadyError, NothingDueError."""
    discount = discount_due(facility.pk, occasion, purchased, now)
    if discount == 0:
        raise NothingDueError
    return ParkingDiscount.record(
        once,
        facility=facility,
        occasion=OccasionWords(occasion.value),
        purchased=purchased,
        hours=None if isinstance(discount, rules.AllDay) else discount,
        at=now,
        given_by=by,
    )


def _handed_out(visits: Iterable[Visit]) -> Mapping[Name, list[ParkingVoucher]]:
    """By the visits' names of today."""
    of: defaultdict[UUID, list[Visit]] = defaultdict(list)
    for visit in visits:
        of[visit.facility_id].append(visit)
    vouchers: defaultdict[Name, list[ParkingVoucher]] = defaultdict(list)
    for facility, there in of.items():
        succession = Succession(facility, {visit.member_id for visit in there})
        names = succession.ever(map(_name, there))
        rows = ParkingVoucher.objects.filter(
            first_terminal__in={terminal for terminal, _ in names}, first_seq__in={seq for _, seq in names}
        )
        for voucher in rows.order_by("at"):
            assert voucher.first_terminal_id is not None  # by the condition
            assert voucher.first_seq is not None
            vouchers[succession.today((voucher.first_terminal_id, voucher.first_seq))].append(voucher)
    return vouchers


def _name(visit: Visit) -> Name:
    return visit.first_terminal_id, visit.first_seq
