"""What must be true of a terminal's database once the machine is back, whatever happened to it.

Not in here: what happened to it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, select, text

from kiosk.storage.database import DamagedDatabase, open_database
from sync import outbox
from visits.event import FIRST_PREVIOUS, record_hash


@dataclass(slots=True)
class Promise:
    """What a terminal had said by some moment: the hash of each record whose tap had returned, and its cursor."""

    tapped: dict[int, bytes] = field(default_factory=dict)
    acknowledged: int = 0

    def copy(self) -> Self:
        return replace(self, tapped=dict(self.tapped))

    def hear(self, line: str) -> None:
        match line.split():
            case ["tapped", seq, digest]:
                self.tapped[int(seq)] = bytes.fromhex(digest)
            case ["acknowledged", seq]:
                self.acknowledged = int(seq)


def broken_promises(folder: Path, promise: Promise) -> list[str]:
    """Opens the database as the terminal does; empty where everything said is kept."""
    try:
        engine = open_database(folder)
    except DamagedDatabase as damage:
        return [f"{damage}: a tap is lost"]
    try:
        with engine.begin() as connection:
            return [*_damage(connection), *_breaks(connection), *_losses(connection, promise)]
    finally:
        engine.dispose()


def _damage(connection: Connection) -> Iterable[str]:
    found = connection.execute(text("PRAGMA integrity_check")).scalars().all()
    return [] if found == ["ok"] else [f"integrity: {found[0]}"]


def _breaks(connection: Connection) -> Iterator[str]:
    """The chain from the oldest record held; what was pruned was acknowledged."""
    before: tuple[int, bytes] | None = None
    for seq, digest, record in connection.execute(select(outbox.outbox_events).order_by(outbox.outbox_events.c.seq)):
        content = json.loads(record)
        if before is None:
            before = (seq - 1, bytes.fromhex(content["prev"]))
            if seq == 1 and before[1] != FIRST_PREVIOUS:
                yield "the first record follows another"
            if seq - 1 > outbox.standing(connection).acknowledged:
                yield f"records before {seq} are gone, and were not acknowledged"
        if (seq - 1, bytes.fromhex(content["prev"])) != before:
            yield f"record {seq} does not follow {before[0]}"
        if record_hash(content) != digest:
            yield f"record {seq} is not what its hash says"
        before = (seq, digest)


def _losses(connection: Connection, promise: Promise) -> Iterator[str]:
    held = {seq: digest for seq, digest, _ in connection.execute(select(outbox.outbox_events))}
    acknowledged = outbox.standing(connection).acknowledged
    if acknowledged < promise.acknowledged:
        yield f"the cursor went back from {promise.acknowledged} to {acknowledged}"
    for seq, digest in promise.tapped.items():
        if held.get(seq, digest if seq <= acknowledged else None) != digest:
            yield f"tap {seq} is lost"
