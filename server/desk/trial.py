"""What would happen if a member tapped: the terminals' own judgement of what this server knows, and what it rests on.

Not in here: the words for it (verdicts), how it is drawn, and whatever a terminal alone knows (its queue, its clock).
"""

from dataclasses import dataclass
from datetime import date, datetime

from server.house.rulebook import rulebook_of
from server.ledger.folding import inside_since
from server.members.models import Member
from server.terminals.models import Facility
from visits import member as rules
from visits.calendar import Closure, Hours, closure_on, hours_on, house_day
from visits.decision import Decision, Direction, decide
from visits.occupancy import Inside, Outside
from visits.rulebook import Version, in_force, next_opening_by


@dataclass(frozen=True, slots=True)
class HouseThen:
    """The day's rules at a facility; all None where none are in force."""

    valid_from: date | None
    hours: Hours | None
    closure: Closure | None
    last_check_in_minutes: int | None
    next_opening: datetime | None


@dataclass(frozen=True, slots=True)
class Trial:
    """`inside_since` and `cards` are of now, also where `at` is another time."""

    at: datetime
    facility: Facility
    cards: int
    inside_since: datetime | None
    house: HouseThen
    decisions: tuple[tuple[Direction, Decision], ...]


def try_tap(member: Member, at: datetime) -> Trial:
    """At the member's home facility: only its terminals know the member."""
    facility, cards = member.home_facility, member.cards.count()
    inside = inside_since(facility.pk, [member.pk]).get(member.pk)
    rulebook = rulebook_of(facility.pk)
    version = in_force(rulebook, house_day(at))
    known = rules.Member(member.pk, rules.Standing(member.standing)) if cards else None
    presence = Outside() if inside is None else Inside(inside)
    return Trial(
        at=at,
        facility=facility,
        cards=cards,
        inside_since=inside,
        house=_house(version, at, next_opening_by(rulebook, at)),
        decisions=tuple((way, decide(way, known, presence, version, at)) for way in Direction),
    )


def _house(version: Version | None, at: datetime, next_opening: datetime | None) -> HouseThen:
    if version is None:
        return HouseThen(None, None, None, None, next_opening)
    calendar, day = version.calendar, house_day(at)
    return HouseThen(
        valid_from=version.valid_from,
        hours=hours_on(calendar, day),
        closure=closure_on(calendar, day),
        last_check_in_minutes=calendar.last_check_in_minutes,
        next_opening=next_opening,
    )
