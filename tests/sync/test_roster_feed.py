"""The roster's way from the server: strict pages, changes page by page, a snapshot whole or not at all."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from sync.document import Document
from sync.feed import MOST_PAGES, RosterMember, pull, read_page
from sync.outcome import Unreachable, UnreadableAnswer

SERVER_TIME = datetime(2026, 11, 22, 1, tzinfo=UTC)
CARD = bytes(range(32))
ANN: dict[str, object] = {
    "id": "ann",
    "standing": "active",
    "name": "山田",
    "cards": [CARD.hex()],
    "inside_since": "2026-11-22T00:58:03.123Z",
}
BEN: dict[str, object] = {"id": "ben", "standing": "suspended", "name": None, "cards": [], "inside_since": None}
EVE: dict[str, object] = {"id": "eve", "standing": "active", "name": None, "cards": [], "inside_since": None}


class Roster:
    """A sink that keeps the roster in memory, and counts the changes its readers could have seen."""

    def __init__(self, cursor: str | None = None, *known: str) -> None:
        self.kept = {name: RosterMember(name, "active", None, (), None) for name in known}
        self.at = cursor
        self.changes = 0

    def cursor(self) -> str | None:
        return self.at

    def replace(self, members: Sequence[RosterMember], cursor: str) -> None:
        self.kept = {}
        self.merge(members, (), cursor)

    def merge(self, members: Sequence[RosterMember], removed: Sequence[str], cursor: str) -> None:
        for gone in removed:
            self.kept.pop(gone, None)
        self.kept |= {member.id: member for member in members}
        self.at = cursor
        self.changes += 1


def page(cursor: str, *members: dict[str, object], **said: object) -> Document:
    return {
        "cursor": cursor,
        "snapshot": False,
        "members": list(members),
        "removed": [],
        "more": False,
        "server_time": "2026-11-22T01:00:00.000Z",
        **said,
    }


def script(*pages: Document | Exception) -> tuple[Callable[[str | None], Document], list[str | None]]:
    """A server that gives these pages in turn, and the cursors it was asked with."""
    asked: list[str | None] = []

    def ask(cursor: str | None) -> Document:
        asked.append(cursor)
        given = pages[len(asked) - 1]
        if isinstance(given, Exception):
            raise given
        return given

    return ask, asked


def test_a_member_is_read_with_cards_and_presence() -> None:
    (member,) = read_page(page("c", ANN)).members
    assert member == RosterMember("ann", "active", "山田", (CARD,), "2026-11-22T00:58:03.123Z")


def test_the_first_pull_takes_the_snapshot_of_all_pages_in_one_change() -> None:
    ask, asked = script(page("1", ANN, snapshot=True, more=True), page("2", BEN))
    roster = Roster()
    assert pull(ask, roster) == SERVER_TIME
    assert (asked, roster.at, set(roster.kept), roster.changes) == ([None, "1"], "2", {"ann", "ben"}, 1)


def test_a_snapshot_takes_the_place_of_everything_known() -> None:
    ask, _ = script(page("1", ANN, snapshot=True))
    roster = Roster("no longer understood", "old")
    pull(ask, roster)
    assert set(roster.kept) == {"ann"}


@pytest.mark.parametrize("failure", [Unreachable(), UnreadableAnswer("members", "is missing")], ids=["cut", "damaged"])
def test_a_torn_snapshot_changes_nothing(failure: Exception) -> None:
    ask, _ = script(page("1", ANN, snapshot=True, more=True), failure)
    roster = Roster("before", "old")
    with pytest.raises(type(failure)):
        pull(ask, roster)
    assert (roster.at, set(roster.kept), roster.changes) == ("before", {"old"}, 0)


def test_a_snapshot_begun_anew_forgets_its_first_beginning() -> None:
    ask, _ = script(page("1", ANN, snapshot=True, more=True), page("2", BEN, snapshot=True, more=True), page("3", EVE))
    roster = Roster()
    pull(ask, roster)
    assert set(roster.kept) == {"ben", "eve"}


def test_a_member_changed_and_one_gone_while_the_snapshot_was_on_its_way() -> None:
    ended = {**BEN, "standing": "ended"}
    ask, _ = script(page("1", ANN, BEN, snapshot=True, more=True), page("2", ended, removed=["ann"]))
    roster = Roster()
    pull(ask, roster)
    assert {name: member.standing for name, member in roster.kept.items()} == {"ben": "ended"}


def test_changes_are_merged_from_the_stored_cursor_on() -> None:
    ask, asked = script(page("8", ANN, removed=["old"]))
    roster = Roster("7", "old", "ben")
    pull(ask, roster)
    assert (asked, roster.at, set(roster.kept)) == (["7"], "8", {"ann", "ben"})


def test_of_torn_changes_the_whole_pages_stay_with_their_cursor() -> None:
    ask, _ = script(page("8", ANN, more=True), Unreachable())
    roster = Roster("7")
    with pytest.raises(Unreachable):
        pull(ask, roster)
    assert (roster.at, set(roster.kept)) == ("8", {"ann"})


def test_a_roster_without_end_is_not_believed() -> None:
    endless = page("1", ANN, snapshot=True, more=True)
    ask, asked = script(*[endless] * (MOST_PAGES + 1))
    roster = Roster()
    with pytest.raises(UnreadableAnswer):
        pull(ask, roster)
    assert (len(asked), roster.changes) == (MOST_PAGES, 0)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("cursor", {"cursor": None}),
        ("snapshot", {"snapshot": 0}),
        ("members", {"members": {}}),
        ("members", {"members": ["ann"]}),
        ("id", {"members": [{**ANN, "id": 7}]}),
        ("standing", {"members": [{**ANN, "standing": None}]}),
        ("name", {"members": [{**ANN, "name": 7}]}),
        ("cards", {"members": [{**ANN, "cards": None}]}),
        ("cards", {"members": [{**ANN, "cards": ["xy"]}]}),
        ("cards", {"members": [{**ANN, "cards": ["00" * 31]}]}),
        ("inside_since", {"members": [{**ANN, "inside_since": 0}]}),
        ("removed", {"removed": [7]}),
        ("more", {"more": "false"}),
        ("server_time", {"server_time": "now"}),
    ],
    ids=str,
)
def test_a_page_out_of_shape_is_unreadable_and_changes_nothing(field: str, said: dict[str, object]) -> None:
    ask, _ = script({**page("8", ANN), **said})
    roster = Roster("7")
    with pytest.raises(UnreadableAnswer) as unreadable:
        pull(ask, roster)
    assert unreadable.value.field == field
    assert roster.changes == 0
