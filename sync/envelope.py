"""A batch of records on the wire, and the server's answer to it. Pure.

The records go out exactly as they were stored and hashed. Not in here: what the signature over the head covers.
"""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sync.document import Document, as_document, as_integer, instant, integer, items, text, word

MOST_LOST = 500
"""The server steps over so many destroyed records in one batch."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One record in its final form: JSON text and its 32-byte hash."""

    seq: int
    hash: bytes
    record: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record the server keeps but cannot use, for staff to look at."""

    seq: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """`acknowledged` is the highest sequence up to which the server holds everything, 0 for nothing.

    `conflicts` names sequences under which the server already holds another record.
    """

    acknowledged: int
    rejected: tuple[Rejection, ...]
    conflicts: tuple[int, ...]
    server_time: datetime


@dataclass(frozen=True, slots=True)
class BootOffset:
    """The server's Unix time less the monotonic clock of `boot`, right within `error_ms`."""

    boot: UUID
    milliseconds: int
    error_ms: int


def batch_body(
    events: Sequence[Sealed], head_signature: bytes, *, boot: BootOffset | None = None, lost: Sequence[int] = ()
) -> bytes:
    """The request body for `events`, not empty and in sequence, whose last one is the signed head.

    `boot` is the delivering boot's, by which the server corrects the times of earlier records of the same boot. `lost`
    are sequences, at most MOST_LOST, ascending, whose records no longer exist anywhere.
    """
    head = events[-1]
    records = ",".join(event.record for event in events)
    said: dict[str, object] = {
        "head": {"hash": head.hash.hex(), "seq": head.seq, "signature": b64encode(head_signature).decode()}
    }
    if boot is not None:
        said["boot"] = {"boot": str(boot.boot), "offset_ms": boot.milliseconds, "error_ms": boot.error_ms}
    if lost:
        said["lost"] = list(lost)
    return f'{{"events":[{records}],{json.dumps(said, separators=(",", ":"))[1:]}'.encode()


def read_acknowledgement(document: Document) -> Acknowledgement:
    """Raises UnreadableAnswer."""
    return Acknowledgement(
        acknowledged=integer(document, "acknowledged", minimum=0),
        rejected=tuple(_rejection(item) for item in items(document, "rejected")),
        conflicts=tuple(as_integer(seq, "conflicts", minimum=1) for seq in items(document, "conflicts")),
        server_time=instant(document, "server_time"),
    )


def _rejection(item: object) -> Rejection:
    document = as_document(item, "rejected")
    return Rejection(integer(document, "seq", minimum=1), word(document, "code"), text(document, "detail"))
