"""A door in contact with the server of this process: a terminal's own database, book and delivery over signed requests.

One clock, set by hand, is that of the door and the server's too. Not in here: threads, sockets, and waiting for news.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from kiosk.clock import Moment
from kiosk.delivery import LinkNotes
from kiosk.storage.database import open_database
from kiosk.storage.holder import holder_of
from kiosk.storage.roster import RosterStore
from kiosk.storage.rules import RulesStore, rulebook_of
from kiosk.storage.situation import situation_of
from kiosk.storage.visitbook import FeeAsked, Recorded, VisitBook
from machine.signing_terminal import SigningTerminal, document
from sync import outbox
from sync.delivery import State
from sync.document import Document
from sync.puller import Pace, Puller
from sync.rules import RulesPuller
from sync.sender import Sender
from sync.transport import Tagged
from visits.decision import Decision, Direction, decide, to_document
from visits.event import Revocation, head_statement

BOOT = UUID(int=0xB007)
_BATCH = State(batch=500)
_ALWAYS = timedelta(days=4000)
"""News never grows old: what the door knows is all there is."""


@dataclass
class SharedClock:
    """Switched on at `began`, and synchronised."""

    began: datetime
    at: datetime

    def moment(self) -> Moment:
        return Moment(self.at, (self.at - self.began) // timedelta(milliseconds=1), BOOT, synchronised=True)

    def now(self) -> datetime:
        return self.at


class _Line:
    """`sync.server.Server` on the server in this process."""

    def __init__(self, terminal: SigningTerminal, clock: SharedClock) -> None:
        self._terminal = terminal
        self._clock = clock

    def deliver(self, body: bytes) -> Document:
        answer = self._terminal.request("POST", self._terminal.events_target, body, created=self._clock.at)
        assert answer.status_code == 200, answer.content
        return document(answer)

    def roster(self, cursor: str | None, *, tag: str | None, wait: int) -> Tagged | None:
        target = "/api/v1/roster" + (f"?{urlencode({'cursor': cursor})}" if cursor else "")
        known = {} if tag is None else {"If-None-Match": tag}
        answer = self._terminal.request("GET", target, created=self._clock.at, headers=known)
        if answer.status_code == 304:
            return None
        assert answer.status_code == 200, answer.content
        return Tagged(document(answer), answer.headers["ETag"])

    def rules(self) -> Document:
        answer = self._terminal.request("GET", "/api/v1/rules", created=self._clock.at)
        assert answer.status_code == 200, answer.content
        return document(answer)

    def now(self) -> datetime:
        return self._clock.at

    def measured(self) -> None:
        return None


class ConnectedDoor:
    def __init__(self, folder: Path, terminal: SigningTerminal, clock: SharedClock) -> None:
        self._clock = clock
        self.engine = open_database(folder)
        self.book = VisitBook(self.engine, terminal=terminal.id, clock=clock, fresh=_ALWAYS)
        self.terminal = terminal
        line, notes = _Line(terminal, clock), LinkNotes(BOOT)
        self._rules = RulesPuller(line.rules, RulesStore(self.engine))
        self._look = Puller(
            self.engine,
            line,
            notes,
            RosterStore(self.engine, clock),
            pace=Pace(wait_seconds=0),
            monotonic=lambda: 0.0,
            answered=lambda: None,
            rules=self._told,
        )
        self._send = Sender(
            self.engine,
            line,
            notes,
            sign_head=lambda seq, digest: terminal.key.sign(head_statement(terminal.id, seq, digest)),
            poll=timedelta(0),
            delivered=lambda: None,
        )

    def would_decide(self, way: Direction, card: bytes) -> bytes:
        """What a tap at this moment would be judged to be, by what is known here."""
        moment = self._clock.moment()
        with self.engine.connect() as connection:
            holder = holder_of(connection, card, moment, _ALWAYS, moment.at)
            assert holder is not None, "nobody holds this card"
            situation = situation_of(connection, holder, moment.at)
            return to_document(decide(way, holder.member, situation, rulebook_of(connection), moment.at))

    def tap(self, way: Direction, card: bytes) -> Decision:
        """With whatever fee agreed to. The decision is the one that was to be expected."""
        expected = self.would_decide(way, card)
        outcome = self.book.tap(way, card, Revocation.NOT_CHECKED, fee_accepted=True)
        assert not isinstance(outcome, FeeAsked)
        decision = outcome.admitted if isinstance(outcome, Recorded) else outcome
        assert to_document(decision) == expected
        return decision

    def deliver(self) -> None:
        """All there is."""
        while self.waiting:
            self._send(_BATCH)

    def look(self) -> None:
        """Roster and rules as the server has them now."""
        self._look(_BATCH)
        self._rules(_BATCH)

    @property
    def waiting(self) -> int:
        with self.engine.connect() as connection:
            return outbox.standing(connection).length

    def _told(self, number: int) -> None:
        self._rules.told(number)


@contextmanager
def connected(folder: Path, terminal: SigningTerminal, clock: SharedClock) -> Iterator[ConnectedDoor]:
    door = ConnectedDoor(folder, terminal, clock)
    try:
        yield door
    finally:
        door.engine.dispose()
