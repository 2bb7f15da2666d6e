"""What can happen to a conversation, and what the machine then asks of the world around it."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.flow.house import House
from kiosk.flow.states import CardProblem, Fault
from sounds import Sound
from visits.decision import Direction, Rule
from visits.event import Revocation

# What a member does


@dataclass(frozen=True, slots=True)
class Begin:
    direction: Direction


@dataclass(frozen=True, slots=True)
class DigitTyped:
    """A digit went into the PIN. Which one, only the PIN knows."""


@dataclass(frozen=True, slots=True)
class Erased:
    pass


@dataclass(frozen=True, slots=True)
class Confirmed:
    """次へ under the PIN pad, or 続ける before the last try."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """やめる, or a result dismissed."""


@dataclass(frozen=True, slots=True)
class TriedAgain:
    """もう一度 under a wrong PIN."""


# What the card layer reports


@dataclass(frozen=True, slots=True)
class CardSeen:
    pass


@dataclass(frozen=True, slots=True)
class CardProved:
    """`card` is the keyed hash of its public key, 32 bytes; `revocation` what is known of its being taken back."""

    card: bytes
    revocation: Revocation


@dataclass(frozen=True, slots=True)
class CardRefused:
    problem: CardProblem
    tries_left: int | None


@dataclass(frozen=True, slots=True)
class CardLost:
    """Taken away too early, or gone silent."""


# What the storage reports


@dataclass(frozen=True, slots=True)
class VisitRecorded:
    """The transaction is on disk."""

    at: datetime
    name: str | None


@dataclass(frozen=True, slots=True)
class VisitRefused:
    rule: Rule


@dataclass(frozen=True, slots=True)
class RecordingFailed:
    pass


# What the machine room reports


@dataclass(frozen=True, slots=True)
class FaultBegan:
    fault: Fault


@dataclass(frozen=True, slots=True)
class FaultMended:
    fault: Fault


@dataclass(frozen=True, slots=True)
class HouseChanged:
    """It opened, closed, or got other rules. None: nobody knows."""

    house: House | None


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed."""


Event = (
    Begin
    | DigitTyped
    | Erased
    | Confirmed
    | Cancelled
    | TriedAgain
    | CardSeen
    | CardProved
    | CardRefused
    | CardLost
    | VisitRecorded
    | VisitRefused
    | RecordingFailed
    | FaultBegan
    | FaultMended
    | HouseChanged
    | Tick
)


@dataclass(frozen=True, slots=True)
class Play:
    cue: Sound


@dataclass(frozen=True, slots=True)
class WipePin:
    pass


@dataclass(frozen=True, slots=True)
class ArmReader:
    """Speak to the next card presented; the PIN stays where it is until WipePin."""

    last_try_allowed: bool


@dataclass(frozen=True, slots=True)
class DisarmReader:
    """Whatever the card layer still reports of the conversation so far is to be dropped."""


@dataclass(frozen=True, slots=True)
class Record:
    """Judge and write the visit in one transaction."""

    direction: Direction
    card: bytes
    revocation: Revocation


Effect = Play | WipePin | ArmReader | DisarmReader | Record
