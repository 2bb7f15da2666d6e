"""Who may pass, in which direction, and by which rule.

Terminal and server ask this with what each knows; asked the same, they answer the same to the byte (to_document).
Not in here: the texts shown for a decision, and the reading of the card, which has proved itself before this is asked.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, unique

from visits.calendar import house_day, is_open, may_check_in
from visits.forgotten import presence_at
from visits.limits import UNLIMITED, UNUSED, Limit, Usage, limit_reached
from visits.member import Kind, Member, Membership, Standing, held_on
from visits.occupancy import FREE_AT_ONCE, UNKNOWN, Inside, Outside, Presence
from visits.rulebook import Rulebook, Version, in_force, tariff_on

_MINUTE = timedelta(minutes=1)
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@unique
class Direction(Enum):
    """The way through the door; one terminal serves one of them, or asks (A4)."""

    IN = "in"
    OUT = "out"


@unique
class Rule(Enum):
    """The rule that made a decision; recorded with every event. The values are the wire form.

    BY_STAFF is for what reception records by hand (A14, A30); nothing here decides so.
    """

    ACTIVE_MEMBER = "active_member"
    STAFF = "staff"
    CAME_BACK = "came_back"
    OVER_LIMIT = "over_limit"
    BY_STAFF = "by_staff"
    LEAVING_IS_FREE = "leaving_is_free"
    CARD_NOT_LINKED = "card_not_linked"
    CARD_REPLACED = "card_replaced"
    PENDING_APPROVAL = "pending_approval"
    SUSPENDED = "suspended"
    NOT_YET_BEGUN = "not_yet_begun"
    MEMBERSHIP_ENDED = "membership_ended"
    RECEPTION_FIRST = "reception_first"
    TOO_SOON = "too_soon"
    ALREADY_IN = "already_in"
    NOT_IN = "not_in"
    USES_IN_MONTH = "uses_in_month"
    DAYS_IN_A_ROW = "days_in_a_row"
    CLOSED = "closed"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known at a tap besides member and rules.

    `presence` is the newest word, whatever it is worth by now. `colleagues` are the others of the member's organisation
    who are inside, `inside` all people who are. `usage` is of the days before this tap. `paid_until` ends the time a
    drop-in visitor has paid for. `card_replaced`: the card was this member's until another took its place.
    """

    presence: Presence = UNKNOWN
    colleagues: int = 0
    inside: int = 0
    usage: Usage = UNUSED
    paid_until: datetime | None = None
    card_replaced: bool = False


@dataclass(frozen=True, slots=True)
class Fee:
    """A drop-in fee that is due by the hour, because `place` is beyond the `free` ones of the organisation (A23).

    `per_hour` in yen, None where the tariff does not name it.
    """

    place: int
    free: int
    per_hour: int | None


@dataclass(frozen=True, slots=True)
class Admitted:
    """A `fee` is told before anything is recorded, and the member may decline.

    `forgotten` is when the last stay was taken to have ended, where nobody saw it; `overstayed` are whole minutes beyond
    those paid for; `crowded`: there are as many inside as the house holds.
    """

    direction: Direction
    rule: Rule
    fee: Fee | None = None
    forgotten: datetime | None = None
    overstayed: int = 0
    crowded: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    rule: Rule


Decision = Admitted | Refused

_REFUSED_STANDINGS = {
    Standing.PENDING: Rule.PENDING_APPROVAL,
    Standing.SUSPENDED: Rule.SUSPENDED,
    Standing.ENDED: Rule.MEMBERSHIP_ENDED,
}
_REACHED = {Limit.USES_IN_MONTH: Rule.USES_IN_MONTH, Limit.DAYS_IN_A_ROW: Rule.DAYS_IN_A_ROW}


@dataclass(frozen=True, slots=True)
class _Tap:
    """Known to be at `at`; `house` and `membership` are those of its day, where there are any."""

    at: datetime
    house: Version | None
    membership: Membership | None
    presence: Presence
    rulebook: Rulebook
    situation: Situation


def decide(
    direction: Direction, member: Member | None, situation: Situation, rulebook: Rulebook, at: datetime | None
) -> Decision:
    """Judge one tap; `member` is None for a card nobody has linked (A3).

    `at` is None where nothing vouches for the clock: then nobody is refused for a date or an hour, and no fee is asked.
    A member whose membership ended or was suspended while inside can still leave, and so can everybody after closing.
    Where presence is unknown the member passes: the fold of all terminals' events sorts it out later, and nobody stands
    before a door that should open.
    """
    if member is None:
        return Refused(Rule.CARD_NOT_LINKED)
    match direction:
        case Direction.IN:
            return _entering(member, situation, rulebook, at)
        case Direction.OUT:
            return _leaving(situation, rulebook, at)


def _entering(member: Member, situation: Situation, rulebook: Rulebook, at: datetime | None) -> Decision:
    if situation.card_replaced:
        return Refused(Rule.CARD_REPLACED)
    if refusal := _REFUSED_STANDINGS.get(member.standing):
        return Refused(refusal)
    if at is None:
        inside = isinstance(situation.presence, Inside)
        return Refused(Rule.ALREADY_IN) if inside else Admitted(Direction.IN, Rule.ACTIVE_MEMBER)
    day = house_day(at)
    tap = _Tap(
        at=at,
        house=in_force(rulebook, day),
        membership=held_on(member.memberships, day),
        presence=presence_at(situation.presence, rulebook, at, entering=True),
        rulebook=rulebook,
        situation=situation,
    )
    refusal = _by_membership(member, tap) or _by_presence(tap) or _by_house(tap)
    return Refused(refusal) if refusal else _admitted(tap)


def _leaving(situation: Situation, rulebook: Rulebook, at: datetime | None) -> Decision:
    presence = situation.presence if at is None else presence_at(situation.presence, rulebook, at)
    if at is not None and _too_soon(situation.presence, in_force(rulebook, house_day(at)), at):
        return Refused(Rule.TOO_SOON)
    if isinstance(presence, Outside):
        return Refused(Rule.NOT_IN)
    overstayed = 0 if at is None else _overstayed(presence, situation.paid_until, at)
    return Admitted(Direction.OUT, Rule.LEAVING_IS_FREE, overstayed=overstayed)


def _overstayed(presence: Presence, paid_until: datetime | None, at: datetime) -> int:
    """Where nobody knows since when the member is inside, what was paid on another day was for another stay."""
    if paid_until is None or not (isinstance(presence, Inside) or house_day(paid_until) == house_day(at)):
        return 0
    return max(0, (at - paid_until) // _MINUTE)


def _by_membership(member: Member, tap: _Tap) -> Rule | None:
    """Also who has to see reception first: a drop-in visitor to pay (A38), a partner's member to be known (A61)."""
    if not member.memberships:
        return None
    if tap.membership is None:
        day = house_day(tap.at)
        ahead = all(each.first > day for each in member.memberships)
        return Rule.NOT_YET_BEGUN if ahead else Rule.MEMBERSHIP_ENDED
    match tap.membership.kind:
        case Kind.DROP_IN:
            paid = tap.situation.paid_until
            return None if paid is not None and tap.at < paid else Rule.RECEPTION_FIRST
        case Kind.PARTNER:
            return None if _came_today(tap) else Rule.RECEPTION_FIRST
        case _:
            return None


def _by_presence(tap: _Tap) -> Rule | None:
    if _too_soon(tap.situation.presence, tap.house, tap.at):
        return Rule.TOO_SOON
    return Rule.ALREADY_IN if isinstance(tap.presence, Inside) else None


def _by_house(tap: _Tap) -> Rule | None:
    """Closed and full come last: they say to come back, which must help whoever reads it. Staff are not kept out.

    A member's own limits hold also where the house has no rules.
    """
    if _is_staff(tap):
        return None
    own = tap.membership.limits if tap.membership else UNLIMITED
    limits = own.before(tap.house.limits) if tap.house else own
    if reached := limit_reached(limits, tap.situation.usage, house_day(tap.at)):
        return _REACHED[reached]
    if tap.house is None:
        return None
    # Whoever only stepped out comes back until closing, also when the last check-in is over.
    may_enter = is_open if _came_today(tap) else may_check_in
    if not may_enter(tap.house.calendar, tap.at):
        return Rule.CLOSED
    capacity = tap.house.capacity
    return Rule.FULL if capacity and capacity.hard and tap.situation.inside >= capacity.people else None


def _admitted(tap: _Tap) -> Admitted:
    fee = _fee(tap)
    if _is_staff(tap):
        rule = Rule.STAFF
    elif fee:
        rule = Rule.OVER_LIMIT
    else:
        rule = Rule.CAME_BACK if _came_today(tap) else Rule.ACTIVE_MEMBER
    presence, capacity = tap.presence, tap.house.capacity if tap.house else None
    return Admitted(
        Direction.IN,
        rule,
        fee=fee,
        forgotten=presence.since if isinstance(presence, Outside) and presence.assumed else None,
        crowded=capacity is not None and tap.situation.inside >= capacity.people,
    )


def _fee(tap: _Tap) -> Fee | None:
    free = FREE_AT_ONCE.get(tap.membership.kind) if tap.membership else None
    place = tap.situation.colleagues + 1
    if free is None or place <= free:
        return None
    tariff = tariff_on(tap.rulebook, house_day(tap.at))
    return Fee(place, free, tariff.drop_in.general if tariff and tariff.drop_in else None)


def _too_soon(presence: Presence, house: Version | None, at: datetime) -> bool:
    """The same member passed a moment ago: a second tap by mistake, in whichever direction. Assuming is no passing."""
    match presence:
        case Inside(since=since) | Outside(since=datetime() as since, assumed=False) if house is not None:
            return timedelta() <= at - since < timedelta(seconds=house.seconds_between_taps)
        case _:
            return False


def _came_today(tap: _Tap) -> bool:
    return tap.situation.usage.last == house_day(tap.at)


def _is_staff(tap: _Tap) -> bool:
    return tap.membership is not None and tap.membership.kind is Kind.STAFF


def to_document(decision: Decision) -> bytes:
    """The decision as canonical JSON: what was decided, by which rule, and what the member is told.

    `forgotten` is in milliseconds since 1970: the same instant is the same number, whatever zone it was read in.
    """
    document: dict[str, object] = {"rule": decision.rule.value}
    match decision:
        case Refused():
            document["admitted"] = None
        case Admitted(fee=fee, forgotten=forgotten):
            document |= {
                "admitted": decision.direction.value,
                "fee": None if fee is None else [fee.place, fee.free, fee.per_hour],
                "forgotten": None if forgotten is None else (forgotten - _EPOCH) // _MILLISECOND,
                "overstayed": decision.overstayed,
                "crowded": decision.crowded,
            }
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
