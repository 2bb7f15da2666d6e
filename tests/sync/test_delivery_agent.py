"""The delivery loop against a server that loses answers, refuses, lies and comes back; no time passes in it."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from sync import outbox
from sync.agent import Pace, Parts, run
from sync.delivery import Policy, Trouble
from sync.document import Document
from sync.feed import RosterMember
from sync.outbox import QueueStanding
from sync.outcome import Refused, TimedOut, Undelivered, Unreachable, UnreadableAnswer

SERVER_TIME = "2026-11-22T01:00:00.000Z"
HEARD = datetime(2026, 11, 22, 1, tzinfo=UTC)


class LedgerServer:
    """Keeps records as the central server does; `script` holds what befalls the next batches, then all goes well."""

    def __init__(self) -> None:
        self.ledger: dict[int, object] = {}
        self.batches: list[list[int]] = []
        self.script: list[Callable[[list[int]], Document]] = []
        self.roster_script: list[Undelivered | Document] = []
        self.pulls = 0

    def deliver(self, body: bytes) -> Document:
        batch = json.loads(body)
        seqs = [record["seq"] for record in batch["events"]]
        assert batch["head"]["seq"] == seqs[-1]
        self.batches.append(seqs)
        return self.script.pop(0)(seqs) if self.script else self.take(seqs)

    def take(self, seqs: list[int], **said: object) -> Document:
        for seq in seqs:
            if seq == len(self.ledger) + 1:
                self.ledger[seq] = seq
        return acknowledged(len(self.ledger), **said)

    def take_and_lose(self, seqs: list[int]) -> Document:
        self.take(seqs)
        raise Unreachable

    def roster(self, cursor: str | None) -> Document:
        self.pulls += 1
        given = self.roster_script.pop(0) if self.roster_script else roster_page()
        if isinstance(given, Undelivered):
            raise given
        return given


def acknowledged(seq: object, **said: object) -> Document:
    return {"acknowledged": seq, "rejected": [], "conflicts": [], "server_time": SERVER_TIME, **said}


def roster_page(**said: object) -> Document:
    nothing: list[object] = []
    page = {"cursor": "1", "snapshot": True, "members": nothing, "removed": nothing, "more": False}
    return {**page, "server_time": SERVER_TIME, **said}


def fails(error: Exception) -> Callable[[list[int]], Document]:
    def answer(_: list[int]) -> Document:
        raise error

    return answer


class Roster:
    def __init__(self) -> None:
        self.replaced = 0
        self.broken = False

    def cursor(self) -> str | None:
        if self.broken:
            raise OSError("山田 太郎")
        return None

    def replace(self, members: Sequence[RosterMember], cursor: str) -> None:
        self.replaced += 1

    def merge(self, members: Sequence[RosterMember], removed: Sequence[str], cursor: str) -> None:
        raise AssertionError("only snapshots here")


class Terminal:
    """A terminal with its clock in hand: waiting moves the clock and nothing else."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.server = LedgerServer()
        self.sink = Roster()
        self.now = 1000.0
        self.waits: list[float] = []
        self.troubles: list[Trouble | None] = []
        self.parts = Parts(
            engine=engine,
            server=self.server,
            sink=self.sink,
            sign_head=lambda seq, digest: bytes(32) + digest,
            policy=Policy(),
            pace=Pace(),
            monotonic=lambda: self.now,
            random=lambda: 0.0,
            report=self.troubles.append,
        )

    def tap(self, count: int) -> None:
        with self.engine.begin() as connection:
            for _ in range(count):
                seq = outbox.head(connection).seq + 1
                outbox.append(connection, seq, seq.to_bytes(32), json.dumps({"seq": seq}))

    def run(self, turns: int, meanwhile: Callable[[int], None] = lambda _: None) -> None:
        left = turns

        def wait(seconds: float) -> bool:
            nonlocal left
            self.waits.append(seconds)
            self.now += seconds
            left -= 1
            meanwhile(turns - left)
            return left == 0

        run(self.parts, wait)

    @property
    def standing(self) -> QueueStanding:
        with self.engine.connect() as connection:
            return outbox.standing(connection)


@pytest.fixture
def terminal(engine: Engine) -> Terminal:
    return Terminal(engine)


def test_what_is_pending_is_delivered_and_acknowledged(terminal: Terminal) -> None:
    terminal.tap(3)
    terminal.run(turns=1)
    assert terminal.server.batches == [[1, 2, 3]]
    assert terminal.standing == QueueStanding(0, None, 3, 0, HEARD)


def test_the_head_is_signed_for_the_last_record_of_the_batch(terminal: Terminal) -> None:
    signed: list[tuple[int, bytes]] = []

    def sign_head(seq: int, digest: bytes) -> bytes:
        signed.append((seq, digest))
        return bytes(64)

    terminal.parts = replace(terminal.parts, sign_head=sign_head)
    terminal.tap(3)
    terminal.run(turns=1)
    assert signed == [(3, (3).to_bytes(32))]


def test_a_long_queue_goes_out_in_batches_without_waiting(terminal: Terminal) -> None:
    terminal.tap(1200)
    terminal.run(turns=3)
    assert [len(batch) for batch in terminal.server.batches] == [500, 500, 200]
    assert terminal.waits == [0.0, 0.0, 1.0]


def test_a_record_made_while_waiting_goes_out_with_the_next_poll(terminal: Terminal) -> None:
    terminal.run(turns=3, meanwhile=lambda turn: terminal.tap(1) if turn == 2 else None)
    assert terminal.server.batches == [[1]]
    assert terminal.waits == [1.0, 1.0, 1.0]


def test_with_nothing_pending_only_the_roster_uses_the_network(terminal: Terminal) -> None:
    terminal.run(turns=61)
    assert (terminal.server.batches, terminal.server.pulls) == ([], 3)


def test_a_pulled_roster_counts_as_contact(terminal: Terminal) -> None:
    terminal.run(turns=1)
    assert terminal.standing.last_contact_at == HEARD


def test_between_the_batches_of_a_long_queue_no_roster_is_brought(terminal: Terminal) -> None:
    terminal.tap(1200)
    pulls: list[int] = []
    terminal.run(turns=3, meanwhile=lambda _: pulls.append(terminal.server.pulls))
    assert pulls == [1, 1, 2]


def test_the_roster_is_brought_right_after_a_delivery(terminal: Terminal) -> None:
    terminal.run(turns=2, meanwhile=lambda turn: terminal.tap(1) if turn == 1 else None)
    assert (terminal.server.batches, terminal.server.pulls) == ([[1]], 2)


def test_after_a_lost_answer_the_same_batch_goes_again_and_counts_once(terminal: Terminal) -> None:
    terminal.server.script = [terminal.server.take_and_lose]
    terminal.tap(2)
    terminal.run(turns=2)
    assert terminal.server.batches == [[1, 2], [1, 2]]
    assert sorted(terminal.server.ledger) == [1, 2]
    assert terminal.standing.acknowledged == 2


@pytest.mark.parametrize(
    "answer",
    [
        {},
        acknowledged(None),
        acknowledged("3"),
        acknowledged(-1),
        acknowledged(4),
        acknowledged(2**53),
        acknowledged(3, server_time="now"),
        acknowledged(3, rejected=[{"seq": 1}]),
        acknowledged(3, rejected=[{"seq": 9, "code": "bad_kind", "detail": ""}]),
        acknowledged(3, conflicts=[9]),
    ],
    ids=str,
)
def test_a_bad_answer_changes_nothing_and_the_batch_goes_again(terminal: Terminal, answer: Document) -> None:
    terminal.server.script = [lambda _: answer]
    terminal.server.roster_script = [Unreachable()]
    terminal.tap(3)
    standings: list[QueueStanding] = []
    terminal.run(turns=2, meanwhile=lambda _: standings.append(terminal.standing))
    assert standings[0] == QueueStanding(3, '{"seq": 1}', 0, 0, None)
    assert terminal.server.batches == [[1, 2, 3], [1, 2, 3]]
    assert terminal.troubles == [Trouble.UNREADABLE, None]


@pytest.mark.parametrize(
    "failure",
    [Unreachable(), TimedOut(), UnreadableAnswer("answer", "is not JSON")]
    + [Refused(status, "", None) for status in (302, 400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 503)],
    ids=lambda failure: f"{type(failure).__name__} {failure}",
)
def test_no_failure_takes_anything_out_of_the_queue(terminal: Terminal, failure: Undelivered) -> None:
    terminal.server.script = [fails(failure)] * 5
    terminal.tap(3)
    terminal.run(turns=5)
    assert (terminal.standing.length, terminal.standing.acknowledged, terminal.standing.rejected) == (3, 0, 0)


def test_a_rejected_record_is_set_aside_and_blocks_nothing(terminal: Terminal) -> None:
    rejected = [{"seq": 2, "code": "unknown_member", "detail": "no such member"}]
    terminal.server.script = [lambda seqs: terminal.server.take(seqs, rejected=rejected)]
    terminal.tap(3)
    terminal.run(turns=2, meanwhile=lambda turn: terminal.tap(1) if turn == 1 else None)
    assert terminal.server.batches == [[1, 2, 3], [4]]
    assert (terminal.standing.acknowledged, terminal.standing.rejected) == (4, 1)


def test_a_record_the_server_holds_another_under_is_shown_as_a_conflict(terminal: Terminal) -> None:
    terminal.server.script = [lambda seqs: terminal.server.take(seqs, conflicts=[1])]
    terminal.tap(1)
    terminal.run(turns=1)
    with terminal.engine.connect() as connection:
        rows = connection.execute(select(outbox.outbox_rejected.c.seq, outbox.outbox_rejected.c.code)).all()
    assert [tuple(row) for row in rows] == [(1, "conflict")]


def test_an_answer_that_acknowledges_part_moves_the_cursor_so_far_and_goes_on(terminal: Terminal) -> None:
    terminal.server.script = [lambda seqs: terminal.server.take(seqs[:2])]
    terminal.tap(5)
    terminal.run(turns=2)
    assert terminal.server.batches == [[1, 2, 3, 4, 5], [3, 4, 5]]


def test_an_answer_that_acknowledges_nothing_new_backs_off_and_says_stalled(terminal: Terminal) -> None:
    terminal.server.script = [lambda _: acknowledged(0)] * 2
    terminal.tap(1)
    terminal.run(turns=2)
    assert len(terminal.server.batches) == 2
    assert (terminal.troubles, terminal.waits) == ([Trouble.STALLED], [1.0, 1.0])


def test_a_failure_keeps_the_network_quiet_until_its_pause_is_over(terminal: Terminal) -> None:
    terminal.server.script = [fails(Refused(503, "", timedelta(seconds=10)))]
    terminal.tap(1)
    terminal.run(turns=10)
    assert len(terminal.server.batches) == 1


def test_a_busy_server_is_asked_again_when_it_said(terminal: Terminal) -> None:
    terminal.server.script = [fails(Refused(503, "", timedelta(seconds=10)))]
    terminal.tap(1)
    terminal.run(turns=11)
    assert terminal.server.batches == [[1], [1]]


def test_too_large_batches_shrink_at_once_to_what_passes(terminal: Terminal) -> None:
    def at_most_100(seqs: list[int]) -> Document:
        if len(seqs) > 100:
            raise Refused(413, "too_large", None)
        return terminal.server.take(seqs)

    terminal.server.script = [at_most_100] * 4
    terminal.tap(500)
    terminal.run(turns=4)
    assert [len(batch) for batch in terminal.server.batches] == [500, 250, 125, 62]
    assert terminal.waits[:3] == [0.0, 0.0, 0.0]
    assert terminal.standing.acknowledged == 62


def test_a_wrong_clock_costs_one_request_and_no_wait(terminal: Terminal) -> None:
    terminal.server.script = [fails(Refused(401, "clock_skew", None))]
    terminal.tap(1)
    terminal.run(turns=2)
    assert terminal.waits[0] == 0.0
    assert terminal.standing.acknowledged == 1
    assert terminal.troubles == []


def test_a_revoked_terminal_says_so_and_comes_back_after_an_hour(terminal: Terminal) -> None:
    terminal.server.script = [fails(Refused(403, "terminal_revoked", None))]
    terminal.tap(1)
    batches: list[int] = []
    terminal.run(turns=3601, meanwhile=lambda _: batches.append(len(terminal.server.batches)))
    assert (batches[3599], batches[3600]) == (1, 2)
    assert terminal.troubles == [Trouble.REVOKED, None]


def test_trouble_is_reported_when_it_begins_and_when_it_ends(terminal: Terminal) -> None:
    terminal.server.script = [fails(Unreachable())] * 3
    terminal.tap(1)
    terminal.run(turns=8)
    assert terminal.troubles == [Trouble.UNREACHABLE, None]


def test_a_torn_roster_changes_nothing_and_comes_again(terminal: Terminal) -> None:
    terminal.server.roster_script = [roster_page(more=True), Unreachable()]
    replaced: list[int] = []
    terminal.run(turns=2, meanwhile=lambda _: replaced.append(terminal.sink.replaced))
    assert replaced == [0, 1]


def test_trouble_with_the_roster_does_not_hold_up_delivery(terminal: Terminal) -> None:
    terminal.server.roster_script = [Refused(500, "", None)] * 100
    terminal.run(turns=20, meanwhile=lambda turn: terminal.tap(1))
    assert terminal.standing.acknowledged == 19
    assert terminal.troubles == [Trouble.REFUSED]


def test_a_failing_roster_is_asked_at_its_own_pace_even_when_records_go_out(terminal: Terminal) -> None:
    terminal.server.roster_script = [Refused(503, "", timedelta(minutes=1))] * 100
    terminal.run(turns=20, meanwhile=lambda turn: terminal.tap(1))
    assert terminal.server.pulls == 1


def test_a_broken_sink_is_reported_without_what_it_said_and_tried_again(
    terminal: Terminal, caplog: pytest.LogCaptureFixture
) -> None:
    def mend(_: int) -> None:
        terminal.sink.broken = False

    terminal.sink.broken = True
    terminal.run(turns=2, meanwhile=mend)
    assert terminal.sink.replaced == 1
    assert terminal.troubles == [Trouble.BROKEN, None]
    assert "OSError at" in caplog.text
    assert "山田" not in caplog.text


def test_a_database_that_fails_is_survived(terminal: Terminal) -> None:
    def rename(before: str, after: str) -> None:
        with terminal.engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {before} RENAME TO {after}")

    terminal.tap(1)
    rename("outbox_cursor", "gone")
    terminal.run(turns=3, meanwhile=lambda turn: rename("gone", "outbox_cursor") if turn == 1 else None)
    assert terminal.server.batches == [[1]]
    assert terminal.troubles == [Trouble.BROKEN, None]


def test_an_answer_that_cannot_be_written_down_is_as_good_as_lost(terminal: Terminal) -> None:
    """One commit for cursor, rejections and contact: when the last of them fails, none of them stands."""
    terminal.tap(1)
    rejected = [{"seq": 1, "code": "bad_kind", "detail": ""}]
    terminal.server.script = [lambda seqs: terminal.server.take(seqs, rejected=rejected)]
    terminal.server.roster_script = [Unreachable()]
    with terminal.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE UPDATE OF last_contact_at ON outbox_cursor BEGIN SELECT RAISE(ABORT, ''); END"
        )
    terminal.run(turns=1)
    assert (terminal.standing.acknowledged, terminal.standing.rejected) == (0, 0)


def test_the_log_speaks_of_sequences_and_never_of_records(terminal: Terminal, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with terminal.engine.begin() as connection:
        outbox.append(connection, 1, bytes(32), json.dumps({"seq": 1, "member": "8d5f"}))
    rejected = [{"seq": 1, "code": "unknown_member", "detail": "member 8d5f"}]
    terminal.server.script = [lambda seqs: terminal.server.take(seqs, rejected=rejected)]
    terminal.run(turns=1)
    assert "sent 1 to 1, acknowledged 1, rejected [1], conflicts []" in caplog.text
    assert "8d5f" not in caplog.text


def test_the_loop_ends_when_told_while_records_are_still_pending(terminal: Terminal) -> None:
    terminal.tap(1200)
    terminal.run(turns=1)
    assert len(terminal.server.batches) == 1
