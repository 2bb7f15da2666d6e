"""The visits in the database are the fold of all events, in whatever order the terminals' deliveries arrive.

Clocks are wrong and offsets are learnt late; every visit is compared with the rules applied to everything at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from machine.signing_terminal import MORNING, Record, SigningTerminal
from server.ledger import folding
from server.ledger.models import Event, Visit
from server.members.models import Member
from server.members.roster_change import RosterChange
from server.terminals.models import Facility, Terminal
from visits import fold as rules
from visits.event import Kind, ServerOffset, parse_event
from visits.timeline import SURE_MS, Basis, better, offsets_of, timeline

BOOTS = [UUID(int=number) for number in (1, 2)]
BOOT_ZERO_MS = int(MORNING.timestamp() * 1000)


@dataclass(frozen=True)
class Step:
    """A passage `minutes` after the morning, at a terminal whose clock goes wrong by `wrong` hours."""

    terminal: int
    member: int
    kind: Kind
    minutes: int
    boot: int
    wrong: int
    synchronised: bool
    knows_offset: bool
    error_ms: int
    delivers: bool
    tells_boot: int | None
    twice: bool


STEPS = st.builds(
    Step,
    terminal=st.integers(0, 2),
    member=st.integers(0, 2),
    kind=st.sampled_from(Kind),
    minutes=st.integers(0, 12),  # few, so that instants collide
    boot=st.integers(0, 1),
    wrong=st.sampled_from([0, 0, 1, -24, 87_672]),
    synchronised=st.booleans(),
    knows_offset=st.booleans(),
    error_ms=st.sampled_from([20, SURE_MS, SURE_MS + 1, 90_000]),
    delivers=st.booleans(),
    tells_boot=st.none() | st.integers(0, 1),
    twice=st.booleans(),
)


def _record(terminal: SigningTerminal, member: UUID, step: Step) -> Record:
    changes: Record = {
        "boot": str(BOOTS[step.boot]),
        "monotonic_ms": step.minutes * 60_000,
        "clock": "synchronised" if step.synchronised else "unsynchronised",
    }
    if step.knows_offset:
        changes |= {"server_offset_ms": BOOT_ZERO_MS - step.error_ms, "server_offset_error_ms": step.error_ms}
    at = MORNING + timedelta(minutes=step.minutes, hours=step.wrong)
    return terminal.spoilt(member, changes, step.kind, at)


@dataclass
class Sent:
    """All one terminal ever told."""

    records: list[Record]
    boots: dict[UUID, ServerOffset]


def _deliver(terminal: SigningTerminal, queue: list[Record], tells: int | None, sent: Sent) -> None:
    batch = terminal.batch(*queue)
    if tells is not None:
        told = ServerOffset(BOOT_ZERO_MS + tells, 7 + len(queue))
        batch["boot"] = {"boot": str(BOOTS[tells]), "offset_ms": told.milliseconds, "error_ms": told.error_ms}
        sent.boots[BOOTS[tells]] = better(sent.boots.get(BOOTS[tells]), told)
    assert terminal.post(batch).status_code == 200


def _passages(sent: Sent) -> list[rules.Passage]:
    events = [parse_event(record) for record in sent.records]
    offsets = {
        boot: better(sent.boots.get(boot), offset) for boot, offset in {**sent.boots, **offsets_of(events)}.items()
    }
    return [
        rules.Passage(
            event.member,
            event.kind,
            timing.at,
            event.position.terminal,
            event.position.seq,
            timing.basis is Basis.DOUBTFUL,
        )
        for event, timing in zip(events, timeline(events, offsets), strict=True)
    ]


def _as_rule(visit: Visit) -> rules.Visit:
    flags = frozenset(map(rules.Flag, visit.flags.split()))
    return rules.Visit(
        visit.member_id, visit.first_terminal_id, visit.first_seq, visit.entered_at, visit.left_at, flags
    )


def _members(facility: Facility, count: int) -> list[UUID]:
    return [
        Member.objects.create(home_facility=facility, number=str(n), name="誰か", standing="active").pk
        for n in range(count)
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=20))
def test_visits_are_the_fold_of_everything_delivered(facility: Facility, steps: Sequence[Step]) -> None:
    with transaction.atomic():
        terminals = [SigningTerminal.enrolled_at(facility, str(n)) for n in range(3)]
        members = _members(facility, 3)
        queues: list[list[Record]] = [[] for _ in terminals]
        sent = [Sent([], {}) for _ in terminals]

        for step in steps:
            queue = queues[step.terminal]
            queue.append(_record(terminals[step.terminal], members[step.member], step))
            if step.delivers:
                for _ in range(1 + step.twice):
                    _deliver(terminals[step.terminal], queue, step.tells_boot, sent[step.terminal])
                sent[step.terminal].records += queue
                queues[step.terminal] = []

        expected = rules.fold(passage for each in sent for passage in _passages(each))
        assert {_as_rule(visit) for visit in Visit.objects.all()} == set(expected)
        transaction.set_rollback(True)


def test_a_clock_that_was_wrong_is_put_right_when_its_boot_s_offset_arrives(
    terminal: SigningTerminal, facility: Facility
) -> None:
    [member] = _members(facility, 1)
    unsynchronised = {"clock": "unsynchronised", "monotonic_ms": 60_000}
    terminal.deliver(terminal.spoilt(member, unsynchronised, at=MORNING - timedelta(days=20_000)))
    assert Visit.objects.get().flags == "doubtful_time"

    batch = terminal.batch(
        terminal.spoilt(member, {**unsynchronised, "monotonic_ms": 120_000}, Kind.CHECK_OUT, MORNING)
    )
    terminal.post({**batch, "boot": {"boot": str(terminal.boot), "offset_ms": BOOT_ZERO_MS, "error_ms": 9}})

    visit = Visit.objects.get()
    assert (visit.entered_at, visit.left_at) == (MORNING + timedelta(minutes=1), MORNING + timedelta(minutes=2))
    assert (visit.flags, str(visit.day)) == ("", "2026-11-22")


def test_a_less_sure_offset_changes_nothing(terminal: SigningTerminal, facility: Facility) -> None:
    [member] = _members(facility, 1)
    said = {"boot": str(terminal.boot), "offset_ms": BOOT_ZERO_MS, "error_ms": 9}
    terminal.post({**terminal.batch(terminal.record(member)), "boot": said})
    before = list(Event.objects.values_list("at"))

    later = terminal.record(member, Kind.CHECK_OUT)
    terminal.post({**terminal.batch(later), "boot": {**said, "offset_ms": 0, "error_ms": 10}})

    assert list(Event.objects.filter(seq=1).values_list("at")) == before


def test_an_offset_that_leads_beyond_all_calendars_moves_nobody(terminal: SigningTerminal, facility: Facility) -> None:
    [member] = _members(facility, 1)
    record = terminal.record(member)
    terminal.deliver(record)

    terminal.post(
        {**terminal.batch(record), "boot": {"boot": str(terminal.boot), "offset_ms": 2**53 - 1, "error_ms": 0}}
    )

    assert Visit.objects.get().entered_at == MORNING


def test_of_two_visits_that_begin_at_one_instant_the_later_is_by_the_terminals_ids_and_not_their_names(
    facility: Facility,
) -> None:
    [member] = _members(facility, 1)
    first, second = sorted((SigningTerminal.enrolled_at(facility, name) for name in "ab"), key=lambda each: each.id)
    Terminal.objects.filter(pk=first.id).update(name="z")
    first.deliver(first.record(member, Kind.CHECK_OUT))
    second.deliver(second.record(member))

    second.deliver(second.record(member, Kind.CHECK_OUT, MORNING + timedelta(hours=1)))

    assert set(Visit.objects.values_list("entered_at", "left_at")) == {
        (None, MORNING),
        (MORNING, MORNING + timedelta(hours=1)),
    }


def test_the_terminals_are_told_of_a_member_only_where_the_member_s_visits_change(
    terminal: SigningTerminal, facility: Facility
) -> None:
    member, *others = _members(facility, 3)
    told = list(RosterChange.objects.filter(member__in=others).order_by("member").values_list("number"))

    stay = terminal.stay(member)
    terminal.deliver(*stay)
    terminal.deliver(*stay)
    terminal.deliver(terminal.record(member, at=MORNING + timedelta(hours=3)))

    assert list(RosterChange.objects.filter(member__in=others).order_by("member").values_list("number")) == told
    assert RosterChange.objects.get(member=member).number == max(number for (number,) in told) + 2


def test_an_event_that_arrives_late_has_only_its_own_visit_and_what_follows_made_anew(
    terminal: SigningTerminal, facility: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    [member] = _members(facility, 1)
    exit_terminal = SigningTerminal.enrolled_at(facility, "退室機")
    starts = [MORNING + timedelta(hours=n) for n in range(200)]
    terminal.deliver(*(terminal.record(member, at=at) for at in starts))
    exit_terminal.deliver(
        *(exit_terminal.record(member, Kind.CHECK_OUT, at + timedelta(minutes=9)) for at in starts[:-2])
    )
    read = _counted_reading(monkeypatch)

    exit_terminal.deliver(exit_terminal.record(member, Kind.CHECK_OUT, starts[-2] + timedelta(minutes=9)))

    assert [len(passages) for passages in read] == [3]
    assert set(Visit.objects.values_list("flags", flat=True)) == {""}
    assert Visit.objects.count() == 200


def test_what_arrives_in_order_reads_no_event_again(
    terminal: SigningTerminal, facility: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    [member] = _members(facility, 1)
    terminal.deliver(*terminal.stay(member))
    read = _counted_reading(monkeypatch)

    terminal.deliver(*terminal.stay(member, MORNING + timedelta(hours=3)))

    assert read == []
    assert Visit.objects.count() == 2


def _counted_reading(monkeypatch: pytest.MonkeyPatch) -> list[list[rules.Passage]]:
    read: list[list[rules.Passage]] = []
    original = folding._passages_since

    def noted(*arguments: Any) -> list[rules.Passage]:
        read.append(list(original(*arguments)))
        return read[-1]

    monkeypatch.setattr(folding, "_passages_since", noted)
    return read
