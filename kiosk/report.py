"""How this terminal stands, for people and programs: `kiosk status`. Reads only; safe beside a running terminal."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import DatabaseError

from cardreader.drivers import Driver as CardDriver
from cardreader.drivers import pcsc, reader_names
from cardreader.errors import ReaderError
from kiosk.settings import Driver, Settings
from kiosk.storage import roster
from kiosk.storage.database import DATABASE, StorageError, open_database
from sync import identity, outbox
from visits.event import from_instant, to_instant


@dataclass(frozen=True, slots=True)
class Status:
    """`oldest` is when the oldest undelivered visit was made, None with an empty queue."""

    terminal: UUID
    facility: str
    queued: int
    oldest: datetime | None
    acknowledged: int
    rejected: int
    last_contact: datetime | None
    members: int
    inside: int
    roster_pulled: datetime | None
    reader: str


def status(settings: Settings) -> Status:
    """Raises StorageError, NotEnrolled, ExposedFile, DamagedFile."""
    directory = settings.terminal.data_directory
    terminal = identity.load(directory)
    engine = open_database(directory)
    try:
        with engine.begin() as connection:
            queue = outbox.standing(connection)
            known = roster.standing(connection)
    except DatabaseError as error:
        raise StorageError(f"{directory / DATABASE} cannot be read: {error.orig}") from error
    return Status(
        terminal=terminal.terminal_id,
        facility=terminal.facility.name,
        queued=queue.length,
        oldest=from_instant(json.loads(queue.oldest_record)["at"]) if queue.oldest_record else None,
        acknowledged=queue.acknowledged,
        rejected=queue.rejected,
        last_contact=queue.last_contact_at,
        members=known.members,
        inside=known.inside,
        roster_pulled=known.pulled_at,
        reader=_reader(settings),
    )


def as_json(standing: Status) -> str:
    return json.dumps({name: _plain(getattr(standing, name)) for name in Status.__slots__}, ensure_ascii=False)


def as_text(standing: Status) -> str:
    """One line a fact, in local time."""
    oldest = f", oldest {_local(standing.oldest)}" if standing.oldest else ""
    return "\n".join(
        (
            f"terminal       {standing.terminal} at {standing.facility}",
            f"queue          {standing.queued} waiting{oldest}; {standing.acknowledged} delivered",
            f"set aside      {standing.rejected}",
            f"last contact   {_local(standing.last_contact)}",
            f"roster         {standing.members} members, {standing.inside} inside, pulled {_local(standing.roster_pulled)}",
            f"reader         {standing.reader}",
        )
    )


def _reader(settings: Settings) -> str:
    if settings.reader.driver is Driver.SIMULATED:
        return "simulated"
    try:
        found = reader_names(CardDriver(settings.reader.driver.value))
    except (ReaderError, ImportError, OSError) as error:
        return str(error)
    names = [name for name in found if pcsc.matches(settings.reader.name, name)]
    return names[0] if names else "none connected"


def _plain(value: object) -> object:
    match value:
        case datetime():
            return to_instant(value)
        case UUID():
            return str(value)
        case _:
            return value


def _local(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}" if at else "never"
