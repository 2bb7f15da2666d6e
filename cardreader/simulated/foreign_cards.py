"""Cards of other kinds that people hold to a terminal, each as far as a terminal may tell it from the rest.

There is nothing personal in them: they answer to the names of their applications and to nothing else. Their ATRs are
those PC/SC makes (part 3, 3.1.3.2.3), with historical bytes in the shape of such a card rather than of one seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cardreader.apdu import Command, StatusWord
from cardreader.atr import STORAGE_CARD, pseudo_atr
from cardreader.cards.identify import DRIVING_LICENCE, PAYMENT_SYSTEM, RESIDENCE_CARD, WALLET
from cardreader.simulated.files import answer

_TYPE_B = bytes.fromhex("0000000033818100")
_TYPE_A = bytes.fromhex("4A434F5076323431")
_FELICA = bytes.fromhex("11003B00000000")
_MIFARE_CLASSIC = bytes.fromhex("03000100000000")


@dataclass(frozen=True, slots=True)
class ApplicationCard:
    """An ISO 7816 card with these applications, by name, and what it says on being selected."""

    atr: bytes
    applications: Mapping[bytes, bytes]

    def power_on(self) -> None: ...

    def power_off(self) -> None: ...

    def reset(self) -> None: ...

    def transmit(self, command: bytes | bytearray) -> bytes:
        try:
            parsed = Command.decode(bytes(command))
        except ValueError:
            return answer(StatusWord.WRONG_LENGTH)
        match parsed.cla, parsed.ins, parsed.p1:
            case 0x00, 0xA4, 0x04:
                return self._select(parsed)
            case 0x00, _, _:
                return answer(StatusWord.UNKNOWN_INSTRUCTION)
            case _:
                return answer(StatusWord.UNKNOWN_CLASS)

    def _select(self, command: Command) -> bytes:
        told = self.applications.get(command.data)
        if told is None:
            return answer(StatusWord.NOT_FOUND)
        match command.p2, bool(told):
            case (0x00, True) if command.le is not None:
                return answer(StatusWord.OK, told)
            case 0x0C, False:
                return answer(StatusWord.OK)
            case _:
                return answer(StatusWord.WRONG_PARAMETERS)


@dataclass(frozen=True, slots=True)
class StorageCard:
    """A card without applications, which only the reader speaks for: it tells its serial number to anyone."""

    atr: bytes
    serial: bytes

    def power_on(self) -> None: ...

    def power_off(self) -> None: ...

    def reset(self) -> None: ...

    def transmit(self, command: bytes | bytearray) -> bytes:
        match command[0], command[1]:
            case 0xFF, 0xCA:
                return answer(StatusWord.OK, self.serial)
            case 0xFF, _:
                return answer(StatusWord.NOT_SUPPORTED)
            case _:
                return answer(StatusWord.UNKNOWN_CLASS)


def driving_licence() -> ApplicationCard:
    return ApplicationCard(pseudo_atr(_TYPE_B), {DRIVING_LICENCE: b""})


def residence_card() -> ApplicationCard:
    return ApplicationCard(pseudo_atr(_TYPE_B), {RESIDENCE_CARD: b""})


def bank_card() -> ApplicationCard:
    return ApplicationCard(pseudo_atr(_TYPE_A), {PAYMENT_SYSTEM: _file_control_information(PAYMENT_SYSTEM)})


def phone_with_wallet() -> ApplicationCard:
    names = (WALLET, PAYMENT_SYSTEM)
    return ApplicationCard(pseudo_atr(b""), {name: _file_control_information(name) for name in names})


def unknown_card() -> ApplicationCard:
    return ApplicationCard(pseudo_atr(_TYPE_A), {})


def transit_card() -> StorageCard:
    return StorageCard(pseudo_atr(STORAGE_CARD + _FELICA), bytes.fromhex("0101010101010101"))


def mifare_classic() -> StorageCard:
    return StorageCard(pseudo_atr(STORAGE_CARD + _MIFARE_CLASSIC), bytes.fromhex("04112233"))


def _file_control_information(name: bytes) -> bytes:
    return bytes((0x6F, len(name) + 2, 0x84, len(name))) + name
