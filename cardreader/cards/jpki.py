"""The user-authentication part of a My Number Card (JPKI): is this card real, and does its holder know the PIN?

The signature set of the card is never touched, no chain to the issuing authority is checked here, and nothing is known
of members. No command that carries a PIN is ever repeated, and no command is longer than readers without extended
length can carry.

What is read of the certificate, and why so little. One name of an authority, serial numbers of four bytes: the serial
number, the issuer and the validity end about 190 bytes from the start, and together they are those of one certificate
only. So the first 200 bytes are read at every tap, and what follows them is the same as the last time: it comes from the
memory once this card has proven it. Nothing is lost by that, for the key remembered is only the one that the card must
prove to hold; where it does not, the next tap reads everything again. A key of RSA-2048 ends about 540 bytes from the
start, three READs for a card met first.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, unique

from cardreader.apdu import SHORT_LE_MAX, Command, Response, StatusWord, exchange
from cardreader.cards.addressing import CURRENT_FILE, Files
from cardreader.cards.certificate import Head, Incomplete, parse_head
from cardreader.cards.memory import Memory
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

_VERIFY = 0x20
_LABEL_BYTES = 32
_TELLING_BYTES = 200
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
    """`public_key`: DER SubjectPublicKeyInfo. `tries_left`: counted before this PIN, which set the counter back to 3.

    `tries_left` is None where the counter was not asked for. `certificate_serial` is for asking whether the certificate
    was revoked, now: the law restricts its use, so it is neither stored nor logged. `certificate_issuer`: a DER Name.
    """

    public_key: bytes = field(repr=False)  # it identifies a person: not for logs
    valid_until: datetime
    tries_left: int | None
    certificate_serial: int = field(repr=False)
    certificate_issuer: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """`tries_left` is None where the counter was not asked for."""

    reason: Reason
    tries_left: int | None


def authenticate(  # noqa: PLR0913 - the card, its PIN, and what a pure conversation may not find out by itself
    card: Card, pin: Pin, *, challenge: bytes, now: datetime, last_try_allowed: bool, memory: Memory | None = None
) -> Authenticated | Refused:
    """Send the PIN at most once, and only to a readable card that has not expired; the caller wipes `pin`.

    `challenge` is random and used for this call only. `last_try_allowed` makes it needless to ask for the tries left.
    Without a `memory` every card is met for the first time. Raises CardError and ReaderLost; after CardRemoved and
    CardTooSlow a try may have been spent.
    """
    memory = memory or Memory()
    files = Files(card, memory)
    certificate = _examine(files, memory, now)
    if isinstance(certificate, Refused):
        return certificate
    head = certificate.head
    scheme = scheme_for(head.public_key)
    tries_left = _unlock(files, pin, last_try_allowed=last_try_allowed)
    if isinstance(tries_left, Refused):
        return tries_left
    if not _proves(files, scheme, challenge):
        memory.forget(certificate.block)
        return Refused(Reason.UNPROVEN, tries_left)
    memory.remember(certificate.block, certificate.rest)
    return Authenticated(head.public_key, head.valid_until, tries_left, head.serial, head.issuer)


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


@dataclass(frozen=True, slots=True)
class _Certificate:
    """As far as `head` goes: what the first READ gave, and the rest."""

    block: bytes
    rest: bytes
    head: Head


def _examine(files: Files, memory: Memory, now: datetime) -> _Certificate | Refused:
    if not select_application(files.card):
        return Refused(Reason.NOT_MY_NUMBER_CARD, None)
    try:
        certificate = _read_certificate(files, memory)
    except ApduError:
        if _is_phone(files):
            return Refused(Reason.PHONE, None)
        raise
    if now > certificate.head.valid_until:
        return Refused(Reason.EXPIRED, None)
    return certificate


def _read_certificate(files: Files, memory: Memory) -> _Certificate:
    block = files.read(CERTIFICATE, 0, _TELLING_BYTES)
    der = block + memory.rest_of(block)
    while isinstance(head := parse_head(der), Incomplete):
        length = SHORT_LE_MAX if der == block else _next_length(head, len(der))
        more = files.read(CERTIFICATE, len(der), length)
        if not more:
            raise MalformedCertificate(f"the file ends after {len(der)} bytes")
        der += more
    return _Certificate(block, der[len(block) :], head)


def _next_length(incomplete: Incomplete, present: int) -> int:
    missing = incomplete.needed - present
    # So few bytes are only the header of the next element: its content is wanted as well.
    return SHORT_LE_MAX if missing <= _DER_HEADER_BYTES else min(missing, SHORT_LE_MAX)


def _is_phone(files: Files) -> bool:
    # Asked only of cards that hide their certificate, so the usual tap pays nothing for it.
    try:
        return files.read(TOKEN_INFORMATION, 0, _LABEL_BYTES).startswith(PHONE_LABELS)
    except ApduError:
        return False


def _unlock(files: Files, pin: Pin, *, last_try_allowed: bool) -> int | Refused | None:
    tries_left = None
    if not (last_try_allowed and files.settled):
        tries_left = _tries_in(files.ask(PIN_FILE, Command(0x00, _VERIFY, 0x00, CURRENT_FILE)).status)
        if tries_left == 0:
            return Refused(Reason.PIN_BLOCKED, 0)
        if tries_left == 1 and not last_try_allowed:
            return Refused(Reason.LAST_TRY, 1)
    return _verify(files, pin) or tries_left


def _verify(files: Files, pin: Pin) -> Refused | None:
    command = bytearray((0x00, _VERIFY, 0x00, files.reference(PIN_FILE), PIN_LENGTH)) + bytes(PIN_LENGTH)
    try:
        pin.copy_into(memoryview(command)[-PIN_LENGTH:])
        answer = files.card.transmit(command)
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
        raise ApduError(bytes((0x00, _VERIFY, 0x00, CURRENT_FILE)), status)
    return status & 0x000F


def _proves(files: Files, scheme: Scheme, challenge: bytes) -> bool:
    command = Command(0x80, 0x2A, 0x00, CURRENT_FILE, scheme.to_sign(challenge), SHORT_LE_MAX)
    response = files.ask(PRIVATE_KEY, command)
    if response.status != StatusWord.OK:
        raise ApduError(command.header, response.status)
    return scheme.accepts(response.data, challenge)
