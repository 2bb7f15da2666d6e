"""A My Number Card written a second time, from the published facts alone and with the manners of other cards.

It shares nothing with `cardreader.simulated.jpki_card` but the chip's four calls and a test key, so that a mistake made
in the reader and in the card it grew up with shows here. Its manners: the first command after power-up is answered
6F00; longer answers come in pieces by 61xx, and a READ of more than 240 bytes is corrected by 6Cxx; short file identifiers
are taken for high offsets; files have 2048 bytes, padded with FF; commands of the extended form are unknown; signing
takes its time. It was seen on no real card that all of this comes together.
"""

import time
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo
from cryptography.hazmat.primitives.serialization import Encoding

from cardreader.simulated.credentials import Credential

APPLICATION = "d392f000260100000001"
FILE_BYTES = 2048
PIECE_BYTES = 200
LONGEST_READ_BYTES = 240


@dataclass(frozen=True)
class Manners:
    first_fails: bool = True
    in_pieces: bool = True
    exact_lengths: bool = True
    signing_seconds: float = 0.0


class QuirkyCard:
    def __init__(self, credential: Credential, pin: str, manners: Manners | None = None) -> None:
        self._manners = manners or Manners()
        self._certificate = credential.certificate.public_bytes(Encoding.DER).ljust(FILE_BYTES, b"\xff")
        assert isinstance(credential.key, RSAPrivateKey)
        self._key = credential.key
        self._secret = pin.encode().hex()
        self.tries = 3
        self.verifications = 0
        self._open = False
        self._cold_start()

    def _cold_start(self) -> None:
        self._fresh = True
        self._application = False
        self._file = ""
        self._pending = b""

    @property
    def atr(self) -> bytes:
        return bytes.fromhex("3b88800100000000b371710079")

    def power_on(self) -> None:
        self._open = False
        self._cold_start()

    def power_off(self) -> None:
        self._open = False

    def reset(self) -> None:
        self._cold_start()

    def transmit(self, command: bytes | bytearray) -> bytes:
        if self._fresh and self._manners.first_fails:
            self._fresh = False
            return b"\x6f\x00"
        text = bytes(command).hex()
        if text[:4] == "00c0":
            return self._rest(text[4:])
        self._pending = b""
        return self._obey(text)

    def _obey(self, text: str) -> bytes:
        match text[:4]:
            case "00a4":
                return self._select(text[4:])
            case "00b0":
                return self._read(text[4:])
            case "0020":
                return self._verify(text[4:])
            case "802a":
                return self._sign(text[4:])
            case _:
                return b"\x6d\x00" if text[:2] in {"00", "80"} else b"\x6e\x00"

    def _select(self, rest: str) -> bytes:
        if rest == f"040c0a{APPLICATION}":
            self._application = True
            self._file = ""
            return b"\x90\x00"
        if rest[:6] == "020c02" and len(rest) == 10 and self._application:
            if rest[6:] not in {"000a", "0017", "0018"}:
                return b"\x6a\x82"
            self._file = rest[6:]
            return b"\x90\x00"
        return b"\x6a\x82"

    def _read(self, rest: str) -> bytes:
        if len(rest) != 6:
            return b"\x67\x00"
        offset, wanted = int(rest[:4], 16), int(rest[4:], 16) or 256
        if offset >= FILE_BYTES:  # also what a short identifier looks like
            return b"\x6b\x00"
        if self._file != "000a":
            return b"\x69\x86"
        left = FILE_BYTES - offset
        if self._manners.exact_lengths and wanted > min(left, LONGEST_READ_BYTES):
            return bytes((0x6C, min(left, LONGEST_READ_BYTES)))
        return self._hand_out(self._certificate[offset : offset + wanted])

    def _verify(self, rest: str) -> bytes:
        if rest[:4] != "0080":
            return b"\x6a\x88"
        if self._file != "0018":
            return b"\x69\x86"
        if len(rest) == 4:
            return bytes((0x63, 0xC0 | self.tries)) if self.tries else b"\x69\x83"
        self.verifications += 1
        if rest[4:6] != "04" or len(rest) != 14:
            return b"\x67\x00"
        if not self.tries:
            return b"\x69\x83"
        self._open = rest[6:] == self._secret
        self.tries = 3 if self._open else self.tries - 1
        return b"\x90\x00" if self._open else bytes((0x63, 0xC0 | self.tries))

    def _sign(self, rest: str) -> bytes:
        length = int(rest[4:6] or "0", 16)
        if rest[:4] != "0080":
            return b"\x6a\x86"
        if self._file != "0017":
            return b"\x69\x86"
        if not self._open:
            return b"\x69\x82"
        data, expected = rest[6 : 6 + 2 * length], rest[6 + 2 * length :]
        if length != 51 or expected == "":
            return b"\x67\x00"
        time.sleep(self._manners.signing_seconds)
        return self._hand_out(self._key.sign(bytes.fromhex(data), PKCS1v15(), NoDigestInfo()))

    def _rest(self, rest: str) -> bytes:
        if rest[:4] != "0000" or not self._pending:
            return b"\x69\x85"
        return self._hand_out(self._pending)

    def _hand_out(self, data: bytes) -> bytes:
        if not self._manners.in_pieces or len(data) <= PIECE_BYTES:
            self._pending = b""
            return data + b"\x90\x00"
        self._pending = data[PIECE_BYTES:]
        return data[:PIECE_BYTES] + bytes((0x61, min(len(self._pending), 255)))
