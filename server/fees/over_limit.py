"""Uses beyond an organisation's free places, month by month, and what became of their fees (A22-A23).

Judged from the visits as they stand, so that a late record may change what was settled: then the desk sees both.
Not in here: who is charged and how much (visits.over_limit).
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, unique
from uuid import UUID

from django.db import transaction

from server.fees.models import DropInStay, OutcomeWords, Settlement
from server.fees.stays import pays_for, stays_since
from server.house.rulebook import rulebook_of
from server.ledger.models import Event, Visit
from server.ledger.succession import Name, Succession
from server.members.models import Member
from server.members.terms import member_of
from server.terminals.models import Facility, lock_facility
from visits import fold as rules
from visits.decision import Rule
from visits.months import first_of_month, last_of_month
from visits.over_limit import Charged, charges


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

    BY_DROP_IN = "by_drop_in"
    INSIDE = "inside"
    NO_PRICE = "no_price"
    OPEN = "open"
    SETTLED = "settled"
    CHANGED = "changed"
    NO_LONGER_CHARGED = "no_longer_charged"


@dataclass(frozen=True, slots=True)
class Row:
    """`amount` is what is due by now, None where that is not known or nothing is; `place` likewise.

    `told` is whether the terminal told the member before the visit was recorded. `stay` is what the use was paid by
    instead: nothing is due then, and what was paid besides was paid twice.
    """

    name: Name
    member: Member
    entered_at: datetime | None
    left_at: datetime | None
    place: int | None
    amount: int | None
    told: bool
    settlement: Settlement | None
    stay: DropInStay | None = None

    def state(self) -> State:
        if self.place is None:
            return State.NO_LONGER_CHARGED
        if self.stay is not None:
            paid_twice = self.settlement is not None and self.settlement.outcome == OutcomeWords.PAID
            return State.NO_LONGER_CHARGED if paid_twice else State.BY_DROP_IN
        if self.amount is None:
            return State.INSIDE if self.left_at is None else State.NO_PRICE
        if self.settlement is None:
            return State.OPEN
        return State.SETTLED if self.settlement.amount == self.amount else State.CHANGED

    def difference(self) -> int:
        """In yen, between what is due and what was settled; below zero where too much was."""
        return (self.amount or 0) - (self.settlement.amount if self.settlement else 0)


def month_of(facility: UUID, month: date) -> list[Row]:
    """The charged uses of a month in order of check-in, and after them those settled that are charged no longer."""
    first, last = first_of_month(month), last_of_month(month)
    charged = _charged(facility, first, last)
    settled = _settled(facility, charged, first, last)
    members = Member.objects.in_bulk({each.use.visit.member for each in charged})
    told = _told(_name(each) for each in charged)
    paying = _paying(facility, charged)
    rows = [_row(each, members[each.use.visit.member], told, settled, paying) for each in charged]
    gone = settled.keys() - {row.name for row in rows}
    moved = _elsewhere(gone, first, last)
    return [*rows, *(_no_longer(settlement) for name, settlement in settled.items() if name in gone - moved)]


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
    settlement = row.settlement or Settlement(facility=facility, member=row.member)
    settlement.terminal_id, settlement.seq, settlement.day, settlement.amount = terminal, seq, visit.day, amount
    settlement.outcome, settlement.by, settlement.note, settlement.at = word.outcome, word.by, word.note, now
    settlement.save()
    return settlement


def _charged(facility: UUID, first: date, last: date) -> tuple[Charged, ...]:
    visits = Visit.objects.filter(facility=facility, day__range=(first, last), entered_at__isnull=False)
    through = visits.filter(member__memberships__organisation__isnull=False).distinct()
    members = Member.objects.filter(pk__in=through.values("member")).prefetch_related("memberships")
    memberships = {member.pk: member_of(member).memberships for member in members}
    return charges((_as_rules(visit) for visit in through), memberships, rulebook_of(facility))


def _settled(facility: UUID, charged: Collection[Charged], first: date, last: date) -> dict[Name, Settlement]:
    """By today's names: of the month, and of these uses where they were settled as another month's."""
    names = {_name(each) for each in charged}
    said = Settlement.objects.filter(facility=facility).select_related("member").order_by("at", "pk")
    of_month = said.filter(day__range=(first, last))
    members = {each.use.visit.member for each in charged} | set(of_month.values_list("member", flat=True))
    succession = Succession(facility, members)
    ever = succession.ever(names)
    of_uses = said.filter(terminal__in={terminal for terminal, _ in ever}, seq__in={seq for _, seq in ever})
    found = [*of_month, *(each for each in of_uses if (each.terminal_id, each.seq) in ever)]
    return {succession.today((each.terminal_id, each.seq)): each for each in found}


def _elsewhere(names: Collection[Name], first: date, last: date) -> set[Name]:
    """Those whose visit is one of another month by now, where it is told with its settlement."""
    visits = Visit.objects.filter(first_terminal__in={terminal for terminal, _ in names})
    others = visits.filter(first_seq__in={seq for _, seq in names}).exclude(day__range=(first, last))
    return set(others.values_list("first_terminal", "first_seq")) & set(names)


def _paying(facility: UUID, charged: Collection[Charged]) -> dict[Name, DropInStay]:
    """The drop-in stays that uses were paid by."""
    since = min((each.entered_at for each in charged), default=None)
    if since is None:
        return {}
    stays = stays_since(facility, {each.use.visit.member for each in charged}, since)
    return {
        _name(each): stay
        for each in charged
        for stay in stays.get(each.use.visit.member, ())
        if pays_for(stay, each.entered_at, each.use.visit.left_at)
    }


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
    asked = set(names)
    events = Event.objects.filter(terminal__in={terminal for terminal, _ in asked}, seq__in={seq for _, seq in asked})
    records = events.values_list("terminal", "seq", "record")
    told = {(terminal, seq) for terminal, seq, record in records if _rule(record) == Rule.OVER_LIMIT.value}
    return told & asked


def _rule(record: str) -> object:
    return json.loads(record or "{}").get("rule")


def _row(
    charged: Charged,
    member: Member,
    told: set[Name],
    settled: Mapping[Name, Settlement],
    paying: Mapping[Name, DropInStay],
) -> Row:
    name = _name(charged)
    due = None if name in paying else charged.bill
    return Row(
        name=name,
        member=member,
        entered_at=charged.entered_at,
        left_at=charged.use.visit.left_at,
        place=charged.use.place,
        amount=None if due is None else due.total,
        told=name in told,
        settlement=settled.get(name),
        stay=paying.get(name),
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
