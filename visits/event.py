"""The record of one passage, and the only form in which it is stored, hashed, sent and judged.

A record is a JSON object, version 1:
`{"v": 1, "terminal": uuid, "seq": 1.., "prev": 64 hex digits, "kind": "check_in" | "check_out", "member": uuid,
"at": "2026-11-22T00:58:03.123Z", "monotonic_ms": 0.., "boot": uuid, "boot_number": 1.., "clock": ..., "rule": ...,
"revocation": ...}`, and where the terminal knew them `"server_offset_ms": 0.., "server_offset_error_ms": 0..`. Strings
and integers only, so that sorted keys without spaces are its canonical form (a subset of RFC 8785).
Fields of a later version are kept and hashed but not understood. `prev` is the hash of the terminal's record before it.
Not in here: where records are kept, signatures, and what the times amount to (timeline).
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, unique
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

from visits.decision import Rule

VERSION = 1
FIRST_PREVIOUS = bytes(32)
MAX_INTEGER = 2**53 - 1
"""The largest integer every JSON reader keeps exactly."""

_T = TypeVar("_T")


@unique
class Kind(Enum):
    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"


@unique
class Clock(Enum):
    """Whether the operating system held its clock for synchronised when the event was made."""

    SYNCHRONISED = "synchronised"
    UNSYNCHRONISED = "unsynchronised"


@unique
class Revocation(Enum):
    """What was known at the tap of whether the card's authority had taken it back; one known to be revoked makes no event."""

    GOOD = "good"
    UNKNOWN = "unknown"
    NOT_CHECKED = "not_checked"
    SOURCE_STALE = "source_stale"
    SOURCE_UNAVAILABLE = "source_unavailable"


class EventError(ValueError):
    """A record that cannot be understood: `field` and what is wrong with it. Never carries the field's value."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record stands in its terminal's chain; `previous` is 32 bytes."""

    terminal: UUID
    seq: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class ServerOffset:
    """The server's Unix time less this boot's `monotonic_ms`, and half the round trip of the exchange that told it."""

    milliseconds: int
    error_ms: int


@dataclass(frozen=True, slots=True)
class Event:
    """`at` is what the terminal's wall clock said; `offset` was learnt before the event and in the same boot."""

    position: Position
    kind: Kind
    member: UUID
    at: datetime
    monotonic_ms: int
    boot: UUID
    boot_number: int
    clock: Clock
    rule: Rule
    revocation: Revocation
    offset: ServerOffset | None = None


def to_record(event: Event) -> dict[str, object]:
    """The event as a JSON object; the instant is cut to milliseconds, UTC."""
    record: dict[str, object] = {
        "v": VERSION,
        "terminal": str(event.position.terminal),
        "seq": event.position.seq,
        "prev": event.position.previous.hex(),
        "kind": event.kind.value,
        "member": str(event.member),
        "at": to_instant(event.at),
        "monotonic_ms": event.monotonic_ms,
        "boot": str(event.boot),
        "boot_number": event.boot_number,
        "clock": event.clock.value,
        "rule": event.rule.value,
        "revocation": event.revocation.value,
    }
    if event.offset is not None:
        record |= {"server_offset_ms": event.offset.milliseconds, "server_offset_error_ms": event.offset.error_ms}
    return record


def canonical(record: Mapping[str, object]) -> bytes:
    """The bytes that are stored and hashed: UTF-8 JSON, keys sorted, no spaces."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def record_hash(record: Mapping[str, object]) -> bytes:
    """Of the record as its canonical form's."""
    return canonical_hash(canonical(record))


def canonical_hash(text: bytes) -> bytes:
    """SHA-256 of a record's canonical form, 32 bytes: the `prev` of the record after it."""
    return hashlib.sha256(text).digest()


def head_statement(terminal: UUID, seq: int, head: bytes) -> bytes:
    """What the terminal's Ed25519 key signs for a batch: that its chain up to `seq` ends in the hash `head`."""
    return f"checkin-terminal head v1\n{terminal}\n{seq}\n{head.hex()}".encode()


def parse_position(record: Mapping[str, object]) -> Position:
    """Only the place in the chain, so that a record with any other fault can be set aside without breaking the chain.

    Raises EventError.
    """
    return Position(
        terminal=_field(record, "terminal", _uuid),
        seq=_integer(record, "seq", minimum=1),
        previous=_field(record, "prev", _hash_from_hex),
    )


def parse_event(record: Mapping[str, object]) -> Event:
    """The whole record. Raises EventError naming the first field that is missing or wrong."""
    if _integer(record, "v", minimum=1) != VERSION:
        raise EventError("v", f"is not {VERSION}")
    return Event(
        position=parse_position(record),
        kind=_field(record, "kind", Kind),
        member=_field(record, "member", _uuid),
        at=_field(record, "at", from_instant),
        monotonic_ms=_integer(record, "monotonic_ms", minimum=0),
        boot=_field(record, "boot", _uuid),
        boot_number=_integer(record, "boot_number", minimum=1),
        clock=_field(record, "clock", Clock),
        rule=_field(record, "rule", Rule),
        revocation=_field(record, "revocation", Revocation),
        offset=_offset(record),
    )


def to_instant(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds; `at` must be aware."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_instant(text: str) -> datetime:
    """Reads only what `to_instant` writes; ValueError otherwise."""
    at = datetime.fromisoformat(text) if text.endswith("Z") else None
    if at is None or to_instant(at) != text:
        raise ValueError("not in the form of an instant")
    return at


def _offset(record: Mapping[str, object]) -> ServerOffset | None:
    if "server_offset_ms" not in record and "server_offset_error_ms" not in record:
        return None
    return ServerOffset(
        milliseconds=_integer(record, "server_offset_ms", minimum=0),
        error_ms=_integer(record, "server_offset_error_ms", minimum=0),
    )


def _field(record: Mapping[str, object], name: str, read: Callable[[str], _T]) -> _T:
    value = record.get(name)
    if not isinstance(value, str):
        raise EventError(name, "is missing or not a string")
    try:
        return read(value)
    except ValueError:
        raise EventError(name, "has no meaning here") from None


def _integer(record: Mapping[str, object], name: str, *, minimum: int) -> int:
    value = record.get(name)
    if type(value) is not int or not minimum <= value <= MAX_INTEGER:
        raise EventError(name, f"is not an integer of {minimum} or more")
    return value


# One batch names the same terminal and boot in every record, and most members more than once.
@lru_cache(maxsize=4096)
def _uuid(text: str) -> UUID:
    value = UUID(text)
    if str(value) != text:
        raise ValueError("not in the form of a UUID")
    return value


def _hash_from_hex(text: str) -> bytes:
    value = bytes.fromhex(text)
    if len(value) != hashlib.sha256().digest_size or value.hex() != text:
        raise ValueError("not a hash")
    return value
