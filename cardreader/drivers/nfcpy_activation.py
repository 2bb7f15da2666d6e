"""From a card that nfcpy has sensed to one that takes commands, with the ATR that a PC/SC reader would make of it.

nfcpy's own tag classes are not used: they keep nothing of the answers a card is told apart by, take for granted what a
Type A card may leave out, and look for NDEF. Its block protocol is.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import nfc.clf
from nfc.tag.tt4 import IsoDepInitiator

from cardreader.atr import STORAGE_CARD, pseudo_atr

_CARRIER_HERTZ: Final = 13.56e6
_FRAME_BYTES: Final = (16, 24, 32, 40, 48, 64, 96, 128, 256)
_LONGEST_FRAME_CODE: Final = 8
_LONGEST_WAITING_CODE: Final = 14
_DEFAULT_WAITING_CODE: Final = 4
_DEFAULT_FRAME_CODE: Final = 2
_ACTIVATION_SECONDS: Final = 0.1  # 5 ms by ISO/IEC 14443-4, 5.6.1; the way to the reader takes its time as well
_MOST_HISTORICAL_BYTES: Final = 15
_SPEAKS_BLOCKS: Final = 0x20  # in SAK: ISO/IEC 14443-3, table 9
# Standard, name and four reserved bytes: PC/SC part 3, 3.1.3.2.3.2 and its supplement.
_TYPE_A_PART_3: Final = bytes.fromhex("03000000000000")
_FELICA: Final = bytes.fromhex("11003B00000000")


@dataclass(frozen=True, slots=True)
class Processor:
    """An activated card that takes commands."""

    link: IsoDepInitiator
    atr: bytes


@dataclass(frozen=True, slots=True)
class Storage:
    """A card that takes none, such as FeliCa or MIFARE Classic."""

    technology: str
    identifier: bytes
    atr: bytes


@dataclass(frozen=True, slots=True)
class Mute:
    """Something answers when sensed and not when activated: two cards, one held askew, or a broken one."""

    technology: str


Presented: TypeAlias = Processor | Storage | Mute


def activate(frontend: nfc.clf.ContactlessFrontend, target: nfc.clf.RemoteTarget) -> Processor | Storage:
    """Raises nfc.clf.CommunicationError, and IndexError for an answer cut short."""
    match target.brty[-1]:
        case "B":
            return _activate_b(frontend, target)
        case "A" if target.sel_res and target.sel_res[0] & _SPEAKS_BLOCKS:
            return _activate_a(frontend)
        case "A":
            return Storage(target.brty, identifier_of(target), pseudo_atr(STORAGE_CARD + _TYPE_A_PART_3))
        case _:
            return Storage(target.brty, identifier_of(target), pseudo_atr(STORAGE_CARD + _FELICA))


def identifier_of(target: nfc.clf.RemoteTarget) -> bytes:
    """Of a card that takes no commands: it stays the same while the card does."""
    return bytes(target.sensf_res[1:9] if target.sensf_res else target.sdd_res or target.rid_res)


def _activate_b(frontend: nfc.clf.ContactlessFrontend, target: nfc.clf.RemoteTarget) -> Processor:
    """ISO/IEC 14443-3, 7.9 and 7.10: ATQB, ATTRIB."""
    found = bytes(target.sensb_res)
    identifier, application, protocol = found[1:5], found[5:9], found[9:12]
    attributes = b"\x1d" + identifier + bytes((0, _own_frame_code(frontend), 1, 0))
    answer = frontend.exchange(attributes, timeout=_ACTIVATION_SECONDS)
    link = _link(frontend, protocol[1] >> 4, protocol[2] >> 4)
    return Processor(link, pseudo_atr(application + protocol + bytes((answer[0] & 0xF0,))))


def _activate_a(frontend: nfc.clf.ContactlessFrontend) -> Processor:
    """ISO/IEC 14443-4, 5.1 and 5.2: RATS, ATS. What a card leaves out has its default."""
    request = bytes((0xE0, _own_frame_code(frontend) << 4))
    answer = bytes(frontend.exchange(request, timeout=_ACTIVATION_SECONDS))
    answer = answer[: answer[0]]
    if len(answer) == 1:
        return Processor(_link(frontend, _DEFAULT_FRAME_CODE, _DEFAULT_WAITING_CODE), pseudo_atr(b""))
    kind = answer[1]
    after_a = 2 + bool(kind & 0x10)
    historical = after_a + bool(kind & 0x20) + bool(kind & 0x40)
    waiting_code = answer[after_a] >> 4 if kind & 0x20 else _DEFAULT_WAITING_CODE
    return Processor(
        _link(frontend, kind & 0x0F, waiting_code), pseudo_atr(answer[historical:][:_MOST_HISTORICAL_BYTES])
    )


def _own_frame_code(frontend: nfc.clf.ContactlessFrontend) -> int:
    return _LONGEST_FRAME_CODE if frontend.max_recv_data_size >= _FRAME_BYTES[_LONGEST_FRAME_CODE] else 7


def _link(frontend: nfc.clf.ContactlessFrontend, frame_code: int, waiting_code: int) -> IsoDepInitiator:
    # Codes above the highest are reserved: ISO/IEC 14443-4, 5.2.3 and 5.2.5 tell a reader how to take them.
    frame_bytes = _FRAME_BYTES[min(frame_code, _LONGEST_FRAME_CODE)]
    waiting_code = waiting_code if waiting_code <= _LONGEST_WAITING_CODE else _DEFAULT_WAITING_CODE
    seconds = 4096 * 2**waiting_code / _CARRIER_HERTZ
    return IsoDepInitiator(frontend, min(frame_bytes, frontend.max_send_data_size), seconds)
