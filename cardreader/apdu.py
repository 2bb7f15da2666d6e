"""Command and response APDUs of ISO/IEC 7816-4, and one exchange of them over an open card.

What the commands mean is the business of `cardreader.cards`. VERIFY never goes through `exchange`: it must not repeat.
"""

from dataclasses import dataclass, replace
from enum import IntEnum, unique
from typing import Self

from cardreader.errors import ApduError, MalformedAnswer
from cardreader.ports import Card

SHORT_LE_MAX = 256
_EXTENDED_LE_MAX = 65536
_SHORT_LC_MAX = 255
_HEADER_BYTES = 4
_STATUS_BYTES = 2
_MORE_DATA = 0x61
_WRONG_LE = 0x6C
_GET_RESPONSE = 0xC0


@unique
class StatusWord(IntEnum):
    OK = 0x9000
    END_OF_FILE = 0x6282
    WRONG_LENGTH = 0x6700
    WRONG_KIND_OF_FILE = 0x6981
    NOT_VERIFIED = 0x6982
    BLOCKED = 0x6983
    REFERENCE_BLOCKED = 0x6984
    NO_CURRENT_FILE = 0x6986
    NOT_SUPPORTED = 0x6A81
    NOT_FOUND = 0x6A82
    WRONG_PARAMETERS = 0x6A86
    NO_SUCH_REFERENCE = 0x6A88
    WRONG_OFFSET = 0x6B00
    UNKNOWN_INSTRUCTION = 0x6D00
    UNKNOWN_CLASS = 0x6E00
    NO_DIAGNOSIS = 0x6F00


@dataclass(frozen=True, slots=True)
class Command:
    """`le` is the largest answer wanted, 1 to 65536; None asks for none."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    @property
    def header(self) -> bytes:
        return bytes((self.cla, self.ins, self.p1, self.p2))

    def encode(self) -> bytes:
        """Short form where it fits, else extended."""
        if len(self.data) > _SHORT_LC_MAX or (self.le or 0) > SHORT_LE_MAX:
            lc = b"\0" + len(self.data).to_bytes(2) + self.data if self.data else b""
            le = b"" if self.le is None else (self.le % _EXTENDED_LE_MAX).to_bytes(2)
            return self.header + lc + (le if lc or not le else b"\0" + le)
        lc = bytes((len(self.data),)) + self.data if self.data else b""
        le = b"" if self.le is None else bytes((self.le % SHORT_LE_MAX,))
        return self.header + lc + le

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """Raises ValueError when the lengths do not add up."""
        if len(raw) < _HEADER_BYTES:
            raise ValueError("a command has at least four bytes")
        cla, ins, p1, p2 = raw[:_HEADER_BYTES]
        data, le = _decode_body(raw[_HEADER_BYTES:])
        return cls(cla, ins, p1, p2, data, le)


def _decode_body(body: bytes) -> tuple[bytes, int | None]:
    # ISO/IEC 7816-4:2013, 5.2: a first byte of zero with more behind it announces the extended form.
    extended = len(body) > 1 and body[0] == 0
    width, rest = (2, body[1:]) if extended else (1, body)
    most = _EXTENDED_LE_MAX if extended else SHORT_LE_MAX
    if not body:
        return b"", None
    if len(rest) == width:
        return b"", int.from_bytes(rest) or most
    lc, rest = int.from_bytes(rest[:width]), rest[width:]
    data, trailer = rest[:lc], rest[lc:]
    if not lc or len(data) < lc or len(trailer) not in {0, width}:
        raise ValueError("the lengths in the command do not add up")
    return data, (int.from_bytes(trailer) or most) if trailer else None


@dataclass(frozen=True, slots=True)
class Response:
    data: bytes
    status: int

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        if len(raw) < _STATUS_BYTES:
            raise MalformedAnswer(f"an answer of {len(raw)} bytes has no status")
        return cls(raw[:-_STATUS_BYTES], int.from_bytes(raw[-_STATUS_BYTES:]))


def exchange(card: Card, command: Command) -> Response:
    """Follows 6Cxx (repeat with that length) and 61xx (fetch the rest), which PC/SC passes on as they come."""
    response = Response.decode(card.transmit(command.encode()))
    if response.status >> 8 == _WRONG_LE:
        corrected = replace(command, le=response.status & 0xFF or SHORT_LE_MAX)
        response = Response.decode(card.transmit(corrected.encode()))
    data = response.data
    while response.status >> 8 == _MORE_DATA:
        fetch = Command(0, _GET_RESPONSE, 0, 0, le=response.status & 0xFF or SHORT_LE_MAX)
        response = Response.decode(card.transmit(fetch.encode()))
        data += response.data
        if not response.data or len(data) > _EXTENDED_LE_MAX:
            raise MalformedAnswer("the card announces more data and does not end")
    return Response(data, response.status)


def require(card: Card, command: Command) -> bytes:
    """The answer's data. Raises ApduError unless the status is 9000."""
    response = exchange(card, command)
    if response.status != StatusWord.OK:
        raise ApduError(command.header, response.status)
    return response.data
