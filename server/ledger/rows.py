"""Events as rows, stored and moved by the hundred.

Not in here: what a record is worth (judging), and how databases take rows (server.rows).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from server.ledger.models import Event
from server.rows import adapted, append
from server.terminals.models import Terminal

_TABLE = Event._meta.db_table  # noqa: SLF001 - Django's name for it is public
_COLUMNS = [
    "seq",
    "hash",
    "record",
    "rejection",
    "rejection_detail",
    "kind",
    "member_id",
    "at",
    "boot",
    "basis",
    "facility_id",
    "terminal_id",
    "received_at",
]


@dataclass(frozen=True, slots=True)
class Row:
    """One record as it will be stored; the last five are what is read from it, as far as it can be read."""

    seq: int
    hash: bytes
    record: str
    rejection: str | None = None
    rejection_detail: str = ""
    kind: str | None = None
    member: UUID | None = None
    at: datetime | None = None
    boot: UUID | None = None
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A stored event whose time is another now; `member` is None where it is not counted."""

    pk: int
    member: UUID | None
    was: datetime
    at: datetime
    basis: str


def insert(terminal: Terminal, rows: Sequence[Row], now: datetime) -> None:
    """Nothing of them can be there already, because the chain was looked at with the facility locked."""
    same = (terminal.facility_id, terminal.pk, now)
    append(
        _TABLE,
        _COLUMNS,
        (
            (
                row.seq,
                row.hash,
                row.record,
                row.rejection,
                row.rejection_detail,
                row.kind,
                row.member,
                row.at,
                row.boot,
                row.basis,
                *same,
            )
            for row in rows
        ),
    )


def move(moved: Iterable[Moved]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {_TABLE} SET at = %s, basis = %s WHERE id = %s",  # noqa: S608 - a name of ours
            adapted((each.at, each.basis, each.pk) for each in moved),
        )
