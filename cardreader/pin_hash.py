"""PINs of cards that check none themselves: an Argon2id hash, and tries that run out.

For facility cards only; the PIN of a My Number Card never comes here. Four digits are soon guessed by whoever holds the
hash, so a secret that is not kept beside it goes into it. Where hashes and tries are kept is the caller's business.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final, Protocol, Self

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from cardreader.pin import Pin

TRIES: Final = 5
SALT_BYTES: Final = 16
SECRET_BYTES: Final = 32

_TAG_BYTES = 32
_PHC = re.compile(
    r"\$argon2id\$v=19\$m=([1-9]\d{0,5}),t=([1-9]\d?),p=([1-9])\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})"
)
# Kibibytes times passes: from the least of OWASP's equivalent settings to what a terminal does in about half a second.
_COSTS = range(7168 * 5, 2**18 + 1)


class UnusableHash(Exception):  # noqa: N818 - named for what happened
    """A stored PIN hash is damaged or was made with too little or too much effort. It is not quoted."""


class Tries(Protocol):
    def take(self, subject: bytes, limit: int) -> int | None:
        """Spend one of `limit` tries of this card and return how many are left; None when all were spent before.

        Counting and asking are one step, and the count is safe from a loss of power when this returns.
        """
        ...

    def restore(self, subject: bytes) -> None:
        """The card has all its tries again."""
        ...


@unique
class Verdict(Enum):
    RIGHT = "right"
    WRONG = "wrong"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Checked:
    """`tries_left` counts what is left now."""

    verdict: Verdict
    tries_left: int


@dataclass(frozen=True, slots=True)
class Effort:
    """The price of one hash. The default is OWASP's second setting: about 20 ms on a small server's core."""

    memory_kibibytes: int = 19456
    passes: int = 2
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class PinHash:
    """`salt` and `tag` as in the PHC string, which `str` gives and `parse` reads."""

    effort: Effort
    salt: bytes
    tag: bytes = field(repr=False)

    @classmethod
    def parse(cls, phc: str) -> Self:
        """Raises UnusableHash."""
        found = _PHC.fullmatch(phc)
        if not found:
            raise UnusableHash
        memory, passes, lanes = (int(number) for number in found.groups()[:3])
        if memory * passes not in _COSTS:
            raise UnusableHash
        try:
            salt, tag = (b64decode(text + "=" * (-len(text) % 4), validate=True) for text in found.groups()[3:])
        except NotBase64:
            raise UnusableHash from None
        return cls(Effort(memory, passes, lanes), salt, tag)

    def __str__(self) -> str:
        cost = f"m={self.effort.memory_kibibytes},t={self.effort.passes},p={self.effort.lanes}"
        salt, tag = (b64encode(value).decode().rstrip("=") for value in (self.salt, self.tag))
        return f"$argon2id$v=19${cost}${salt}${tag}"


def hash_pin(pin: Pin, *, subject: bytes, secret: bytes, salt: bytes, effort: Effort) -> PinHash:
    """`salt` is 16 random bytes, `secret` at least 32 kept apart from the hash; the caller wipes `pin`.

    `subject` is the card, so that the hash of one card serves no other.
    """
    with pin.digits() as digits:
        return PinHash(effort, salt, _kdf(effort, subject, secret, salt).derive(digits))


def check_pin(pin: Pin, stored: PinHash, *, subject: bytes, secret: bytes, tries: Tries) -> Checked:
    """A try is spent before the hash is computed, so that pulling the plug gains nothing; the caller wipes `pin`."""
    kdf = _kdf(stored.effort, subject, secret, stored.salt)
    with pin.digits() as digits:
        left = tries.take(subject, TRIES)
        if left is None:
            return Checked(Verdict.BLOCKED, 0)
        try:
            kdf.verify(digits, stored.tag)
        except InvalidKey:
            return Checked(Verdict.WRONG if left else Verdict.BLOCKED, left)
    tries.restore(subject)
    return Checked(Verdict.RIGHT, TRIES)


def _kdf(effort: Effort, subject: bytes, secret: bytes, salt: bytes) -> Argon2id:
    if len(secret) < SECRET_BYTES or len(salt) != SALT_BYTES:
        raise ValueError(f"a secret has at least {SECRET_BYTES} bytes and a salt {SALT_BYTES}")
    return Argon2id(
        salt=salt,
        length=_TAG_BYTES,
        iterations=effort.passes,
        lanes=effort.lanes,
        memory_cost=effort.memory_kibibytes,
        ad=subject,
        secret=secret,
    )
