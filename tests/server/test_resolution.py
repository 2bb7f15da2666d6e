"""Rejected records: kept, told, and resolved by staff; nothing vanishes and nothing is counted twice."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import translation

from machine.signing_terminal import MORNING, SigningTerminal
from server.ledger.models import AlarmKind, Event, Rejection, Visit
from server.ledger.resolution import close, try_again
from server.ledger.sentences import about_alarm, about_rejection
from server.members.models import Member
from server.terminals.models import Facility
from visits.event import Kind

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def newcomer(facility: Facility, pk: UUID) -> None:
    Member.objects.create(pk=pk, home_facility=facility, number=str(pk), name="青葉 みのり", standing="active")


def test_a_member_entered_again_is_counted_when_staff_try_again(terminal: SigningTerminal, facility: Facility) -> None:
    member = uuid4()
    terminal.deliver(*terminal.stay(member))
    newcomer(facility, member)

    assert [try_again(event, "desk", NOW) for event in Event.objects.order_by("seq")] == [None, None]

    visit = Visit.objects.get()
    assert (visit.entered_at, visit.left_at, visit.flags) == (MORNING, MORNING + timedelta(hours=2), "")
    assert set(Event.objects.values_list("rejection", "resolved_by", "resolved_at")) == {(None, "desk", NOW)}


def test_events_tried_again_in_any_order_make_the_same_visit(terminal: SigningTerminal, facility: Facility) -> None:
    member = uuid4()
    terminal.deliver(*terminal.stay(member))
    newcomer(facility, member)

    for event in Event.objects.order_by("-seq"):
        try_again(event, "desk", NOW)

    assert Visit.objects.get().left_at == MORNING + timedelta(hours=2)


def test_a_second_try_of_a_counted_record_changes_nothing(terminal: SigningTerminal, facility: Facility) -> None:
    member = uuid4()
    terminal.deliver(*terminal.stay(member))
    newcomer(facility, member)
    event = Event.objects.get(seq=1)
    try_again(event, "desk", NOW)

    assert try_again(event, "night desk", NOW + timedelta(hours=1)) is None
    assert Event.objects.get(seq=1).resolved_by == "desk"
    assert Visit.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "rejection"),
    [
        ({}, Rejection.UNKNOWN_MEMBER),
        ({"kind": "somersault"}, Rejection.UNREADABLE),
        ({"at": "9999-12-31T23:59:59.999Z"}, Rejection.IMPLAUSIBLE_TIME),
    ],
    ids=["unknown member", "unreadable", "implausible time"],
)
def test_what_still_cannot_be_counted_stays_in_quarantine(
    terminal: SigningTerminal, changes: dict[str, object], rejection: Rejection
) -> None:
    terminal.deliver(terminal.spoilt(uuid4(), changes))
    event = Event.objects.get()

    assert try_again(event, "desk", NOW) is rejection

    event.refresh_from_db()
    assert (event.rejection, event.resolved_at) == (rejection, None)


def test_a_record_understood_since_an_update_gets_its_time_among_its_neighbours(
    terminal: SigningTerminal, facility: Facility
) -> None:
    member = uuid4()
    newcomer(facility, member)
    ten_years_on = MORNING + timedelta(days=3653)
    came, went, later = (
        terminal.record(member),
        terminal.spoilt(member, {"clock": "unsynchronised"}, Kind.CHECK_OUT, ten_years_on),
        terminal.record(member, at=MORNING + timedelta(hours=3)),
    )
    terminal.deliver(came, went, later)
    Event.objects.filter(seq=2).update(rejection="unreadable", kind=None, member=None, at=None, boot=None, basis=None)
    Visit.objects.all().delete()

    assert try_again(Event.objects.get(seq=2), "desk", NOW) is None

    assert Event.objects.get(seq=2).at == MORNING + timedelta(hours=3)


def test_a_closed_record_keeps_its_note_and_who_wrote_it(terminal: SigningTerminal) -> None:
    terminal.deliver(terminal.record(uuid4()))
    event = Event.objects.get()

    close(event, "試験用の記録", "desk", NOW)
    close(event, "もう一度", "night desk", NOW)

    event.refresh_from_db()
    assert (event.note, event.resolved_by, event.resolved_at) == ("試験用の記録", "desk", NOW)
    assert (event.rejection, Visit.objects.count()) == ("unknown_member", 0)


def test_what_is_counted_cannot_be_closed(terminal: SigningTerminal, facility: Facility) -> None:
    member = uuid4()
    newcomer(facility, member)
    terminal.deliver(terminal.record(member))

    close(Event.objects.get(), "?", "desk", NOW)

    assert Event.objects.get().resolved_at is None


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_rejection_and_every_alarm_is_explained(language: str) -> None:
    with translation.override(language):
        said = [*map(about_rejection, Rejection), *map(about_alarm, AlarmKind)]

    ends = {"ja": "。", "en": "."}[language]
    assert all(sentence.endswith(ends) for sentence in said)
    assert len(set(said)) == len(Rejection) + len(AlarmKind)
