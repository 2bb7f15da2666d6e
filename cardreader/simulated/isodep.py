"""The card's half of the block protocol of ISO/IEC 14443-4 (clause 7.5): blocks in, blocks and commands out, no I/O.

Node addresses and card identifiers are not in it: a block that carries one is not for this card. What a command means
is the business of the chip, how blocks travel that of `cardreader.simulated.contactless`.
"""

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final, TypeAlias

FRAME_BYTES: Final = (16, 24, 32, 40, 48, 64, 96, 128, 256)  # by FSDI and FSCI, clause 5.1
BLOCK_OVERHEAD: Final = 3  # one protocol control byte, two of checksum
LONGEST_EXTENSION: Final = 59  # in frame waiting times, clause 7.3

_NUMBER = 0x01
_POWER_LEVEL = 0xC0


@unique
class _Control(IntEnum):
    """Protocol control bytes with the block number 0, clause 7.1.1."""

    INFORMATION = 0x02
    CHAINED_INFORMATION = 0x12
    ACKNOWLEDGE = 0xA2
    NOT_ACKNOWLEDGE = 0xB2
    DESELECT = 0xC2
    WAITING_TIME_EXTENSION = 0xF2


@dataclass(frozen=True, slots=True)
class Send:
    block: bytes


@dataclass(frozen=True, slots=True)
class Obey:
    """A whole command has come: let the chip work, then send what `answer` gives, or `ask_for_time` meanwhile."""

    command: bytes


@dataclass(frozen=True, slots=True)
class TimeGranted:
    """The reader waits as long again."""


@dataclass(frozen=True, slots=True)
class Deselected:
    """The card answers once more, then is silent until it is activated again."""

    block: bytes


Step: TypeAlias = Send | Obey | TimeGranted | Deselected


class CardSide:
    def __init__(self, reader_frame_bytes: int, card_frame_bytes: int) -> None:
        """The longest frames either side takes, checksum included."""
        self._chunk = reader_frame_bytes - BLOCK_OVERHEAD
        self._longest_block = card_frame_bytes - BLOCK_OVERHEAD + 1
        self._number = 1  # rule C
        self._last = b""
        self._command = b""
        self._rest = b""
        self._asked = b""

    def receive(self, block: bytes) -> Step | None:
        """None: a card keeps silent at such a block."""
        if not 0 < len(block) <= self._longest_block:
            return None
        control, number = block[0] & ~_NUMBER, block[0] & _NUMBER
        if self._asked and control != _Control.NOT_ACKNOWLEDGE:
            return self._time(block)
        step: Step | None = None
        match control:
            case _Control.INFORMATION | _Control.CHAINED_INFORMATION:
                step = self._information(block[1:], chained=control == _Control.CHAINED_INFORMATION)
            case _Control.ACKNOWLEDGE:
                step = self._acknowledged(number)
            case _Control.NOT_ACKNOWLEDGE:
                step = self._not_acknowledged(number)
            case _Control.DESELECT if block == bytes((_Control.DESELECT,)):
                step = Deselected(block)
        return step

    def answer(self, response: bytes) -> bytes:
        """The first block of the chip's response; the reader asks for the others."""
        self._rest = response
        return self._next_chunk()

    def ask_for_time(self, frame_waiting_times: int = 1) -> bytes:
        """1 to 59, counted from when the reader has granted them (rule 10)."""
        if not 1 <= frame_waiting_times <= LONGEST_EXTENSION:
            raise ValueError(f"{frame_waiting_times} frame waiting times cannot be asked for")
        self._asked = self._keep(bytes((_Control.WAITING_TIME_EXTENSION, frame_waiting_times)))
        return self._asked

    def _time(self, block: bytes) -> Step | None:
        if block[:1] + bytes(octet & ~_POWER_LEVEL for octet in block[1:]) != self._asked:
            return None
        self._asked = b""
        return TimeGranted()

    def _information(self, part: bytes, *, chained: bool) -> Step:
        self._number ^= 1  # rule D: whatever number the reader gave
        self._command += part
        if chained:
            return Send(self._keep(bytes((_Control.ACKNOWLEDGE | self._number,))))  # rule 2
        command, self._command = self._command, b""
        return Obey(command)

    def _acknowledged(self, number: int) -> Step | None:
        if number == self._number:
            return self._repeat()
        if not self._rest:
            return None
        self._number = number  # rules E and 14
        return Send(self._next_chunk())

    def _not_acknowledged(self, number: int) -> Step | None:
        if number == self._number:
            return self._repeat()
        return Send(bytes((_Control.ACKNOWLEDGE | self._number,)))  # rule 13

    def _repeat(self) -> Step | None:
        return Send(self._last) if self._last else None  # rule 12

    def _next_chunk(self) -> bytes:
        chunk, self._rest = self._rest[: self._chunk], self._rest[self._chunk :]
        control = _Control.CHAINED_INFORMATION if self._rest else _Control.INFORMATION
        return self._keep(bytes((control | self._number,)) + chunk)

    def _keep(self, block: bytes) -> bytes:
        self._last = block
        return block
