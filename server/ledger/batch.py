"""A delivery as a value: the records with their canonical text and hash, and the terminal's word for the last of them.

Pure. Not in here: what the records say, and the database.
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from visits.event import canonical, canonical_hash, head_statement

Record = Mapping[str, object]


class BadHeadError(Exception):
    """The head is not that of the last record, or the terminal did not sign it."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One record as it came; `hash` is 32 bytes."""

    record: Record
    text: str
    hash: bytes

    @classmethod
    def of(cls, record: Record) -> "Sealed":
        text = canonical(record)
        return cls(record, text.decode(), canonical_hash(text))


@dataclass(frozen=True, slots=True)
class Head:
    """What the terminal says its chain ends in; `hash` in hex, `signature` in base64, as they came."""

    seq: int
    hash: str
    signature: str


def open_batch(terminal: UUID, public_key: bytes, records: Sequence[Record], head: Head) -> tuple[Sealed, ...]:
    """The records of a delivery whose head holds. Raises BadHeadError; `records` is not empty."""
    sealed = tuple(map(Sealed.of, records))
    last = sealed[-1]
    if last.record.get("seq") != head.seq or last.hash.hex() != head.hash:
        raise BadHeadError("is not the last record of the batch")
    try:
        signature = b64decode(head.signature, validate=True)
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, head_statement(terminal, head.seq, last.hash))
    except (binascii.Error, InvalidSignature) as error:
        raise BadHeadError("is not signed by the terminal") from error
    return sealed
