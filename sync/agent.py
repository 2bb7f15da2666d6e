"""The delivery process at work: sending, looking, and its chores, each in a lane of its own, for as long as it may run.

Not in here: the process around it, its signals and its configuration.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from queue import SimpleQueue

from sqlalchemy import Engine

from sync.delivery import OUTCAST, Outcome, Policy, State, Trouble
from sync.feed import RosterSink
from sync.lane import Lane, Work
from sync.notes import Notes
from sync.outcome import Refused
from sync.puller import Pace, Puller
from sync.rules import RulesPuller
from sync.sender import Sender, SignHead
from sync.server import Server

_log = logging.getLogger(__name__)

_POLL = timedelta(milliseconds=250)
_PATIENCE_SECONDS = 5.0
_GOODBYE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What the lanes work with.

    `deliver_to` and `look_at` are the same server over connections of their own. `chores` are what else is to be done now
    and then, by name; `remedies` what may help, before the next request, where the server refused with a problem's word.
    They raise what `chores` do. `monotonic` gives seconds, `random` numbers in [0, 1).
    """

    engine: Engine
    deliver_to: Server
    look_at: Server
    notes: Notes
    sink: RosterSink
    rules: RulesPuller
    sign_head: SignHead
    chores: Mapping[str, Work]
    remedies: Mapping[str, Callable[[], None]]
    policy: Policy
    pace: Pace
    monotonic: Callable[[], float]
    random: Callable[[], float]


class Agent:
    """Lanes side by side: one that fails or waits holds up no other."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._board = Board(parts)
        self._stops = SimpleQueue[None]()  # the one way to wake a thread that a signal's handler may use at any moment
        # The first look tells the time, which is to go with the first batch; without an answer delivery begins alone.
        begin = parts.monotonic() + _PATIENCE_SECONDS
        self.feed = self._lane("roster", self._puller())
        self.rules = self._lane("rules", parts.rules)
        self.delivery = self._lane("delivery", self._sender(), begin)
        chores = tuple(self._lane(name, chore, begin) for name, chore in parts.chores.items())
        self.lanes = (self.delivery, self.feed, self.rules, *chores)

    def run(self) -> None:
        """Until `stop`, however long the server takes to answer what is under way.

        A lane that is waiting for an answer ends with the process: all it could lose is the answer, and the database
        takes an end at any moment. One that is writing gets the time to end by itself.
        """
        over = threading.Event()
        threads = [
            threading.Thread(target=lane.run, args=(over.is_set,), name=lane.name, daemon=True) for lane in self.lanes
        ]
        for thread in threads:
            thread.start()
        self._stops.get()
        over.set()
        for lane in self.lanes:
            lane.call()
        for thread in threads:
            thread.join(_GOODBYE_SECONDS / len(threads))

    def stop(self) -> None:
        """From any thread, and from a signal's handler."""
        self._stops.put(None)

    def _sender(self) -> Sender:
        parts = self._parts
        return Sender(
            parts.engine,
            parts.deliver_to,
            parts.notes,
            sign_head=parts.sign_head,
            poll=_POLL,
            delivered=self._look_soon,
        )

    def _puller(self) -> Puller:
        parts = self._parts
        return Puller(
            parts.engine,
            parts.look_at,
            parts.notes,
            parts.sink,
            pace=parts.pace,
            monotonic=parts.monotonic,
            answered=self._send_soon,
            rules=self._rules_told,
        )

    def _look_soon(self) -> None:
        self.feed.call()

    def _send_soon(self) -> None:
        self.delivery.call()

    def _rules_told(self, number: int) -> None:
        if self._parts.rules.told(number):
            self.rules.call()

    def _lane(self, name: str, work: Work, due: float = float("-inf")) -> Lane:
        def attempt(state: State) -> Outcome:
            try:
                outcome = self._remedied(work, state)
            except Refused as refused:
                if refused.code == "terminal_revoked":
                    self._lock()
                raise
            if state.trouble in OUTCAST:
                self._let_in(name)
            return outcome

        parts = self._parts
        return Lane(
            name,
            attempt,
            policy=parts.policy,
            monotonic=parts.monotonic,
            random=parts.random,
            tell=lambda trouble: self._board.put(name, trouble),
            due=due,
        )

    def _remedied(self, work: Work, state: State) -> Outcome:
        """What a remedy is refused for is newer than what called for it."""
        try:
            return work(state)
        except Refused as refused:
            if remedy := self._parts.remedies.get(refused.code):
                remedy()
            raise

    def _let_in(self, first: str) -> None:
        """The lane `first` was shut out and is not any more: then nor are the others, which would ask minutes later."""
        for lane in self.lanes:
            if lane.name != first:
                lane.call()

    def _lock(self) -> None:
        with self._parts.engine.begin() as connection:
            self._parts.notes.lock(connection, self._parts.look_at.now())


class Board:
    """What troubles which lane, for staff: the gravest is noted and logged when it changes."""

    def __init__(self, parts: Parts) -> None:
        self._engine = parts.engine
        self._notes = parts.notes
        self._lock = threading.Lock()
        self._troubles: dict[str, Trouble] = {}
        self._noted: Trouble | None = None
        self._begun = False

    def put(self, lane: str, trouble: Trouble | None) -> None:
        """From any thread."""
        with self._lock:
            self._troubles.pop(lane, None)
            if trouble is not None:
                self._troubles[lane] = trouble
            gravest = next((each for each in Trouble if each in self._troubles.values()), None)
            if gravest is not self._noted or not self._begun:
                self._note(gravest)

    def _note(self, trouble: Trouble | None) -> None:
        with self._engine.begin() as connection:
            self._notes.set_trouble(connection, None if trouble is None else trouble.value)
        self._noted, self._begun = trouble, True
        if trouble is None:
            _log.info("delivery flows")
        else:
            _log.warning("delivery waits: %s", trouble.value)
