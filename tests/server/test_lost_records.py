"""Records a terminal declares destroyed are stepped over, noted, and never taken for anything else."""

import pytest

from machine.signing_terminal import MORNING, Record, SigningTerminal, document, refusal
from server.ledger.models import Alarm, Event, Visit
from server.members.models import Member
from server.terminals.models import Facility
from visits.event import Kind


@pytest.fixture
def records(terminal: SigningTerminal, facility: Facility) -> list[Record]:
    member = Member.objects.create(home_facility=facility, number="1", name="青葉 みのり", standing="active").pk
    return [terminal.record(member, Kind.CHECK_IN if n % 2 == 0 else Kind.CHECK_OUT, MORNING) for n in range(6)]


def deliver(terminal: SigningTerminal, lost: list[int], *records: Record) -> Record:
    answer = terminal.post({**terminal.batch(*records), "lost": lost})
    assert answer.status_code == 200, answer.content
    return document(answer)


def test_the_chain_goes_on_over_exactly_what_was_declared(terminal: SigningTerminal, records: list[Record]) -> None:
    answer = deliver(terminal, [2, 3], records[0], *records[3:])

    assert (answer["acknowledged"], answer["rejected"]) == (6, [])
    held = Event.objects.order_by("seq").values_list("seq", "rejection")
    assert list(held) == [(1, None), (2, "lost"), (3, "lost"), (4, None), (5, None), (6, None)]


def test_staff_see_one_alarm_that_names_them(terminal: SigningTerminal, records: list[Record]) -> None:
    for _ in range(2):
        deliver(terminal, [2, 3], records[0], *records[3:])

    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.expected_seq, alarm.record) == ("gap", 2, '{"lost":[2,3]}')


def test_what_was_not_declared_is_still_a_gap(terminal: SigningTerminal, records: list[Record]) -> None:
    assert deliver(terminal, [2], records[0], *records[3:])["acknowledged"] == 2
    assert set(Alarm.objects.values_list("kind", "expected_seq")) == {("gap", 2), ("gap", 3)}


def test_the_last_records_may_be_lost_too(terminal: SigningTerminal, records: list[Record]) -> None:
    assert deliver(terminal, [5, 6], *records[:4])["acknowledged"] == 6


def test_what_is_there_is_not_lost_whatever_is_declared(terminal: SigningTerminal, records: list[Record]) -> None:
    assert deliver(terminal, [1, 2, 3], *records[:3])["acknowledged"] == 3
    assert (Visit.objects.count(), Alarm.objects.count()) == (2, 0)


def test_what_is_there_after_a_gap_is_not_lost_either(terminal: SigningTerminal, records: list[Record]) -> None:
    assert deliver(terminal, [2, 3, 4], records[0], *records[2:4])["conflicts"] == []
    assert list(Event.objects.filter(rejection="lost").values_list("seq")) == [(2,)]


def test_a_record_that_turns_up_after_it_was_declared_lost_is_kept_with_an_alarm(
    terminal: SigningTerminal, records: list[Record]
) -> None:
    deliver(terminal, [2], records[0], records[2])

    assert deliver(terminal, [], records[1], records[2])["conflicts"] == [2]
    assert Alarm.objects.filter(kind="conflict", expected_seq=2).count() == 1


@pytest.mark.parametrize("lost", [[0], ["2"], [2.5], list(range(1, 502)), None, 5], ids=lambda lost: repr(lost)[:12])
def test_nothing_else_is_a_declaration(terminal: SigningTerminal, records: list[Record], lost: object) -> None:
    answer = terminal.post({**terminal.batch(records[0]), "lost": lost})

    assert refusal(answer) == (422, "wrong_shape")


@pytest.mark.parametrize(
    "boot",
    [
        {},
        {"boot": "1", "offset_ms": 1, "error_ms": 1},
        {"boot": "0b6c5c2e-7f2a-4a57-8f42-2d9a0e6b1c01", "offset_ms": -1, "error_ms": 1},
        {"boot": "0b6c5c2e-7f2a-4a57-8f42-2d9a0e6b1c01", "offset_ms": "1", "error_ms": 1},
    ],
    ids=["empty", "no boot", "before 1970", "text"],
)
def test_an_offset_of_another_shape_is_refused(terminal: SigningTerminal, records: list[Record], boot: Record) -> None:
    assert refusal(terminal.post({**terminal.batch(records[0]), "boot": boot})) == (422, "wrong_shape")
    assert Event.objects.count() == 0
