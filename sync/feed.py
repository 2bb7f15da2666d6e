"""The roster on its way from the server: pages read strictly, a snapshot handed over only when it is whole.

Not in here: where the roster is kept, and what a standing, a membership or a card means.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Protocol

from sync.document import (
    Document,
    as_document,
    as_integer,
    as_text,
    boolean,
    instant,
    integer,
    items,
    text,
    text_or_none,
)
from sync.outcome import UnreadableAnswer

MOST_PAGES = 1000
"""Of 2000 members each: a server that never comes to an end is not believed."""

_CARD_BYTES = 32


@dataclass(frozen=True, slots=True)
class RosterMembership:
    """`first` and `last` are inclusive; the two numbers are limits, 1 or more, and None where there is none."""

    kind: str
    first: date
    last: date | None
    organisation: str | None
    uses_in_month: int | None = None
    days_in_a_row: int | None = None


@dataclass(frozen=True, slots=True)
class RosterUsage:
    """The last day of use, how many in its month, and how many in a row up to it."""

    last: date
    uses_in_month: int
    days_in_a_row: int


@dataclass(frozen=True, slots=True)
class RosterPast:
    """The last day with a visit that has ended, and the minutes of that day's month."""

    last: date
    minutes: int


@dataclass(frozen=True, slots=True)
class RosterMember:
    """Cards are 32-byte references; instants are those of RFC 3339 as the server wrote them.

    `outside_since` is the last way out, `assumed` where nobody saw it. `paid_until` ends the time a visitor has paid for.
    `replaced_cards` were this member's until another took their place. A server that knows of none of these, and of no
    memberships, leaves them out.
    """

    id: str
    standing: str
    name: str | None
    cards: tuple[bytes, ...]
    inside_since: str | None
    memberships: tuple[RosterMembership, ...] = ()
    outside_since: str | None = None
    assumed: bool = False
    usage: RosterUsage | None = None
    paid_until: str | None = None
    replaced_cards: tuple[bytes, ...] = ()
    past: RosterPast | None = None


@dataclass(frozen=True, slots=True)
class RosterPage:
    """`cursor` is where the next page begins; `snapshot` marks the first page of a whole roster.

    `acknowledged` is the sequence up to which the server held this terminal's records before it read the page, and
    `set_aside` those of them that it could not use and that staff have still to look at. `rules` is the number of the
    facility's rules, 0 for none, and None where an older server says nothing of them.
    """

    cursor: str
    snapshot: bool
    members: tuple[RosterMember, ...]
    removed: tuple[str, ...]
    more: bool
    acknowledged: int
    set_aside: tuple[int, ...]
    server_time: datetime
    rules: int | None = None


class RosterSink(Protocol):
    """Where the roster is kept. Each call is one change to its readers, together with the cursor.

    `acknowledged`: what is known of each member takes this terminal's records up to there into account.
    """

    def cursor(self) -> str | None:
        """What the last `replace` or `merge` stored; None before."""

    def replace(self, members: Sequence[RosterMember], cursor: str, acknowledged: int) -> None:
        """From now on exactly these members, each id once."""

    def merge(self, members: Sequence[RosterMember], removed: Sequence[str], cursor: str, acknowledged: int) -> None:
        """Forget the removed, known or not; then put each member in the place of what was known under its id."""

    def confirm(self, acknowledged: int) -> None:
        """What was stored last is still true now."""


def pull(first: RosterPage, ask: Callable[[str], RosterPage], sink: RosterSink) -> RosterPage:
    """Store `first` and what comes after it; gives the last page. Raises Undelivered, and then nothing was changed.

    The pages count for the records that the server held before the first of them: a change that belongs to a later
    record may be on a page that is still to come.
    """
    known: dict[str, RosterMember] = {}
    removed: dict[str, None] = {}
    snapshot, page = False, first
    for _ in range(MOST_PAGES):
        if page.snapshot:
            known, removed, snapshot = {}, {}, True
        _gather(known, removed, page)
        if not page.more:
            break
        page = ask(page.cursor)
    else:
        raise UnreadableAnswer("more", "does not come to an end")
    members = tuple(known.values())
    if snapshot:
        sink.replace(members, page.cursor, first.acknowledged)
    else:
        sink.merge(members, tuple(removed), page.cursor, first.acknowledged)
    return page


def _gather(known: dict[str, RosterMember], removed: dict[str, None], page: RosterPage) -> None:
    for gone in page.removed:
        known.pop(gone, None)
        removed[gone] = None
    known.update((member.id, member) for member in page.members)


def read_page(document: Document) -> RosterPage:
    """Raises UnreadableAnswer."""
    return RosterPage(
        cursor=text(document, "cursor"),
        snapshot=boolean(document, "snapshot"),
        members=tuple(_member(item) for item in items(document, "members")),
        removed=tuple(as_text(item, "removed") for item in items(document, "removed")),
        more=boolean(document, "more"),
        acknowledged=integer(document, "acknowledged", minimum=0),
        set_aside=tuple(as_integer(seq, "set_aside", minimum=1) for seq in items(document, "set_aside")),
        server_time=instant(document, "server_time"),
        rules=integer(document, "rules", minimum=0) if "rules" in document else None,
    )


def _member(item: object) -> RosterMember:
    document = as_document(item, "members")
    return RosterMember(
        id=text(document, "id"),
        standing=text(document, "standing"),
        name=text_or_none(document, "name"),
        cards=_cards(document, "cards"),
        inside_since=text_or_none(document, "inside_since"),
        memberships=tuple(_membership(each) for each in _items(document, "memberships")),
        outside_since=text_or_none(document, "outside_since"),
        assumed="assumed" in document and boolean(document, "assumed"),
        usage=_usage(document["usage"]) if document.get("usage") is not None else None,
        paid_until=text_or_none(document, "paid_until"),
        replaced_cards=_cards(document, "replaced_cards") if "replaced_cards" in document else (),
        past=_past(document["past"]) if document.get("past") is not None else None,
    )


def _items(document: Document, field: str) -> list[object]:
    return items(document, field) if field in document else []


def _membership(item: object) -> RosterMembership:
    document = as_document(item, "memberships")
    return _one_membership(
        text(document, "kind"),
        _day(document, "first"),
        None if document.get("last") is None else _day(document, "last"),
        text_or_none(document, "organisation"),
        _limit(document, "uses_in_month"),
        _limit(document, "days_in_a_row"),
    )


def _usage(item: object) -> RosterUsage:
    document = as_document(item, "usage")
    return _one_usage(
        _day(document, "last"),
        integer(document, "uses_in_month", minimum=1),
        integer(document, "days_in_a_row", minimum=1),
    )


def _past(item: object) -> RosterPast:
    document = as_document(item, "past")
    return RosterPast(_day(document, "last"), integer(document, "minutes", minimum=0))


# What a hundred thousand members have in common is there once.
_one_membership = lru_cache(maxsize=4096)(RosterMembership)
_one_usage = lru_cache(maxsize=4096)(RosterUsage)


def _limit(document: Document, field: str) -> int | None:
    return None if document.get(field) is None else integer(document, field, minimum=1)


def _day(document: Document, field: str) -> date:
    written = text(document, field)
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise UnreadableAnswer(field, "is not a date") from None
    if day.isoformat() != written:
        raise UnreadableAnswer(field, "is not in the form of a date")
    return day


def _cards(document: Document, field: str) -> tuple[bytes, ...]:
    return tuple(_card(as_text(card, field), field) for card in items(document, field))


def _card(encoded: str, field: str) -> bytes:
    try:
        card = bytes.fromhex(encoded)
    except ValueError:
        raise UnreadableAnswer(field, "is not hexadecimal") from None
    if len(card) != _CARD_BYTES:
        raise UnreadableAnswer(field, "is not 32 bytes")
    return card
