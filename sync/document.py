"""Strict reading of the server's JSON: a field has its type and its range, or the answer is unreadable.

Fields nobody asks for are passed over, so that a newer server can say more. Not in here: which fields an answer has.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from sync.outcome import UnreadableAnswer

MAX_INTEGER = 2**53 - 1
"""The largest integer every JSON reader keeps exactly."""

_WORD = re.compile(r"[a-z][a-z0-9_]{0,63}")

Document = Mapping[str, object]


def read_document(body: bytes) -> Document:
    """A JSON object in UTF-8. Raises UnreadableAnswer."""
    try:
        value = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise UnreadableAnswer("answer", "is not JSON") from None
    return as_document(value, "answer")


def as_document(value: object, field: str) -> Document:
    if not isinstance(value, dict):
        raise UnreadableAnswer(field, "is not an object")
    return cast("Document", value)


def integer(document: Document, field: str, *, minimum: int) -> int:
    return as_integer(document.get(field), field, minimum=minimum)


def as_integer(value: object, field: str, *, minimum: int) -> int:
    if type(value) is not int or not minimum <= value <= MAX_INTEGER:
        raise UnreadableAnswer(field, f"is not an integer of {minimum} or more")
    return value


def boolean(document: Document, field: str) -> bool:
    value = document.get(field)
    if not isinstance(value, bool):
        raise UnreadableAnswer(field, "is neither true nor false")
    return value


def text(document: Document, field: str) -> str:
    return as_text(document.get(field), field)


def as_text(value: object, field: str) -> str:
    """Any string UTF-8 can hold: JSON may smuggle in half a surrogate pair, which no database would take."""
    if not isinstance(value, str):
        raise UnreadableAnswer(field, "is missing or not a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UnreadableAnswer(field, "is not Unicode text") from None
    return value


def word(document: Document, field: str) -> str:
    """A short word of small letters and underscores, fit for logs and comparisons."""
    value = text(document, field)
    if not _WORD.fullmatch(value):
        raise UnreadableAnswer(field, "is not a word")
    return value


def text_or_none(document: Document, field: str) -> str | None:
    return None if document.get(field) is None else text(document, field)


def items(document: Document, field: str) -> list[object]:
    value = document.get(field)
    if not isinstance(value, list):
        raise UnreadableAnswer(field, "is missing or not a list")
    return cast("list[object]", value)


def instant(document: Document, field: str) -> datetime:
    """RFC 3339 with an offset, as an instant in UTC."""
    try:
        at = datetime.fromisoformat(text(document, field))
        if at.tzinfo is None:
            raise UnreadableAnswer(field, "has no time zone")
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnreadableAnswer(field, "is not an instant") from None
