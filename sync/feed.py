"""The roster on its way from the server: pages read strictly, a snapshot handed over only when it is whole.

Not in here: where the roster is kept, and what a standing or a card means.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sync.document import (
    Document,
    as_document,
    as_text,
    boolean,
    instant,
    items,
    text,
    text_or_none,
)
from sync.outcome import UnreadableAnswer

MOST_PAGES = 1000
"""Of 2000 members each: a server that never comes to an end is not believed."""

_CARD_BYTES = 32


@dataclass(frozen=True, slots=True)
class RosterMember:
    """`cards` are 32-byte references; `inside_since` is an instant of RFC 3339 as the server wrote it."""

    id: str
    standing: str
    name: str | None
    cards: tuple[bytes, ...]
    inside_since: str | None


@dataclass(frozen=True, slots=True)
class RosterPage:
    """`cursor` is where the next page begins; `snapshot` marks the first page of a whole roster."""

    cursor: str
    snapshot: bool
    members: tuple[RosterMember, ...]
    removed: tuple[str, ...]
    more: bool
    server_time: datetime


class RosterSink(Protocol):
    """Where the roster is kept. Each call is one change to its readers, together with the cursor."""

    def cursor(self) -> str | None:
        """What the last `replace` or `merge` stored; None before."""

    def replace(self, members: Sequence[RosterMember], cursor: str) -> None:
        """From now on exactly these members, each id once."""

    def merge(self, members: Sequence[RosterMember], removed: Sequence[str], cursor: str) -> None:
        """Forget the removed, known or not; then put each member in the place of what was known under its id."""


def pull(ask: Callable[[str | None], Document], sink: RosterSink) -> datetime:
    """Bring the roster up to date; gives the server's time. Raises Undelivered, and then no snapshot was begun.

    Each page of changes is whole in itself, so those that came before a failure stay.
    """
    cursor = sink.cursor()
    snapshot: dict[str, RosterMember] | None = None
    for _ in range(MOST_PAGES):
        page = read_page(ask(cursor))
        if page.snapshot:
            snapshot = {}
        if snapshot is None:
            sink.merge(page.members, page.removed, page.cursor)
        else:
            _gather(snapshot, page)
        if not page.more:
            if snapshot is not None:
                sink.replace(tuple(snapshot.values()), page.cursor)
            return page.server_time
        cursor = page.cursor
    raise UnreadableAnswer("more", "does not come to an end")


def _gather(snapshot: dict[str, RosterMember], page: RosterPage) -> None:
    for removed in page.removed:
        snapshot.pop(removed, None)
    for member in page.members:
        snapshot[member.id] = member


def read_page(document: Document) -> RosterPage:
    """Raises UnreadableAnswer."""
    return RosterPage(
        cursor=text(document, "cursor"),
        snapshot=boolean(document, "snapshot"),
        members=tuple(_member(item) for item in items(document, "members")),
        removed=tuple(as_text(item, "removed") for item in items(document, "removed")),
        more=boolean(document, "more"),
        server_time=instant(document, "server_time"),
    )


def _member(item: object) -> RosterMember:
    document = as_document(item, "members")
    return RosterMember(
        id=text(document, "id"),
        standing=text(document, "standing"),
        name=text_or_none(document, "name"),
        cards=tuple(_card(as_text(card, "cards")) for card in items(document, "cards")),
        inside_since=text_or_none(document, "inside_since"),
    )


def _card(encoded: str) -> bytes:
    try:
        card = bytes.fromhex(encoded)
    except ValueError:
        raise UnreadableAnswer("cards", "is not hexadecimal") from None
    if len(card) != _CARD_BYTES:
        raise UnreadableAnswer("cards", "is not 32 bytes")
    return card
