"""Deliveries of an invented facility, signed beforehand, and three ways to take them in.

For use after Django was set up on an empty database. Not in here: how often which is measured (upload).
"""

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from unittest.mock import patch
from uuid import UUID

from django.db import connection, transaction
from django.test import Client

from machine.signing_terminal import Record, SigningTerminal, signed
from server.ledger.ingest import Outcome
from server.ledger.models import Event
from server.members.models import Member
from server.rows import Value
from server.terminals.models import Facility
from visits.event import Kind, canonical, record_hash

MEMBERS = 400
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
TABLE = Event._meta.db_table
TYPES = {
    "facility_id": "uuid",
    "terminal_id": "uuid",
    "seq": "bigint",
    "hash": "bytea",
    "record": "text",
    "received_at": "timestamptz",
    "kind": "text",
    "member_id": "uuid",
    "at": "timestamptz",
    "basis": "text",
}
COLUMNS = tuple(TYPES)
ONE_BY_ONE = f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"  # noqa: S608 - names of ours
SET_BASED = (
    f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) SELECT {', '.join(COLUMNS)} FROM json_to_recordset(%s) "  # noqa: S608
    f"AS row({', '.join(f'{name} {kind}' for name, kind in TYPES.items())}) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Prepared:
    target: str
    headers: dict[str, str]
    body: bytes
    last_seq: int
    rows: list[tuple[Value, ...]]


@cache
def facility() -> Facility:
    return Facility.objects.get_or_create(name="bench")[0]


def deliveries(size: int, count: int) -> list[Prepared]:
    """Of a terminal and members of their own, who all come in and then all go out; the server's time was known."""
    terminal = SigningTerminal.enrolled_at(facility(), secrets.token_hex(8))
    members = Member.objects.bulk_create(
        Member(home_facility=facility(), number=secrets.token_hex(8), name="誰か", standing="active")
        for _ in range(MEMBERS)
    )
    records = _records(terminal, [member.pk for member in members])
    return [_prepared(terminal, [next(records) for _ in range(size)]) for _ in range(count)]


def _records(terminal: SigningTerminal, members: Sequence[UUID]) -> Iterator[Record]:
    number = 0
    while True:
        known = {
            "monotonic_ms": 20_000 * number,
            "server_offset_ms": int(BEGIN.timestamp() * 1000),
            "server_offset_error_ms": 20,
        }
        kind = Kind.CHECK_OUT if number // MEMBERS % 2 else Kind.CHECK_IN
        yield terminal.spoilt(members[number % MEMBERS], known, kind, BEGIN + timedelta(seconds=20 * number))
        number += 1


def _prepared(terminal: SigningTerminal, records: list[Record]) -> Prepared:
    body = canonical(terminal.batch(*records))
    message = signed(terminal.key, str(terminal.id), "POST", terminal.events_target, body)
    rows = [_row(record) for record in records]
    return Prepared(terminal.events_target, message.headers, body, records[-1]["seq"], rows)


def upload(client: Client, each: Prepared) -> float:
    """Seconds until the server had taken it in and answered."""
    begun = time.perf_counter()
    answer = client.generic("POST", each.target, each.body, content_type="application/json", headers=each.headers)
    taken = time.perf_counter() - begun
    assert json.loads(answer.content)["acknowledged"] == each.last_seq, answer.content
    return taken


def upload_to_nothing(client: Client, each: Prepared) -> float:
    """The same process, route, signatures and answer, with nothing stored of the records."""
    with patch("server.api.terminal_routes.ingest", lambda *_: Outcome(each.last_seq, (), ())):
        return upload(client, each)


def insert_alone(each: Prepared) -> float:
    """What the database takes to store the same rows in one statement, prepared beforehand, and one commit."""
    postgresql = connection.vendor == "postgresql"
    document = json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in each.rows]) if postgresql else ""
    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        if postgresql:
            cursor.execute(SET_BASED, (document,))
        else:
            cursor.executemany(ONE_BY_ONE, each.rows)
    return time.perf_counter() - begun


def _row(record: Record) -> tuple[Value, ...]:
    """As text, which both databases take for what it says; SQLite keeps identifiers without hyphens and bytes as such."""
    postgresql = connection.vendor == "postgresql"
    identifiers = (str(facility().pk), record["terminal"], record["member"])
    place, terminal, member = identifiers if postgresql else (each.replace("-", "") for each in identifiers)
    digest = record_hash(record)
    return (
        place,
        terminal,
        record["seq"],
        f"\\x{digest.hex()}" if postgresql else digest,
        canonical(record).decode(),
        "2026-11-22 00:58:03.123000" + ("+00" if postgresql else ""),
        record["kind"],
        member,
        record["at"] if postgresql else record["at"].replace("T", " ").replace("Z", "000"),
        "offset",
    )
