"""One batch of the queue on its way to the server, and the whole of the answer kept in one commit.

Nothing is taken out of the queue but by the server's acknowledgement. Not in here: when the next batch goes.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import Connection, Engine

from sync import outbox
from sync.delivery import Delivered, Outcome, RecordsLost, Stalled, State
from sync.envelope import MOST_LOST, Acknowledgement, Rejection, Sealed, batch_body, read_acknowledgement
from sync.news import News
from sync.notes import Notes
from sync.outbox import BeyondHead, Lost
from sync.outcome import UnreadableAnswer
from sync.server import Server

_log = logging.getLogger(__name__)

SignHead = Callable[[int, bytes], bytes]


class Sender:
    """`sign_head` signs the statement that the chain ends at a sequence with a hash. For one thread.

    `delivered` is called when the queue has become empty, `poll` is how soon a new record is noticed.
    """

    def __init__(  # noqa: PLR0913
        self,
        engine: Engine,
        server: Server,
        notes: Notes,
        *,
        sign_head: SignHead,
        poll: timedelta,
        delivered: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._server = server
        self._notes = notes
        self._sign_head = sign_head
        self._poll = poll
        self._delivered = delivered
        self._news = News(engine)
        self._pending = False
        self._lost: Sequence[int] = ()

    def __call__(self, state: State) -> Outcome:
        self._pending = self._news.came() or self._pending
        if not self._pending:
            return Delivered(self._poll)
        with self._engine.connect() as connection:
            batch = outbox.pending(connection, state.batch)
            boot = self._notes.offset(connection)
        self._pending = bool(batch)
        if not batch:
            return Delivered(self._poll)
        head = batch[-1]
        lost = self._lost[:MOST_LOST]
        body = batch_body(batch, self._sign_head(head.seq, head.hash), boot=boot, lost=lost)
        answer = read_acknowledgement(self._server.deliver(body))
        return self._learn(batch, lost, answer)

    def _learn(self, batch: Sequence[Sealed], lost: Sequence[int], answer: Acknowledgement) -> Outcome:
        behind = (lost[0] if lost else batch[0].seq) - 1
        self._lost = self._keep(batch[0].seq - 1, answer)
        _log.info(
            "sent %d to %d, acknowledged %d, rejected %s, conflicts %s",
            batch[0].seq,
            batch[-1].seq,
            answer.acknowledged,
            [rejection.seq for rejection in answer.rejected],
            list(answer.conflicts),
        )
        if answer.acknowledged > behind:
            return Delivered(timedelta(0) if self._pending else self._poll)
        return RecordsLost() if self._lost else Stalled()

    def _keep(self, cursor: int, answer: Acknowledgement) -> Sequence[int]:
        """Which sequences the server waits for in vain."""
        conflicts = tuple(Rejection(seq, outbox.CONFLICT, "") for seq in answer.conflicts)
        try:
            with self._engine.begin() as connection:
                lost = _move(connection, cursor, answer.acknowledged)
                outbox.quarantine(connection, answer.rejected + conflicts, answer.server_time)
                outbox.contacted(connection, answer.server_time)
                if (measured := self._server.measured()) is not None:
                    self._notes.keep_offset(connection, measured)
                self._pending = bool(outbox.pending(connection, 1))
        except BeyondHead as error:
            raise UnreadableAnswer("seq", "is past the end of the queue") from error
        if not self._pending:
            self._delivered()
        return lost


def _move(connection: Connection, cursor: int, acknowledged: int) -> Sequence[int]:
    if acknowledged >= cursor:
        outbox.acknowledge(connection, acknowledged)
        return ()
    return step_back(connection, acknowledged)


def step_back(connection: Connection, acknowledged: int) -> Sequence[int]:
    """The server holds less than it once acknowledged, as after its backup was restored; gives what nobody holds any more."""
    try:
        outbox.rewind(connection, acknowledged)
    except Lost as lost:
        _log.error("the server went back to %d: %s", acknowledged, lost)
        return range(lost.first, lost.last + 1)
    _log.warning("the server went back to %d, delivering again from there", acknowledged)
    return ()
