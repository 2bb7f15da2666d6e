"""The visits in the database are the fold of all events, in whatever order the terminals' deliveries arrive."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from machine.signing_terminal import MORNING, Record, SigningTerminal
from server.ledger.models import Visit
from server.members.models import Member
from server.terminals.models import Facility
from visits import fold as rules
from visits.event import Event, Kind, parse_event

PASSAGES = st.tuples(
    st.integers(0, 2),  # terminal
    st.integers(0, 2),  # member
    st.sampled_from(Kind),
    st.integers(0, 12),  # minutes after the morning: few, so that instants collide
    st.booleans(),  # does the terminal deliver after this one?
)


def _as_rule(visit: Visit) -> rules.Visit:
    return rules.Visit(
        member=visit.member_id,
        first_terminal=visit.first_terminal_id,
        first_seq=visit.first_seq,
        entered_at=visit.entered_at,
        left_at=visit.left_at,
        flags=frozenset(rules.Flag(flag) for flag in visit.flags.split()),
    )


def _passage(event: Event) -> rules.Passage:
    return rules.Passage(event.member, event.kind, event.at, event.position.terminal, event.position.seq)


def _deliver(
    terminals: list[SigningTerminal], members: list[UUID], passages: list[tuple[int, int, Kind, int, bool]]
) -> list[Record]:
    queues: list[list[Record]] = [[] for _ in terminals]
    sent: list[Record] = []
    for of, member, kind, minutes, delivers in passages:
        queues[of].append(terminals[of].record(members[member], kind, MORNING + timedelta(minutes=minutes)))
        if delivers:
            terminals[of].deliver(*queues[of])
            sent += queues[of]
            queues[of] = []
    return sent


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(passages=st.lists(PASSAGES, max_size=20))
def test_visits_are_the_fold_of_everything_delivered(
    facility: Facility, passages: list[tuple[int, int, Kind, int, bool]]
) -> None:
    with transaction.atomic():
        terminals = [SigningTerminal.enrolled_at(facility, str(n)) for n in range(3)]
        members = [
            Member.objects.create(home_facility=facility, number=str(n), name="誰か", standing="active").pk
            for n in range(3)
        ]

        sent = _deliver(terminals, members, passages)

        expected = rules.fold(_passage(parse_event(record)) for record in sent)
        assert {_as_rule(visit) for visit in Visit.objects.all()} == set(expected)
        transaction.set_rollback(True)
