"""The files of the simulated card: what each kind answers to the commands it is for.

Which file is selected, and what a card answers without one, is the business of `cardreader.simulated.jpki_card`.
"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed
from cryptography.hazmat.primitives.hashes import SHA384

from cardreader.apdu import Command, StatusWord
from cardreader.simulated.credentials import PrivateKey

_SIGNATURE_BYTES = 256
_LARGEST_SIGNED = _SIGNATURE_BYTES - 11  # PKCS#1 v1.5 padding takes at least 11 bytes
_LARGEST_LE = (256, 65536)
_TRIES_LEFT = 0x63C0


def answer(status: int, data: bytes = b"") -> bytes:
    return data + status.to_bytes(2)


@dataclass(slots=True)
class PinFile:
    """`secret` None: no PIN is right. `verified` lasts until power is lost, the count of tries for ever."""

    secret: bytes | None
    lengths: range
    tries: int
    tries_left: int = field(init=False)
    verified: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.tries_left = self.tries

    def verify(self, command: Command) -> bytes:
        if not command.data and command.le is None:
            return answer(_TRIES_LEFT | self.tries_left)
        if command.le is not None or len(command.data) not in self.lengths:
            return answer(StatusWord.WRONG_LENGTH)
        if not self.tries_left:
            return answer(StatusWord.REFERENCE_BLOCKED)
        self.verified = command.data == self.secret
        self.tries_left = self.tries if self.verified else self.tries_left - 1
        return answer(StatusWord.OK if self.verified else _TRIES_LEFT | self.tries_left)


@dataclass(frozen=True, slots=True)
class TransparentFile:
    content: bytes
    readable_after: PinFile | None = None

    def read(self, command: Command) -> bytes:
        if command.data or command.le is None:
            return answer(StatusWord.WRONG_LENGTH)
        if self.readable_after and not self.readable_after.verified:
            return answer(StatusWord.NOT_VERIFIED)
        offset = command.p1 << 8 | command.p2
        if offset >= len(self.content):
            return answer(StatusWord.WRONG_OFFSET)
        data = self.content[offset : offset + command.le]
        # The largest Le of each form means "as much as there is", so only a shorter one can reach past the end.
        whole = len(data) == command.le or command.le in _LARGEST_LE
        return answer(StatusWord.OK if whole else StatusWord.END_OF_FILE, data)


@dataclass(frozen=True, slots=True)
class KeyFile:
    key: PrivateKey
    usable_after: PinFile

    def sign(self, command: Command) -> bytes:
        if not self._takes(len(command.data)) or (command.le or 0) < _SIGNATURE_BYTES:
            return answer(StatusWord.WRONG_LENGTH)
        if not self.usable_after.verified:
            return answer(StatusWord.NOT_VERIFIED)
        if isinstance(self.key, RSAPrivateKey):
            return answer(StatusWord.OK, self.key.sign(command.data, PKCS1v15(), NoDigestInfo()))
        return answer(StatusWord.OK, self.key.sign(command.data, ECDSA(Prehashed(SHA384()))))

    def _takes(self, length: int) -> bool:
        if isinstance(self.key, RSAPrivateKey):
            return 0 < length <= _LARGEST_SIGNED
        return length == SHA384.digest_size
