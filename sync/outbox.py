"""The queue of records in the terminal's one database: append-only, gapless, acknowledged by moving one cursor.

Every function works inside the caller's transaction, so that a record is queued in the commit that decides it. What the
server has held for long enough is pruned from the old end; how long is counted in the server's days, because the
terminal's own clock may be wrong. Not in here: sending, and the database's journal mode and encryption.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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
    bindparam,
    delete,
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
MOST_SET_ASIDE = 500
"""A server that names so many records set aside may hold more."""
CONFLICT = "conflict"
"""The code of a record under whose number the server holds another; nothing that staff decide there settles it."""

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
    Column("resolved_at", Text),
    sqlite_strict=True,
)
outbox_days = Table(
    "outbox_days",
    metadata,
    Column("day", Text, primary_key=True),
    Column("acknowledged", Integer, nullable=False),
    sqlite_strict=True,
    comment="the cursor at the first contact of each day, by the server's clock",
)


@event.listens_for(outbox_events, "after_create")
def _make_append_only(_table: Table, connection: Connection, **_options: object) -> None:
    """The newest record stays even when it is acknowledged: the next one names its hash."""
    needed = "OLD.seq > (SELECT acknowledged FROM outbox_cursor) OR OLD.seq = (SELECT max(seq) FROM outbox_events)"
    for change, when in (("UPDATE", "true"), ("DELETE", needed)):
        connection.execute(
            text(
                f"CREATE TRIGGER outbox_events_no_{change.lower()} BEFORE {change} ON outbox_events WHEN {when} "
                "BEGIN SELECT RAISE(ABORT, 'outbox_events is append-only'); END"
            )
        )


@event.listens_for(outbox_cursor, "after_create")
def _start_at_zero(_table: Table, connection: Connection, **_options: object) -> None:
    connection.execute(insert(outbox_cursor).values(only=1, acknowledged=0))


def _newest_seq() -> ColumnElement[int]:
    return select(func.coalesce(func.max(outbox_events.c.seq), 0)).scalar_subquery()


# Built once: building a statement takes longer than carrying it out, and these two are part of every tap.
_HEAD = select(outbox_events.c.seq, outbox_events.c.hash).order_by(outbox_events.c.seq.desc()).limit(1)
_APPEND = insert(outbox_events).from_select(
    ["seq", "hash", "record"],
    select(
        bindparam("new", type_=Integer), bindparam("its_hash", type_=LargeBinary), bindparam("its_record", type_=Text)
    ).where(bindparam("new", type_=Integer) == _newest_seq() + 1),
)


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


class Lost(Exception):  # noqa: N818 - named for what happened
    """The server no longer holds the records from `first` to `last`, and neither does this terminal."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__(f"records {first} to {last} were pruned here and are gone from the server")
        self.first = first
        self.last = last


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain; before the first record seq 0 and 32 zero bytes."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record the server could not use and staff have not resolved, noted at the server's time `at`."""

    seq: int
    code: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class QueueStanding:
    """`length` counts what is not acknowledged, `oldest_record` is the first of it, `rejected` what staff still have to look at."""

    length: int
    oldest_record: str | None
    acknowledged: int
    rejected: int
    last_contact_at: datetime | None


def head(connection: Connection) -> Head:
    row = connection.execute(_HEAD).one_or_none()
    return Head(0, FIRST_PREVIOUS) if row is None else Head(row.seq, row.hash)


def append(connection: Connection, seq: int, hash: bytes, record: str) -> None:  # noqa: A002 - the column's name
    """`hash` is the record's, 32 bytes. Raises ChainBroken unless `seq` is the one after the head."""
    if connection.execute(_APPEND, {"new": seq, "its_hash": hash, "its_record": record}).rowcount == 0:
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


def rewind(connection: Connection, seq: int) -> None:
    """The server holds no more than up to `seq`, less than it once acknowledged: what is still here is pending again.

    Raises Lost where some of it was pruned; by then everything that is left is pending, for the caller to commit.
    """
    oldest = connection.execute(select(func.min(outbox_events.c.seq))).scalar_one() or 1
    back = max(seq, oldest - 1)
    connection.execute(update(outbox_cursor).values(acknowledged=back).where(outbox_cursor.c.acknowledged > back))
    connection.execute(update(outbox_days).values(acknowledged=back).where(outbox_days.c.acknowledged > back))
    if seq < back:
        raise Lost(seq + 1, back)


def prune(connection: Connection, retention: timedelta, at_most: int) -> int:
    """Forget the oldest records that the server has held for `retention`, in whole days; gives how many.

    A record that waits for staff stays, and with it all after it, and so does the newest.
    """
    limit = _held_for(connection, retention)
    waiting = connection.execute(select(func.min(outbox_rejected.c.seq)).where(_unresolved())).scalar_one()
    old = select(outbox_events.c.seq).where(outbox_events.c.seq <= limit, outbox_events.c.seq < _newest_seq())
    if waiting is not None:
        old = old.where(outbox_events.c.seq < waiting)
    oldest = old.order_by(outbox_events.c.seq).limit(at_most)
    return connection.execute(delete(outbox_events).where(outbox_events.c.seq.in_(oldest))).rowcount


def quarantine(connection: Connection, rejections: Collection[Rejection], at: datetime) -> None:
    """Note what the server could not use; what was noted before stays as it was. Raises BeyondHead."""
    noted = _instant(at)
    rows = [{"seq": each.seq, "code": each.code, "detail": each.detail, "at": noted} for each in rejections]
    if rows:
        _require_known(connection, max(each.seq for each in rejections))
        connection.execute(insert(outbox_rejected).on_conflict_do_nothing(), rows)


def set_aside(connection: Connection, open: Collection[int], at: datetime) -> None:  # noqa: A002 - the server's word
    """Staff have still to look at the records `open` and at no other but conflicts. Raises BeyondHead.

    One the terminal never heard was rejected is noted with the code "set_aside". Of a list of MOST_SET_ASIDE the end is
    not known, so what comes after it stays as it was.
    """
    quarantine(connection, [Rejection(seq, "set_aside", "") for seq in open], at)
    spoken_of = outbox_rejected.c.seq <= max(open) if len(open) >= MOST_SET_ASIDE else literal(value=True)
    again = outbox_rejected.c.seq.in_(open)
    done = ~again & (outbox_rejected.c.code != CONFLICT)
    connection.execute(update(outbox_rejected).values(resolved_at=None).where(again, ~_unresolved()))
    connection.execute(update(outbox_rejected).values(resolved_at=_instant(at)).where(done, _unresolved(), spoken_of))


def waiting_for_staff(connection: Connection, limit: int) -> tuple[SetAside, ...]:
    """The oldest records set aside and not resolved, in sequence."""
    rows = connection.execute(select(outbox_rejected).where(_unresolved()).order_by(outbox_rejected.c.seq).limit(limit))
    return tuple(SetAside(row.seq, row.code, row.detail, datetime.fromisoformat(row.at)) for row in rows)


def contacted(connection: Connection, at: datetime) -> None:
    """Note that the server answered, at its own time `at`."""
    connection.execute(update(outbox_cursor).values(last_contact_at=_instant(at)))
    connection.execute(insert(outbox_days).values(day=_day(at), acknowledged=_acknowledged()).on_conflict_do_nothing())


def standing(connection: Connection) -> QueueStanding:
    cursor = connection.execute(select(outbox_cursor)).one()
    oldest = pending(connection, 1)
    return QueueStanding(
        length=head(connection).seq - cursor.acknowledged,
        oldest_record=oldest[0].record if oldest else None,
        acknowledged=cursor.acknowledged,
        rejected=connection.execute(
            select(func.count()).select_from(outbox_rejected).where(_unresolved())
        ).scalar_one(),
        last_contact_at=None if cursor.last_contact_at is None else datetime.fromisoformat(cursor.last_contact_at),
    )


def _acknowledged() -> ColumnElement[int]:
    return select(outbox_cursor.c.acknowledged).scalar_subquery()


def _unresolved() -> ColumnElement[bool]:
    return outbox_rejected.c.resolved_at.is_(None)


def _held_for(connection: Connection, retention: timedelta) -> int:
    """The sequence up to which the server held everything at the end of that time; forgets days no longer asked for."""
    last_contact = connection.execute(select(outbox_cursor.c.last_contact_at)).scalar_one()
    if last_contact is None:
        return 0
    day = _day(datetime.fromisoformat(last_contact) - retention)
    long_ago = outbox_days.c.day <= day
    acknowledged: int = connection.execute(
        select(func.coalesce(func.max(outbox_days.c.acknowledged), 0)).where(long_ago)
    ).scalar_one()
    kept = select(func.max(outbox_days.c.day)).where(long_ago).scalar_subquery()
    connection.execute(delete(outbox_days).where(outbox_days.c.day < kept))
    return acknowledged


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()


def _require_known(connection: Connection, seq: int) -> None:
    newest = head(connection).seq
    if seq > newest:
        raise BeyondHead(seq, newest)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
