"""A strict simulated My Number Card: the JPKI application as a state machine, without a reader.

What the public facts do not allow is refused with the status word a card gives, so that a program which works with this
card does not lean on leniency. Tries are counted as on the card: they outlive power and are restored only by success.
Secure messaging and the other applications of the real card are not in it.
"""

from dataclasses import replace
from typing import Final, TypeAlias

from cryptography.hazmat.primitives.serialization import Encoding

from cardreader.apdu import Command, StatusWord
from cardreader.cards.jpki import APPLICATION
from cardreader.errors import CardUnresponsive
from cardreader.pin import PIN_LENGTH
from cardreader.simulated.credentials import Credential
from cardreader.simulated.files import KeyFile, PinFile, TransparentFile, answer

ATR: Final = bytes.fromhex("3B888001000005E0B381A1007F")  # the pseudo-ATR PC/SC makes for a real card
PLASTIC: Final = b"JPKIAPICCTOKEN2"
TRIES: Final = 3

_SIGNATURE_TRIES = 5
_SIGNATURE_PIN_LENGTHS = range(6, 17)
_CERTIFICATE_FILE_BYTES = 2048
_TOKEN_FILE_BYTES = 160
_LABEL_BYTES = 32
_SHORT_IDENTIFIER = 0x80  # in P1 of READ BINARY, in P2 of the others
_LARGEST_SHORT_IDENTIFIER = 0x1E
_CURRENT_FILE = 0x80

_File: TypeAlias = PinFile | TransparentFile | KeyFile


class JpkiCard:
    def __init__(
        self,
        credential: Credential,
        pin: str,
        *,
        label: bytes = PLASTIC,
        certificate_hidden: bool = False,
        short_identifiers: bool = False,
    ) -> None:
        """`pin` is four digits. `certificate_hidden`: it is read only after VERIFY, as on phones.

        `short_identifiers`: they are understood, as by the test cards of JPKI; else refused with 6A86.
        """
        if len(pin) != PIN_LENGTH or not (pin.isascii() and pin.isdigit()):
            raise ValueError("the PIN of a simulated card is four digits")
        self._pin = PinFile(pin.encode(), range(PIN_LENGTH, PIN_LENGTH + 1), TRIES)
        self._signature_pin = PinFile(None, _SIGNATURE_PIN_LENGTHS, _SIGNATURE_TRIES)
        self._files = self._personalise(credential, label, certificate_hidden=certificate_hidden)
        self._short_identifiers = short_identifiers
        self._powered = False
        self._selected = False
        self._current: _File | None = None

    def _personalise(self, credential: Credential, label: bytes, *, certificate_hidden: bool) -> dict[int, _File]:
        authority = _padded(credential.authority.public_bytes(Encoding.DER), _CERTIFICATE_FILE_BYTES)
        certificate = _padded(credential.certificate.public_bytes(Encoding.DER), _CERTIFICATE_FILE_BYTES)
        return {
            0x0001: TransparentFile(_padded(b"", _CERTIFICATE_FILE_BYTES), self._signature_pin),
            0x0002: TransparentFile(authority),
            0x0006: TransparentFile(label.ljust(_LABEL_BYTES) + bytes(_TOKEN_FILE_BYTES - _LABEL_BYTES)),
            0x000A: TransparentFile(certificate, self._pin if certificate_hidden else None),
            0x000B: TransparentFile(authority),
            0x0017: KeyFile(credential.key, self._pin),
            0x0018: self._pin,
            0x001A: KeyFile(credential.key, self._signature_pin),
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
            return answer(StatusWord.WRONG_LENGTH)
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
                return answer(StatusWord.UNKNOWN_INSTRUCTION)
            case _:
                return answer(StatusWord.UNKNOWN_CLASS)

    def _forget_selection(self) -> None:
        self._selected = False
        self._current = None

    def _select(self, command: Command) -> bytes:
        match command.p1, command.p2, command.data:
            case 0x04, 0x0C, data if data == APPLICATION:
                self._selected = True
                self._current = None
                return answer(StatusWord.OK)
            case 0x02, 0x0C, data if self._selected and int.from_bytes(data) in self._files:
                self._current = self._files[int.from_bytes(data)]
                return answer(StatusWord.OK)
            case ((0x02 | 0x04), 0x0C, _):
                return answer(StatusWord.NOT_FOUND)
            case _:
                return answer(StatusWord.WRONG_PARAMETERS)

    def _read(self, command: Command) -> bytes:
        if command.p1 & _SHORT_IDENTIFIER:
            if refusal := self._select_short(command.p1):
                return refusal
            command = replace(command, p1=0)
        if isinstance(self._current, TransparentFile):
            return self._current.read(command)
        return self._wrong_file()

    def _verify(self, command: Command) -> bytes:
        if refusal := self._select_by_reference(command):
            return refusal
        if isinstance(self._current, PinFile):
            return self._current.verify(command)
        return self._wrong_file()

    def _sign(self, command: Command) -> bytes:
        if refusal := self._select_by_reference(command):
            return refusal
        if isinstance(self._current, KeyFile):
            return self._current.sign(command)
        return self._wrong_file()

    def _select_by_reference(self, command: Command) -> bytes | None:
        """P1 and P2 of VERIFY and of COMPUTE DIGITAL SIGNATURE."""
        if command.p1 or not command.p2 & _SHORT_IDENTIFIER:
            return answer(StatusWord.WRONG_PARAMETERS)
        return None if command.p2 == _CURRENT_FILE else self._select_short(command.p2)

    def _select_short(self, parameter: int) -> bytes | None:
        """ISO/IEC 7816-4:2013, 7.3.1: a short identifier makes its file the current one."""
        identifier = parameter & ~_SHORT_IDENTIFIER
        if not self._short_identifiers or identifier > _LARGEST_SHORT_IDENTIFIER:
            return answer(StatusWord.WRONG_PARAMETERS)
        if not self._selected or identifier not in self._files:
            return answer(StatusWord.NOT_FOUND)
        self._current = self._files[identifier]
        return None

    def _wrong_file(self) -> bytes:
        return answer(StatusWord.NO_CURRENT_FILE if self._current is None else StatusWord.WRONG_KIND_OF_FILE)


def _padded(content: bytes, size: int) -> bytes:
    return content.ljust(size, b"\0")
