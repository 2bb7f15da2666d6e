"""Getting records back out of the files of a damaged database, without SQLite.

A record stands on its page as 32 bytes of hash followed by its canonical JSON, wherever the page and the tree around it
are damaged; a record that hashes to what stands before it, or to what the record after it names, is the one that was
written. So every page is decrypted, of the main file and of every place in the log, however old, and searched. Pure.
Not in here: reading files, and delivery.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
    search = _Search(terminal)
    candidates = [found for page in _pages(database, logs) for found in search.on(decrypt(key, page))]
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


class _Search:
    """For one terminal's records. Most stand on many pages, since each commit writes its page anew: read once is enough."""

    def __init__(self, terminal: UUID) -> None:
        self._terminal = terminal
        self._read: dict[bytes, _Candidate | None] = {}

    def on(self, page: bytes) -> Iterator[_Candidate]:
        start = page.find(_OPENING)
        while start >= 0:
            text = page[start : page.find(_CLOSING, start) + 1]
            candidate = self._candidate(text)
            if candidate is not None:
                vouched = start >= _HASH_BYTES and page[start - _HASH_BYTES : start] == candidate.sealed.hash
                yield replace(candidate, vouched=vouched)
            start = page.find(_OPENING, start + 1)

    def _candidate(self, text: bytes) -> _Candidate | None:
        if text not in self._read:
            self._read[text] = self._judge(text)
        return self._read[text]

    def _judge(self, text: bytes) -> _Candidate | None:
        event = _event(text)
        if event is None or event.position.terminal != self._terminal:
            return None
        sealed = Sealed(event.position.seq, hashlib.sha256(text).digest(), text.decode())
        return _Candidate(sealed, event.position.previous, vouched=False)


def _event(text: bytes) -> Event | None:
    try:
        record = json.loads(text)
        if not isinstance(record, dict) or canonical(record) != text:
            return None
        return parse_event(record)
    except (ValueError, RecursionError):
        return None
