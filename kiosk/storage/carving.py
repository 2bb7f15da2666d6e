"""Getting records back out of the files of a damaged database, without SQLite.

A record stands on its page as 32 bytes of hash followed by its canonical JSON, wherever the page and the tree around it
are damaged; a record that hashes to what stands before it, or to what the record after it names, is the one that was
written. So every page is decrypted, of the main file and of every place in the log, however old, and searched. Pure.
Not in here: reading files, and delivery.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from kiosk.storage.pages import PAGE_BYTES, decrypt
from kiosk.storage.writelog import every_page, read_log
from sync.envelope import Sealed
from visits.event import Event, canonical, parse_event

_OPENING = b'{"'
_CLOSING = b"}"  # a record holds no object in it, and none of its strings holds a brace
_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class _Candidate:
    """`vouched`: the hash before it on the page is its own."""

    sealed: Sealed
    previous: bytes
    vouched: bool


def carve(
    database: bytes, logs: Sequence[bytes], key: bytes, terminal: UUID, known: Iterable[bytes] = ()
) -> tuple[Sealed, ...]:
    """The terminal's records that survive, in sequence, each number once. Any bytes; `known` are hashes of its records.

    Where two records claim a number, the one that the next record names stays, else the one from the younger place.
    """
    candidates = [found for page in _pages(database, logs) for found in _search(decrypt(key, page), terminal)]
    named = {*known, *(each.previous for each in candidates if each.vouched)}
    believed: dict[int, list[_Candidate]] = {}
    for each in candidates:
        if each.vouched or each.sealed.hash in named:
            believed.setdefault(each.sealed.seq, []).append(each)
    return tuple(reversed(list(_chained(believed))))


def _chained(believed: Mapping[int, Sequence[_Candidate]]) -> Iterator[Sealed]:
    """From the newest back."""
    expected: tuple[int, bytes] | None = None
    for seq in sorted(believed, reverse=True):
        several = believed[seq]
        if expected is not None and expected[0] == seq:
            several = [each for each in several if each.sealed.hash == expected[1]]
        if several:
            expected = seq - 1, several[0].previous
            yield several[0].sealed


def _pages(database: bytes, logs: Sequence[bytes]) -> Iterator[bytes]:
    """The youngest first: what the log commits, the main file, then whatever else stands in the log."""
    for content in logs:
        yield from (frame.content for frame in reversed(read_log(content).frames))
    yield from (database[at : at + PAGE_BYTES].ljust(PAGE_BYTES, b"\0") for at in range(0, len(database), PAGE_BYTES))
    for content in logs:
        yield from every_page(content)


def _search(page: bytes, terminal: UUID) -> Iterator[_Candidate]:
    start = page.find(_OPENING)
    while start >= 0:
        end = page.find(_CLOSING, start) + 1
        text = page[start:end]
        event = _event(text)
        if event is not None and event.position.terminal == terminal:
            digest = hashlib.sha256(text).digest()
            vouched = start >= _HASH_BYTES and page[start - _HASH_BYTES : start] == digest
            yield _Candidate(Sealed(event.position.seq, digest, text.decode()), event.position.previous, vouched)
        start = page.find(_OPENING, start + 1)


def _event(text: bytes) -> Event | None:
    try:
        record = json.loads(text)
        if not isinstance(record, dict) or canonical(record) != text:
            return None
        return parse_event(record)
    except (ValueError, RecursionError):
        return None

