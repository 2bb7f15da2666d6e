"""Who may pass, in which direction, and by which rule.

Not in here: the texts shown for a decision, and the reading of the card, which has proved itself before this is asked.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique

from visits.calendar import may_check_in
from visits.member import Member, Standing
from visits.occupancy import Inside, Outside, Presence
from visits.rulebook import Version


@unique
class Direction(Enum):
    """The way through the door; one terminal serves one of them, or asks (A4)."""

    IN = "in"
    OUT = "out"


@unique
class Rule(Enum):
    """The rule that made a decision; recorded with every event. The values are the wire form."""

    ACTIVE_MEMBER = "active_member"
    LEAVING_IS_FREE = "leaving_is_free"
    CARD_NOT_LINKED = "card_not_linked"
    PENDING_APPROVAL = "pending_approval"
    SUSPENDED = "suspended"
    MEMBERSHIP_ENDED = "membership_ended"
    ALREADY_IN = "already_in"
    NOT_IN = "not_in"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Admitted:
    direction: Direction
    rule: Rule


@dataclass(frozen=True, slots=True)
class Refused:
    rule: Rule


Decision = Admitted | Refused

_REFUSED_STANDINGS = {
    Standing.PENDING: Rule.PENDING_APPROVAL,
    Standing.SUSPENDED: Rule.SUSPENDED,
    Standing.ENDED: Rule.MEMBERSHIP_ENDED,
}


def decide(
    direction: Direction, member: Member | None, presence: Presence, house: Version | None, at: datetime | None
) -> Decision:
    """Judge one tap; `member` is None for a card nobody has linked (A3), `house` the rules in force, if any are known.

    `at` is None where nothing vouches for the clock: then nobody is refused for the hour.
    A member whose membership ended or was suspended while inside can still leave, and so can everybody after closing.
    Where presence is unknown the member passes: the fold of all terminals' events sorts it out later, and nobody stands
    before a door that should open.
    """
    if member is None:
        return Refused(Rule.CARD_NOT_LINKED)
    match direction:
        case Direction.IN:
            return _entering(member, presence, closed=_known_closed(house, at))
        case Direction.OUT:
            return _leaving(presence)


def _known_closed(house: Version | None, at: datetime | None) -> bool:
    return house is not None and at is not None and not may_check_in(house.calendar, at)


def _entering(member: Member, presence: Presence, *, closed: bool) -> Decision:
    """Closed comes last: it says to come back, which must help whoever reads it."""
    if refusal := _REFUSED_STANDINGS.get(member.standing):
        return Refused(refusal)
    if isinstance(presence, Inside):
        return Refused(Rule.ALREADY_IN)
    if closed:
        return Refused(Rule.CLOSED)
    return Admitted(Direction.IN, Rule.ACTIVE_MEMBER)


def _leaving(presence: Presence) -> Decision:
    if isinstance(presence, Outside):
        return Refused(Rule.NOT_IN)
    return Admitted(Direction.OUT, Rule.LEAVING_IS_FREE)
