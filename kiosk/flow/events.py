"""What can happen to a conversation, and what the machine then asks of the world around it."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.flow.checks import Check
from kiosk.flow.house import House
from kiosk.flow.states import CardProblem, CodeProblem, Fault
from sounds import Sound
from visits.decision import Admitted, Direction, Fee, Rule
from visits.event import Revocation
from visits.past import History

# What a member does


@dataclass(frozen=True, slots=True)
class Begin:
    """`despite_hours` by whoever says to be staff; the card says whether that is so."""

    direction: Direction
    despite_hours: bool = False


@dataclass(frozen=True, slots=True)
class DigitTyped:
    """A digit went into the PIN. Which one, only the PIN knows."""


@dataclass(frozen=True, slots=True)
class Erased:
    pass


@dataclass(frozen=True, slots=True)
class Confirmed:
    """次へ under the PIN pad, 続ける before the last try, or a fee accepted."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """やめる, a fee declined, or a result dismissed."""


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


@dataclass(frozen=True, slots=True)
class CardTaken:
    """Taken away after everything was asked of it."""


# What the storage reports


@dataclass(frozen=True, slots=True)
class VisitRecorded:
    """The transaction is on disk. `since` begins the stay that a check-out ends, where it is known.

    `name` and `past` are what the screen may show of them.
    """

    at: datetime
    name: str | None
    admitted: Admitted
    since: datetime | None = None
    past: History | None = None


@dataclass(frozen=True, slots=True)
class VisitRefused:
    rule: Rule


@dataclass(frozen=True, slots=True)
class FeeAsked:
    """Nothing was written: whoever proved this card would have to pay."""

    card: bytes
    revocation: Revocation
    fee: Fee


@dataclass(frozen=True, slots=True)
class RecordingFailed:
    pass


# What staff do


@dataclass(frozen=True, slots=True)
class StaffCalled:
    """The gesture that only staff know of."""


@dataclass(frozen=True, slots=True)
class SoundTried:
    pass


@dataclass(frozen=True, slots=True)
class RestartAsked:
    pass


@dataclass(frozen=True, slots=True)
class CodeAccepted:
    pass


@dataclass(frozen=True, slots=True)
class CodeRefused:
    problem: CodeProblem


@dataclass(frozen=True, slots=True)
class LookedOver:
    checks: tuple[Check, ...]


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
    | CardTaken
    | VisitRecorded
    | VisitRefused
    | FeeAsked
    | RecordingFailed
    | StaffCalled
    | SoundTried
    | RestartAsked
    | CodeAccepted
    | CodeRefused
    | LookedOver
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
    """And staff's code: nothing that was typed is left."""


@dataclass(frozen=True, slots=True)
class ArmReader:
    """Speak to the next card presented; the PIN stays where it is until WipePin."""

    last_try_allowed: bool


@dataclass(frozen=True, slots=True)
class DisarmReader:
    """Whatever the card layer still reports of the conversation so far is to be dropped."""


@dataclass(frozen=True, slots=True)
class Record:
    """Judge and write the visit in one transaction; `fee_accepted` by the member, where one is due."""

    direction: Direction
    card: bytes
    revocation: Revocation
    fee_accepted: bool = False


@dataclass(frozen=True, slots=True)
class CheckCode:
    """Of the code typed; answered by CodeAccepted or CodeRefused."""


@dataclass(frozen=True, slots=True)
class LookOver:
    """Answered by LookedOver."""


@dataclass(frozen=True, slots=True)
class Restart:
    """End the screen's process; the service manager starts it anew."""


Effect = Play | WipePin | ArmReader | DisarmReader | Record | CheckCode | LookOver | Restart
