"""Who may pass, in which direction, and by which rule.

Not in here: the texts shown for a decision, and the reading of the card, which has proved itself before this is asked.
"""

from dataclasses import dataclass
from enum import Enum, unique

from visits.member import Member, Standing
from visits.occupancy import Inside, Outside, Presence


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


def decide(direction: Direction, member: Member | None, presence: Presence) -> Decision:
    """Judge one tap; `member` is None for a card nobody has linked (A3).

    A member whose membership ended or was suspended while inside can still leave. Where presence is unknown the member
    passes: the fold of all terminals' events sorts it out later, and nobody stands before a door that should open.
    """
    if member is None:
        return Refused(Rule.CARD_NOT_LINKED)
    match direction:
        case Direction.IN:
            return _entering(member, presence)
        case Direction.OUT:
            return _leaving(presence)


def _entering(member: Member, presence: Presence) -> Decision:
    if refusal := _REFUSED_STANDINGS.get(member.standing):
        return Refused(refusal)
    if isinstance(presence, Inside):
        return Refused(Rule.ALREADY_IN)
    return Admitted(Direction.IN, Rule.ACTIVE_MEMBER)


def _leaving(presence: Presence) -> Decision:
    if isinstance(presence, Outside):
        return Refused(Rule.NOT_IN)
    return Admitted(Direction.OUT, Rule.LEAVING_IS_FREE)
