"""A member as the rules see one. Not in here: names of organisations, addresses, card keys."""

from dataclasses import dataclass
from enum import Enum, unique
from uuid import UUID


@unique
class Standing(Enum):
    """Whether the membership holds today (A3, A29-A30, C32). The values are the wire form."""

    ACTIVE = "active"
    PENDING = "pending"
    SUSPENDED = "suspended"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Member:
    """`name` is what the screen may greet with; None where the facility does not show names."""

    id: UUID
    standing: Standing
    name: str | None = None
