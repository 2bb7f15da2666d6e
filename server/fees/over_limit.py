"""Uses beyond an organisation's free places, month by month, and what became of their fees (A22-A23).

Judged from the visits as they stand, so that a late record may change what was settled: then the desk sees both.
Not in here: who is charged and how much (visits.over_limit).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, unique
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from server.fees.models import OutcomeWords, Settlement
from server.house.rulebook import rulebook_of
from server.ledger.models import Event, Visit
from server.members.models import Member
from server.members.terms import member_of
from server.terminals.models import Facility, lock_facility
from visits import fold as rules
from visits.decision import Rule
from visits.months import first_of_month, last_of_month
from visits.over_limit import Charged, charges

Name = tuple[UUID, int]
"""Of a visit for ever: terminal and number of the event that opened it."""


class NotAsShownError(Exception):
    """The use is charged another amount than the desk saw, or none."""


@dataclass(frozen=True, slots=True)
class Word:
    """What staff say became of a fee. Whoever waives one says why."""

    outcome: OutcomeWords
    by: str
    note: str = ""


@unique
class State(Enum):
    """What is to be done about a use."""

    INSIDE = "inside"
    NO_PRICE = "no_price"
    OPEN = "open"
    SETTLED = "settled"
    CHANGED = "changed"
    NO_LONGER_CHARGED = "no_longer_charged"


@dataclass(frozen=True, slots=True)
class Row:
    """`amount` is what is due by now, None where that is not known or nothing is; `place` likewise.

    `told` is whether the terminal told the member before the visit was recorded.
    """

    name: Name
    member: Member
    entered_at: datetime | None
    left_at: datetime | None
    place: int | None
    amount: int | None
    told: bool
    settlement: Settlement | None

    def state(self) -> State:
        if self.place is None:
            return State.NO_LONGER_CHARGED
        if self.amount is None:
            return State.INSIDE if self.left_at is None else State.NO_PRICE
        if self.settlement is None:
            return State.OPEN
        return State.SETTLED if self.settlement.amount == self.amount else State.CHANGED


def month_of(facility: UUID, month: date) -> list[Row]:
    """The charged uses of a month in order of check-in, and after them those settled that are charged no longer."""
    first, last = first_of_month(month), last_of_month(month)
    charged = _charged(facility, first, last)
    settled = {
        (each.terminal_id, each.seq): each
        for each in Settlement.objects.filter(facility=facility, day__range=(first, last)).select_related("member")
    }
    members = Member.objects.in_bulk({each.use.visit.member for each in charged})
    told = _told(_name(each) for each in charged)
    rows = [_row(each, members[each.use.visit.member], told, settled) for each in charged]
    names = {row.name for row in rows}
    gone = [settlement for name, settlement in settled.items() if name not in names]
    return [*rows, *(_no_longer(settlement) for settlement in gone)]


@transaction.atomic
def settle(facility: Facility, name: Name, amount: int, word: Word, now: datetime) -> Settlement:
    """Of the use that began with the event of this `name`, for the amount the desk saw; once more where it is judged
    anew since. Raises NotAsShownError.
    """
    lock_facility(facility.pk)
    terminal, seq = name
    visit = Visit.objects.filter(facility=facility, first_terminal=terminal, first_seq=seq).first()
    rows = [] if visit is None else month_of(facility.pk, visit.day)
    row = next((each for each in rows if each.name == name and each.amount == amount), None)
    if visit is None or row is None:
        raise NotAsShownError
    said = {"outcome": word.outcome, "by": word.by, "note": word.note, "at": now}
    settlement, _ = Settlement.objects.update_or_create(
        terminal_id=terminal,
        seq=seq,
        defaults={"facility": facility, "member": row.member, "day": visit.day, "amount": amount, **said},
    )
    return settlement


def _charged(facility: UUID, first: date, last: date) -> tuple[Charged, ...]:
    visits = Visit.objects.filter(facility=facility, day__range=(first, last), entered_at__isnull=False)
    through = visits.filter(member__memberships__organisation__isnull=False).distinct()
    members = Member.objects.filter(pk__in=through.values("member")).prefetch_related("memberships")
    memberships = {member.pk: member_of(member).memberships for member in members}
    return charges((_as_rules(visit) for visit in through), memberships, rulebook_of(facility))


def _as_rules(visit: Visit) -> rules.Visit:
    return rules.Visit(
        visit.member_id,
        visit.first_terminal_id,
        visit.first_seq,
        visit.entered_at,
        visit.left_at,
        frozenset(rules.Flag(word) for word in visit.flags.split()),
    )


def _told(names: Iterable[Name]) -> set[Name]:
    condition = Q(pk__in=[])
    for terminal, seq in names:
        condition |= Q(terminal=terminal, seq=seq)
    records = Event.objects.filter(condition).values_list("terminal", "seq", "record")
    return {(terminal, seq) for terminal, seq, record in records if _rule(record) == Rule.OVER_LIMIT.value}


def _rule(record: str) -> object:
    return json.loads(record or "{}").get("rule")


def _row(charged: Charged, member: Member, told: set[Name], settled: dict[Name, Settlement]) -> Row:
    name = _name(charged)
    return Row(
        name=name,
        member=member,
        entered_at=charged.entered_at,
        left_at=charged.use.visit.left_at,
        place=charged.use.place,
        amount=None if charged.bill is None else charged.bill.total,
        told=name in told,
        settlement=settled.get(name),
    )


def _no_longer(settlement: Settlement) -> Row:
    return Row(
        name=(settlement.terminal_id, settlement.seq),
        member=settlement.member,
        entered_at=None,
        left_at=None,
        place=None,
        amount=None,
        told=False,
        settlement=settlement,
    )


def _name(charged: Charged) -> Name:
    return charged.use.visit.first_terminal, charged.use.visit.first_seq
