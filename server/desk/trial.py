"""What would happen if a member tapped: the terminals' own judgement of what this server knows, and what it rests on.

Not in here: the words for it (verdicts), how it is drawn, and whatever a terminal alone knows (its queue, its clock).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from server.fees.stays import paid_until_of
from server.house.number import rules_number
from server.house.rulebook import rulebook_of
from server.ledger.situation import situation_of
from server.members import models
from server.members.terms import member_of
from server.terminals.models import Facility
from visits.calendar import Closure, Hours, closure_on, hours_on, house_day
from visits.decision import Decision, Direction, Situation, decide
from visits.forgotten import presence_at
from visits.limits import UNLIMITED, Limits, Usage
from visits.member import Kind, Membership, held_on
from visits.months import first_of_month
from visits.occupancy import FREE_AT_ONCE, Capacity, Presence
from visits.rulebook import Rulebook, in_force, next_opening_by, tariff_on

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HouseThen:
    """The day's rules at a facility; None where none are in force. `number` is of the rules as they are kept now."""

    number: int
    valid_from: date | None
    prices_from: date | None
    hours: Hours | None
    closure: Closure | None
    last_check_in_minutes: int | None
    next_opening: datetime | None
    capacity: Capacity | None
    seconds_between_taps: int | None


@dataclass(frozen=True, slots=True)
class Uses:
    """How often the member came, without the tap that is tried, and what of it the limits that apply allow (C34)."""

    limits: Limits
    in_month: int
    in_a_row: int
    today: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """`cards` are those that stand for the member now. `presence` is as it stands at `at`.

    `free` is how many of the member's organisation come in without paying; None where places are not shared.
    """

    at: datetime
    facility: Facility
    cards: int
    replaced_cards: int
    membership: Membership | None
    situation: Situation
    presence: Presence
    free: int | None
    uses: Uses
    house: HouseThen
    decisions: tuple[tuple[Direction, Decision], ...]


def try_tap(row: models.Member, at: datetime) -> Trial:
    """At the member's home facility: only its terminals know the member."""
    facility, day = row.home_facility, house_day(at)
    rulebook, member = rulebook_of(facility.pk), member_of(row)
    cards, replaced = (row.cards.filter(replaced_at__isnull=linked).count() for linked in (True, False))
    situation = _situation(row, at, card_replaced=not cards)
    membership = held_on(member.memberships, day)
    known = member if cards or replaced else None
    return Trial(
        at=at,
        facility=facility,
        cards=cards,
        replaced_cards=replaced,
        membership=membership,
        situation=situation,
        presence=presence_at(situation.presence, rulebook, at),
        free=FREE_AT_ONCE.get(membership.kind) if membership else None,
        uses=_uses(situation.usage, _limits(membership, rulebook, day), day),
        house=_house(rules_number(facility.pk), rulebook, at),
        decisions=tuple((way, decide(way, known, situation, rulebook, at)) for way in Direction),
    )


def _situation(row: models.Member, at: datetime, *, card_replaced: bool) -> Situation:
    facility = row.home_facility
    paid_until = paid_until_of(facility.pk, [row.pk]).get(row.pk)
    known = situation_of(row, facility, at, paid_until=paid_until)
    return replace(known, card_replaced=card_replaced)


def _limits(membership: Membership | None, rulebook: Rulebook, day: date) -> Limits:
    if membership is not None and membership.kind is Kind.STAFF:
        return UNLIMITED
    version = in_force(rulebook, day)
    of_house = version.limits if version else UNLIMITED
    return of_house if membership is None else membership.limits.before(of_house)


def _uses(usage: Usage, limits: Limits, day: date) -> Uses:
    """A day counts as soon as the member came; days up to the one before make the row."""
    last = usage.last
    in_month = usage.uses_in_month if last and first_of_month(last) == first_of_month(day) else 0
    in_a_row = usage.days_in_a_row if last and day - last <= _A_DAY else 0
    return Uses(limits, in_month, in_a_row, today=last == day)


def _house(number: int, rulebook: Rulebook, at: datetime) -> HouseThen:
    day = house_day(at)
    version, tariff = in_force(rulebook, day), tariff_on(rulebook, day)
    calendar = version.calendar if version else None
    return HouseThen(
        number=number,
        valid_from=version.valid_from if version else None,
        prices_from=tariff.valid_from if tariff else None,
        hours=hours_on(calendar, day) if calendar else None,
        closure=closure_on(calendar, day) if calendar else None,
        last_check_in_minutes=calendar.last_check_in_minutes if calendar else None,
        next_opening=next_opening_by(rulebook, at),
        capacity=version.capacity if version else None,
        seconds_between_taps=version.seconds_between_taps if version else None,
    )
