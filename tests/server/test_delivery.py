"""Delivery of events: every right record once, every wrong one kept where staff can see it."""

import json
from base64 import b64encode
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from machine.signing_terminal import MORNING, Record, SigningTerminal, refusal
from server.ledger.models import Alarm, Event, Visit
from server.members.models import Member
from server.terminals.models import Facility
from visits.event import Kind, canonical, head_statement, record_hash


@pytest.fixture
def member(facility: Facility) -> UUID:
    return Member.objects.create(home_facility=facility, number="1", name="青葉 みのり", standing="active").pk


def contents() -> list[tuple[object, ...]]:
    """All that a delivery may change."""
    return [
        *Event.objects.order_by("pk").values_list(),
        *Visit.objects.order_by("pk").values_list(),
        *Alarm.objects.order_by("pk").values_list(),
        *Facility.objects.values_list(),
    ]


def test_a_stay_is_acknowledged_and_becomes_a_visit(terminal: SigningTerminal, member: UUID) -> None:
    answer = terminal.deliver(*terminal.stay(member))

    assert answer["acknowledged"] == 2
    assert (answer["rejected"], answer["conflicts"]) == ([], [])
    visit = Visit.objects.get()
    assert (visit.member_id, visit.entered_at, visit.left_at) == (member, MORNING, MORNING + timedelta(hours=2))


def test_the_record_is_kept_as_it_came(terminal: SigningTerminal, member: UUID) -> None:
    record = terminal.spoilt(member, {"of_a_later_version": "also kept 鳥"})

    terminal.deliver(record)

    event = Event.objects.get()
    assert event.record == canonical(record).decode()
    assert bytes(event.hash) == record_hash(record)


def test_the_same_batch_again_changes_nothing_and_is_answered_the_same(terminal: SigningTerminal, member: UUID) -> None:
    records = [*terminal.stay(member), terminal.record(uuid4())]
    first = terminal.deliver(*records)
    before = contents()

    again = terminal.deliver(*records)

    assert contents() == before
    assert {**again, "server_time": first["server_time"]} == first


def test_a_batch_that_overlaps_what_is_held_adds_only_the_rest(terminal: SigningTerminal, member: UUID) -> None:
    records = [*terminal.stay(member), *terminal.stay(member, MORNING + timedelta(hours=3))]
    terminal.deliver(*records[:3])

    assert terminal.deliver(*records[1:])["acknowledged"] == 4
    assert Event.objects.count() == 4


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "somersault"}, "unreadable"),
        ({"v": 2}, "unreadable"),
        ({"at": "yesterday"}, "unreadable"),
        ({"member": 5}, "unreadable"),
        ({"rule": None}, "unreadable"),
        ({"monotonic_ms": 10**300}, "unreadable"),
        ({"boot": "\x00"}, "unreadable"),
        ({"at": "9999-12-31T23:59:59.999Z"}, "implausible_time"),
        ({"at": "0001-01-01T00:00:00.000Z"}, "implausible_time"),
        ({"member": "6f1f8c52-2c1c-4e44-9d3a-0a5a5f7c0999"}, "unknown_member"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_record_that_cannot_be_counted_is_kept_and_stops_no_other(
    terminal: SigningTerminal, member: UUID, changes: Record, code: str
) -> None:
    records = [
        terminal.record(member),
        terminal.spoilt(member, changes),
        terminal.record(member, Kind.CHECK_OUT, MORNING + timedelta(hours=1)),
    ]

    answer = terminal.deliver(*records)

    assert answer["acknowledged"] == 3
    assert [(each["seq"], each["code"]) for each in answer["rejected"]] == [(2, code)]
    kept = Event.objects.get(seq=2)
    assert (kept.rejection, kept.record) == (code, canonical(records[1]).decode())
    assert Visit.objects.get().left_at == MORNING + timedelta(hours=1)


def test_what_is_wrong_with_a_record_is_said_without_its_values(terminal: SigningTerminal, member: UUID) -> None:
    answer = terminal.deliver(terminal.spoilt(member, {"clock": "a secret"}))

    assert answer["rejected"][0]["detail"] == "clock: has no meaning here"


def test_a_gap_leaves_the_good_prefix_and_raises_one_alarm(terminal: SigningTerminal, member: UUID) -> None:
    first, _lost, third = (terminal.record(member, at=MORNING + timedelta(minutes=n)) for n in range(3))

    for _ in range(2):
        assert terminal.deliver(first, third)["acknowledged"] == 1

    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.expected_seq, alarm.record) == ("gap", 2, canonical(third).decode())


def test_an_alarm_that_was_handled_is_open_again_where_nothing_became_better(
    terminal: SigningTerminal, member: UUID
) -> None:
    _lost, second = (terminal.record(member) for _ in range(2))
    terminal.deliver(second)
    Alarm.objects.update(handled_at=MORNING)

    terminal.deliver(second)

    assert Alarm.objects.get().handled_at is None


@pytest.mark.parametrize(
    "changes",
    [{"prev": "ab" * 32}, {"prev": None}, {"terminal": str(uuid4())}],
    ids=["another record before it", "no record before it", "another terminal's record"],
)
def test_a_broken_chain_leaves_the_good_prefix_and_raises_one_alarm(
    terminal: SigningTerminal, member: UUID, changes: Record
) -> None:
    records = [terminal.record(member), terminal.spoilt(member, changes), terminal.record(member)]

    for _ in range(2):
        assert terminal.deliver(*records)["acknowledged"] == 1

    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.expected_seq) == ("broken_chain", 2)
    assert Event.objects.count() == 1


def test_a_second_record_with_a_known_number_is_a_conflict_and_overwrites_nothing(
    terminal: SigningTerminal, member: UUID
) -> None:
    original = terminal.record(member)
    terminal.deliver(original)
    other = {**original, "at": "2026-11-22T05:00:00.000Z"}

    for _ in range(2):
        answer = terminal.deliver(other)
        assert (answer["acknowledged"], answer["conflicts"]) == (1, [1])

    assert Event.objects.get().record == canonical(original).decode()
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.record) == ("conflict", canonical(other).decode())


def test_one_batch_with_two_records_of_one_number_is_a_conflict(terminal: SigningTerminal, member: UUID) -> None:
    original = terminal.record(member)
    other = {**original, "at": "2026-11-22T05:00:00.000Z"}

    assert terminal.deliver(original, other)["conflicts"] == [1]


@pytest.mark.parametrize(
    "spoil",
    [
        {"signature": b64encode(bytes(64)).decode()},
        {"signature": "not base64!"},
        {"hash": "00" * 32},
        {"seq": 7},
    ],
    ids=["signed by nobody", "no signature at all", "another hash", "another number"],
)
def test_a_wrong_head_applies_nothing(terminal: SigningTerminal, member: UUID, spoil: Record) -> None:
    batch = terminal.batch(*terminal.stay(member))

    answer = terminal.post({**batch, "head": {**batch["head"], **spoil}})

    assert refusal(answer) == (422, "bad_head")
    assert Event.objects.count() == 0


def test_a_head_signed_by_another_terminal_is_wrong(
    terminal: SigningTerminal, facility: Facility, member: UUID
) -> None:
    batch = terminal.batch(terminal.record(member))
    other = SigningTerminal.enrolled_at(facility, "退室機")
    other.id = terminal.id

    batch["head"] = other.batch(*batch["events"])["head"]

    assert refusal(terminal.post(batch)) == (422, "bad_head")


def test_a_head_signed_for_another_number_is_wrong(terminal: SigningTerminal, member: UUID) -> None:
    record = terminal.record(member)
    signature = terminal.key.sign(head_statement(terminal.id, 7, record_hash(record)))
    head = {"seq": 7, "hash": record_hash(record).hex(), "signature": b64encode(signature).decode()}

    assert refusal(terminal.post({"events": [record], "head": head})) == (422, "bad_head")


def test_a_terminal_delivers_only_its_own_events(terminal: SigningTerminal, facility: Facility, member: UUID) -> None:
    other = SigningTerminal.enrolled_at(facility, "退室機")
    body = canonical(other.batch(other.record(member)))

    assert refusal(terminal.request("POST", other.events_target, body)) == (403, "not_your_terminal")


def test_a_visit_may_begin_at_one_terminal_and_end_at_another(
    terminal: SigningTerminal, facility: Facility, member: UUID
) -> None:
    exit_terminal = SigningTerminal.enrolled_at(facility, "退室機")
    leaving = exit_terminal.record(member, Kind.CHECK_OUT, MORNING + timedelta(hours=1))
    exit_terminal.deliver(leaving)
    assert Visit.objects.get().flags == "no_check_in"

    terminal.deliver(terminal.record(member))

    visit = Visit.objects.get()
    assert (visit.entered_at, visit.left_at, visit.flags) == (MORNING, MORNING + timedelta(hours=1), "")


def test_what_happens_at_one_facility_is_no_visit_of_another(terminal: SigningTerminal, member: UUID) -> None:
    elsewhere = SigningTerminal.enrolled_at(Facility.objects.create(name="別館"), "退室機")
    terminal.deliver(terminal.record(member))

    elsewhere.deliver(elsewhere.record(member, Kind.CHECK_OUT, MORNING + timedelta(hours=1)))

    assert Visit.objects.count() == 2


@pytest.mark.parametrize(
    ("at", "day"),
    [("2026-11-22T14:59:59.999Z", "2026-11-22"), ("2026-11-22T15:00:00.000Z", "2026-11-23")],
    ids=["a moment before midnight", "midnight in Tokyo"],
)
def test_a_visit_counts_for_the_day_it_began_on_in_tokyo(
    terminal: SigningTerminal, member: UUID, at: str, day: str
) -> None:
    terminal.deliver(terminal.record(member, at=datetime.fromisoformat(at)))

    assert str(Visit.objects.get().day) == day


def test_five_hundred_events_fit_in_a_batch_and_one_more_does_not(terminal: SigningTerminal, member: UUID) -> None:
    records = [terminal.record(member, at=MORNING + timedelta(minutes=n)) for n in range(501)]

    assert terminal.deliver(*records[:500])["acknowledged"] == 500
    assert refusal(terminal.post(terminal.batch(*records))) == (422, "wrong_shape")


def test_an_answer_tells_the_time(terminal: SigningTerminal, member: UUID) -> None:
    answer = terminal.deliver(terminal.record(member))

    assert abs(datetime.fromisoformat(answer["server_time"]) - datetime.now().astimezone()) < timedelta(minutes=1)


def test_a_number_that_is_text_is_no_number(terminal: SigningTerminal, member: UUID) -> None:
    batch = terminal.batch(terminal.record(member))
    batch["head"]["seq"] = "1"

    assert refusal(terminal.request("POST", terminal.events_target, json.dumps(batch).encode())) == (422, "wrong_shape")
