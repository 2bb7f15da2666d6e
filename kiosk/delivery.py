"""Puts the delivery process together from its settings. The screen's process never imports it, nor what it needs.

Not in here: the command line, and when to ask the server what (sync.agent).
"""

import random
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from kiosk import recover
from kiosk.clock import SystemClock
from kiosk.recover import Unrecoverable
from kiosk.settings import Server, Settings
from kiosk.storage import link, suspicion
from kiosk.storage.database import DATABASE, open_database
from kiosk.storage.recovery import open_terminal
from kiosk.storage.roster import RosterStore
from kiosk.storage.rules import RulesStore
from kiosk.storage.upkeep import Upkeep
from sync import address, enrolment, identity, outbox, rotation
from sync.address import Service
from sync.agent import Agent, Parts
from sync.clock import SYSTEM_CLOCK, Measured, ServerTime
from sync.delivery import Delivered, Policy, State
from sync.enrolment import Enrolled
from sync.envelope import BootOffset
from sync.identity import Identity, NotEnrolled
from sync.outcome import Undelivered
from sync.puller import Pace
from sync.rotation import KeyKeeper
from sync.rules import RulesPuller
from sync.server import Transport
from visits.event import ServerOffset, head_statement
from visits.statement import new_key_statement

_UPKEEP = timedelta(minutes=1)
_RECOVERY = timedelta(minutes=1)


class RecordsLeft(Exception):  # noqa: N818 - named for what happened
    """The directory holds records of a terminal whose identity is gone: no server takes them, nor any made after them."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"{directory / DATABASE} holds visits of a terminal whose identity is gone; "
            f"keep {directory} elsewhere and enrol with an empty one"
        )
        self.directory = directory


def run_delivery(settings: Settings) -> None:
    """Until SIGTERM. Raises StorageError, NotEnrolled, ExposedFile, DamagedFile, UnsafeAddress, UnusableTrust.

    A database that turns out to be damaged is let go, so that a start anew can look at it and set it aside.
    """
    with assembled(settings) as agent:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: agent.stop())
        suspicion.end_when_noted(settings.terminal.data_directory)
        agent.run()


@contextmanager
def assembled(settings: Settings) -> Iterator[Agent]:
    """As `run_delivery`, but neither running nor listening to signals."""
    directory = settings.terminal.data_directory
    where = service(settings.server)
    engine = open_terminal(directory)
    server_time = ServerTime(SYSTEM_CLOCK)
    with suppress(Undelivered, Unrecoverable):  # until the server knows this terminal, nothing else is worth asking
        recover.register(directory, where, server_time)

    def who() -> Identity:
        return identity.load(directory)

    def sign_head(seq: int, head: bytes) -> bytes:
        now = who()
        return now.sign(head_statement(now.terminal_id, seq, head))

    greatest_age = timedelta(days=settings.server.key_days) if settings.server.key_days else None
    keys = KeyKeeper(directory, where, server_time, new_key_statement, greatest_age)
    upkeep = Upkeep(engine, directory, timedelta(days=settings.terminal.retention_days))

    def look_after_database(_: State) -> Delivered:
        upkeep.turn()
        return Delivered(_UPKEEP)

    with (
        closing(Transport(where, who, server_time)) as deliver_to,
        closing(Transport(where, who, server_time)) as look_at,
        closing(Transport(where, who, server_time)) as ask_rules,
    ):
        yield Agent(
            Parts(
                engine=engine,
                deliver_to=deliver_to,
                look_at=look_at,
                notes=LinkNotes(SystemClock().moment().boot),
                sink=RosterStore(engine, SystemClock()),
                rules=RulesPuller(ask_rules.rules, RulesStore(engine)),
                sign_head=sign_head,
                chores={
                    "key": keys,
                    "recovery": recover.Chore(directory, where, server_time, Delivered(_RECOVERY)),
                    "upkeep": look_after_database,
                },
                remedies={
                    "bad_signature": keys.offer_again,
                    "unknown_terminal": partial(recover.register_again, directory, where, server_time),
                },
                policy=Policy(),
                pace=Pace(
                    rest=timedelta(seconds=settings.server.roster_seconds), wait_seconds=settings.server.wait_seconds
                ),
                monotonic=SYSTEM_CLOCK.monotonic,
                random=random.random,
            )
        )


def enrol(settings: Settings, code: str) -> Enrolled:
    """Raises what `sync.enrolment.enrol` does, UnusableTrust, StorageError, RecordsLeft."""
    directory = settings.terminal.data_directory
    try:
        identity.load(directory)
    except NotEnrolled:
        _require_no_records(directory)
    return enrolment.enrol(service(settings.server), code, directory)


def _require_no_records(directory: Path) -> None:
    if not (directory / DATABASE).exists():
        return
    engine = open_database(directory)
    try:
        with engine.begin() as connection:
            if outbox.head(connection).seq:
                raise RecordsLeft(directory)
    finally:
        engine.dispose()


def rotate_key(settings: Settings) -> UUID:
    """The terminal whose key is another from now on. Raises what `sync.rotation.rotate` does, and UnsafeAddress, UnusableTrust."""
    directory = settings.terminal.data_directory
    rotation.rotate(directory, service(settings.server), ServerTime(SYSTEM_CLOCK), new_key_statement)
    return identity.load(directory).terminal_id


def recover_damaged(settings: Settings, folder: Path | None) -> tuple[str, ...]:
    """Of `folder`, or of all that are not done: a sentence each. Raises Undelivered, and what keys and addresses raise."""
    directory, where, time = settings.terminal.data_directory, service(settings.server), ServerTime(SYSTEM_CLOCK)
    if folder is None:
        found = recover.recover_all(directory, where, time)
        return tuple(map(str, found)) or ("nothing waits to be recovered",)
    return (str(recover.attempt(folder, where, time)),)


def service(server: Server) -> Service:
    """Raises UnsafeAddress, UnusableTrust."""
    return address.usable(
        Service(server.url, server.ca_file, server.fingerprint, server.client_certificate, server.client_key)
    )


@dataclass(frozen=True, slots=True)
class LinkNotes:
    """`sync.notes.Notes` in the table `link`."""

    boot: UUID

    def offset(self, connection: Connection) -> BootOffset | None:
        known = link.offset(connection, self.boot)
        return BootOffset(self.boot, known.milliseconds, known.error_ms) if known else None

    def keep_offset(self, connection: Connection, measured: Measured) -> None:
        told = ServerOffset(measured.offset_ms, measured.error_ms)
        link.keep_offset(connection, self.boot, told, measured.monotonic_ms)

    def set_trouble(self, connection: Connection, word: str | None) -> None:
        link.set_trouble(connection, word)

    def revoked(self, connection: Connection) -> bool:
        return link.revoked(connection)

    def lock(self, connection: Connection, at: datetime) -> None:
        link.lock(connection, at)

    def unlock(self, connection: Connection) -> None:
        link.unlock(connection)
