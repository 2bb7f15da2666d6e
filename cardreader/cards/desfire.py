"""A facility's own card (MIFARE DESFire EV2, EV3): is it one this facility issued, and which one?

The card and the terminal prove to each other that they hold the card's key; the card's serial number only says which key
that is and proves nothing. These cards check no PIN: that is the business of `cardreader.pin_hash`. Not in here either:
issuing cards, and older cards (EV1), which cannot do this authentication.
"""

from dataclasses import dataclass, field
from enum import Enum, IntEnum, unique

from cardreader.apdu import SHORT_LE_MAX, Command, Response, exchange
from cardreader.cards.ev2 import BrokenProof, Handshake, Session
from cardreader.cards.facility_keys import SERIAL_BYTES, FacilityKeys
from cardreader.errors import ApduError, MalformedAnswer
from cardreader.ports import Card

CHALLENGE_BYTES = 16
CARD_ID_BYTES = 16

_WRAPPED = 0x90
_SPEAKS_DESFIRE = 0x91


@unique
class Instruction(IntEnum):
    GET_VERSION = 0x60
    SELECT_APPLICATION = 0x5A
    AUTHENTICATE_EV2_FIRST = 0x71
    READ_DATA = 0xAD
    MORE = 0xAF


@unique
class Status(IntEnum):
    """The status word of a wrapped command: 91 and the card's own status."""

    OK = 0x9100
    ILLEGAL_COMMAND = 0x911C
    INTEGRITY_ERROR = 0x911E
    NO_SUCH_KEY = 0x9140
    LENGTH_ERROR = 0x917E
    NO_SUCH_APPLICATION = 0x91A0
    AUTHENTICATION_ERROR = 0x91AE
    MORE = 0x91AF
    BOUNDARY_ERROR = 0x91BE
    COMMAND_ABORTED = 0x91CA
    NO_SUCH_FILE = 0x91F0


@unique
class Reason(Enum):
    NOT_A_FACILITY_CARD = "not_a_facility_card"
    UNSUPPORTED = "unsupported"
    UNPROVEN = "unproven"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Authenticated:
    card_id: bytes = field(repr=False)  # it identifies a person: not for logs

    @property
    def subject(self) -> bytes:
        """What a reference to this card is made from; no public key of a My Number Card begins like it."""
        return b"facility card " + self.card_id


@dataclass(frozen=True, slots=True)
class Refused:
    reason: Reason


def authenticate(card: Card, keys: FacilityKeys, *, challenge: bytes) -> Authenticated | Refused:
    """`challenge` is 16 random bytes used for this call only. Raises CardError and ReaderLost."""
    if len(challenge) != CHALLENGE_BYTES:
        raise ValueError(f"the challenge has {CHALLENGE_BYTES} bytes")
    if not _select(card, keys.application):
        return Refused(Reason.NOT_A_FACILITY_CARD)
    try:
        session = _authenticate(card, keys, challenge)
        if session is None:
            return Refused(Reason.UNSUPPORTED)
        card_id = _read(card, session, keys.file_number)
    except BrokenProof:
        return Refused(Reason.UNPROVEN)
    if len(set(card_id)) == 1:  # a file never written: all such cards would be one member's
        return Refused(Reason.BLANK)
    return Authenticated(card_id)


def _select(card: Card, application: bytes) -> bool:
    response = _send(card, Instruction.SELECT_APPLICATION, application)
    if response.status >> 8 != _SPEAKS_DESFIRE or response.status == Status.NO_SUCH_APPLICATION:
        return False
    _expect(response, Status.OK, Instruction.SELECT_APPLICATION)
    return True


def _authenticate(card: Card, keys: FacilityKeys, challenge: bytes) -> Session | None:
    key = keys.of_card(_serial(card))
    first = _send(card, Instruction.AUTHENTICATE_EV2_FIRST, bytes((keys.key_number, 0)))
    if first.status == Status.ILLEGAL_COMMAND:
        return None
    _expect(first, Status.MORE, Instruction.AUTHENTICATE_EV2_FIRST)
    handshake = Handshake.begin(key, first.data, challenge)
    second = _send(card, Instruction.MORE, handshake.answer)
    if second.status == Status.AUTHENTICATION_ERROR:
        raise BrokenProof("the card has another key")
    _expect(second, Status.OK, Instruction.MORE)
    return handshake.finish(second.data)


def _serial(card: Card) -> bytes:
    # Two frames tell of the chip's make and its software; the third begins with the serial number.
    _expect(_send(card, Instruction.GET_VERSION), Status.MORE, Instruction.GET_VERSION)
    _expect(_send(card, Instruction.MORE), Status.MORE, Instruction.MORE)
    production = _send(card, Instruction.MORE)
    _expect(production, Status.OK, Instruction.MORE)
    if len(production.data) < SERIAL_BYTES:
        raise MalformedAnswer("the card tells no serial number")
    return production.data[:SERIAL_BYTES]


def _read(card: Card, session: Session, file_number: int) -> bytes:
    header = bytes((file_number,)) + (0).to_bytes(3, "little") + CARD_ID_BYTES.to_bytes(3, "little")
    response = _send(card, Instruction.READ_DATA, session.protect(Instruction.READ_DATA, header))
    _expect(response, Status.OK, Instruction.READ_DATA)
    card_id = session.open(response.data)
    if len(card_id) != CARD_ID_BYTES:
        raise MalformedAnswer(f"a card's id of {len(card_id)} bytes")
    return card_id


def _send(card: Card, instruction: Instruction, data: bytes = b"") -> Response:
    return exchange(card, Command(_WRAPPED, instruction, 0, 0, data, SHORT_LE_MAX))


def _expect(response: Response, status: Status, instruction: Instruction) -> None:
    if response.status != status:
        raise ApduError(Command(_WRAPPED, instruction, 0, 0).header, response.status)
