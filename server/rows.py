"""Rows by the hundred, each database in the way it takes them fastest.

Plain SQL, because a model instance for every row costs more than the row. Not in here: what the rows say.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from django.db import connection

Value = int | str | bytes | UUID | datetime | date | None


def append(table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """For rows that cannot be there yet."""
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({_places(columns)})", adapted(rows))  # noqa: S608 - names of ours


def upsert(table: str, key: Sequence[str], columns: Mapping[str, str], rows: Sequence[Sequence[Value]]) -> None:
    """`columns` with their PostgreSQL types; where `key` is there already, the other columns become another."""
    if not rows:
        return
    names = ", ".join(columns)
    others = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    conflict = f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {others}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) {conflict}",  # noqa: S608 - names of ours
                [list(column) for column in zip(*rows, strict=True)],
            )
        else:
            statement = f"INSERT INTO {table} ({names}) VALUES ({_places(columns)}) {conflict}"  # noqa: S608 - names of ours
            cursor.executemany(statement, adapted(rows))


def adapted(rows: Iterable[Sequence[Value]]) -> list[tuple[Value, ...]]:
    """As databases without types of their own for identifiers and instants want them; others take them as they are."""
    if connection.features.has_native_uuid_field:
        return [tuple(row) for row in rows]
    adapter = _ADAPTERS.get
    return [tuple([adapt(value) if (adapt := adapter(type(value))) else value for value in row]) for row in rows]


def _places(columns: Iterable[str]) -> str:
    return ", ".join("%s" for _ in columns)


def _uuid(value: UUID) -> str:
    return value.hex


def _instant(value: datetime) -> str:
    """Django's form: UTC without saying so."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


_ADAPTERS: dict[type, Callable[..., Value]] = {UUID: _uuid, datetime: _instant, date: date.isoformat}
