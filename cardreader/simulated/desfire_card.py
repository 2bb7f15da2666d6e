"""A strict simulated facility card: MIFARE DESFire EV2 with one application, one key and one enciphered file.

Commands come wrapped (CLA 90). A wrong step ends the authentication, a chain of frames broken off is lost, and what the
card does not know is 911C. Older authentications, writing, and all other files are switched off and so not in it.
Statuses are those public implementations expect, seen on
no real card yet; where two were possible, the stricter was chosen.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cardreader.apdu import Command, StatusWord
from cardreader.cards.desfire import CARD_ID_BYTES, Instruction, Status
from cardreader.cards.facility_keys import SERIAL_BYTES, FacilityKeys
from cardreader.errors import CardUnresponsive
from cardreader.simulated.desfire_session import CardSession, seal, unseal
from cardreader.simulated.files import answer

ATR: Final = bytes.fromhex("3B8180018080")

_CHIP_NAME = bytes.fromhex("D2760000850100")
_ROOT = bytes(3)
_HARDWARE = bytes.fromhex("04010112001605")  # NXP, DESFire, EV2, 8 kB
_SOFTWARE = bytes.fromhex("04010102011605")
_PRODUCTION = bytes.fromhex("00000000002324")  # batch, week and year: of no real chip
_PROOF_BYTES = 32
_RANDOM_BYTES = 16
_TRANSACTION_BYTES = 4
_READ_BODY_BYTES = 15  # file, offset, length, MAC


@dataclass(frozen=True, slots=True)
class Personalisation:
    """What the facility wrote into the card: see FacilityKeys for the fields of the same name."""

    serial: bytes
    application: bytes
    key_number: int
    key: bytes = field(repr=False)
    file_number: int
    content: bytes = field(repr=False)


def personalised(keys: FacilityKeys, serial: bytes, card_id: bytes) -> Personalisation:
    """What the issuing desk of the facility with these keys writes: `serial` has 7 bytes, `card_id` 16."""
    if len(serial) != SERIAL_BYTES or len(card_id) != CARD_ID_BYTES:
        raise ValueError("a serial number has 7 bytes and a card's id 16")
    return Personalisation(
        serial, keys.application, keys.key_number, keys.of_card(serial), keys.file_number, card_id.ljust(32, b"\0")
    )


@dataclass(frozen=True, slots=True)
class _Frames:
    rest: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Challenged:
    random: bytes


class DesfireCard:
    def __init__(self, written: Personalisation, random: Callable[[int], bytes]) -> None:
        """`random` gives so many random bytes."""
        self._written = written
        self._random = random
        self._powered = False
        self._selected = _ROOT
        self._pending: _Frames | _Challenged | None = None
        self._session: CardSession | None = None

    @property
    def atr(self) -> bytes:
        return ATR

    def power_on(self) -> None:
        self._powered = True
        self.reset()

    def power_off(self) -> None:
        self._powered = False

    def reset(self) -> None:
        self._selected = _ROOT
        self._pending = None
        self._session = None

    def transmit(self, command: bytes | bytearray) -> bytes:
        if not self._powered:
            raise CardUnresponsive("the simulated card has no power")
        try:
            parsed = Command.decode(bytes(command))
        except ValueError:
            return answer(StatusWord.WRONG_LENGTH)
        match parsed.cla:
            case 0x90:
                return self._wrapped(parsed)
            case 0x00:
                return self._select_by_name(parsed)
            case _:
                return answer(StatusWord.UNKNOWN_CLASS)

    def _select_by_name(self, command: Command) -> bytes:
        self.reset()
        if (command.ins, command.p1) != (0xA4, 0x04):
            return answer(StatusWord.UNKNOWN_INSTRUCTION)
        return answer(StatusWord.OK if command.data == _CHIP_NAME else StatusWord.NOT_FOUND)

    def _wrapped(self, command: Command) -> bytes:
        if command.p1 or command.p2 or command.le is None:
            return self._fail(Status.LENGTH_ERROR)
        pending, self._pending = self._pending, None
        match command.ins, pending:
            case Instruction.MORE, _Frames(rest):
                return self._frame(rest) if not command.data else self._fail(Status.LENGTH_ERROR)
            case Instruction.MORE, _Challenged(random):
                return self._finish(random, command.data)
            case Instruction.MORE, None:
                return self._fail(Status.ILLEGAL_COMMAND)
            case _, None:
                return self._obey(command)
            case _:
                return self._fail(Status.COMMAND_ABORTED)

    def _obey(self, command: Command) -> bytes:
        match command.ins:
            case Instruction.GET_VERSION:
                return self._version(command.data)
            case Instruction.SELECT_APPLICATION:
                return self._select(command.data)
            case Instruction.AUTHENTICATE_EV2_FIRST:
                return self._challenge(command.data)
            case Instruction.READ_DATA:
                return self._read(command.data)
            case _:
                return self._fail(Status.ILLEGAL_COMMAND)

    def _version(self, body: bytes) -> bytes:
        if self._session or body:  # in a session it would need a MAC, and nobody has reason to ask then
            return self._fail(Status.INTEGRITY_ERROR if self._session else Status.LENGTH_ERROR)
        return self._frame((_HARDWARE, _SOFTWARE, self._written.serial + _PRODUCTION))

    def _frame(self, frames: tuple[bytes, ...]) -> bytes:
        first, *rest = frames
        self._pending = _Frames(tuple(rest)) if rest else None
        return answer(Status.MORE if rest else Status.OK, first)

    def _select(self, application: bytes) -> bytes:
        self._session = None
        if len(application) != len(_ROOT):
            return self._fail(Status.LENGTH_ERROR)
        if application not in {_ROOT, self._written.application}:
            return self._fail(Status.NO_SUCH_APPLICATION)
        self._selected = application
        return answer(Status.OK)

    def _challenge(self, body: bytes) -> bytes:
        if len(body) < 2 or len(body) != 2 + body[1]:  # noqa: PLR2004 - key number, length of capabilities
            return self._fail(Status.LENGTH_ERROR)
        if self._selected == _ROOT or body[0] != self._written.key_number:
            return self._fail(Status.NO_SUCH_KEY)
        random = self._random(_RANDOM_BYTES)
        self._pending = _Challenged(random)
        return answer(Status.MORE, seal(self._written.key, random))

    def _finish(self, random: bytes, sealed: bytes) -> bytes:
        if len(sealed) != _PROOF_BYTES:
            return self._fail(Status.LENGTH_ERROR)
        plain = unseal(self._written.key, sealed)
        terminals, echo = plain[:_RANDOM_BYTES], plain[_RANDOM_BYTES:]
        if echo != random[1:] + random[:1]:
            return self._fail(Status.AUTHENTICATION_ERROR)
        transaction = self._random(_TRANSACTION_BYTES)
        self._session = CardSession(self._written.key, terminals, random, transaction)
        proof = transaction + terminals[1:] + terminals[:1] + bytes(12)
        return answer(Status.OK, seal(self._written.key, proof))

    def _read(self, body: bytes) -> bytes:
        if not self._session:
            return self._fail(Status.AUTHENTICATION_ERROR)
        if len(body) != _READ_BODY_BYTES:
            return self._fail(Status.LENGTH_ERROR)
        if not self._session.admits(Instruction.READ_DATA, body):
            return self._fail(Status.INTEGRITY_ERROR)
        if body[0] != self._written.file_number:
            return self._fail(Status.NO_SUCH_FILE)
        offset, length = int.from_bytes(body[1:4], "little"), int.from_bytes(body[4:7], "little")
        data = self._written.content[offset : offset + length] if length else self._written.content[offset:]
        if not data or len(data) < length:
            return self._fail(Status.BOUNDARY_ERROR)
        return answer(Status.OK, self._session.answer(data))

    def _fail(self, status: Status) -> bytes:
        self._session = None
        return answer(status)
