"""The roster: a snapshot, then every change exactly in the order it was committed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from machine.signing_terminal import MORNING, SigningTerminal, document, refusal
from server.api.roster import read_page
from server.feed.mark import marks
from server.ledger.models import Event
from server.members.models import CardLink, Member
from server.members.roster_change import RosterChange
from server.terminals.models import Facility, Terminal
from visits.event import Kind, to_instant


def join(facility: Facility, number: str = "1", **fields: Any) -> Member:
    return Member.objects.create(
        **{"home_facility": facility, "number": number, "name": "青葉 みのり", "standing": "active", **fields}
    )


def page(terminal: SigningTerminal, cursor: str | None = None) -> dict[str, Any]:
    answer = terminal.roster(cursor)
    assert answer.status_code == 200
    return document(answer)


def test_without_a_cursor_a_snapshot_tells_all_about_every_member(
    terminal: SigningTerminal, facility: Facility
) -> None:
    member = join(facility)
    for reference in (b"\x02" * 32, b"\x01" * 32):
        CardLink.objects.create(member=member, card_reference=reference)
    terminal.deliver(terminal.record(member.pk))

    answer = page(terminal)

    assert answer["members"] == [
        {
            "id": str(member.pk),
            "standing": "active",
            "name": "青葉 みのり",
            "cards": ["01" * 32, "02" * 32],
            "inside_since": to_instant(MORNING),
            "memberships": [],
            "outside_since": None,
            "assumed": False,
            "usage": {"last": "2026-11-22", "uses_in_month": 1, "days_in_a_row": 1},
            "past": None,
            "paid_until": None,
            "replaced_cards": [],
        }
    ]
    assert (answer["snapshot"], answer["removed"], answer["more"]) == (True, [], False)


def test_names_stay_on_the_server_where_the_facility_does_not_show_them(
    terminal: SigningTerminal, facility: Facility
) -> None:
    facility.shows_names = False
    facility.save()
    join(facility)

    assert [member["name"] for member in page(terminal)["members"]] == [None]


def test_showing_or_hiding_names_starts_a_new_snapshot(terminal: SigningTerminal, facility: Facility) -> None:
    join(facility)
    cursor = page(terminal)["cursor"]
    facility.shows_names = False
    facility.save()

    answer = page(terminal, cursor)

    assert (answer["snapshot"], [member["name"] for member in answer["members"]]) == (True, [None])


def test_another_name_for_the_facility_is_no_new_snapshot(terminal: SigningTerminal, facility: Facility) -> None:
    cursor = page(terminal)["cursor"]
    facility.name = "あおば町コワーキング"
    facility.save()

    assert page(terminal, cursor)["snapshot"] is False


def test_members_of_other_facilities_are_not_told(terminal: SigningTerminal) -> None:
    join(Facility.objects.create(name="別館"))

    assert page(terminal)["members"] == []


def test_nothing_new_is_an_empty_delta(terminal: SigningTerminal, facility: Facility) -> None:
    join(facility)
    cursor = page(terminal)["cursor"]

    answer = page(terminal, cursor)

    assert (answer["snapshot"], answer["members"], answer["removed"], answer["more"]) == (False, [], [], False)
    assert answer["cursor"] == cursor


def _suspend(member: Member) -> None:
    member.standing = "suspended"
    member.save()


def _link(member: Member) -> None:
    CardLink.objects.create(member=member, card_reference=b"\x03" * 32)


def _unlink_all(member: Member) -> None:
    CardLink.objects.filter(member=member).delete()


@pytest.mark.parametrize("change", [_suspend, _link, _unlink_all])
def test_a_change_of_a_member_is_a_delta(
    terminal: SigningTerminal, facility: Facility, change: Callable[[Member], None]
) -> None:
    member, _other = join(facility), join(facility, "2")
    CardLink.objects.create(member=member, card_reference=b"\x01" * 32)
    cursor = page(terminal)["cursor"]

    change(member)

    told = page(terminal, cursor)["members"]
    assert told == [each for each in page(terminal)["members"] if each["id"] == str(member.pk)]
    assert len(told) == 1


def test_a_card_that_changes_hands_is_a_delta_of_both(terminal: SigningTerminal, facility: Facility) -> None:
    before, after = join(facility), join(facility, "2")
    card = CardLink.objects.create(member=before, card_reference=b"\x01" * 32)
    cursor = page(terminal)["cursor"]

    card.member = after
    card.save()

    cards = {member["id"]: member["cards"] for member in page(terminal, cursor)["members"]}
    assert cards == {str(before.pk): [], str(after.pk): ["01" * 32]}


@pytest.mark.parametrize("whole_selection", [False, True], ids=["one", "a whole selection"])
def test_a_deleted_member_is_removed(terminal: SigningTerminal, facility: Facility, *, whole_selection: bool) -> None:
    member = join(facility)
    CardLink.objects.create(member=member, card_reference=b"\x01" * 32)
    cursor, gone = page(terminal)["cursor"], str(member.pk)

    if whole_selection:
        Member.objects.filter(pk=member.pk).delete()
    else:
        member.delete()

    answer = page(terminal, cursor)
    assert (answer["members"], answer["removed"]) == ([], [gone])


def test_a_member_who_moves_is_removed_here_and_told_there(terminal: SigningTerminal, facility: Facility) -> None:
    annex = Facility.objects.create(name="別館")
    there = SigningTerminal.enrolled_at(annex, "入室機")
    member = join(facility)
    here_cursor, there_cursor = page(terminal)["cursor"], page(there)["cursor"]

    member.home_facility = annex
    member.save()

    assert page(terminal, here_cursor)["removed"] == [str(member.pk)]
    assert [each["id"] for each in page(there, there_cursor)["members"]] == [str(member.pk)]


def test_going_in_and_out_at_another_terminal_are_deltas(terminal: SigningTerminal, facility: Facility) -> None:
    other, member = SigningTerminal.enrolled_at(facility, "退室機"), join(facility)
    cursor = page(terminal)["cursor"]

    other.deliver(other.record(member.pk))
    inside = page(terminal, cursor)
    assert [each["inside_since"] for each in inside["members"]] == [to_instant(MORNING)]

    other.deliver(other.record(member.pk, Kind.CHECK_OUT, MORNING + timedelta(hours=1)))
    outside = page(terminal, inside["cursor"])
    assert [each["inside_since"] for each in outside["members"]] == [None]


def test_a_record_that_is_not_counted_is_no_delta(terminal: SigningTerminal, facility: Facility) -> None:
    member = join(facility)
    terminal.deliver(*terminal.stay(member.pk))
    cursor = page(terminal)["cursor"]

    terminal.deliver(terminal.record(uuid4()))

    assert page(terminal, cursor)["members"] == []


@pytest.mark.parametrize(
    "cursor", ["nonsense", "x" * 5000, f"{'6f' * 16}.1.1", f"{'0' * 32}.1.{'9' * 18}"], ids=lambda text: text[:9]
)
def test_a_cursor_nobody_understands_starts_a_new_snapshot(
    terminal: SigningTerminal, facility: Facility, cursor: str
) -> None:
    join(facility)

    answer = page(terminal, cursor)

    assert (answer["snapshot"], len(answer["members"])) == (True, 1)


def test_a_cursor_ahead_of_a_restored_backup_starts_a_new_snapshot(
    terminal: SigningTerminal, facility: Facility
) -> None:
    join(facility)
    cursor = page(terminal)["cursor"]
    RosterChange.objects.all().delete()

    assert page(terminal, cursor)["snapshot"] is True


def test_pages_of_a_snapshot_tell_every_member_once(facility: Facility) -> None:
    ids = {join(facility, str(number)).pk for number in range(5)}

    first = read_page(facility.pk, None, MORNING, size=2)
    second = read_page(facility.pk, first.cursor, MORNING, size=2)
    third = read_page(facility.pk, second.cursor, MORNING, size=2)

    pages = (first, second, third)
    assert [(each.snapshot, each.more) for each in pages] == [(True, True), (False, True), (False, False)]
    told = [member.id for each in pages for member in each.members]
    assert (len(told), set(told)) == (5, ids)


def test_what_changes_while_a_snapshot_is_read_follows_it(facility: Facility) -> None:
    members = sorted((join(facility, str(number)) for number in range(3)), key=lambda member: member.pk)
    first = read_page(facility.pk, None, MORNING, size=2)
    _suspend(members[0])

    last = read_page(facility.pk, first.cursor, MORNING, size=2)
    delta = read_page(facility.pk, last.cursor, MORNING, size=2)

    assert [(member.id, member.standing) for member in delta.members] == [(members[0].pk, "suspended")]


def test_pages_of_a_delta_tell_every_change_once(facility: Facility) -> None:
    cursor: str = read_page(facility.pk, None, MORNING).cursor
    ids = {join(facility, str(number)).pk for number in range(5)}

    told: list[object] = []
    for more in (True, True, False):
        delta = read_page(facility.pk, cursor, MORNING, size=2)
        assert delta.more is more
        told += [member.id for member in delta.members]
        cursor = delta.cursor

    assert (len(told), set(told)) == (5, ids)


def test_only_the_latest_change_of_a_member_is_kept(facility: Facility) -> None:
    member = join(facility)
    _suspend(member)
    _suspend(member)

    assert [(change.member, change.number) for change in RosterChange.objects.all()] == [(member.pk, 3)]


def test_a_change_that_is_rolled_back_was_never_there(facility: Facility) -> None:
    before = read_page(facility.pk, None, MORNING)

    with transaction.atomic():
        join(facility)
        transaction.set_rollback(True)

    assert read_page(facility.pk, None, MORNING) == before


def test_an_unchanged_roster_is_not_sent_again(terminal: SigningTerminal, facility: Facility) -> None:
    join(facility)
    cursor = page(terminal)["cursor"]
    etag = terminal.roster(cursor).headers["ETag"]

    again = terminal.roster(cursor, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)

    join(facility, "2")
    assert terminal.roster(cursor, headers={"If-None-Match": etag}).status_code == 200


def test_the_roster_says_what_of_the_terminal_is_held(terminal: SigningTerminal, facility: Facility) -> None:
    assert page(terminal)["acknowledged"] == 0

    terminal.deliver(*terminal.stay(join(facility).pk))

    assert page(terminal)["acknowledged"] == 2


def test_the_roster_says_which_records_wait_for_staff(terminal: SigningTerminal, facility: Facility) -> None:
    terminal.deliver(terminal.record(uuid4()), terminal.record(join(facility).pk), terminal.record(uuid4()))
    assert page(terminal)["set_aside"] == [1, 3]

    Event.objects.filter(seq=1).update(resolved_at=MORNING)

    assert page(terminal)["set_aside"] == [3]


def test_of_other_terminals_nothing_is_said(terminal: SigningTerminal, facility: Facility) -> None:
    other = SigningTerminal.enrolled_at(facility, "退室機")
    other.deliver(other.record(uuid4()))

    assert (page(terminal)["acknowledged"], page(terminal)["set_aside"]) == (0, [])


def _deliver(terminal: SigningTerminal) -> None:
    terminal.deliver(terminal.record(uuid4()))


def _resolve(terminal: SigningTerminal) -> None:
    Event.objects.update(resolved_at=MORNING)


def _go_back(terminal: SigningTerminal) -> None:
    """As a restored backup does."""
    Event.objects.all().delete()


@pytest.mark.parametrize("change", [_deliver, _resolve, _go_back])
def test_what_became_of_its_records_is_news_to_a_terminal(
    terminal: SigningTerminal, change: Callable[[SigningTerminal], None]
) -> None:
    _deliver(terminal)
    answer = terminal.roster()
    cursor, etag = document(answer)["cursor"], answer.headers["ETag"]

    change(terminal)

    news = terminal.request("GET", f"/api/v1/roster?cursor={cursor}&wait=25", headers={"If-None-Match": etag})
    assert news.status_code == 200
    assert document(news)["members"] == []


def test_the_tag_of_an_answer_is_that_of_where_it_leads(terminal: SigningTerminal, facility: Facility) -> None:
    before = page(terminal)["cursor"]
    join(facility)
    answer = terminal.roster(before)
    cursor, etag = document(answer)["cursor"], answer.headers["ETag"]

    assert terminal.roster(cursor, headers={"If-None-Match": etag}).status_code == 304
    # Whoever did not take the answer after all gets it again.
    assert terminal.roster(before, headers={"If-None-Match": etag}).status_code == 200


def test_with_news_nobody_waits(terminal: SigningTerminal, facility: Facility) -> None:
    cursor = page(terminal)["cursor"]
    member = join(facility)

    answer = terminal.request("GET", f"/api/v1/roster?cursor={cursor}&wait=25")

    assert [each["id"] for each in document(answer)["members"]] == [str(member.pk)]


@pytest.mark.parametrize("wait", ["26", "-1", "1.5", "long", ""])
def test_nobody_waits_longer_than_is_good_for_a_connection(terminal: SigningTerminal, wait: str) -> None:
    assert refusal(terminal.request("GET", f"/api/v1/roster?wait={wait}")) == (422, "wrong_shape")


CHANGES: dict[str, Callable[[SigningTerminal, Member], object]] = {
    "a member": lambda _, member: _suspend(member),
    "a record": lambda terminal, _: _deliver(terminal),
    "a record counted after all": lambda *_: Event.objects.update(resolved_at=MORNING),
    "revoked": lambda *_: Terminal.objects.update(revoked_at=MORNING),
    "names": lambda *_: Facility.objects.update(shows_names=False),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_mark_differs_where_an_answer_would(
    terminal: SigningTerminal, facility: Facility, change: Callable[[SigningTerminal, Member], object]
) -> None:
    member = join(facility)
    _deliver(terminal)
    before = marks([terminal.id])

    change(terminal, member)

    assert marks([terminal.id]) != before


def test_a_mark_is_the_same_where_nothing_changed_for_the_terminal(
    terminal: SigningTerminal, facility: Facility
) -> None:
    annex = Facility.objects.create(name="別館")
    before = marks([terminal.id])

    join(annex)
    _deliver(SigningTerminal.enrolled_at(facility, "退室機"))
    terminal.roster()

    assert marks([terminal.id]) == before
