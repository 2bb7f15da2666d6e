"""A strict simulated My Number Card: the JPKI application as a state machine, without a reader.

What the public facts do not allow is refused with the status word a card gives, so that a program which works with this
card does not lean on leniency. Tries are counted as on the card: they outlive power and are restored only by success.
Short file identifiers, secure messaging and the other applications of the real card are not in it.
"""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo
from cryptography.hazmat.primitives.serialization import Encoding

from cardreader.apdu import Command, StatusWord
from cardreader.cards.jpki import APPLICATION
from cardreader.errors import CardUnresponsive
from cardreader.pin import PIN_LENGTH
from cardreader.simulated.credentials import Credential

ATR: Final = bytes.fromhex("3B888001000005E0B381A1007F")  # the pseudo-ATR PC/SC makes for a real card
PLASTIC = b"JPKIAPICCTOKEN2"
TRIES = 3

_SIGNATURE_TRIES = 5
_SIGNATURE_PIN_LENGTHS = range(6, 17)
_CERTIFICATE_FILE_BYTES = 2048
_TOKEN_FILE_BYTES = 160
_LABEL_BYTES = 32
_SIGNATURE_BYTES = 256
_LARGEST_LE = (256, 65536)
_SHORT_IDENTIFIER = 0x80
_TRIES_LEFT = 0x63C0
_LARGEST_SIGNED = 256 - 11  # PKCS#1 v1.5 padding takes at least 11 bytes


@dataclass(slots=True)
class _PinFile:
    """`secret` None: no PIN is right. `verified` lasts until power is lost."""

    secret: bytes | None
    lengths: range
    tries: int
    tries_left: int = field(init=False)
    verified: bool = False

    def __post_init__(self) -> None:
        self.tries_left = self.tries


@dataclass(frozen=True, slots=True)
class _Transparent:
    content: bytes
    readable_after: _PinFile | None = None


@dataclass(frozen=True, slots=True)
class _KeyFile:
    key: RSAPrivateKey
    usable_after: _PinFile


_File: TypeAlias = _PinFile | _Transparent | _KeyFile


class JpkiCard:
    def __init__(
        self, credential: Credential, pin: str, *, label: bytes = PLASTIC, certificate_hidden: bool = False
    ) -> None:
        """`pin` is four digits. `certificate_hidden`: it is read only after VERIFY, as on phones."""
        if len(pin) != PIN_LENGTH or not (pin.isascii() and pin.isdigit()):
            raise ValueError("the PIN of a simulated card is four digits")
        self._pin = _PinFile(pin.encode(), range(PIN_LENGTH, PIN_LENGTH + 1), TRIES)
        self._signature_pin = _PinFile(None, _SIGNATURE_PIN_LENGTHS, _SIGNATURE_TRIES)
        self._files = self._personalise(credential, label, certificate_hidden=certificate_hidden)
        self._powered = False
        self._selected = False
        self._current: _File | None = None

    def _personalise(self, credential: Credential, label: bytes, *, certificate_hidden: bool) -> dict[int, _File]:
        authority = _padded(credential.authority.public_bytes(Encoding.DER), _CERTIFICATE_FILE_BYTES)
        certificate = _padded(credential.certificate.public_bytes(Encoding.DER), _CERTIFICATE_FILE_BYTES)
        return {
            0x0001: _Transparent(_padded(b"", _CERTIFICATE_FILE_BYTES), self._signature_pin),
            0x0002: _Transparent(authority),
            0x0006: _Transparent(label.ljust(_LABEL_BYTES) + bytes(_TOKEN_FILE_BYTES - _LABEL_BYTES)),
            0x000A: _Transparent(certificate, self._pin if certificate_hidden else None),
            0x000B: _Transparent(authority),
            0x0017: _KeyFile(credential.key, self._pin),
            0x0018: self._pin,
            0x001A: _KeyFile(credential.key, self._signature_pin),
            0x001B: self._signature_pin,
        }

    @property
    def atr(self) -> bytes:
        return ATR

    @property
    def tries_left(self) -> int:
        return self._pin.tries_left

    def power_on(self) -> None:
        self._powered = True
        self._forget_selection()

    def power_off(self) -> None:
        self._powered = False
        self._forget_selection()
        self._pin.verified = False

    def reset(self) -> None:
        # A warm reset leaves the PIN verified: only the loss of power ends that, and programs must not rely on less.
        self._forget_selection()

    def transmit(self, command: bytes | bytearray) -> bytes:
        if not self._powered:
            raise CardUnresponsive("the simulated card has no power")
        try:
            parsed = Command.decode(bytes(command))
        except ValueError:
            return _answer(StatusWord.WRONG_LENGTH)
        return self._obey(parsed)

    def _obey(self, command: Command) -> bytes:
        match command.cla, command.ins:
            case 0x00, 0xA4:
                return self._select(command)
            case 0x00, 0xB0:
                return self._read(command)
            case 0x00, 0x20:
                return self._verify(command)
            case 0x80, 0x2A:
                return self._sign(command)
            case ((0x00 | 0x80), _):
                return _answer(StatusWord.UNKNOWN_INSTRUCTION)
            case _:
                return _answer(StatusWord.UNKNOWN_CLASS)

    def _forget_selection(self) -> None:
        self._selected = False
        self._current = None

    def _select(self, command: Command) -> bytes:
        match command.p1, command.p2, command.data:
            case 0x04, 0x0C, data if data == APPLICATION:
                self._selected = True
                self._current = None
                return _answer(StatusWord.OK)
            case 0x02, 0x0C, data if self._selected and int.from_bytes(data) in self._files:
                self._current = self._files[int.from_bytes(data)]
                return _answer(StatusWord.OK)
            case ((0x02 | 0x04), 0x0C, _):
                return _answer(StatusWord.NOT_FOUND)
            case _:
                return _answer(StatusWord.WRONG_PARAMETERS)

    def _read(self, command: Command) -> bytes:
        if command.p1 & _SHORT_IDENTIFIER:
            return _answer(StatusWord.WRONG_PARAMETERS)
        if command.data or command.le is None:
            return _answer(StatusWord.WRONG_LENGTH)
        match self._current:
            case _Transparent(content, guard):
                if guard and not guard.verified:
                    return _answer(StatusWord.NOT_VERIFIED)
                return _slice(content, int.from_bytes(command.header[2:]), command.le)
            case current:
                return _answer(_wrong_file(current))

    def _verify(self, command: Command) -> bytes:
        if (command.p1, command.p2) != (0x00, 0x80):
            return _answer(StatusWord.WRONG_PARAMETERS)
        match self._current:
            case _PinFile() as file:
                return _count(file) if not command.data and command.le is None else _check(file, command)
            case current:
                return _answer(_wrong_file(current))

    def _sign(self, command: Command) -> bytes:
        if (command.p1, command.p2) != (0x00, 0x80):
            return _answer(StatusWord.WRONG_PARAMETERS)
        if not 0 < len(command.data) <= _LARGEST_SIGNED or (command.le or 0) < _SIGNATURE_BYTES:
            return _answer(StatusWord.WRONG_LENGTH)
        match self._current:
            case _KeyFile(key, guard):
                if not guard.verified:
                    return _answer(StatusWord.NOT_VERIFIED)
                return _answer(StatusWord.OK, key.sign(command.data, PKCS1v15(), NoDigestInfo()))
            case current:
                return _answer(_wrong_file(current))


def _check(file: _PinFile, command: Command) -> bytes:
    if command.le is not None or len(command.data) not in file.lengths:
        return _answer(StatusWord.WRONG_LENGTH)
    if not file.tries_left:
        return _answer(StatusWord.REFERENCE_BLOCKED)
    file.verified = command.data == file.secret
    if not file.verified:
        file.tries_left -= 1
        return _count(file)
    file.tries_left = file.tries
    return _answer(StatusWord.OK)


def _count(file: _PinFile) -> bytes:
    return _answer(_TRIES_LEFT | file.tries_left)


def _slice(content: bytes, offset: int, length: int) -> bytes:
    if offset >= len(content):
        return _answer(StatusWord.WRONG_OFFSET)
    data = content[offset : offset + length]
    # The largest Le of each form means "as much as there is", so only a shorter one can reach past the end.
    whole = len(data) == length or length in _LARGEST_LE
    return _answer(StatusWord.OK if whole else StatusWord.END_OF_FILE, data)


def _wrong_file(current: _File | None) -> StatusWord:
    return StatusWord.NO_CURRENT_FILE if current is None else StatusWord.WRONG_KIND_OF_FILE


def _answer(status: int, data: bytes = b"") -> bytes:
    return data + status.to_bytes(2)


def _padded(content: bytes, size: int) -> bytes:
    return content.ljust(size, b"\0")
