"""What staff record, take back and put right by hand: added to the records, never written over them (A14, A30)."""

import json
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from machine.signing_terminal import MORNING, SigningTerminal
from server.desk.overview import overview
from server.feed.standing import quarantine
from server.ledger.corrections import (
    AheadOfTimeError,
    DoesNotFitError,
    NotCountedError,
    correct_times,
    passages_of,
    record_passage,
    void,
    void_visit,
)
from server.ledger.models import Correction, Event, Rejection, Visit
from server.ledger.resolution import try_again
from server.members.models import Member
from server.members.roster_change import RosterChange
from server.terminals.enrolment import AlreadyEnrolledError, issue_code
from server.terminals.models import Facility, Terminal
from visits.event import FIRST_PREVIOUS, Kind, canonical_hash, parse_event

NOW = MORNING + timedelta(days=1)
NOON = MORNING + timedelta(hours=3)


@pytest.fixture
def ann(facility: Facility) -> Member:
    return Member.objects.create(home_facility=facility, number="1", name="青葉 みのり", standing="pending")


def record(member: Member, kind: Kind, at: datetime, note: str = "承認待ち") -> Event:
    return record_passage(member.home_facility, member, kind, at, "desk", note, NOW)


def spans() -> list[tuple[datetime | None, datetime | None]]:
    return sorted(Visit.objects.values_list("entered_at", "left_at"), key=str)


def test_a_passage_at_the_desk_is_a_visit_like_any_other(facility: Facility, ann: Member) -> None:
    record(ann, Kind.CHECK_IN, MORNING)
    record(ann, Kind.CHECK_OUT, NOON)

    assert spans() == [(MORNING, NOON)]


def test_it_stands_in_the_chain_of_the_desk_as_an_ordinary_record(facility: Facility, ann: Member) -> None:
    first, second = record(ann, Kind.CHECK_IN, MORNING), record(ann, Kind.CHECK_OUT, NOON)

    facts = [parse_event(json.loads(event.record)) for event in (first, second)]
    assert [fact.position.seq for fact in facts] == [1, 2]
    assert [fact.position.previous for fact in facts] == [FIRST_PREVIOUS, canonical_hash(first.record.encode())]
    assert {fact.rule.value for fact in facts} == {"by_staff"}
    assert {(event.basis, event.boot) for event in (first, second)} == {("stated", None)}
    assert Terminal.objects.get(is_desk=True).pk == first.terminal_id


def test_who_recorded_it_when_and_why_is_kept(facility: Facility, ann: Member) -> None:
    event = record(ann, Kind.CHECK_IN, MORNING)

    [said] = Correction.objects.all()
    assert (said.by, said.at, said.note, said.adds, said.voids) == ("desk", NOW, "承認待ち", event, None)


def test_a_check_in_between_a_terminal_s_passages_finds_its_place(
    terminal: SigningTerminal, facility: Facility, ann: Member
) -> None:
    terminal.deliver(terminal.record(ann.pk, Kind.CHECK_OUT, NOON))

    record(ann, Kind.CHECK_IN, MORNING)

    assert spans() == [(MORNING, NOON)]


def test_what_is_taken_back_keeps_its_record_and_makes_no_visit(
    terminal: SigningTerminal, facility: Facility, ann: Member
) -> None:
    terminal.deliver(*terminal.stay(ann.pk))
    event = Event.objects.get(seq=2)
    before = event.record

    void(event, "desk", "別の方のカード", NOW)

    event.refresh_from_db()
    assert (event.rejection, event.resolved_by, event.note) == (Rejection.VOIDED, "desk", "別の方のカード")
    assert event.record == before
    assert spans() == [(MORNING, None)]
    assert Correction.objects.get().voids == event


def test_what_is_taken_back_waits_for_nobody_and_no_terminal_hears_of_it(
    terminal: SigningTerminal, facility: Facility, ann: Member
) -> None:
    stay = terminal.stay(ann.pk)
    terminal.deliver(*stay)
    void(Event.objects.get(seq=1), "desk", "", NOW)

    assert terminal.deliver(*stay)["rejected"] == []
    assert not quarantine().exists()


def test_nothing_is_taken_back_twice(terminal: SigningTerminal, facility: Facility, ann: Member) -> None:
    terminal.deliver(terminal.record(ann.pk))
    event = Event.objects.get()
    void(event, "desk", "", NOW)

    with pytest.raises(NotCountedError):
        void(event, "desk", "", NOW)
    assert Correction.objects.count() == 1


def test_what_was_taken_back_is_not_counted_by_trying_again(
    terminal: SigningTerminal, facility: Facility, ann: Member
) -> None:
    terminal.deliver(terminal.record(ann.pk))
    event = Event.objects.get()
    void(event, "desk", "", NOW)

    assert try_again(event, "desk", NOW) is Rejection.VOIDED
    assert spans() == []


def test_a_corrected_time_takes_back_the_record_and_adds_another(
    terminal: SigningTerminal, facility: Facility, ann: Member
) -> None:
    terminal.deliver(*terminal.stay(ann.pk))
    left = MORNING + timedelta(hours=2)

    made = correct_times(Visit.objects.get(), MORNING, NOON, "desk", "退室を忘れた", NOW)

    assert (made.entered_at, made.left_at) == (MORNING, NOON)
    [said] = Correction.objects.all()
    assert said.voids is not None
    assert said.adds is not None
    assert (said.voids.at, said.adds.at) == (left, NOON)


def test_a_stated_time_has_the_milliseconds_of_records(
    terminal: SigningTerminal, facility: Facility, ann: Member
) -> None:
    terminal.deliver(*terminal.stay(ann.pk))

    made = correct_times(Visit.objects.get(), MORNING, NOON + timedelta(microseconds=1), "desk", "?", NOW)

    assert made.left_at == NOON


def test_an_earlier_way_in_makes_the_visit_begin_with_the_desk_s_record(
    terminal: SigningTerminal, facility: Facility, ann: Member
) -> None:
    terminal.deliver(terminal.record(ann.pk))

    made = correct_times(Visit.objects.get(), MORNING - timedelta(hours=1), None, "desk", "?", NOW)

    assert made.first_terminal.is_desk
    assert spans() == [(MORNING - timedelta(hours=1), None)]


def test_a_way_out_can_be_taken_back_of_who_is_still_inside(
    terminal: SigningTerminal, facility: Facility, ann: Member
) -> None:
    terminal.deliver(*terminal.stay(ann.pk))

    correct_times(Visit.objects.get(), MORNING, None, "desk", "まだ在館", NOW)

    assert spans() == [(MORNING, None)]


def test_times_that_cross_another_visit_change_nothing(
    terminal: SigningTerminal, facility: Facility, ann: Member
) -> None:
    terminal.deliver(*terminal.stay(ann.pk), *terminal.stay(ann.pk, NOON))
    before = spans()
    first = Visit.objects.get(entered_at=MORNING)

    with pytest.raises(DoesNotFitError):
        correct_times(first, MORNING, NOON + timedelta(minutes=1), "desk", "?", NOW)

    assert spans() == before
    assert not Correction.objects.exists()
    assert not Event.objects.filter(rejection=Rejection.VOIDED).exists()


def test_a_visit_that_has_become_another_is_not_corrected(
    terminal: SigningTerminal, facility: Facility, ann: Member
) -> None:
    terminal.deliver(*terminal.stay(ann.pk))
    seen = Visit.objects.get()
    void_visit(seen, "desk", "?", NOW)

    with pytest.raises(NotCountedError):
        correct_times(seen, MORNING, NOON, "night desk", "?", NOW)


def test_a_visit_that_did_not_happen_is_gone_with_all_its_passages(
    terminal: SigningTerminal, facility: Facility, ann: Member
) -> None:
    came_twice = [terminal.record(ann.pk), *terminal.stay(ann.pk, MORNING + timedelta(minutes=5))]
    terminal.deliver(*came_twice, *terminal.stay(ann.pk, NOON))
    first = Visit.objects.get(entered_at=MORNING)
    passages = passages_of(first)

    void_visit(first, "desk", "別の方のカード", NOW)

    assert len(passages) == 3
    assert set(Event.objects.filter(rejection=Rejection.VOIDED)) == set(passages)
    assert spans() == [(NOON, NOON + timedelta(hours=2))]


@pytest.mark.parametrize("ahead", [timedelta(milliseconds=1), timedelta(days=100_000)])
def test_what_has_not_happened_is_not_recorded(facility: Facility, ann: Member, ahead: timedelta) -> None:
    with pytest.raises(AheadOfTimeError):
        record(ann, Kind.CHECK_IN, NOW + ahead)
    assert not Event.objects.exists()


def test_terminals_hear_of_what_the_desk_records(facility: Facility, ann: Member) -> None:
    told = RosterChange.objects.get(member=ann.pk).number

    record(ann, Kind.CHECK_IN, MORNING)

    assert RosterChange.objects.get(member=ann.pk).number > told


def test_a_facility_has_one_desk_which_is_no_device(facility: Facility, ann: Member) -> None:
    desk = record(ann, Kind.CHECK_IN, MORNING).terminal

    assert [now.terminal for now in overview(NOW).terminals] == []
    with pytest.raises(AlreadyEnrolledError):
        issue_code(desk, NOW)
    for spoilt in (
        Terminal(facility=facility, name="二つ目", direction="", is_desk=True),
        Terminal(facility=facility, name="方向なし", direction=""),
        Terminal(
            pk=desk.pk, facility=facility, name="鍵", direction="", is_desk=True, public_key=b"1" * 32, enrolled_at=NOW
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            spoilt.save()


def test_the_desk_takes_another_name_where_a_device_has_its_own(facility: Facility, ann: Member) -> None:
    Terminal.objects.create(facility=facility, name="受付", direction="in")

    assert record(ann, Kind.CHECK_IN, MORNING).terminal.name == "受付 2"


def test_a_correction_corrects_something(facility: Facility, ann: Member) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.create(facility=facility, member=ann, by="desk", at=NOW)


def test_the_desk_cannot_be_asked_for_as_a_terminal(terminal: SigningTerminal, facility: Facility, ann: Member) -> None:
    desk = record(ann, Kind.CHECK_IN, MORNING).terminal_id
    impostor = SigningTerminal(UUID(str(desk)), terminal.key)

    assert impostor.roster().status_code == 401


def test_a_passage_recorded_in_between_makes_two_visits_of_one(
    terminal: SigningTerminal, facility: Facility, ann: Member
) -> None:
    terminal.deliver(terminal.record(ann.pk), *terminal.stay(ann.pk, NOON))

    record(ann, Kind.CHECK_OUT, MORNING + timedelta(hours=1))

    assert spans() == [(MORNING, MORNING + timedelta(hours=1)), (NOON, NOON + timedelta(hours=2))]
    assert set(Visit.objects.values_list("flags", flat=True)) == {""}
