"""The tables beside the outbox. Instants are text as `visits.event.to_instant` writes them."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    event,
    insert,
)

metadata = MetaData()


def _generation(suffix: str) -> tuple[Table, Table]:
    members = Table(
        f"members{suffix}",
        metadata,
        Column("id", String(36), primary_key=True),
        Column("standing", String, nullable=False),
        Column("name", String),
        Column("inside_since", String),
    )
    cards = Table(
        f"cards{suffix}",
        metadata,
        Column("reference", LargeBinary(32), primary_key=True),
        Column("member", String(36), ForeignKey(members.c.id), nullable=False),
        Index(f"cards{suffix}_by_member", "member"),
        sqlite_with_rowid=False,
    )
    return members, cards


members, cards = _generation("")
members_next, cards_next = _generation("_next")
"""Empty but while a roster is staged (kiosk.storage.staging), which then exchanges names with the one in use."""

passages = Table(
    "passages",
    metadata,
    Column("member", String(36), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", String, nullable=False),
    Column("boot", String(36), nullable=False),
    Column("monotonic_ms", Integer, nullable=False),
    comment="each member's last passage at this terminal",
)

roster = Table(
    "roster",
    metadata,
    Column("only", Integer, primary_key=True),
    Column("cursor", String),
    Column("covers_seq", Integer, nullable=False),
    Column("pulled_at", String, nullable=False),
    Column("boot", String(36), nullable=False),
    Column("monotonic_ms", Integer, nullable=False),
    CheckConstraint("only = 1"),
    comment="the last completed pull; covers_seq: the server then held our events up to this one",
)

boots = Table(
    "boots",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("boot", String(36), nullable=False, unique=True),
)

link = Table(
    "link",
    metadata,
    Column("only", Integer, primary_key=True),
    Column("boot", String(36)),
    Column("offset_ms", Integer),
    Column("error_ms", Integer),
    Column("measured_monotonic_ms", Integer),
    Column("trouble", String),
    Column("revoked_at", String),
    CheckConstraint("only = 1"),
    comment="one row, there from the start; the first four together: the server's time as this boot last learned it",
)

upkeep = Table(
    "upkeep",
    metadata,
    Column("only", Integer, primary_key=True),
    Column("writes", Integer, nullable=False),
    CheckConstraint("only = 1"),
    comment="one row, there from the start: something to write where only the writing matters",
)

reserve = Table(
    "reserve",
    metadata,
    Column("filler", LargeBinary, nullable=False),
    comment="always empty; filled and emptied in one transaction, it leaves free pages that hold room on the disk",
)


rules = Table(
    "rules",
    metadata,
    Column("only", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("document", String, nullable=False),
    CheckConstraint("only = 1"),
    comment="the rules of the house as the server last gave them, under its number; no row before that",
)


@event.listens_for(link, "after_create")
def _begin_unlinked(_table: Table, connection: Connection, **_options: object) -> None:
    connection.execute(insert(link).values(only=1))


@event.listens_for(upkeep, "after_create")
def _begin_unwritten(_table: Table, connection: Connection, **_options: object) -> None:
    connection.execute(insert(upkeep).values(only=1, writes=0))
