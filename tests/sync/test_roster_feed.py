"""The roster's way from the server: strict pages, changes page by page, a snapshot whole or not at all."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from sync import feed
from sync.document import Document
from sync.feed import MOST_PAGES, RosterMember, RosterPage, read_page
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
        self.covers: int | None = None

    def cursor(self) -> str | None:
        return self.at

    def replace(self, members: Sequence[RosterMember], cursor: str, acknowledged: int) -> None:
        self.kept = {}
        self.merge(members, (), cursor, acknowledged)

    def merge(self, members: Sequence[RosterMember], removed: Sequence[str], cursor: str, acknowledged: int) -> None:
        for gone in removed:
            self.kept.pop(gone, None)
        self.kept |= {member.id: member for member in members}
        self.at = cursor
        self.covers = acknowledged
        self.changes += 1

    def confirm(self, acknowledged: int) -> None:
        raise AssertionError("only answers here")


def page(cursor: str, *members: dict[str, object], **said: object) -> Document:
    return {
        "cursor": cursor,
        "snapshot": False,
        "members": list(members),
        "removed": [],
        "more": False,
        "acknowledged": 0,
        "set_aside": [],
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


def pull(ask: Callable[[str | None], Document], roster: Roster) -> RosterPage:
    return feed.pull(read_page(ask(roster.cursor())), lambda cursor: read_page(ask(cursor)), roster)


def test_a_member_is_read_with_cards_and_presence() -> None:
    (member,) = read_page(page("c", ANN)).members
    assert member == RosterMember("ann", "active", "山田", (CARD,), "2026-11-22T00:58:03.123Z")


def test_the_first_pull_takes_the_snapshot_of_all_pages_in_one_change() -> None:
    ask, asked = script(page("1", ANN, snapshot=True, more=True), page("2", BEN))
    roster = Roster()
    assert pull(ask, roster).server_time == SERVER_TIME
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


def test_torn_changes_change_nothing() -> None:
    ask, _ = script(page("8", ANN, more=True), Unreachable())
    roster = Roster("7", "ben")
    with pytest.raises(Unreachable):
        pull(ask, roster)
    assert (roster.at, set(roster.kept), roster.changes) == ("7", {"ben"}, 0)


def test_changes_over_several_pages_end_as_the_last_page_says() -> None:
    ask, _ = script(page("8", ANN, EVE, removed=["ben"], more=True), page("9", BEN, removed=["ann"]))
    roster = Roster("7", "old", "ann", "ben")
    pull(ask, roster)
    assert (set(roster.kept), roster.at, roster.changes) == ({"old", "ben", "eve"}, "9", 1)


@pytest.mark.parametrize("snapshot", [True, False], ids=["a snapshot", "changes"])
def test_pages_count_for_what_the_server_held_before_the_first_of_them(snapshot: bool) -> None:
    ask, _ = script(page("8", ANN, snapshot=snapshot, more=True, acknowledged=3), page("9", BEN, acknowledged=5))
    roster = Roster("7")
    pull(ask, roster)
    assert roster.covers == 3


def test_what_staff_have_to_look_at_is_read_from_the_last_page() -> None:
    ask, _ = script(page("8", more=True, set_aside=[1]), page("9", set_aside=[1, 4]))
    assert pull(ask, Roster("7")).set_aside == (1, 4)


def test_a_roster_without_end_is_not_believed() -> None:
    endless = page("1", ANN, snapshot=True, more=True)
    ask, asked = script(*[endless] * (MOST_PAGES + 2))
    roster = Roster()
    with pytest.raises(UnreadableAnswer):
        pull(ask, roster)
    assert (len(asked), roster.changes) == (MOST_PAGES + 1, 0)


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
        ("acknowledged", {"acknowledged": -1}),
        ("acknowledged", {"acknowledged": None}),
        ("set_aside", {"set_aside": None}),
        ("set_aside", {"set_aside": [0]}),
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
