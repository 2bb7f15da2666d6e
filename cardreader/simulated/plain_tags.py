"""Contactless cards that take no commands, as far as a poll shows them, and which tag a simulated chip makes.

Nothing can be read from or written to them here.
"""

from dataclasses import dataclass

from cardreader.atr import STORAGE_CARD, historical_bytes
from cardreader.simulated.chip import Chip
from cardreader.simulated.contactless import POLL_FELICA, ChipTag, Tag, Technology, anticollision
from cardreader.simulated.isodep import Send, Step

_FELICA = 0x11  # PC/SC part 3 supplement: FeliCa among the standards of storage cards


@dataclass(frozen=True, slots=True)
class FelicaTag:
    """A transit card as far as a poll shows it: JIS X 6319-4, 4.4.2."""

    identifier: bytes = bytes.fromhex("0101060A1B2C3D4E")
    parameter: bytes = bytes.fromhex("100B4B428485D0FF")
    system_code: bytes = bytes.fromhex("0003")
    technology: Technology = Technology.FELICA

    def receive(self, frame: bytes) -> Step | None:
        if not frame.startswith(POLL_FELICA):
            return None
        answer = b"\x01" + self.identifier + self.parameter + self.system_code
        return Send(bytes((len(answer) + 1,)) + answer)

    def lose_power(self) -> None: ...


@dataclass(frozen=True, slots=True)
class StorageTag:
    """A Type A card without a processor, such as MIFARE Classic: found, and then of no use."""

    identifier: bytes = bytes.fromhex("1D2C3B4A")
    kind: int = 0x08  # SAK of MIFARE Classic 1K, NXP AN10833
    technology: Technology = Technology.TYPE_A

    def receive(self, frame: bytes) -> Step | None:
        answer = anticollision(frame, self.identifier, self.kind)
        return None if answer is None else Send(answer)

    def lose_power(self) -> None: ...


def tag_of(chip: Chip) -> Tag:
    """The card that PC/SC would describe by this ATR; Type B where it says nothing."""
    match historical_bytes(chip.atr):
        case None:
            return ChipTag(chip)
        case historical if historical.startswith(STORAGE_CARD):
            return FelicaTag() if historical[len(STORAGE_CARD)] == _FELICA else StorageTag()
        case historical:
            return ChipTag(chip, Technology.TYPE_B if _is_answer_b(historical) else Technology.TYPE_A)


def _is_answer_b(historical: bytes) -> bool:
    """Application data (4), protocol information (3), buffer length (1): ISO/IEC 14443-3, 7.9."""
    return len(historical) == 8 and historical[5] & 0x09 == 0x01 and not historical[7] & 0x0F  # noqa: PLR2004
