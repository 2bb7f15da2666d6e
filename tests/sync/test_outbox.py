"""The queue of records: append-only, gapless, and never acknowledged past its head."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlcipher3 import dbapi2

from sync import outbox
from sync.envelope import Rejection
from sync.outbox import BeyondHead, ChainBroken, Head, QueueStanding

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


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
