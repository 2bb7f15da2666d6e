"""Bringing what can be read of damaged databases to the server, under the identity that wrote it: `kiosk recover`.

Delivery does it by itself as soon as the server knows whom this terminal succeeds. What the server holds already is not
sent again; what nobody can read any more is declared lost, so that staff hear of it. A folder that is done is marked and
stays: what is in it is encrypted, and when it goes is the operator's decision. Not in here: reading damaged files
(kiosk.storage.carving), and putting them away (kiosk.storage.recovery).
"""

import json
import logging
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

from kiosk.storage import newest
from kiosk.storage.carving import carve
from kiosk.storage.database import DATABASE, KEY, KEY_BYTES, TAIL, credential
from kiosk.storage.integrity import RECOVERY
from kiosk.storage.newest import Newest
from kiosk.storage.recovery import DONE, folders, waiting
from sync import identity, lineage, secret_file, succession
from sync.address import Service
from sync.clock import ServerTime
from sync.delivery import Delivered, State
from sync.document import integer
from sync.envelope import MOST_LOST, Acknowledgement, Sealed, batch_body, read_acknowledgement
from sync.identity import Identity, NotEnrolled
from sync.outcome import Refused
from sync.rotation import offer_again, rotate
from sync.secret_file import DamagedFile, ExposedFile
from sync.transport import Link, insist
from visits.event import head_statement, to_instant
from visits.statement import new_key_statement, successor_statement

BEGUN = "recovering"
_BATCH = 250
_AFTER_READING_IN_VAIN = Delivered(timedelta(hours=1))

log = logging.getLogger(__name__)


class Unrecoverable(Exception):  # noqa: N818 - named for what happened
    """A folder whose records cannot be brought to the server as things are; the sentence says what is missing."""


class ReadInVain(Unrecoverable):
    """All of the folder was read for it, which keeps the machine busy."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """`found` records were readable; the server got `delivered` of them, the rest it had; `lost` are gone."""

    folder: Path
    found: int
    delivered: int
    lost: tuple[int, ...]

    def __str__(self) -> str:
        gone = f"lost: {', '.join(map(str, self.lost[:20]))}{' …' if len(self.lost) > 20 else ''}"  # noqa: PLR2004
        return f"{self.folder.name}: {self.found} records found, {self.delivered} delivered, {len(self.lost)} lost" + (
            f"; {gone}" if self.lost else ""
        )


def recover_all(directory: Path, where: Service, time: ServerTime) -> tuple[Recovered | Unrecoverable, ...]:
    """First the succession, then every folder that is not done, whatever became of the others.

    Raises Undelivered, NotEnrolled and what keys raise.
    """
    outcomes: list[Recovered | Unrecoverable] = []
    try:
        register(directory, where, time)
    except Unrecoverable as obstacle:
        outcomes.append(obstacle)
    return (*outcomes, *(attempt(folder, where, time) for folder in waiting(directory)))


def register(directory: Path, where: Service, time: ServerTime) -> None:
    """Tell the server whom this terminal succeeds, if it does not know.

    Raises Unrecoverable, NotEnrolled, ExposedFile, DamagedFile; and Undelivered, also where that one was revoked: its
    successor is shut out with it.
    """
    old = lineage.predecessor(directory)
    if old is None:
        return
    _end_rotations(directory, where, time)
    try:
        succession.register(directory, lambda old: directory / RECOVERY / str(old), where, time, successor_statement)
    except (NotEnrolled, DamagedFile, ExposedFile) as error:
        raise Unrecoverable(f"the identity of {old}, whom this terminal succeeds, cannot be read: {error}") from error
    except Refused as refused:
        if refused.code == "terminal_revoked" or _passes(refused):
            raise
        raise Unrecoverable(f"the server does not take this terminal in the place of {old}: {refused}") from refused


def register_again(directory: Path, where: Service, time: ServerTime) -> None:
    """For when the server does not know this terminal: from an old backup it may know the one whose place this one took.

    Then it has forgotten what was recovered since as well. Raises as `register` does, but what staff have to do is for the
    chore to say.
    """
    if lineage.confirmed(directory):
        for folder in folders(directory):
            (folder / DONE).unlink(missing_ok=True)
        lineage.reopen(directory)
    with suppress(Unrecoverable):
        register(directory, where, time)


def recover(folder: Path, where: Service, time: ServerTime) -> Recovered:
    """Raises Unrecoverable, Undelivered. Repeating is safe, and tells the same."""
    old = _identity(folder)
    with closing(Link(where, str(old.terminal_id), old.key, time)) as link:
        held = _held(link)  # first of all: reading a whole disk is for nothing where the server does not let anybody in
        noted = newest.read(folder / newest.FILE)
        records = _carved(folder, old.terminal_id, noted)
        if not records and noted is None:
            raise ReadInVain("not one record can be read, nor how many there were")
        salvage = _Salvage(link, old, records, noted.seq if noted else 0)
        before = _before(folder, held)
        salvage.deliver(held)
    recovered = Recovered(folder, len(records), sum(each.seq > before for each in records), salvage.missing(before))
    told = {
        "found": recovered.found,
        "delivered": recovered.delivered,
        "lost": recovered.lost,
        "at": to_instant(time.now()),
    }
    secret_file.replace(folder / DONE, json.dumps(told).encode())
    return recovered


def attempt(folder: Path, where: Service, time: ServerTime) -> Recovered | Unrecoverable:
    """As `recover`, with what only staff can remove as a value. Raises Undelivered."""
    try:
        return recover(folder, where, time)
    except Unrecoverable as obstacle:
        return type(obstacle)(f"{folder}: {obstacle}")
    except Refused as refused:
        if _passes(refused):
            raise
        if refused.code == "terminal_revoked":
            return Unrecoverable(f"{folder}: staff revoked the terminal that wrote it")
        return Unrecoverable(f"{folder}: the server refuses the terminal that wrote it: {refused}")


def _passes(refused: Refused) -> bool:
    """Whether time alone may end it."""
    return refused.status >= HTTPStatus.INTERNAL_SERVER_ERROR or refused.status == HTTPStatus.TOO_MANY_REQUESTS


def _end_rotations(directory: Path, where: Service, time: ServerTime) -> None:
    """The server may know an old identity by a key of which the answer was lost, or, from a backup, by the one before.

    What keeps it from that, others tell.
    """
    for folder in folders(directory):
        with suppress(Refused, NotEnrolled, DamagedFile, ExposedFile):
            if identity.has_next_key(folder):
                rotate(folder, where, time, new_key_statement)
            offer_again(folder, where, time, new_key_statement)


def _before(folder: Path, held: int) -> int:
    """How far the server held everything when this folder was first begun; `held` is how far it does now."""
    path = folder / BEGUN
    try:
        return min(held, int(secret_file.read(path)))
    except (FileNotFoundError, ValueError):
        secret_file.replace(path, str(held).encode())
        return held


class Chore:
    """For delivery: tries again after `rest` while something waits, seldom where that costs a reading of the disk, and says once what it is that staff have to do."""

    def __init__(self, directory: Path, where: Service, time: ServerTime, rest: Delivered) -> None:
        self._directory = directory
        self._where = where
        self._time = time
        self._rest = rest
        self._said: set[str] = set()

    def __call__(self, _: State) -> Delivered:
        outcomes = recover_all(self._directory, self._where, self._time)
        for outcome in outcomes:
            if str(outcome) not in self._said:
                log.warning("%s", outcome)
            self._said.add(str(outcome))
        in_vain = any(isinstance(outcome, ReadInVain) for outcome in outcomes)
        return _AFTER_READING_IN_VAIN if in_vain else self._rest


def _held(link: Link) -> int:
    """How far the server holds everything."""
    try:
        answer = link.get("/api/v1/roster")
    except Refused as refused:
        if refused.code != "clock_skew":
            raise
        answer = link.get("/api/v1/roster")  # with the time that the refusal brought
    return integer(answer.document if answer else {}, "acknowledged", minimum=0)


class _Salvage:
    """The records of one folder on their way. `noted` is the number of the newest record somebody was told of."""

    def __init__(self, link: Link, old: Identity, records: Sequence[Sealed], noted: int) -> None:
        self._link = link
        self._old = old
        self._records = {each.seq: each for each in records}
        self._last = max((noted, *self._records))

    def missing(self, held: int) -> tuple[int, ...]:
        """The numbers after `held` of which nobody has the record."""
        return tuple(seq for seq in range(held + 1, self._last + 1) if seq not in self._records)

    def deliver(self, held: int) -> None:
        """Everything after `held`. Raises Unrecoverable, Undelivered."""
        while held < self._last:
            batch, gone = self._next(held)
            head = batch[-1]
            signature = self._old.sign(head_statement(self._old.terminal_id, head.seq, head.hash))
            answer = self._post(batch_body(batch, signature, lost=gone))
            if answer.acknowledged <= held:
                raise ReadInVain(f"the server does not take record {held + 1}; look at its alarms")
            held = answer.acknowledged

    def _next(self, held: int) -> tuple[list[Sealed], list[int]]:
        """What comes after `held`. A batch is never empty: where only losses are due, a record near them carries them."""
        batch: list[Sealed] = []
        gone: list[int] = []
        for seq in range(held + 1, self._last + 1):
            if seq in self._records:
                batch.append(self._records[seq])
            else:
                gone.append(seq)
            if len(batch) == _BATCH or len(gone) == MOST_LOST:
                break
        if not batch and not self._records:
            raise ReadInVain(f"not one record can be read: {held + 1} to {self._last} are lost")
        return batch or [self._nearest(held)], gone

    def _nearest(self, held: int) -> Sealed:
        """One the server has, or else the next there is."""
        before = [seq for seq in self._records if seq <= held]
        return self._records[max(before) if before else min(self._records)]

    def _post(self, body: bytes) -> Acknowledgement:
        return read_acknowledgement(insist(self._link, f"/api/v1/terminals/{self._old.terminal_id}/events", body))


_LOGS = (f"{DATABASE}-wal", TAIL)


def _carved(folder: Path, terminal: UUID, noted: Newest | None) -> tuple[Sealed, ...]:
    logs = [_content(folder / name) for name in _LOGS]
    return carve(_content(folder / DATABASE), logs, _key(folder), terminal, () if noted is None else (noted.hash,))


def _identity(folder: Path) -> Identity:
    try:
        return identity.load(folder)
    except (NotEnrolled, DamagedFile, ExposedFile) as error:
        raise Unrecoverable(f"the identity that wrote it cannot be read: {error}") from error


def _key(folder: Path) -> bytes:
    try:
        return secret_file.read(folder / KEY, KEY_BYTES)
    except FileNotFoundError:
        held = credential()
        if held is None:
            raise Unrecoverable(f"{KEY} is not there; put it into the folder") from None
        return held
    except (DamagedFile, ExposedFile) as error:
        raise Unrecoverable(f"{error}; put the right one into the folder") from error


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
