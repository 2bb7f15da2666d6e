"""One look at what the server has to tell this terminal: the roster, what became of its records, whether it may work.

Where the server lets it, the question waits there until there is something new. Not in here: when the next look is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from sync import outbox
from sync.delivery import Delivered, Outcome, State
from sync.feed import RosterPage, RosterSink, pull, read_page
from sync.notes import Notes
from sync.outbox import BeyondHead
from sync.outcome import UnreadableAnswer
from sync.sender import step_back
from sync.server import Server
from sync.transport import Tagged

_MEASURE_SECONDS = 3600.0
_PROMPT = 0.5
"""An answer that took less than this share of the time it was given did not wait, but could not."""


@dataclass(frozen=True, slots=True)
class Pace:
    """`wait_seconds` is how long a question may wait at the server, 0 not at all; `rest` is between two that cannot.

    `breath` is between two that brought something, so that a server full of news is not asked without end.
    """

    rest: timedelta = timedelta(seconds=30)
    wait_seconds: int = 25
    breath: timedelta = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Known:
    """Where the last answer led; under its `tag` the server can say that it is still so."""

    cursor: str
    tag: str | None
    acknowledged: int
    set_aside: tuple[int, ...]
    rules: int | None


class Puller:
    """For one thread. `answered` is called when an answer has been kept, `rules` with the number of rules it names."""

    def __init__(  # noqa: PLR0913
        self,
        engine: Engine,
        server: Server,
        notes: Notes,
        sink: RosterSink,
        *,
        pace: Pace,
        monotonic: Callable[[], float],
        answered: Callable[[], None],
        rules: Callable[[int], None],
    ) -> None:
        self._engine = engine
        self._server = server
        self._notes = notes
        self._sink = sink
        self._pace = pace
        self._monotonic = monotonic
        self._answered = answered
        self._rules = rules
        self._known: Known | None = None
        self._measured_at: float | None = None

    def __call__(self, _: State) -> Outcome:
        began = self._monotonic()
        measuring = self._measured_at is None or began - self._measured_at >= _MEASURE_SECONDS
        cursor = self._sink.cursor()
        with self._engine.connect() as connection:
            delivered = outbox.standing(connection).acknowledged
        known = None if measuring or self._known is None or self._known.cursor != cursor else self._known
        wait = 0 if measuring or cursor is None else self._pace.wait_seconds
        answer = self._server.roster(cursor, tag=known.tag if known else None, wait=wait)
        brought = self._confirm(known, delivered) if answer is None else self._take(cursor, answer, delivered)
        if measuring:
            self._measured_at = began
        self._answered()
        prompt = self._monotonic() - began < wait * _PROMPT
        return Delivered(self._rest(brought=brought, waited=not prompt, measuring=measuring))

    def _rest(self, *, brought: bool, waited: bool, measuring: bool) -> timedelta:
        if not self._pace.wait_seconds:
            return self._pace.rest
        if brought:
            return self._pace.breath
        return timedelta(0) if waited or measuring else self._pace.rest

    def _confirm(self, known: Known | None, delivered: int) -> bool:
        if known is None:
            raise UnreadableAnswer("answer", "says that nothing has changed since nothing")
        self._sink.confirm(known.acknowledged)
        self._note(known, delivered, self._server.now())
        return False

    def _take(self, cursor: str | None, answer: Tagged, delivered: int) -> bool:
        """Whether there was something new in it."""
        tag = answer.tag

        def following(cursor: str) -> RosterPage:
            nonlocal tag
            answer = self._server.roster(cursor, tag=None, wait=0)
            if answer is None:
                raise UnreadableAnswer("answer", "says that nothing has changed since nothing")
            tag = answer.tag
            return read_page(answer.document)

        first = read_page(answer.document)
        self._require_ours(first.acknowledged)
        last = pull(first, following, self._sink)
        known = Known(last.cursor, tag, last.acknowledged, last.set_aside, last.rules)
        before, self._known = self._known, None
        self._note(known, delivered, last.server_time)
        self._known = known
        if last.rules is not None:
            self._rules(last.rules)
        stale = before is None or _besides_members(before) != _besides_members(known)
        return stale or first.snapshot or last.cursor != cursor or bool(first.members or first.removed)

    def _require_ours(self, acknowledged: int) -> None:
        with self._engine.connect() as connection:
            if acknowledged > outbox.head(connection).seq:
                raise UnreadableAnswer("acknowledged", "is past the end of the queue")

    def _note(self, known: Known, delivered: int, server_time: datetime) -> None:
        """All in one commit. `delivered` is what the server had acknowledged before it was asked: it cannot hold less."""
        try:
            with self._engine.begin() as connection:
                if known.acknowledged < delivered:
                    step_back(connection, known.acknowledged)
                outbox.set_aside(connection, known.set_aside, server_time)
                outbox.contacted(connection, server_time)
                if (measured := self._server.measured()) is not None:
                    self._notes.keep_offset(connection, measured)
                if self._notes.revoked(connection):
                    self._notes.unlock(connection)
        except BeyondHead as error:
            raise UnreadableAnswer("set_aside", "is past the end of the queue") from error


def _besides_members(known: Known) -> tuple[int, tuple[int, ...], int | None]:
    return known.acknowledged, known.set_aside, known.rules
