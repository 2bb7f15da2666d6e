"""The delivery process against a server that loses answers, refuses, lies, forgets and comes back; no time passes in it."""

import json
import logging
import sys
from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Thread
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import Engine, select

from machine.delivering import (
    BOOT,
    HEARD,
    DeliveringTerminal,
    acknowledged,
    fails,
    minutes,
    roster_page,
)
from sync import outbox
from sync.clock import Measured
from sync.delivery import Delivered, Outcome, State
from sync.document import Document
from sync.envelope import BootOffset
from sync.outbox import QueueStanding
from sync.outcome import Refused, TimedOut, Undelivered, Unreachable, UnreadableAnswer, Untrusted
from sync.puller import Pace

REVOKED = Refused(403, "terminal_revoked", None)


@pytest.fixture
def terminal(engine: Engine) -> DeliveringTerminal:
    return DeliveringTerminal(engine, Pace())


@pytest.fixture
def polling(engine: Engine) -> DeliveringTerminal:
    """No question of this terminal waits at the server."""
    return DeliveringTerminal(engine, Pace(wait_seconds=0))


def test_what_is_pending_is_delivered_and_acknowledged(polling: DeliveringTerminal) -> None:
    polling.tap(3)
    polling.turn()
    assert polling.server.batches == [[1, 2, 3]]
    assert polling.standing == QueueStanding(0, None, 3, 0, HEARD)


def test_the_head_is_signed_for_the_last_record_of_the_batch(polling: DeliveringTerminal) -> None:
    polling.tap(3)
    polling.turn()
    assert polling.signed == [(3, (3).to_bytes(32))]


def test_a_long_queue_goes_out_in_batches_without_waiting(polling: DeliveringTerminal) -> None:
    polling.tap(1200)
    began = polling.now
    for _ in range(3):
        polling.turn()
    assert [len(batch) for batch in polling.server.batches] == [500, 500, 200]
    assert polling.now == began


def test_a_record_is_noticed_within_a_second_of_its_making(polling: DeliveringTerminal) -> None:
    polling.run(10)
    polling.tap(1)
    polling.run(1)
    assert polling.server.batches == [[1]]


def test_with_nothing_pending_only_the_roster_uses_the_network(polling: DeliveringTerminal) -> None:
    polling.run(65)
    assert (polling.server.batches, len(polling.server.looks)) == ([], 3)


def test_a_pulled_roster_counts_as_contact(polling: DeliveringTerminal) -> None:
    polling.turn()
    assert polling.standing.last_contact_at == HEARD


def test_the_first_look_goes_before_the_first_batch_and_its_time_goes_with_it(polling: DeliveringTerminal) -> None:
    polling.server.told = Measured(offset_ms=1795309000000, error_ms=3, monotonic_ms=12345)
    polling.tap(1)
    polling.turn()
    assert polling.server.bodies[0]["boot"] == {"boot": str(BOOT), "offset_ms": 1795309000000, "error_ms": 3}


def test_without_an_answer_to_the_first_look_delivery_begins_by_itself(polling: DeliveringTerminal) -> None:
    polling.server.roster_script = [Unreachable()] * 100
    polling.tap(1)
    polling.run(6)
    assert polling.server.batches == [[1]]
    assert "boot" not in polling.server.bodies[0]


def test_every_answer_measures_the_servers_time(polling: DeliveringTerminal) -> None:
    polling.run(1)
    polling.server.told = Measured(offset_ms=7, error_ms=1, monotonic_ms=12345)
    polling.tap(1)
    polling.run(1)
    assert polling.notes.kept == BootOffset(BOOT, 7, 1)


def test_the_roster_is_brought_right_after_the_queue_is_empty(polling: DeliveringTerminal) -> None:
    polling.run(1)
    polling.tap(1200)
    polling.run(1)
    assert (len(polling.server.batches), len(polling.server.looks)) == (3, 2)


def test_after_a_lost_answer_the_same_batch_goes_again_and_counts_once(polling: DeliveringTerminal) -> None:
    def take_and_lose(seqs: list[int]) -> Document:
        polling.server.take(seqs)
        raise Unreachable

    polling.server.script = [take_and_lose]
    polling.tap(2)
    polling.run(2)
    assert polling.server.batches == [[1, 2], [1, 2]]
    assert (polling.server.held, polling.standing.acknowledged) == (2, 2)


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
def test_a_bad_answer_changes_nothing_and_the_batch_goes_again(polling: DeliveringTerminal, answer: Document) -> None:
    polling.server.script = [lambda _: answer]
    polling.tap(3)
    polling.turn()
    assert (polling.standing.length, polling.standing.acknowledged, polling.standing.rejected) == (3, 0, 0)
    polling.run(2)
    assert polling.server.batches == [[1, 2, 3], [1, 2, 3]]
    assert polling.troubles == [None, "unreadable", None]


@pytest.mark.parametrize(
    "failure",
    [Unreachable(), TimedOut(), Untrusted("why"), UnreadableAnswer("answer", "is not JSON"), REVOKED]
    + [Refused(status, "", None) for status in (302, 400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 503)],
    ids=lambda failure: f"{type(failure).__name__} {failure}",
)
def test_no_failure_takes_anything_out_of_the_queue(polling: DeliveringTerminal, failure: Undelivered) -> None:
    polling.server.script = [fails(failure)] * 50
    polling.tap(3)
    polling.run(10)
    assert polling.server.batches
    assert (polling.standing.length, polling.standing.acknowledged, polling.standing.rejected) == (3, 0, 0)


def test_a_rejected_record_is_set_aside_and_blocks_nothing(polling: DeliveringTerminal) -> None:
    rejected = [{"seq": 2, "code": "unknown_member", "detail": "no such member"}]
    polling.server.script = [lambda seqs: polling.server.take(seqs, rejected=rejected)]
    polling.server.set_aside = [2]
    polling.tap(3)
    polling.turn()
    polling.tap(1)
    polling.run(1)
    assert polling.server.batches == [[1, 2, 3], [4]]
    assert (polling.standing.acknowledged, polling.standing.rejected) == (4, 1)


def test_what_staff_resolved_is_resolved_here_with_the_next_look(polling: DeliveringTerminal) -> None:
    polling.tap(3)
    polling.run(1)
    waiting = []
    for open_now in ([1, 3], [3], []):
        polling.server.set_aside = list(open_now)
        polling.run(31)
        waiting.append(polling.standing.rejected)
    assert waiting == [2, 1, 0]


def test_a_record_the_server_holds_another_under_is_shown_as_a_conflict(polling: DeliveringTerminal) -> None:
    polling.server.script = [lambda seqs: polling.server.take(seqs, conflicts=[1])]
    polling.tap(1)
    polling.turn()
    with polling.engine.connect() as connection:
        rows = connection.execute(select(outbox.outbox_rejected.c.seq, outbox.outbox_rejected.c.code)).all()
    assert [tuple(row) for row in rows] == [(1, "conflict")]


def test_a_conflict_stays_although_the_server_names_only_what_it_set_aside(polling: DeliveringTerminal) -> None:
    polling.server.script = [lambda seqs: polling.server.take(seqs, conflicts=[1])]
    polling.tap(2)
    polling.run(1)
    polling.server.set_aside = [2]
    polling.run(31)
    assert polling.standing.rejected == 2


def test_an_answer_that_acknowledges_part_moves_the_cursor_so_far_and_goes_on(polling: DeliveringTerminal) -> None:
    polling.server.script = [lambda seqs: polling.server.take(seqs[:2])]
    polling.tap(5)
    polling.run(0.1)
    assert polling.server.batches == [[1, 2, 3, 4, 5], [3, 4, 5]]


def test_an_answer_that_acknowledges_nothing_new_backs_off_and_says_stalled(polling: DeliveringTerminal) -> None:
    polling.server.script = [lambda _: acknowledged(0)] * 2
    polling.tap(1)
    polling.run(1.5)
    assert len(polling.server.batches) == 2
    assert polling.troubles == [None, "stalled"]


def test_a_busy_server_is_asked_again_when_it_said(polling: DeliveringTerminal) -> None:
    polling.server.script = [fails(Refused(503, "", timedelta(seconds=10)))]
    polling.tap(1)
    polling.run(9.9)
    assert len(polling.server.batches) == 1
    polling.run(0.2)
    assert polling.server.batches == [[1], [1]]


def test_too_large_batches_shrink_at_once_to_what_passes(polling: DeliveringTerminal) -> None:
    def at_most_100(seqs: list[int]) -> Document:
        if len(seqs) > 100:
            raise Refused(413, "too_large", None)
        return polling.server.take(seqs)

    polling.server.script = [at_most_100] * 4
    polling.tap(500)
    began = polling.now
    for _ in range(4):
        polling.turn()
    assert [len(batch) for batch in polling.server.batches] == [500, 250, 125, 62]
    assert (polling.now, polling.standing.acknowledged) == (began, 62)


def test_a_wrong_clock_costs_one_request_and_no_wait(polling: DeliveringTerminal) -> None:
    polling.server.script = [fails(Refused(401, "clock_skew", None))]
    polling.tap(1)
    polling.run(0)
    polling.turn()
    assert polling.standing.acknowledged == 1
    assert polling.troubles == [None]


def test_trouble_is_noted_when_it_begins_and_when_it_ends(polling: DeliveringTerminal) -> None:
    polling.server.script = [fails(Unreachable())] * 3
    polling.tap(1)
    polling.run(8)
    assert polling.troubles == [None, "unreachable", None]


def test_of_two_troubles_the_graver_is_noted(polling: DeliveringTerminal) -> None:
    polling.server.script = [fails(Refused(500, "", None))] * 100
    polling.server.roster_script = [Untrusted("why")] * 100
    polling.tap(1)
    polling.run(8)
    assert polling.troubles == ["tls"]


# The server goes back


def test_what_a_restored_server_lacks_is_delivered_again(polling: DeliveringTerminal) -> None:
    polling.tap(10)
    polling.run(1)
    polling.server.held = 4
    polling.tap(1)
    polling.run(3)
    assert polling.server.batches == [[*range(1, 11)], [11], [*range(5, 12)]]
    assert (polling.server.held, polling.standing.length) == (11, 0)


def test_a_restored_server_is_noticed_without_a_new_record(polling: DeliveringTerminal) -> None:
    polling.tap(10)
    polling.run(1)
    polling.server.held = 4
    polling.run(40)
    assert polling.server.batches[1:] == [[*range(5, 11)]]
    assert (polling.server.held, polling.standing.length) == (10, 0)


def test_an_answer_overtaken_by_a_delivery_does_not_set_the_queue_back(terminal: DeliveringTerminal) -> None:
    """While a look waits, a batch is delivered; what the look then says of the queue is older than that."""

    def deliver_meanwhile() -> None:
        terminal.tap(1)
        terminal.agent.delivery.turn()
        terminal.server.held = 1

    terminal.tap(1)
    terminal.run(60)
    terminal.server.happens = deliver_meanwhile
    terminal.agent.feed.turn()
    assert terminal.server.batches == [[1], [2]]
    assert terminal.standing.acknowledged == 2


def test_records_nobody_holds_any_more_are_declared_and_the_rest_flows(
    polling: DeliveringTerminal, caplog: pytest.LogCaptureFixture
) -> None:
    polling.tap(10)
    polling.run(1)
    polling.prune(8)
    polling.server.held = 4
    polling.run(40)
    assert polling.server.bodies[-1]["lost"] == [5, 6, 7]
    assert polling.server.batches[-1] == [8, 9, 10]
    assert (polling.server.held, polling.standing.length) == (10, 0)
    assert "lost" in polling.troubles
    assert polling.troubles[-1] is None
    assert "records 5 to 7" in caplog.text


def test_more_lost_records_than_one_batch_may_declare_go_in_several(polling: DeliveringTerminal) -> None:
    polling.tap(1200)
    polling.run(1)
    polling.prune(1190)
    polling.server.held = 0
    polling.run(60)
    declared = [seq for body in polling.server.bodies for seq in body.get("lost", [])]  # type: ignore[attr-defined]
    assert sorted(set(declared)) == [*range(1, 1190)]
    assert (polling.server.held, polling.standing.length) == (1200, 0)


def test_a_server_that_knows_more_of_this_terminal_than_it_made_is_not_believed(polling: DeliveringTerminal) -> None:
    polling.server.held = 3
    polling.tap(1)
    polling.turn()
    assert polling.roster.changes == []
    assert polling.troubles[0] == "unreadable"


# Waiting at the server


def test_a_look_waits_at_the_server_and_the_next_follows_at_once(terminal: DeliveringTerminal) -> None:
    terminal.run(100)
    assert [look.wait for look in terminal.server.looks[:4]] == [0, 25, 25, 25]
    assert round(terminal.server.looks[3].at - terminal.server.looks[2].at, 1) == 25


def test_what_waited_in_vain_confirms_what_is_stored(terminal: DeliveringTerminal) -> None:
    terminal.run(100)
    assert [change for change, _ in terminal.roster.changes[:4]] == ["replaced", "confirmed", "confirmed", "confirmed"]
    assert terminal.standing.last_contact_at == HEARD


def test_what_happens_while_a_look_waits_is_there_a_second_later(terminal: DeliveringTerminal) -> None:
    def change() -> None:
        terminal.server.version += 1

    terminal.run(60)
    terminal.server.happens = change
    before = len(terminal.roster.changes)
    terminal.run(2)
    assert ("merged", 0) in terminal.roster.changes[before:]


def test_a_server_full_of_news_is_asked_once_a_second(terminal: DeliveringTerminal) -> None:
    terminal.server.lets_wait = False
    terminal.server.roster_script = [roster_page(cursor=str(cursor)) for cursor in range(1000)]
    terminal.run(10)
    assert len(terminal.server.looks) <= 12


def test_a_server_that_does_not_let_anyone_wait_is_asked_at_the_terminals_own_pace(
    terminal: DeliveringTerminal,
) -> None:
    terminal.server.lets_wait = False
    terminal.run(minutes(10))
    assert len(terminal.server.looks) <= 10 * 2 + 2


def test_once_an_hour_a_look_does_not_wait_and_measures_the_time(terminal: DeliveringTerminal) -> None:
    terminal.run(minutes(125))
    prompt = [look.at - terminal.server.looks[0].at for look in terminal.server.looks if not look.wait]
    assert [round(at / minutes(60)) for at in prompt] == [0, 1, 2]
    assert all(look.tag is None for look in terminal.server.looks if not look.wait)


def test_a_changed_tag_is_forgotten_with_the_roster(terminal: DeliveringTerminal) -> None:
    terminal.run(60)
    terminal.roster.at = None
    terminal.run(30)
    first = next(look for look in terminal.server.looks[3:] if look.cursor is None)
    assert (first.tag, first.wait) == (None, 0)


def test_a_roster_covers_what_the_server_held_before_it_was_asked(polling: DeliveringTerminal) -> None:
    polling.tap(2)
    polling.turn()
    assert polling.roster.changes == [("replaced", 0), ("merged", 2)]


# Revoked


def test_a_revoked_terminal_is_locked_by_the_very_answer(polling: DeliveringTerminal) -> None:
    polling.turn()
    polling.server.roster_script = [REVOKED] * 100
    polling.run(31)
    assert (polling.notes.locked, polling.notes.locks) == (True, [HEARD])
    assert polling.troubles == [None, "revoked"]


def test_a_revoked_terminal_with_records_is_locked_by_the_delivery(polling: DeliveringTerminal) -> None:
    polling.turn()
    polling.server.script = [fails(REVOKED)]
    polling.tap(1)
    polling.run(1)
    assert polling.notes.locked
    assert polling.standing.length == 1


def test_a_revoked_terminal_asks_after_a_minute_and_then_less_and_less_often(polling: DeliveringTerminal) -> None:
    polling.server.roster_script = [REVOKED] * 100
    polling.run(minutes(30))
    asked = [look.at - polling.server.looks[0].at for look in polling.server.looks]
    assert [round(at / 60) for at in asked] == [0, 1, 3, 7, 12, 17, 22, 27]


def test_a_restored_terminal_is_unlocked_takes_a_snapshot_and_its_queue_flows(polling: DeliveringTerminal) -> None:
    polling.server.roster_script = [REVOKED]
    polling.server.script = [fails(REVOKED)] * 2
    polling.tap(2)
    polling.run(minutes(4))
    assert not polling.notes.locked
    assert polling.roster.changes[0] == ("replaced", 0)
    assert polling.standing.length == 0
    assert polling.troubles[-1] is None


def test_once_the_roster_is_told_again_the_other_lanes_ask_at_once(engine: Engine) -> None:
    shut_out = [True]

    def asks(_: State) -> Outcome:
        if shut_out[0]:
            raise REVOKED
        return Delivered(timedelta(minutes=1))

    terminal = DeliveringTerminal(engine, Pace(wait_seconds=0), {"key": asks})
    terminal.server.roster_script = [REVOKED] * 5
    terminal.run(minutes(16))
    shut_out[0] = False
    terminal.agent.feed.call()
    terminal.run(1)
    assert terminal.troubles[-1] is None


def test_a_terminal_the_server_does_not_know_keeps_its_roster_and_asks_slowly(polling: DeliveringTerminal) -> None:
    polling.turn()
    polling.server.roster_script = [Refused(401, "unknown_terminal", None)] * 100
    polling.run(minutes(30))
    assert (polling.notes.locked, polling.roster.at) == (False, "1")
    assert polling.troubles[-1] == "unknown"
    assert len(polling.server.looks) < 10


# Remedies


def test_what_may_help_is_tried_before_the_next_request(polling: DeliveringTerminal) -> None:
    asked: list[int] = []
    polling.remedies["bad_signature"] = lambda: asked.append(len(polling.server.batches))
    polling.server.script = [fails(Refused(401, "bad_signature", None))]
    polling.tap(1)
    polling.run(10)
    assert (asked, polling.server.batches, polling.standing.length) == ([1], [[1], [1]], 0)


def test_a_remedy_that_hears_of_a_revocation_locks_the_terminal(polling: DeliveringTerminal) -> None:
    def revoked() -> None:
        raise REVOKED

    polling.remedies["bad_signature"] = revoked
    polling.server.roster_script = [Refused(401, "bad_signature", None)]
    polling.turn()
    assert polling.notes.locked


# One thing failing


def test_a_torn_roster_changes_nothing_and_comes_again(polling: DeliveringTerminal) -> None:
    polling.server.roster_script = [roster_page(more=True), Unreachable()]
    polling.turn()
    assert polling.roster.changes == []
    polling.run(2)
    assert polling.roster.changes == [("replaced", 0)]


def test_trouble_with_the_roster_does_not_hold_up_delivery(polling: DeliveringTerminal) -> None:
    polling.server.roster_script = [Refused(500, "", None)] * 100
    for _ in range(20):
        polling.tap(1)
        polling.run(1)
    assert polling.standing.acknowledged == 20
    assert polling.troubles == ["refused"]


def test_a_failing_roster_is_asked_at_its_own_pace_even_when_records_go_out(polling: DeliveringTerminal) -> None:
    polling.server.roster_script = [Refused(503, "", timedelta(minutes=1))] * 100
    for _ in range(20):
        polling.tap(1)
        polling.run(1)
    assert len(polling.server.looks) == 1


def test_trouble_with_delivery_does_not_hold_up_the_roster(polling: DeliveringTerminal) -> None:
    polling.server.script = [fails(Unreachable())] * 1000
    polling.tap(1)
    polling.run(100)
    assert len(polling.server.looks) == 4


def test_a_broken_sink_is_reported_without_what_it_said_and_tried_again(
    polling: DeliveringTerminal, caplog: pytest.LogCaptureFixture
) -> None:
    polling.roster.broken = True
    polling.turn()
    polling.roster.broken = False
    polling.run(6)
    assert polling.roster.changes == [("replaced", 0)]
    assert polling.troubles == ["broken", None]
    assert "OSError at" in caplog.text
    assert "山田" not in caplog.text


def test_a_database_that_fails_is_survived(polling: DeliveringTerminal) -> None:
    def rename(before: str, after: str) -> None:
        with polling.engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {before} RENAME TO {after}")

    polling.tap(1)
    rename("outbox_cursor", "gone")
    polling.turn()
    rename("gone", "outbox_cursor")
    polling.run(10)
    assert polling.server.batches == [[1]]
    assert polling.troubles == ["broken", None]


def test_a_record_that_could_not_be_read_is_read_again_although_nothing_new_came(
    polling: DeliveringTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise OSError

    polling.server.roster_script = [Unreachable()] * 100
    polling.tap(1)
    with monkeypatch.context() as patch:
        patch.setattr(polling.notes, "offset", fail)
        polling.run(6)
    polling.run(60)
    assert polling.server.batches == [[1]]


def test_trouble_that_cannot_be_noted_is_noted_when_it_can(
    polling: DeliveringTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(polling.notes, "set_trouble", full)
        polling.turn()
    assert polling.troubles == []
    polling.run(1)
    assert polling.troubles == [None]


def test_an_answer_that_cannot_be_written_down_is_as_good_as_lost(polling: DeliveringTerminal) -> None:
    """One commit for cursor, rejections and contact: when the last of them fails, none of them stands."""
    polling.tap(1)
    rejected = [{"seq": 1, "code": "bad_kind", "detail": ""}]
    polling.server.script = [lambda seqs: polling.server.take(seqs, rejected=rejected)]
    polling.server.roster_script = [Unreachable()]
    with polling.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE UPDATE OF last_contact_at ON outbox_cursor BEGIN SELECT RAISE(ABORT, ''); END"
        )
    polling.run(5.1)
    assert polling.server.batches
    assert (polling.standing.acknowledged, polling.standing.rejected) == (0, 0)


def test_the_log_speaks_of_sequences_and_never_of_records(
    polling: DeliveringTerminal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with polling.engine.begin() as connection:
        outbox.append(connection, 1, bytes(32), json.dumps({"seq": 1, "member": "8d5f"}))
    rejected = [{"seq": 1, "code": "unknown_member", "detail": "member 8d5f"}]
    polling.server.script = [lambda seqs: polling.server.take(seqs, rejected=rejected)]
    polling.turn()
    assert "sent 1 to 1, acknowledged 1, rejected [1], conflicts []" in caplog.text
    assert "8d5f" not in caplog.text


# Threads


def test_chores_are_done_beside_the_rest_and_their_trouble_is_told(engine: Engine) -> None:
    done: list[float] = []

    def sweep(_: State) -> Outcome:
        done.append(sweeping.now)
        if len(done) == 1:
            raise OSError
        return Delivered(timedelta(minutes=1))

    sweeping = DeliveringTerminal(engine, Pace(wait_seconds=0), {"sweeping": sweep})
    sweeping.run(minutes(3) + 10)
    assert [round(at - done[0]) for at in done] == [0, 1, 61, 121, 181]
    assert sweeping.troubles == [None, "broken", None]


@pytest.fixture
def running(terminal: DeliveringTerminal, waiting: Event, over: Event) -> Iterator[Thread]:
    """A terminal whose look waits at the server for as long as the test lasts."""

    def never(*_: object, **__: object) -> None:
        waiting.set()
        over.wait()

    terminal.server.roster = never  # type: ignore[method-assign]
    running = Thread(target=terminal.agent.run)
    running.start()
    assert waiting.wait(10)
    yield running
    over.set()
    terminal.agent.stop()
    running.join()


@pytest.fixture
def waiting() -> Event:
    return Event()


def test_delivery_ends_when_told_although_the_server_keeps_a_look_waiting(
    terminal: DeliveringTerminal, running: Thread, over: Event
) -> None:
    terminal.agent.stop()
    running.join(10)
    assert not running.is_alive()
    assert not over.is_set()


def test_a_signal_ends_delivery_at_whatever_moment_it_comes(terminal: DeliveringTerminal) -> None:
    """Its handler runs between any two steps of the thread that waits for it, also while that one holds a lock."""

    def signalled(_: FrameType, __: str, ___: object) -> Any:
        terminal.agent.stop()
        return signalled

    def run() -> None:
        sys.settrace(signalled)
        terminal.agent.run()

    ending = Thread(target=run, daemon=True)
    ending.start()
    ending.join(10)
    assert not ending.is_alive()


def test_while_a_look_waits_at_the_server_records_go_out(
    terminal: DeliveringTerminal, running: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver, delivered = terminal.server.deliver, Event()

    def seen(body: bytes) -> Document:
        delivered.set()
        return deliver(body)

    monkeypatch.setattr(terminal.server, "deliver", seen)
    terminal.tap(1)
    terminal.agent.delivery.call()
    assert delivered.wait(10)
    assert running.is_alive()
