"""What a roster's entry says of membership, use and payment: read strictly, and not missed where an older server is silent."""

from datetime import date

import pytest

from sync.feed import RosterMember, RosterMembership, RosterPast, RosterUsage, read_page
from sync.outcome import UnreadableAnswer

ORGANISATION = "00000000-0000-0000-0000-0000000000c0"
MEMBERSHIP: dict[str, object] = {
    "kind": "corporate",
    "first": "2026-04-01",
    "last": "2027-03-31",
    "organisation": ORGANISATION,
    "uses_in_month": 20,
    "days_in_a_row": 5,
}
USAGE: dict[str, object] = {"last": "2026-11-21", "uses_in_month": 7, "days_in_a_row": 3}
PAST: dict[str, object] = {"last": "2026-11-20", "minutes": 690}
BARE: dict[str, object] = {"id": "ann", "standing": "active", "name": None, "cards": [], "inside_since": None}
FULL: dict[str, object] = {
    **BARE,
    "memberships": [MEMBERSHIP],
    "outside_since": "2026-11-21T10:00:00.000Z",
    "assumed": True,
    "usage": USAGE,
    "paid_until": "2026-11-22T03:00:00.000Z",
    "replaced_cards": ["ab" * 32],
    "past": PAST,
}


def read(entry: dict[str, object]) -> RosterMember:
    page: dict[str, object] = {
        "cursor": "1",
        "snapshot": True,
        "members": [entry],
        "removed": [],
        "more": False,
        "acknowledged": 0,
        "set_aside": [],
        "server_time": "2026-11-22T01:00:00.000Z",
    }
    return read_page(page).members[0]


def test_everything_a_member_s_entry_may_say_is_read() -> None:
    assert read(FULL) == RosterMember(
        "ann",
        "active",
        None,
        (),
        None,
        memberships=(RosterMembership("corporate", date(2026, 4, 1), date(2027, 3, 31), ORGANISATION, 20, 5),),
        outside_since="2026-11-21T10:00:00.000Z",
        assumed=True,
        usage=RosterUsage(date(2026, 11, 21), 7, 3),
        paid_until="2026-11-22T03:00:00.000Z",
        replaced_cards=(bytes([0xAB]) * 32,),
        past=RosterPast(date(2026, 11, 20), 690),
    )


def test_an_older_server_says_none_of_it() -> None:
    assert read(BARE) == RosterMember("ann", "active", None, (), None)


def test_nothing_is_said_with_null_too() -> None:
    silent: dict[str, object] = {
        "memberships": [],
        "outside_since": None,
        "assumed": False,
        "usage": None,
        "paid_until": None,
        "past": None,
    }
    assert read({**BARE, **silent, "replaced_cards": []}) == read(BARE)


def test_a_membership_needs_a_kind_and_a_first_day_alone() -> None:
    (found,) = read({**BARE, "memberships": [{"kind": "individual", "first": "2024-02-29"}]}).memberships
    assert found == RosterMembership("individual", date(2024, 2, 29), None, None, None, None)


def test_several_memberships_keep_their_order() -> None:
    later = {**MEMBERSHIP, "first": "2027-04-01", "last": None}
    found = read({**BARE, "memberships": [later, MEMBERSHIP]}).memberships
    assert [each.first.year for each in found] == [2027, 2026]


def test_what_a_newer_server_says_besides_is_passed_over() -> None:
    added = {"memberships": [{**MEMBERSHIP, "colour": "red"}], "usage": {**USAGE, "colour": 1}, "colour": None}
    assert read({**FULL, **added}) == read(FULL)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("memberships", {"memberships": None}),
        ("memberships", {"memberships": ["corporate"]}),
        ("kind", {"memberships": [{**MEMBERSHIP, "kind": None}]}),
        ("first", {"memberships": [{**MEMBERSHIP, "first": None}]}),
        ("first", {"memberships": [{**MEMBERSHIP, "first": "20260401"}]}),
        ("first", {"memberships": [{**MEMBERSHIP, "first": "2026-02-29"}]}),
        ("last", {"memberships": [{**MEMBERSHIP, "last": "2026-W14-1"}]}),
        ("organisation", {"memberships": [{**MEMBERSHIP, "organisation": 7}]}),
        ("uses_in_month", {"memberships": [{**MEMBERSHIP, "uses_in_month": 0}]}),
        ("days_in_a_row", {"memberships": [{**MEMBERSHIP, "days_in_a_row": "5"}]}),
        ("outside_since", {"outside_since": 0}),
        ("assumed", {"assumed": None}),
        ("usage", {"usage": []}),
        ("past", {"past": 690}),
        ("last", {"past": {**PAST, "last": "yesterday"}}),
        ("minutes", {"past": {**PAST, "minutes": -1}}),
        ("minutes", {"past": {"last": "2026-11-20"}}),
        ("last", {"usage": {**USAGE, "last": None}}),
        ("uses_in_month", {"usage": {**USAGE, "uses_in_month": 0}}),
        ("days_in_a_row", {"usage": {**USAGE, "days_in_a_row": True}}),
        ("paid_until", {"paid_until": 0}),
        ("replaced_cards", {"replaced_cards": None}),
        ("replaced_cards", {"replaced_cards": ["ab" * 31]}),
        ("replaced_cards", {"replaced_cards": ["xy"]}),
    ],
    ids=str,
)
def test_an_entry_out_of_shape_is_unreadable(field: str, said: dict[str, object]) -> None:
    with pytest.raises(UnreadableAnswer) as unreadable:
        read({**FULL, **said})
    assert unreadable.value.field == field


def test_what_many_members_have_in_common_is_kept_once() -> None:
    one, other = (read({**FULL, "id": name}) for name in ("ann", "ben"))
    assert one.memberships[0] is other.memberships[0]
    assert one.usage is other.usage
