"""The tables beside the outbox. Instants are text as `visits.event.to_instant` writes them.

A database keeps the tables of the version that made it; what a later version added is added when it is opened. So a new
column may be null or has a server's default, and an older version, set back, finds every column it knows.
"""

from sqlalchemy import (
    Boolean,
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
    inspect,
    text,
)
from sqlalchemy.schema import CreateColumn, CreateIndex

metadata = MetaData()


def _generation(suffix: str) -> tuple[Table, Table]:
    members = Table(
        f"members{suffix}",
        metadata,
        Column("id", String(36), primary_key=True),
        Column("standing", String, nullable=False),
        Column("name", String),
        Column("inside_since", String),
        Column("outside_since", String),
        Column("terms", String),
        Index(f"members{suffix}_inside", "inside_since", sqlite_where=text("inside_since IS NOT NULL")),
    )
    cards = Table(
        f"cards{suffix}",
        metadata,
        Column("reference", LargeBinary(32), primary_key=True),
        Column("member", String(36), ForeignKey(members.c.id), nullable=False),
        Column("replaced", Boolean, nullable=False, server_default=text("0")),
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
    Column("usage", String),
    Column("past", String),
    Index("passages_by_time", "at"),
    comment="each member's last passage at this terminal, and the days of use and stays as this terminal counts them since",
)

roster = Table(
    "roster",
    metadata,
    Column("only", Integer, primary_key=True),
    Column(
        "cursor",
        String,
        comment="written by versions that knew no terms alone: while there is one, all is to be pulled again",
    ),
    Column("covers_seq", Integer, nullable=False),
    Column("pulled_at", String, nullable=False),
    Column("boot", String(36), nullable=False),
    Column("monotonic_ms", Integer, nullable=False),
    Column("cursor_of_terms", String),
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


def complete(connection: Connection, tables: MetaData) -> None:
    """Creates what is missing, columns and indexes of tables that are there among it."""
    tables.create_all(connection)
    found = inspect(connection)
    for table in tables.sorted_tables:
        there = {column["name"] for column in found.get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                definition = CreateColumn(column).compile(dialect=connection.dialect)
                connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {definition}")
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))
