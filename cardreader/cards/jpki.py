"""The user-authentication part of a My Number Card (JPKI): is this card real, and does its holder know the PIN?

The signature set of the card is never touched, no chain to the issuing authority is checked here, and nothing is known
of members. No command that carries a PIN is ever repeated.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, unique

from cardreader.apdu import SHORT_LE_MAX, Command, Response, StatusWord, exchange, require
from cardreader.cards.certificate import Head, Incomplete, parse_head
from cardreader.cards.signature import Scheme, scheme_for
from cardreader.errors import ApduError, MalformedCertificate
from cardreader.pin import PIN_LENGTH, Pin
from cardreader.ports import Card

APPLICATION = bytes.fromhex("D392F000260100000001")
TOKEN_INFORMATION = 0x0006
CERTIFICATE = 0x000A
PRIVATE_KEY = 0x0017
PIN_FILE = 0x0018
PHONE_LABELS = (b"JPKIAPGPSETOKEN", b"JPKIAPIOSTOKEN")

_VERIFY_HEADER = bytes.fromhex("00200080")
_LABEL_BYTES = 32
_DER_HEADER_BYTES = 4
_NO_APPLICATION = {
    StatusWord.NOT_FOUND,
    StatusWord.NOT_SUPPORTED,
    StatusWord.UNKNOWN_CLASS,
    StatusWord.UNKNOWN_INSTRUCTION,
}


@unique
class Reason(Enum):
    WRONG_PIN = "wrong_pin"
    PIN_BLOCKED = "pin_blocked"
    LAST_TRY = "last_try"
    NOT_MY_NUMBER_CARD = "not_my_number_card"
    PHONE = "phone"
    EXPIRED = "expired"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Authenticated:
    """`public_key`: DER SubjectPublicKeyInfo. `tries_left`: counted before this PIN, which set the counter back to 3."""

    public_key: bytes = field(repr=False)  # it identifies a person: not for logs
    valid_until: datetime
    tries_left: int


@dataclass(frozen=True, slots=True)
class Refused:
    """`tries_left` is None where the counter was not asked for."""

    reason: Reason
    tries_left: int | None


def authenticate(
    card: Card, pin: Pin, *, challenge: bytes, now: datetime, last_try_allowed: bool
) -> Authenticated | Refused:
    """Send the PIN at most once, and only to a readable card that has not expired; the caller wipes `pin`.

    `challenge` is random and used for this call only. Raises CardError and ReaderLost; after CardRemoved a try may
    have been spent.
    """
    head = _examine(card, now)
    if isinstance(head, Refused):
        return head
    scheme = scheme_for(head.public_key)
    tries_left = _unlock(card, pin, last_try_allowed=last_try_allowed)
    if isinstance(tries_left, Refused):
        return tries_left
    if not _proves(card, scheme, challenge):
        return Refused(Reason.UNPROVEN, tries_left)
    return Authenticated(head.public_key, head.valid_until, tries_left)


def select_application(card: Card) -> bool:
    """Whether the card has the JPKI application; it is selected then."""
    command = Command(0x00, 0xA4, 0x04, 0x0C, APPLICATION)
    status = exchange(card, command).status
    if status == StatusWord.NO_DIAGNOSIS:  # the first command after power-up may be answered so
        status = exchange(card, command).status
    if status in _NO_APPLICATION:
        return False
    if status != StatusWord.OK:
        raise ApduError(command.header, status)
    return True


def _examine(card: Card, now: datetime) -> Head | Refused:
    if not select_application(card):
        return Refused(Reason.NOT_MY_NUMBER_CARD, None)
    try:
        head = _read_certificate(card)
    except ApduError:
        if _is_phone(card):
            return Refused(Reason.PHONE, None)
        raise
    if now > head.valid_until:
        return Refused(Reason.EXPIRED, None)
    return head


def _read_certificate(card: Card) -> Head:
    _select_file(card, CERTIFICATE)
    der = b""
    length = SHORT_LE_MAX
    while True:
        block = _read(card, len(der), length)
        der += block
        head = parse_head(der)
        if isinstance(head, Head):
            return head
        if not block:
            raise MalformedCertificate(f"the file ends after {len(der)} bytes")
        length = _next_length(head, len(der))


def _next_length(incomplete: Incomplete, present: int) -> int:
    missing = incomplete.needed - present
    # So few bytes are only the header of the next element: its content is wanted as well.
    return SHORT_LE_MAX if missing <= _DER_HEADER_BYTES else min(missing, SHORT_LE_MAX)


def _is_phone(card: Card) -> bool:
    # Asked only of cards that hide their certificate, so the usual tap pays nothing for it.
    try:
        _select_file(card, TOKEN_INFORMATION)
        return _read(card, 0, _LABEL_BYTES).startswith(PHONE_LABELS)
    except ApduError:
        return False


def _unlock(card: Card, pin: Pin, *, last_try_allowed: bool) -> int | Refused:
    _select_file(card, PIN_FILE)
    tries_left = _tries_left(card)
    if tries_left == 0:
        return Refused(Reason.PIN_BLOCKED, 0)
    if tries_left == 1 and not last_try_allowed:
        return Refused(Reason.LAST_TRY, 1)
    return _verify(card, pin) or tries_left


def _tries_left(card: Card) -> int:
    return _tries_in(exchange(card, Command(*_VERIFY_HEADER)).status)


def _verify(card: Card, pin: Pin) -> Refused | None:
    command = bytearray(_VERIFY_HEADER + bytes((PIN_LENGTH,)) + bytes(PIN_LENGTH))
    try:
        pin.copy_into(memoryview(command)[-PIN_LENGTH:])
        answer = card.transmit(command)
    finally:
        command[:] = bytes(len(command))
    status = Response.decode(answer).status
    if status == StatusWord.OK:
        return None
    tries_left = _tries_in(status)
    return Refused(Reason.WRONG_PIN if tries_left else Reason.PIN_BLOCKED, tries_left)


def _tries_in(status: int) -> int:
    if status in {StatusWord.BLOCKED, StatusWord.REFERENCE_BLOCKED}:
        return 0
    if status & 0xFFF0 != 0x63C0:  # noqa: PLR2004
        raise ApduError(_VERIFY_HEADER, status)
    return status & 0x000F


def _proves(card: Card, scheme: Scheme, challenge: bytes) -> bool:
    _select_file(card, PRIVATE_KEY)
    signature = require(card, Command(0x80, 0x2A, 0x00, 0x80, scheme.to_sign(challenge), SHORT_LE_MAX))
    return scheme.accepts(signature, challenge)


def _select_file(card: Card, identifier: int) -> None:
    require(card, Command(0x00, 0xA4, 0x02, 0x0C, identifier.to_bytes(2)))


def _read(card: Card, offset: int, length: int) -> bytes:
    high, low = offset.to_bytes(2)
    return require(card, Command(0x00, 0xB0, high, low, le=length))
