"""The queue of records: append-only, gapless, and never acknowledged past its head."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Connection, Engine, create_engine, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlcipher3 import dbapi2

from sync import outbox
from sync.envelope import Rejection
from sync.outbox import MOST_SET_ASIDE, BeyondHead, ChainBroken, Head, Lost, QueueStanding, SetAside

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MONTH = timedelta(days=30)


def hash_of(seq: int) -> bytes:
    return seq.to_bytes(32)


def fill(connection: Connection, count: int) -> None:
    for seq in range(1, count + 1):
        outbox.append(connection, seq, hash_of(seq), f'{{"seq":{seq}}}')


def test_an_empty_queue_starts_from_zero_bytes(engine: Engine) -> None:
    with engine.begin() as connection:
        assert outbox.head(connection) == Head(0, bytes(32))


def test_the_head_is_the_record_appended_last(engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection, 3)
        assert outbox.head(connection) == Head(3, hash_of(3))


@pytest.mark.parametrize("seq", [0, 1, 2, 4], ids=["before the first", "first again", "last again", "one left out"])
def test_a_record_out_of_turn_breaks_the_chain(engine: Engine, seq: int) -> None:
    with engine.begin() as connection:
        fill(connection, 2)
        with pytest.raises(ChainBroken) as broken:
            outbox.append(connection, seq, hash_of(seq), "{}")
        assert (broken.value.seq, broken.value.expected) == (seq, 3)
        assert outbox.head(connection).seq == 2


def test_a_hash_of_another_length_is_not_taken(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(IntegrityError):
        outbox.append(connection, 1, bytes(31), "{}")


def test_a_record_is_queued_only_with_its_transaction(engine: Engine) -> None:
    with engine.connect() as connection:
        fill(connection, 1)
        connection.rollback()
    with engine.connect() as connection:
        assert outbox.head(connection).seq == 0


@pytest.mark.parametrize(
    "change",
    [update(outbox.outbox_events).values(record="{}"), delete(outbox.outbox_events)],
    ids=["changed", "deleted"],
)
def test_a_record_once_written_is_never(engine: Engine, change: object) -> None:
    with engine.begin() as connection:
        fill(connection, 1)
        with pytest.raises(IntegrityError, match="append-only"):
            connection.execute(change)  # type: ignore[call-overload]


def test_pending_is_the_oldest_unacknowledged_in_order(engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection, 5)
        outbox.acknowledge(connection, 2)
        sealed = outbox.pending(connection, 2)
    assert [(item.seq, item.hash, item.record) for item in sealed] == [
        (3, hash_of(3), '{"seq":3}'),
        (4, hash_of(4), '{"seq":4}'),
    ]


def test_the_cursor_never_moves_back(engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection, 3)
        outbox.acknowledge(connection, 3)
        outbox.acknowledge(connection, 1)
        assert outbox.standing(connection).acknowledged == 3


def test_an_acknowledgement_past_the_head_moves_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection, 3)
        with pytest.raises(BeyondHead) as beyond:
            outbox.acknowledge(connection, 4)
        assert (beyond.value.seq, beyond.value.head) == (4, 3)
        assert outbox.standing(connection).acknowledged == 0


def test_a_rejection_is_kept_as_first_noted(engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection, 2)
        outbox.quarantine(connection, [Rejection(2, "unknown_member", "no such member")], NOON)
        outbox.quarantine(connection, [Rejection(2, "bad_kind", "again")], NOON + timedelta(hours=1))
        rows = connection.execute(select(outbox.outbox_rejected)).all()
    assert [tuple(row) for row in rows] == [(2, "unknown_member", "no such member", "2026-11-22T12:00:00.000Z", None)]


def test_a_rejection_of_a_record_never_made_is_not_believed(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(BeyondHead):
        outbox.quarantine(connection, [Rejection(1, "bad_kind", "")], NOON)


def test_instants_are_stored_in_utc(engine: Engine) -> None:
    with engine.begin() as connection:
        outbox.contacted(connection, NOON.astimezone(timezone(timedelta(hours=9))))
        stored = connection.execute(select(outbox.outbox_cursor.c.last_contact_at)).scalar_one()
    assert stored == "2026-11-22T12:00:00.000Z"


def test_the_standing_of_a_new_queue(engine: Engine) -> None:
    with engine.begin() as connection:
        assert outbox.standing(connection) == QueueStanding(0, None, 0, 0, None)


def test_the_standing_tells_length_oldest_record_rejections_and_last_contact(engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection, 5)
        outbox.acknowledge(connection, 3)
        outbox.quarantine(connection, [Rejection(1, "bad_kind", "")], NOON)
        outbox.contacted(connection, NOON)
        assert outbox.standing(connection) == QueueStanding(2, '{"seq":4}', 3, 1, NOON)


# Going back to what the server still holds


def acknowledged(connection: Connection) -> int:
    return outbox.standing(connection).acknowledged


def kept(connection: Connection) -> list[int]:
    return list(connection.execute(select(outbox.outbox_events.c.seq).order_by(outbox.outbox_events.c.seq)).scalars())


def delivered_long_ago(connection: Connection, count: int, upto: int) -> None:
    """`count` records; the server has held those up to `upto` for a month."""
    fill(connection, count)
    outbox.acknowledge(connection, upto)
    outbox.contacted(connection, NOON)
    outbox.contacted(connection, NOON + MONTH)


def test_what_the_server_lost_is_pending_again(engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection, 5)
        outbox.acknowledge(connection, 4)
        outbox.rewind(connection, 2)
        assert [sealed.seq for sealed in outbox.pending(connection, 9)] == [3, 4, 5]


def test_a_server_that_holds_as_much_or_more_moves_nothing_back(engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection, 5)
        outbox.acknowledge(connection, 3)
        outbox.rewind(connection, 4)
        outbox.rewind(connection, 3)
        assert acknowledged(connection) == 3


def test_what_was_pruned_and_lost_is_named_and_the_rest_is_pending(engine: Engine) -> None:
    with engine.begin() as connection:
        delivered_long_ago(connection, 9, upto=6)
        outbox.prune(connection, MONTH, 4)
        with pytest.raises(Lost) as lost:
            outbox.rewind(connection, 2)
        assert (lost.value.first, lost.value.last) == (3, 4)
        assert [sealed.seq for sealed in outbox.pending(connection, 9)] == [5, 6, 7, 8, 9]


def test_what_was_delivered_again_stays_for_another_month(engine: Engine) -> None:
    with engine.begin() as connection:
        delivered_long_ago(connection, 9, upto=6)
        outbox.rewind(connection, 0)
        outbox.acknowledge(connection, 9)
        assert outbox.prune(connection, MONTH, 100) == 0


# Pruning


@pytest.mark.parametrize(("days", "left"), [(29, [1, 2, 3, 4, 5]), (30, [4, 5]), (400, [4, 5])])
def test_records_are_pruned_when_the_server_has_held_them_long_enough(
    engine: Engine, days: int, left: list[int]
) -> None:
    with engine.begin() as connection:
        fill(connection, 5)
        outbox.acknowledge(connection, 3)
        outbox.contacted(connection, NOON)
        outbox.acknowledge(connection, 4)
        outbox.contacted(connection, NOON + timedelta(days=days))
        assert outbox.prune(connection, MONTH, 100) == 5 - len(left)
        assert kept(connection) == left


def test_without_a_contact_nothing_is_old(engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection, 5)
        outbox.acknowledge(connection, 5)
        assert outbox.prune(connection, timedelta(0), 100) == 0


def test_the_newest_stays_for_the_next_to_name_its_hash(engine: Engine) -> None:
    with engine.begin() as connection:
        delivered_long_ago(connection, 5, upto=5)
        outbox.prune(connection, MONTH, 100)
        assert outbox.head(connection) == Head(5, hash_of(5))
        outbox.append(connection, 6, hash_of(6), "{}")


def test_pruning_goes_on_where_it_ended(engine: Engine) -> None:
    with engine.begin() as connection:
        delivered_long_ago(connection, 5, upto=5)
        assert [outbox.prune(connection, MONTH, 3) for _ in range(3)] == [3, 1, 0]


def test_a_record_that_waits_for_staff_stays_with_all_after_it(engine: Engine) -> None:
    with engine.begin() as connection:
        delivered_long_ago(connection, 5, upto=5)
        outbox.quarantine(connection, [Rejection(3, "bad_kind", "")], NOON)
        outbox.prune(connection, MONTH, 100)
        assert kept(connection) == [3, 4, 5]
        outbox.set_aside(connection, [], NOON)
        outbox.prune(connection, MONTH, 100)
        assert kept(connection) == [5]


@pytest.mark.parametrize("seq", [4, 5], ids=["not acknowledged", "the newest"])
def test_the_table_itself_keeps_what_is_needed(engine: Engine, seq: int) -> None:
    with engine.begin() as connection:
        fill(connection, 5)
        outbox.acknowledge(connection, {4: 3, 5: 5}[seq])
        with pytest.raises(IntegrityError, match="append-only"):
            connection.execute(delete(outbox.outbox_events).where(outbox.outbox_events.c.seq == seq))


# Set aside


def set_aside_now(connection: Connection) -> list[int]:
    return [waiting.seq for waiting in outbox.waiting_for_staff(connection, 1000)]


def test_what_staff_resolved_no_longer_waits(engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection, 3)
        outbox.quarantine(connection, [Rejection(1, "bad_kind", "why"), Rejection(2, "bad_kind", "")], NOON)
        outbox.set_aside(connection, [1], NOON)
        assert outbox.waiting_for_staff(connection, 9) == (SetAside(1, "bad_kind", "why", NOON),)
        assert outbox.standing(connection).rejected == 1


def test_what_staff_open_again_waits_again(engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection, 3)
        outbox.quarantine(connection, [Rejection(1, "bad_kind", "")], NOON)
        outbox.set_aside(connection, [], NOON)
        assert set_aside_now(connection) == []
        outbox.set_aside(connection, [1], NOON)
        assert set_aside_now(connection) == [1]


def test_a_rejection_whose_answer_was_lost_is_noted_all_the_same(engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection, 3)
        outbox.set_aside(connection, [2], NOON)
        assert outbox.waiting_for_staff(connection, 9) == (SetAside(2, "set_aside", "", NOON),)


def test_a_list_that_may_go_on_resolves_nothing_beyond_its_end(engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection, MOST_SET_ASIDE + 2)
        every = range(1, MOST_SET_ASIDE + 3)
        outbox.quarantine(connection, [Rejection(seq, "bad_kind", "") for seq in every], NOON)
        outbox.set_aside(connection, every[1:-1], NOON)
        assert set_aside_now(connection) == list(every[1:])


def test_a_record_never_made_is_not_set_aside(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(BeyondHead):
        outbox.set_aside(connection, [1], NOON)


# Whatever happens in whatever order


class Dealings(RuleBasedStateMachine):
    """A terminal, and a server that may lose its newest records; compared with two plain sets."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = create_engine("sqlite://", module=dbapi2)
        outbox.metadata.create_all(self.engine)
        self.made = 0
        self.server: set[int] = set()
        self.given_up: set[int] = set()
        self.now = NOON

    def teardown(self) -> None:
        self.engine.dispose()

    def held(self) -> int:
        """The server's contiguous sequence, over what it was told is lost."""
        known = self.server | self.given_up
        return next(seq for seq in count(0) if seq + 1 not in known)

    @rule(times=st.integers(1, 5))
    def tap(self, times: int) -> None:
        for _ in range(times):
            self.made += 1
            with self.engine.begin() as connection:
                outbox.append(connection, self.made, hash_of(self.made), "{}")

    @rule(limit=st.integers(1, 4), answered=st.booleans())
    def deliver(self, limit: int, answered: bool) -> None:
        with self.engine.begin() as connection:
            self.server |= {sealed.seq for sealed in outbox.pending(connection, limit)}
            if not answered:
                return
            self.learn(connection)

    @rule(newest=st.integers(1, 6))
    def the_server_loses(self, newest: int) -> None:
        """A backup is restored."""
        kept = self.held() - newest
        self.server = {seq for seq in self.server if seq <= kept}
        self.given_up = {seq for seq in self.given_up if seq <= kept}
        with self.engine.begin() as connection:
            self.learn(connection)

    @rule(days=st.integers(0, 40), at_most=st.integers(1, 5))
    def prune(self, days: int, at_most: int) -> None:
        self.now += timedelta(days=days)
        with self.engine.begin() as connection:
            outbox.contacted(connection, self.now)
            outbox.prune(connection, MONTH, at_most)

    @rule(seq=st.integers(1, 30))
    def reject(self, seq: int) -> None:
        with self.engine.begin() as connection, suppress(BeyondHead):
            outbox.quarantine(connection, [Rejection(seq, "bad_kind", "")], self.now)

    @rule()
    def resolve(self) -> None:
        with self.engine.begin() as connection:
            outbox.set_aside(connection, [], self.now)

    def learn(self, connection: Connection) -> None:
        """As the sender does it: forward, or back with what nobody holds declared lost."""
        if self.held() >= acknowledged(connection):
            outbox.acknowledge(connection, self.held())
            return
        try:
            outbox.rewind(connection, self.held())
        except Lost as lost:
            self.given_up |= set(range(lost.first, lost.last + 1))

    @invariant()
    def every_record_is_at_the_server_or_here(self) -> None:
        with self.engine.begin() as connection:
            here = set(kept(connection))
            pending = {sealed.seq for sealed in outbox.pending(connection, 10_000)}
            assert {*here, *self.server, *self.given_up} >= set(range(1, self.made + 1))
            assert pending >= here - self.server - set(range(1, acknowledged(connection) + 1))
            assert self.server | self.given_up >= set(range(1, acknowledged(connection) + 1))

    @invariant()
    def what_is_here_has_no_gap_and_ends_with_the_newest(self) -> None:
        with self.engine.begin() as connection:
            here = kept(connection)
            assert here == list(range(self.made - len(here) + 1, self.made + 1))
            assert bool(here) == bool(self.made)
            assert acknowledged(connection) >= self.made - len(here)


TestDealings = Dealings.TestCase
TestDealings.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)


def append_near_head(connection: Connection, offset: int) -> None:
    seq = outbox.head(connection).seq + 1 + offset
    try:
        outbox.append(connection, seq, hash_of(abs(seq)), "{}")
    except ChainBroken:
        assert offset != 0


def acknowledge_near_head(connection: Connection, offset: int) -> None:
    newest = outbox.head(connection).seq
    try:
        outbox.acknowledge(connection, newest + offset)
    except BeyondHead:
        assert offset > 0


TRIES: dict[str, Callable[[Connection, int], None]] = {"append": append_near_head, "acknowledge": acknowledge_near_head}


STEPS = st.lists(st.tuples(st.sampled_from(sorted(TRIES)), st.integers(-2, 2)), max_size=40)


@settings(max_examples=50, deadline=None)
@given(steps=STEPS)
def test_whatever_is_tried_the_queue_has_no_gap_and_its_cursor_stays_within(steps: list[tuple[str, int]]) -> None:
    engine = create_engine("sqlite://", module=dbapi2)
    outbox.metadata.create_all(engine)
    with engine.begin() as connection:
        written: list[int] = []
        acknowledged = 0
        for what, offset in steps:
            TRIES[what](connection, offset)
            seqs = list(connection.execute(select(outbox.outbox_events.c.seq)).scalars())
            assert seqs == list(range(1, len(seqs) + 1))
            assert seqs[: len(written)] == written
            cursor = outbox.standing(connection).acknowledged
            assert acknowledged <= cursor <= len(seqs)
            written, acknowledged = seqs, cursor
    engine.dispose()
