"""A terminal's chain of records: what may follow what is held.

Pure. Not in here: what the records say, and where they are held.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from server.ledger.batch import Sealed
from server.ledger.models import AlarmKind
from visits.event import EventError, Position, parse_position

DESTROYED = b""
"""Stands for the hash of a record the terminal declared destroyed: anything may follow it."""


@dataclass(slots=True)
class Chain:
    """As far as it is held, growing while a batch is read; `hashes` of those records the batch speaks of."""

    seq: int
    head: bytes
    hashes: dict[int, bytes]

    def append(self, seq: int, record_hash: bytes) -> None:
        self.seq, self.head = seq, record_hash
        self.hashes[seq] = record_hash

    def step_over(self, destroyed: Collection[int]) -> tuple[int, ...]:
        """Goes on over those that come next; returns their sequence numbers."""
        stepped: list[int] = []
        while self.seq + 1 in destroyed:
            self.append(self.seq + 1, DESTROYED)
            stepped.append(self.seq)
        return tuple(stepped)

    def fit(self, position: Position | None, sealed: Sealed) -> Position | AlarmKind | None:
        """The place of a new record, what is wrong with it, or None where it is held already."""
        if position is None:
            return AlarmKind.BROKEN_CHAIN
        if position.seq <= self.seq:
            return None if self.hashes[position.seq] == sealed.hash else AlarmKind.CONFLICT
        if position.seq > self.seq + 1:
            return AlarmKind.GAP
        return position if self.head in {position.previous, DESTROYED} else AlarmKind.BROKEN_CHAIN


def place_of(terminal: UUID, sealed: Sealed) -> Position | None:
    """None where the record does not say, or says it is another terminal's."""
    try:
        position = parse_position(sealed.record)
    except EventError:
        return None
    return position if position.terminal == terminal else None
