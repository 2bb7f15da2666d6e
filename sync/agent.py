"""The loop of the delivery process: send what is pending, bring the roster, wait, for as long as the machine runs.

Delivery and roster each keep their own pace, so that trouble with one does not hold up the other. Not in here: the
process around it, its signals and its configuration.
"""

import logging
import math
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine

from sync import outbox
from sync.delivery import Broken, Delivered, Outcome, Policy, Stalled, State, Trouble, after
from sync.envelope import Acknowledgement, Rejection, batch_body, read_acknowledgement
from sync.feed import RosterSink, pull
from sync.outbox import BeyondHead
from sync.outcome import Undelivered, UnreadableAnswer
from sync.transport import Server

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """`poll` is how soon a new record is noticed, `roster` how old the roster may grow."""

    poll: timedelta = timedelta(seconds=1)
    roster: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the loop works with.

    `sign_head` signs the statement that the chain ends at a sequence with a hash. `monotonic` gives seconds, `random`
    numbers in [0, 1). `report` hears of every change in what troubles delivery or roster, None when all is well.
    """

    engine: Engine
    server: Server
    sink: RosterSink
    sign_head: Callable[[int, bytes], bytes]
    policy: Policy
    pace: Pace
    monotonic: Callable[[], float]
    random: Callable[[], float]
    report: Callable[[Trouble | None], None]


@dataclass(slots=True)
class Lane:
    """One kind of request, the `rest` after each that succeeded, and when on the monotonic clock the next is due."""

    name: str
    state: State
    rest: timedelta
    due: float = -math.inf


def run(parts: Parts, wait: Callable[[float], bool]) -> None:
    """Until `wait`, called with seconds, says to stop. Survives whatever goes wrong with server, sink and database."""
    agent = Agent(parts)
    while not wait(agent.turn()):
        pass


class Agent:
    """One request of each kind at most in a turn, one after the other."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._delivery = Lane("delivery", State(parts.policy.batch), rest=timedelta(0))
        self._roster = Lane("roster", State(parts.policy.batch), rest=parts.pace.roster)
        self._more = False
        self._reported: Trouble | None = None

    def turn(self) -> float:
        """Do what is due; gives the seconds until something may be due again."""
        delivered = self._is_due(self._delivery) and isinstance(self._attempt(self._delivery, self._deliver), Delivered)
        if delivered and not self._more and not self._roster.state.failures:
            self._roster.due = -math.inf
        if self._is_due(self._roster):
            self._attempt(self._roster, self._pull)
        self._report()
        at_once = self._is_due(self._roster) or (self._is_due(self._delivery) and self._more)
        return 0.0 if at_once else self._parts.pace.poll.total_seconds()

    def _is_due(self, lane: Lane) -> bool:
        return lane.due <= self._parts.monotonic()

    def _attempt(self, lane: Lane, work: Callable[[State], Outcome | None]) -> Outcome | None:
        outcome = _outcome(lane, work)
        if outcome is not None:
            step = after(self._parts.policy, lane.state, outcome, self._parts.random)
            pause = lane.rest if isinstance(outcome, Delivered) else step.pause
            lane.state, lane.due = step.state, self._parts.monotonic() + pause.total_seconds()
        return outcome

    def _deliver(self, state: State) -> Outcome | None:
        with self._parts.engine.connect() as connection:
            batch = outbox.pending(connection, state.batch)
        self._more = bool(batch)
        if not batch:
            return None
        head = batch[-1]
        body = batch_body(batch, self._parts.sign_head(head.seq, head.hash))
        answer = read_acknowledgement(self._parts.server.deliver(body))
        self._more = self._keep(answer)
        _log.info(
            "sent %d to %d, acknowledged %d, rejected %s, conflicts %s",
            batch[0].seq,
            head.seq,
            answer.acknowledged,
            [rejection.seq for rejection in answer.rejected],
            list(answer.conflicts),
        )
        return Delivered() if answer.acknowledged >= batch[0].seq else Stalled()

    def _keep(self, answer: Acknowledgement) -> bool:
        """The whole answer in one commit; whether there is more to send."""
        conflicts = tuple(Rejection(seq, "conflict", "") for seq in answer.conflicts)
        try:
            with self._parts.engine.begin() as connection:
                outbox.acknowledge(connection, answer.acknowledged)
                outbox.quarantine(connection, answer.rejected + conflicts, answer.server_time)
                outbox.contacted(connection, answer.server_time)
                return bool(outbox.pending(connection, 1))
        except BeyondHead as error:
            raise UnreadableAnswer("seq", "is past the end of the queue") from error

    def _pull(self, _: State) -> Outcome:
        server_time = pull(self._parts.server.roster, self._parts.sink)
        with self._parts.engine.begin() as connection:
            outbox.contacted(connection, server_time)
        return Delivered()

    def _report(self) -> None:
        trouble = self._delivery.state.trouble or self._roster.state.trouble
        if trouble is not self._reported:
            self._reported = trouble
            self._parts.report(trouble)


def _outcome(lane: Lane, work: Callable[[State], Outcome | None]) -> Outcome | None:
    try:
        return work(lane.state)
    except Undelivered as outcome:
        _log.warning("%s: %s %s", lane.name, type(outcome).__name__, outcome)
        return outcome
    except Exception as error:  # noqa: BLE001 - the edge of the process: whatever it was, the queue is tried again
        _log.error("%s: %s at %s", lane.name, type(error).__name__, _place(error))
        return Broken()


def _place(error: Exception) -> str:
    """Where it happened, instead of the traceback and the message, which would quote records."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"
