"""Cards with a chip as a contactless reader meets them: found and activated, frame by frame and without I/O.

Checksums and bit timing are not in it, nor are collisions: of two cards of one kind in the field one answers.
"""

from dataclasses import dataclass, field
from enum import StrEnum, unique
from functools import reduce
from operator import xor
from typing import Final, Protocol

from cardreader.atr import historical_bytes
from cardreader.errors import CardUnresponsive
from cardreader.simulated.chip import Chip
from cardreader.simulated.isodep import FRAME_BYTES, CardSide, Deselected, Send, Step

POLL_FELICA: Final = b"\x06\x00"

_CARRIER_HERTZ: Final = 13.56e6
_REQUESTS_A: Final = (b"\x26", b"\x52")
_ANTICOLLISION: Final = b"\x93\x20"
_SELECT: Final = b"\x93\x70"
_RATS: Final = 0xE0
_RATS_BYTES: Final = 2
_ALL_INTERFACE_BYTES: Final = 0x70
_REQUEST_B: Final = 0x05
_REQUEST_B_BYTES: Final = 3
_ATTRIB: Final = b"\x1d"
_ATTRIB_BYTES: Final = 9
_TOLD_BYTES: Final = 5  # application data and bit rates
_SPEAKS_BLOCKS: Final = 0x20  # in SAK, the answer to SELECT
_BLOCK_PROTOCOL: Final = 0x01
_NO_IDENTIFIER: Final = b"\0"


@unique
class Technology(StrEnum):
    """As nfcpy writes them."""

    TYPE_A = "106A"
    TYPE_B = "106B"
    FELICA = "212F"


def is_poll(frame: bytes) -> bool:
    """Whether a reader asks with it if any card is there."""
    return frame in _REQUESTS_A or _is_poll_b(frame) or frame.startswith(POLL_FELICA)


class Tag(Protocol):
    """A card in the field of a reader."""

    @property
    def technology(self) -> Technology: ...

    def receive(self, frame: bytes) -> Step | None:
        """None: the card keeps silent."""
        ...

    def lose_power(self) -> None: ...


@dataclass(slots=True, eq=False)
class ChipTag:
    """A chip with an antenna, ISO/IEC 14443 up to part 4.

    `frame_code` (FSCI, 0 to 8) gives the longest frame the card takes, `waiting_code` (FWI, 0 to 14) its frame waiting
    time. Both default to those of a real My Number Card.
    """

    chip: Chip
    technology: Technology = Technology.TYPE_B
    frame_code: int = 8
    waiting_code: int = 10
    identifier: bytes = bytes.fromhex("08A1B2C3")
    _blocks: CardSide | None = field(default=None, init=False)
    _powered: bool = field(default=False, init=False)

    @property
    def frame_waiting_seconds(self) -> float:
        return 4096 * 2.0**self.waiting_code / _CARRIER_HERTZ

    @property
    def blocks(self) -> CardSide:
        """The block protocol of an activated card."""
        if self._blocks is None:
            raise CardUnresponsive("the simulated card is not activated")
        return self._blocks

    @property
    def _historical(self) -> bytes:
        return historical_bytes(self.chip.atr) or b""

    def receive(self, frame: bytes) -> Step | None:
        if self._blocks is None:
            answer = self._as_type_a(frame) if self.technology is Technology.TYPE_A else self._as_type_b(frame)
            return None if answer is None else Send(answer)
        step = self._blocks.receive(frame)
        if isinstance(step, Deselected):
            self._blocks = None
        return step

    def lose_power(self) -> None:
        self._powered = False
        self._blocks = None
        self.chip.power_off()

    def _as_type_a(self, frame: bytes) -> bytes | None:
        """Part 3, 6.5, then RATS and ATS: part 4, 5.1 and 5.2."""
        if len(frame) == _RATS_BYTES and frame[0] == _RATS:
            body = bytes((_ALL_INTERFACE_BYTES | self.frame_code, 0, self.waiting_code << 4, 0)) + self._historical
            return self._activate(frame[1] >> 4, bytes((len(body) + 1,)) + body)
        return anticollision(frame, self.identifier, _SPEAKS_BLOCKS)

    def _as_type_b(self, frame: bytes) -> bytes | None:
        """Part 3, 7.7 (REQB), 7.9 (ATQB), 7.10 (ATTRIB) and 7.11."""
        if _is_poll_b(frame):
            told = self._historical.ljust(_TOLD_BYTES, b"\0")[:_TOLD_BYTES]
            codes = bytes((self.frame_code << 4 | _BLOCK_PROTOCOL, self.waiting_code << 4 | 0x01))
            return b"\x50" + self.identifier + told + codes
        if len(frame) == _ATTRIB_BYTES and frame[:5] == _ATTRIB + self.identifier and frame[7] == _BLOCK_PROTOCOL:
            return self._activate(frame[6] & 0x0F, _NO_IDENTIFIER)
        return None

    def _activate(self, reader_frame_code: int, answer: bytes) -> bytes | None:
        try:
            (self.chip.reset if self._powered else self.chip.power_on)()
        except CardUnresponsive:
            return None
        self._powered = True
        self._blocks = CardSide(FRAME_BYTES[min(reader_frame_code, 8)], FRAME_BYTES[self.frame_code])
        return answer


def _is_poll_b(frame: bytes) -> bool:
    return len(frame) == _REQUEST_B_BYTES and frame[0] == _REQUEST_B


def anticollision(frame: bytes, identifier: bytes, kind: int) -> bytes | None:
    """How a single Type A card is found: ISO/IEC 14443-3, 6.5. `kind` is its SAK."""
    checked = identifier + bytes((reduce(xor, identifier),))
    if frame in _REQUESTS_A:
        return bytes.fromhex("0400")
    if frame == _ANTICOLLISION:
        return checked
    return bytes((kind,)) if frame == _SELECT + checked else None
