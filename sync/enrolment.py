"""Becoming a terminal of a server, once: a code from the staff against the public half of this terminal's own key.

Repeating after a lost answer is safe: the key is made and kept before the first request, and the server answers the
same code with the same key the same way. Not in here: asking a person for the code.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sync import identity
from sync.address import Service
from sync.clock import SYSTEM_CLOCK, Clock, ServerTime
from sync.document import Document, as_document, text
from sync.identity import Facility, NotEnrolled
from sync.outcome import Refused, UnreadableAnswer
from sync.transport import ENROLMENT_KEY_ID, Link, insist

_PATH = "/api/v1/enrolment"
_REFERENCE_KEY_BYTES = 32


class AlreadyEnrolled(Exception):  # noqa: N818 - named for what happened
    """The directory holds an identity already; a terminal made anew starts from an empty directory."""

    def __init__(self, terminal_id: UUID) -> None:
        super().__init__(f"enrolled as {terminal_id}")
        self.terminal_id = terminal_id


class CodeUnknown(Exception):  # noqa: N818 - named for what happened
    """No such code: mistyped, or of another server."""


class CodeUsedOrExpired(Exception):  # noqa: N818 - named for what happened
    """A code that was right once: another terminal took it, or its time is over."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    terminal_id: UUID
    facility: Facility


def enrol(service: Service, code: str, directory: Path, clock: Clock = SYSTEM_CLOCK) -> Enrolled:
    """Leaves the identity in `directory`.

    Raises AlreadyEnrolled, CodeUnknown, CodeUsedOrExpired, UnsafeAddress, Undelivered, ExposedFile, DamagedFile.
    """
    _require_new(directory)
    key = identity.own_key(directory)
    link = Link(service, ENROLMENT_KEY_ID, key, ServerTime(clock))
    body = json.dumps({"code": code, "public_key": b64encode(key.public_key().public_bytes_raw()).decode()}).encode()
    try:
        answer = insist(link, _PATH, body)
    except Refused as refused:
        match refused.code:
            case "code_unknown":
                raise CodeUnknown from refused
            case "code_used_or_expired":
                raise CodeUsedOrExpired from refused
            case _:
                raise
    finally:
        link.close()
    enrolled, card_reference_key = _read(answer)
    identity.store(directory, enrolled.terminal_id, enrolled.facility, card_reference_key)
    return enrolled


def _require_new(directory: Path) -> None:
    try:
        terminal_id = identity.load(directory).terminal_id
    except NotEnrolled:
        return
    raise AlreadyEnrolled(terminal_id)


def _read(answer: Document) -> tuple[Enrolled, bytes]:
    facility = as_document(answer.get("facility"), "facility")
    enrolled = Enrolled(_uuid(answer, "terminal"), Facility(_uuid(facility, "id"), text(facility, "name")))
    return enrolled, _reference_key(text(answer, "card_reference_key"))


def _uuid(document: Document, field: str) -> UUID:
    try:
        return UUID(text(document, field))
    except ValueError:
        raise UnreadableAnswer(field, "is not a UUID") from None


def _reference_key(encoded: str) -> bytes:
    try:
        key = b64decode(encoded, validate=True)
    except ValueError:
        raise UnreadableAnswer("card_reference_key", "is not base64") from None
    if len(key) != _REFERENCE_KEY_BYTES:
        raise UnreadableAnswer("card_reference_key", "is not 32 bytes")
    return key
