"""A terminal's delivery with everything around it in hand: no thread, no network, and a clock that only waiting moves."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine

from sync import outbox
from sync.agent import Agent, Parts
from sync.clock import Measured
from sync.delivery import Policy
from sync.document import Document
from sync.envelope import BootOffset
from sync.feed import RosterMember
from sync.lane import Work
from sync.outbox import QueueStanding
from sync.outcome import Undelivered, UnreadableAnswer
from sync.puller import Pace
from sync.rules import RulesPuller
from sync.transport import Tagged

_MOST_LOOKS = 2000
SERVER_TIME = "2026-11-22T01:00:00.000Z"
HEARD = datetime(2026, 11, 22, 1, tzinfo=UTC)
BOOT = UUID("1b4e28ba-2fa1-41d2-883f-0016d3cca427")


def acknowledged(seq: object, **said: object) -> Document:
    return {"acknowledged": seq, "rejected": [], "conflicts": [], "server_time": SERVER_TIME, **said}


def fails(error: Exception) -> Callable[[list[int]], Document]:
    def answer(_: list[int]) -> Document:
        raise error

    return answer


@dataclass(frozen=True)
class Look:
    """One question for the roster, and when it was asked."""

    cursor: str | None
    tag: str | None
    wait: int
    at: float


class LedgerServer:
    """Keeps records as the central server does; `script` holds what befalls the next batches, then all goes well."""

    def __init__(self, wait: Callable[[float], None], now: Callable[[], float]) -> None:
        self._wait = wait
        self._now = now
        self.held = 0
        self.batches: list[list[int]] = []
        self.bodies: list[Mapping[str, object]] = []
        self.script: list[Callable[[list[int]], Document]] = []
        self.looks: list[Look] = []
        self.roster_script: list[Undelivered | Document] = []
        self.lets_wait = True
        self.happens: Callable[[], None] | None = None
        self.set_aside: list[int] = []
        self.version = 1
        self.told: Measured | None = None
        self.rules_number: int | None = None
        self.rules_script: list[Undelivered | Document] = []
        self.rule_looks = 0

    def deliver(self, body: bytes) -> Document:
        batch = json.loads(body)
        seqs = [record["seq"] for record in batch["events"]]
        assert batch["head"]["seq"] == seqs[-1]
        self.batches.append(seqs)
        self.bodies.append(batch)
        if self.script:
            return self.script.pop(0)(seqs)
        for seq in batch.get("lost", []):
            self.held = max(self.held, seq if seq == self.held + 1 else self.held)
        return self.take(seqs)

    def take(self, seqs: list[int], **said: object) -> Document:
        for seq in seqs:
            if seq == self.held + 1:
                self.held = seq
        return acknowledged(self.held, **said)

    def roster(self, cursor: str | None, *, tag: str | None, wait: int) -> Tagged | None:
        self.looks.append(Look(cursor, tag, wait, self._now()))
        assert len(self.looks) < _MOST_LOOKS, "the server is asked without end"
        if self.roster_script:
            given = self.roster_script.pop(0)
            if isinstance(given, Undelivered):
                raise given
            return Tagged(given, None)
        if wait and self.lets_wait and tag in (None, self._tag()):
            happens, self.happens = self.happens, None
            self._wait(float(wait) if happens is None else 1.0)
            if happens is not None:
                happens()
        page, now = self._page(cursor), self._tag()
        return None if tag == now else Tagged(page, now)

    def rules(self) -> Document:
        self.rule_looks += 1
        if self.rules_script:
            given = self.rules_script.pop(0)
            if isinstance(given, Undelivered):
                raise given
            return given
        return {"number": self.rules_number, "rulebook": {"v": 1}, "server_time": SERVER_TIME}

    def now(self) -> datetime:
        return HEARD

    def measured(self) -> Measured | None:
        return self.told

    def _tag(self) -> str:
        return f"{self.version} {self.rules_number} {self.held} {self.set_aside}"

    def _page(self, cursor: str | None) -> Document:
        said = {} if self.rules_number is None else {"rules": self.rules_number}
        return roster_page(
            cursor=str(self.version), snapshot=cursor is None, acknowledged=self.held, set_aside=self.set_aside, **said
        )


def roster_page(**said: object) -> Document:
    nothing: list[object] = []
    page = {"cursor": "1", "snapshot": True, "members": nothing, "removed": nothing, "more": False}
    return {**page, "acknowledged": 0, "set_aside": [], "server_time": SERVER_TIME, **said}


class Roster:
    """What the terminal was told: each change with how much of its own it covers."""

    def __init__(self) -> None:
        self.at: str | None = None
        self.changes: list[tuple[str, int]] = []
        self.broken = False

    def cursor(self) -> str | None:
        if self.broken:
            raise OSError("山田 太郎")
        return self.at

    def replace(self, members: Sequence[RosterMember], cursor: str, acknowledged: int) -> None:
        self.at = cursor
        self.changes.append(("replaced", acknowledged))

    def merge(self, members: Sequence[RosterMember], removed: Sequence[str], cursor: str, acknowledged: int) -> None:
        self.at = cursor
        self.changes.append(("merged", acknowledged))

    def confirm(self, acknowledged: int) -> None:
        self.changes.append(("confirmed", acknowledged))


class Rules:
    """`sync.rules.RulesSink` in memory, which understands only version 1."""

    def __init__(self) -> None:
        self.kept: list[int] = []

    def number(self) -> int:
        return self.kept[-1] if self.kept else 0

    def keep(self, number: int, rulebook: Document) -> None:
        if rulebook.get("v") != 1:
            raise UnreadableAnswer("v", "is not 1")
        self.kept.append(number)


@dataclass
class Notebook:
    """`sync.notes.Notes` in memory."""

    roster: Roster
    kept: BootOffset | None = None
    troubles: list[str | None] = field(default_factory=list)
    locks: list[datetime] = field(default_factory=list)
    locked: bool = False

    def offset(self, connection: Connection) -> BootOffset | None:
        return self.kept

    def keep_offset(self, connection: Connection, measured: Measured) -> None:
        self.kept = BootOffset(BOOT, measured.offset_ms, measured.error_ms)

    def set_trouble(self, connection: Connection, word: str | None) -> None:
        self.troubles.append(word)

    def revoked(self, connection: Connection) -> bool:
        return self.locked

    def lock(self, connection: Connection, at: datetime) -> None:
        self.locks.append(at)
        self.locked, self.roster.at = True, None

    def unlock(self, connection: Connection) -> None:
        self.locked = False


class DeliveringTerminal:
    def __init__(self, engine: Engine, pace: Pace, chores: Mapping[str, Work] | None = None) -> None:
        self.engine = engine
        self.now = 1000.0
        self.server = LedgerServer(self._pass, lambda: self.now)
        self.roster = Roster()
        self.rules = Rules()
        self.notes = Notebook(self.roster)
        self.remedies: dict[str, Callable[[], None]] = {}
        self.signed: list[tuple[int, bytes]] = []
        self.parts = Parts(
            engine=engine,
            deliver_to=self.server,
            look_at=self.server,
            notes=self.notes,
            sink=self.roster,
            rules=RulesPuller(self.server.rules, self.rules),
            sign_head=self._sign,
            chores=chores or {},
            remedies=self.remedies,
            policy=Policy(),
            pace=pace,
            monotonic=lambda: self.now,
            random=lambda: 0.0,
        )
        self.agent = Agent(self.parts)

    def tap(self, count: int) -> None:
        with self.engine.begin() as connection:
            for _ in range(count):
                seq = outbox.head(connection).seq + 1
                outbox.append(connection, seq, seq.to_bytes(32), json.dumps({"seq": seq}))

    def prune(self, before: int) -> None:
        """As upkeep does after the retention: the acknowledged records before `before` are gone."""
        with self.engine.begin() as connection:
            connection.execute(outbox.outbox_events.delete().where(outbox.outbox_events.c.seq < before))

    def turn(self) -> float:
        """Each lane once, the roster first; gives the seconds until one of them is due again."""
        return min([self.agent.feed.turn(), *(lane.turn() for lane in self.agent.lanes)])

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while True:
            pause = self.turn()
            if self.now + pause > end:
                self.now = max(self.now, end)
                return
            self.now += max(pause, 0.001)

    @property
    def standing(self) -> QueueStanding:
        with self.engine.connect() as connection:
            return outbox.standing(connection)

    @property
    def troubles(self) -> list[str | None]:
        return self.notes.troubles

    def _pass(self, seconds: float) -> None:
        self.now += seconds

    def _sign(self, seq: int, digest: bytes) -> bytes:
        self.signed.append((seq, digest))
        return bytes(32) + digest


def minutes(count: float) -> float:
    return timedelta(minutes=count).total_seconds()
