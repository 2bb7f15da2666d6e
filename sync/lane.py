"""One kind of request in a loop of its own, on a thread of its own: asked when it is due, put off when it failed.

Nothing that goes wrong in it ends it, and nothing that holds it up holds up another lane. Not in here: what is asked.
"""

import logging
import math
import threading
import traceback
from collections.abc import Callable

from sync.delivery import OUTCAST, Broken, Outcome, Policy, State, Trouble, after
from sync.outcome import Undelivered

_log = logging.getLogger(__name__)

Work = Callable[[State], Outcome]


class Lane:
    """`work` makes one request at most; `tell` hears after each what troubles this lane, None when nothing does.

    `monotonic` gives seconds, `random` numbers in [0, 1). The first request is due at `due`.
    """

    def __init__(  # noqa: PLR0913
        self,
        name: str,
        work: Work,
        *,
        policy: Policy,
        monotonic: Callable[[], float],
        random: Callable[[], float],
        tell: Callable[[Trouble | None], None],
        due: float = -math.inf,
    ) -> None:
        self.name = name
        self._work = work
        self._policy = policy
        self._monotonic = monotonic
        self._random = random
        self._tell = tell
        self._due = due
        self._state = State(policy.batch)
        self._called = threading.Event()

    def call(self) -> None:
        """From any thread: there is reason to ask now. A pause after a failure is kept, but for that of an outcast."""
        self._called.set()

    def run(self, over: Callable[[], bool]) -> None:
        """Until `over`, which is asked after each turn; `call` ends the wait between two turns."""
        while not over():
            self._called.wait(self.turn())

    def turn(self) -> float:
        """Do what is due; gives the seconds until something is due again."""
        called = self._called.is_set()
        self._called.clear()
        if called and (not self._state.failures or self._state.trouble in OUTCAST):
            self._due = -math.inf
        if self._due <= self._monotonic():
            step = after(self._policy, self._state, self._outcome(), self._random)
            self._state, self._due = step.state, self._monotonic() + step.pause.total_seconds()
            self._report()
        return max(0.0, self._due - self._monotonic())

    def _outcome(self) -> Outcome:
        try:
            return self._work(self._state)
        except Undelivered as outcome:
            _log.warning("%s: %s %s", self.name, type(outcome).__name__, outcome)
            return outcome
        except Exception as error:  # noqa: BLE001 - the edge of the thread: whatever it was, it is tried again
            self._say(error)
            return Broken()

    def _report(self) -> None:
        try:
            self._tell(self._state.trouble)
        except Exception as error:  # noqa: BLE001 - the edge of the thread
            self._say(error)

    def _say(self, error: Exception) -> None:
        """Where it happened, instead of the traceback and the message, which would quote records."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        _log.error("%s: %s at %s:%d", self.name, type(error).__name__, frame.filename, frame.lineno)
