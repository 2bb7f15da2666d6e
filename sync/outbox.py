"""The queue of records in the terminal's one database: append-only, gapless, acknowledged by moving one cursor.

Every function works inside the caller's transaction, so that a record is queued in the commit that decides it.
Not in here: sending, and the database's journal mode and encryption.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    event,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from sync.envelope import Rejection, Sealed

FIRST_PREVIOUS = bytes(32)

metadata = MetaData()

outbox_events = Table(
    "outbox_events",
    metadata,
    Column("seq", Integer, CheckConstraint("seq >= 1"), primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, CheckConstraint("length(hash) = 32"), nullable=False),
    Column("record", Text, nullable=False),
    sqlite_strict=True,
)
outbox_cursor = Table(
    "outbox_cursor",
    metadata,
    Column("only", Integer, CheckConstraint("only = 1"), primary_key=True, autoincrement=False),
    Column("acknowledged", Integer, nullable=False),
    Column("last_contact_at", Text),
    sqlite_strict=True,
)
outbox_rejected = Table(
    "outbox_rejected",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Text, nullable=False),
    sqlite_strict=True,
)


@event.listens_for(outbox_events, "after_create")
def _make_append_only(_table: Table, connection: Connection, **_options: object) -> None:
    for change in ("UPDATE", "DELETE"):
        connection.execute(
            text(
                f"CREATE TRIGGER outbox_events_no_{change.lower()} BEFORE {change} ON outbox_events "
                "BEGIN SELECT RAISE(ABORT, 'outbox_events is append-only'); END"
            )
        )


@event.listens_for(outbox_cursor, "after_create")
def _start_at_zero(_table: Table, connection: Connection, **_options: object) -> None:
    connection.execute(insert(outbox_cursor).values(only=1, acknowledged=0))


class ChainBroken(Exception):  # noqa: N818 - named for what happened
    """A record that does not follow the head: `seq` came where `expected` was due."""

    def __init__(self, seq: int, expected: int) -> None:
        super().__init__(f"record {seq} came where {expected} was due")
        self.seq = seq
        self.expected = expected


class BeyondHead(Exception):  # noqa: N818 - named for what happened
    """The server speaks of `seq`, which this terminal never made: another's answer, or an older copy of the database."""

    def __init__(self, seq: int, head: int) -> None:
        super().__init__(f"the answer names {seq}, the queue ends at {head}")
        self.seq = seq
        self.head = head


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain; before the first record seq 0 and 32 zero bytes."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class QueueStanding:
    """`length` counts what is not acknowledged, `oldest_record` is the first of it, `rejected` all ever set aside."""

    length: int
    oldest_record: str | None
    acknowledged: int
    rejected: int
    last_contact_at: datetime | None


def head(connection: Connection) -> Head:
    newest = select(outbox_events.c.seq, outbox_events.c.hash).order_by(outbox_events.c.seq.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return Head(0, FIRST_PREVIOUS) if row is None else Head(row.seq, row.hash)


def append(connection: Connection, seq: int, hash: bytes, record: str) -> None:  # noqa: A002 - the column's name
    """`hash` is the record's, 32 bytes. Raises ChainBroken unless `seq` is the one after the head."""
    follows = select(literal(seq), literal(hash), literal(record)).where(literal(seq) == _newest_seq() + 1)
    if connection.execute(insert(outbox_events).from_select(["seq", "hash", "record"], follows)).rowcount == 0:
        raise ChainBroken(seq, head(connection).seq + 1)


def pending(connection: Connection, limit: int) -> tuple[Sealed, ...]:
    """The oldest records not yet acknowledged, in sequence, at most `limit`."""
    rows = connection.execute(
        select(outbox_events).where(outbox_events.c.seq > _acknowledged()).order_by(outbox_events.c.seq).limit(limit)
    )
    return tuple(Sealed(row.seq, row.hash, row.record) for row in rows)


def acknowledge(connection: Connection, seq: int) -> None:
    """Move the cursor up to `seq`; it never moves back. Raises BeyondHead, the cursor where it was.

    The write comes first: in SQLite a transaction that began by reading cannot write once another process has.
    """
    cursor = outbox_cursor.c.acknowledged
    connection.execute(update(outbox_cursor).values(acknowledged=seq).where(cursor < seq, seq <= _newest_seq()))
    _require_known(connection, seq)


def quarantine(connection: Connection, rejections: Iterable[Rejection], at: datetime) -> None:
    """Note what the server could not use; what was noted before stays as it was. Raises BeyondHead."""
    for rejection in rejections:
        _require_known(connection, rejection.seq)
        connection.execute(
            insert(outbox_rejected)
            .values(seq=rejection.seq, code=rejection.code, detail=rejection.detail, at=_instant(at))
            .on_conflict_do_nothing()
        )


def contacted(connection: Connection, at: datetime) -> None:
    """Note that the server answered, at its own time `at`."""
    connection.execute(update(outbox_cursor).values(last_contact_at=_instant(at)))


def standing(connection: Connection) -> QueueStanding:
    cursor = connection.execute(select(outbox_cursor)).one()
    oldest = pending(connection, 1)
    return QueueStanding(
        length=head(connection).seq - cursor.acknowledged,
        oldest_record=oldest[0].record if oldest else None,
        acknowledged=cursor.acknowledged,
        rejected=connection.execute(select(func.count()).select_from(outbox_rejected)).scalar_one(),
        last_contact_at=None if cursor.last_contact_at is None else datetime.fromisoformat(cursor.last_contact_at),
    )


def _newest_seq() -> ColumnElement[int]:
    return select(func.coalesce(func.max(outbox_events.c.seq), 0)).scalar_subquery()


def _acknowledged() -> ColumnElement[int]:
    return select(outbox_cursor.c.acknowledged).scalar_subquery()


def _require_known(connection: Connection, seq: int) -> None:
    newest = head(connection).seq
    if seq > newest:
        raise BeyondHead(seq, newest)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
