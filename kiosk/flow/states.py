"""Where a conversation can be. Deadlines are monotonic seconds. Not in here: how a state looks, and the PIN itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique

from kiosk.flow.checks import Check
from visits.decision import Admitted, Direction, Fee, Rule
from visits.event import Revocation
from visits.past import History

PIN_LENGTH = 4
CODE_LENGTH = 8


@unique
class CardProblem(Enum):
    """Why a card did not open the door. The values are those of the card layer's reasons where it has them."""

    WRONG_PIN = "wrong_pin"
    PIN_BLOCKED = "pin_blocked"
    LAST_TRY = "last_try"
    NOT_MY_NUMBER_CARD = "not_my_number_card"
    PHONE = "phone"
    DRIVING_LICENCE = "driving_licence"
    RESIDENCE_CARD = "residence_card"
    BANK_CARD = "bank_card"
    TRANSIT_CARD = "transit_card"
    EXPIRED = "expired"
    REVOKED = "revoked"
    UNPROVEN = "unproven"
    MUTE = "mute"
    UNRESPONSIVE = "unresponsive"


@unique
class Fault(Enum):
    """What keeps the whole terminal from serving; each is reported as begun and as mended.

    ROSTER: no roster was ever pulled, so nobody would be known. REVOKED: staff have taken the terminal out of use.
    UPDATING: its program is being exchanged.
    """

    READER = "reader"
    STORAGE = "storage"
    ROSTER = "roster"
    REVOKED = "revoked"
    UPDATING = "updating"


@unique
class CodeProblem(Enum):
    """Why staff's code did not open. LOCKED: too many were wrong, and none is looked at for a while."""

    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Done:
    """The visit is on disk. `name` only where names are shown; `since` begins a stay that ends, where it is known.

    `past` is there after a check-out where members are shown theirs. `discreet`: what is the member's own has left the
    screen, and what is left is for anybody to read.
    """

    at: datetime
    name: str | None
    admitted: Admitted
    since: datetime | None = None
    past: History | None = None
    discreet: bool = False


@dataclass(frozen=True, slots=True)
class RuleRefusal:
    rule: Rule


@dataclass(frozen=True, slots=True)
class CardRefusal:
    problem: CardProblem
    tries_left: int | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """The member did not want to pay, or said nothing: nobody came in, and nothing is charged."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    pass


@dataclass(frozen=True, slots=True)
class NotRecorded:
    """The visit could not be written; nothing was promised to the member."""


Result = Done | RuleRefusal | CardRefusal | Declined | TimedOut | NotRecorded


@dataclass(frozen=True, slots=True)
class Welcome:
    pass


@dataclass(frozen=True, slots=True)
class EnteringPin:
    """`digits` is how many are typed, 0 to 4; `tries_left` of the card that has just been held with a wrong PIN."""

    direction: Direction
    deadline: float
    digits: int = 0
    tries_left: int | None = None


@dataclass(frozen=True, slots=True)
class AwaitingCard:
    """The deadline is the PIN's: a card taken away too early does not extend it."""

    direction: Direction
    deadline: float
    last_try_allowed: bool = False
    hold_again: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The card is being spoken to until `deadline`; `pin_deadline` is what is left for holding it again."""

    direction: Direction
    deadline: float
    pin_deadline: float
    last_try_allowed: bool = False


@dataclass(frozen=True, slots=True)
class AskingLastTry:
    """One try is left on the card. The PIN has not been sent and will not be without the member's word."""

    direction: Direction
    deadline: float


@dataclass(frozen=True, slots=True)
class Recording:
    """The card has proved itself; the visit is being written. Only the storage ends this state."""

    direction: Direction
    card_taken: bool = False


@dataclass(frozen=True, slots=True)
class AskingFee:
    """The card has proved itself, and nothing is recorded without the member's word (A23)."""

    direction: Direction
    card: bytes
    revocation: Revocation
    fee: Fee
    deadline: float
    card_taken: bool = False


@dataclass(frozen=True, slots=True)
class Discretion:
    """Until when what is the member's own is shown: to `least` where the card is taken before, else to `most`."""

    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Showing:
    """`discretion` is there while something of the member's own is shown."""

    direction: Direction
    result: Result
    deadline: float
    discretion: Discretion | None = None


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    pass


@dataclass(frozen=True, slots=True)
class EnteringCode:
    """Staff's way in. `digits` is how many are typed, 0 to 8; `again` where the code typed before was wrong."""

    deadline: float
    digits: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class CheckingCode:
    """Only whoever knows the code ends this state."""


@dataclass(frozen=True, slots=True)
class CodeLocked:
    """Too many codes were wrong: for a while none is asked for."""

    deadline: float


@dataclass(frozen=True, slots=True)
class StaffRoom:
    """How the terminal stands, for staff; `checks` is empty until it has looked itself over."""

    deadline: float
    checks: tuple[Check, ...] = ()


State = (
    Welcome
    | EnteringPin
    | AwaitingCard
    | Reading
    | AskingLastTry
    | Recording
    | AskingFee
    | Showing
    | OutOfOrder
    | EnteringCode
    | CheckingCode
    | CodeLocked
    | StaffRoom
)
