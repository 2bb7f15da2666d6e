"""Secure messaging of MIFARE DESFire EV2, the terminal's side: mutual authentication, MACs, enciphered answers.

No card is talked to here, and only what reading an enciphered file needs is in it: data to the card is never enciphered.
Source: NXP AN12196 rev. 2.0 as public implementations quote it; its examples are among the specifications of this
module. Seen on no real card yet.
"""

import hmac
from dataclasses import dataclass, field
from typing import Self

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.cmac import CMAC

from cardreader.errors import CardError

BLOCK_BYTES = 16
MAC_BYTES = 8
_TRANSACTION_BYTES = 4
_FINAL_BYTES = 32  # transaction identifier, the terminal's random number rotated, twice six bytes of capabilities
_NO_IV = bytes(BLOCK_BYTES)
_OK = b"\x00"
_COUNTER_MAX = 0xFFFF


class BrokenProof(CardError):  # noqa: N818 - named for what happened
    """An answer that only a card with the right key can give was not that answer."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """The terminal between the two steps of AuthenticateEV2First. Random numbers and key have 16 bytes each."""

    key: bytes = field(repr=False)
    ours: bytes = field(repr=False)
    theirs: bytes = field(repr=False)

    @classmethod
    def begin(cls, key: bytes, sealed: bytes, ours: bytes) -> Self:
        """`sealed` is the card's first answer. Raises BrokenProof."""
        if len(sealed) != BLOCK_BYTES:
            raise BrokenProof(f"a random number was sealed in {len(sealed)} bytes")
        return cls(key, ours, decipher(key, sealed))

    @property
    def answer(self) -> bytes:
        return encipher(self.key, self.ours + _rotated(self.theirs))

    def finish(self, sealed: bytes) -> "Session":
        """`sealed` is the card's second answer. Raises BrokenProof."""
        if len(sealed) != _FINAL_BYTES:
            raise BrokenProof(f"the proof has {len(sealed)} bytes")
        plain = decipher(self.key, sealed)
        transaction, echo = plain[:_TRANSACTION_BYTES], plain[_TRANSACTION_BYTES:][:BLOCK_BYTES]
        if not hmac.compare_digest(echo, _rotated(self.ours)):
            raise BrokenProof("the card does not know the random number it was given")
        return Session(*session_keys(self.key, self.ours, self.theirs), transaction)


class Session:
    """One authenticated conversation; every command and its answer are bound to their place in it."""

    def __init__(self, enciphering_key: bytes, mac_key: bytes, transaction: bytes, counter: int = 0) -> None:
        self._enciphering_key = enciphering_key
        self._mac_key = mac_key
        self._transaction = transaction
        self._counter = counter

    def protect(self, instruction: int, header: bytes) -> bytes:
        """The command's body: `header` and its MAC."""
        return header + self._mac(bytes((instruction,)), header)

    def check(self, answer: bytes) -> bytes:
        """What a CommMode.MAC answer says. The command is over then, whatever it said. Raises BrokenProof."""
        if self._counter == _COUNTER_MAX:
            raise BrokenProof("the session is longer than its counter")
        self._counter += 1
        body, mac = answer[:-MAC_BYTES], answer[-MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(_OK, body)):
            raise BrokenProof("an answer's MAC is wrong")
        return body

    def open(self, answer: bytes) -> bytes:
        """What a CommMode.FULL answer says, with its padding taken off. Raises BrokenProof."""
        body = self.check(answer)
        if not body or len(body) % BLOCK_BYTES:
            raise BrokenProof(f"an answer of {len(body)} bytes is not enciphered")
        place = self._place()
        iv = encipher(self._enciphering_key, b"\x5a\xa5" + place[2:] + place[:2] + bytes(8))
        padded = decipher(self._enciphering_key, body, iv).rstrip(b"\0")
        if not padded.endswith(b"\x80"):
            raise BrokenProof("an answer's padding is wrong")
        return padded[:-1]

    def _mac(self, lead: bytes, body: bytes) -> bytes:
        return truncated(cmac(self._mac_key, lead + self._place() + body))

    def _place(self) -> bytes:
        return self._counter.to_bytes(2, "little") + self._transaction


def session_keys(key: bytes, ours: bytes, theirs: bytes) -> tuple[bytes, bytes]:
    """For enciphering and for MACs. `ours` is the terminal's random number."""
    mixed = bytes(one ^ other for one, other in zip(ours[2:8], theirs[:6], strict=True))
    context = b"\x00\x01\x00\x80" + ours[:2] + mixed + theirs[6:] + ours[8:]
    return cmac(key, b"\xa5\x5a" + context), cmac(key, b"\x5a\xa5" + context)


def cmac(key: bytes, message: bytes) -> bytes:
    """16 bytes: NIST SP 800-38B."""
    mac = CMAC(AES128(key))
    mac.update(message)
    return mac.finalize()


def truncated(mac: bytes) -> bytes:
    """Every second byte: the 8 that travel."""
    return mac[1::2]


def encipher(key: bytes, plain: bytes, iv: bytes = _NO_IV) -> bytes:
    cipher = Cipher(AES128(key), CBC(iv)).encryptor()
    return cipher.update(plain) + cipher.finalize()


def decipher(key: bytes, sealed: bytes, iv: bytes = _NO_IV) -> bytes:
    cipher = Cipher(AES128(key), CBC(iv)).decryptor()
    return cipher.update(sealed) + cipher.finalize()


def _rotated(number: bytes) -> bytes:
    return number[1:] + number[:1]
