"""How this terminal stands: what `kiosk status` and the staff's screen tell. Reads only; safe beside a running terminal.

Not in here: how it is written down (kiosk.printout).
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from cardreader.authorities import load_authorities
from cardreader.drivers import Driver as CardDriver
from cardreader.drivers import pcsc, reader_names
from cardreader.errors import ReaderError
from cardreader.revocation.folder import ListFolder
from cardreader.revocation.lists import Freshness
from kiosk import disk, updating
from kiosk.clock import Moment, SystemClock, corrected
from kiosk.disk import Level
from kiosk.flow.house import House, house_now
from kiosk.settings import Card, Driver, Reader, Settings
from kiosk.storage import link, roster, rules, standing
from kiosk.storage.database import DATABASE, StorageError, open_database
from kiosk.storage.recovery import waiting
from kiosk.storage.situation import inside_today
from sync import identity, outbox
from sync.outbox import MOST_SET_ASIDE, SetAside
from visits.calendar import house_day
from visits.event import ServerOffset, parse_event
from visits.occupancy import Capacity
from visits.rulebook import in_force
from visits.timeline import timeline


@dataclass(frozen=True, slots=True)
class Queue:
    """`oldest` is when the oldest undelivered visit was made. `set_aside` are the first of `rejected` many."""

    waiting: int
    oldest: datetime | None
    acknowledged: int
    rejected: int
    set_aside: tuple[SetAside, ...]


@dataclass(frozen=True, slots=True)
class News:
    """What the server last said. `trouble` is why delivery does not flow, `too_old` by `server.roster_days`."""

    last_contact: datetime | None
    trouble: str | None
    revoked: bool
    roster_pulled: datetime | None
    roster_age: timedelta | None
    too_old: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """`number` is 0 before any came. `house` is what their hours mean now; None where they say nothing, or nobody knows the time.

    `inside` counts who came in today as a tap would, the other terminals' people and this one's; None at an unknown time.
    """

    number: int
    house: House | None
    capacity: Capacity | None
    inside: int | None


@dataclass(frozen=True, slots=True)
class Clocks:
    """`offset` is the server's of this boot, learnt `told_ago`; `ahead` is the wall clock less the time that gives."""

    synchronised: bool
    offset: ServerOffset | None
    told_ago: timedelta | None
    ahead: timedelta | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the terminal finds in itself: database, clock and disk, which answer at once."""

    queue: Queue
    news: News
    members: int
    inside: int
    rules: Rules
    clocks: Clocks
    disk: Level


@dataclass(frozen=True, slots=True)
class Status(Standing):
    """`lists` is None where revocation lists are not used. `recovery` names the folders of damaged databases not done."""

    terminal: UUID
    facility: str
    lists: Freshness | None
    reader: str
    recovery: tuple[str, ...]
    updating: bool


def status(settings: Settings) -> Status:
    """Asks for readers and reads the revocation lists, too, which may take long.

    Raises StorageError, NotEnrolled, ExposedFile, DamagedFile, UnusableAuthority.
    """
    directory = settings.terminal.data_directory
    terminal = identity.load(directory)
    engine = open_database(directory)
    try:
        own = own_standing(engine, settings)
    finally:
        engine.dispose()
    return Status(
        terminal=terminal.terminal_id,
        facility=terminal.facility.name,
        queue=own.queue,
        news=own.news,
        members=own.members,
        inside=own.inside,
        rules=own.rules,
        clocks=own.clocks,
        disk=own.disk,
        lists=_lists(settings.card, corrected(SystemClock().moment(), own.clocks.offset)),
        reader=_reader(settings.reader),
        recovery=tuple(folder.name for folder in waiting(directory)),
        updating=updating.is_running(directory),
    )


def own_standing(engine: Engine, settings: Settings) -> Standing:
    """Raises StorageError."""
    directory = settings.terminal.data_directory
    moment = SystemClock().moment()
    try:
        with engine.begin() as connection:  # a visit waits for its end, so what takes long is not found out in it
            known = roster.standing(connection)
            clocks = _clocks(connection, moment)
            queue = _queue(connection, moment, clocks.offset)
            news = _news(connection, moment, timedelta(days=settings.server.roster_days))
            rules = _rules(connection, moment, clocks.offset)
    except DatabaseError as error:
        raise StorageError(f"{directory / DATABASE} cannot be read: {error.orig}") from error
    return Standing(
        queue=queue,
        news=news,
        members=known.members,
        inside=known.inside,
        rules=rules,
        clocks=clocks,
        disk=disk.level(directory),
    )


def _queue(connection: Connection, moment: Moment, offset: ServerOffset | None) -> Queue:
    queue = outbox.standing(connection)
    oldest = None
    if queue.oldest_record:
        event = parse_event(json.loads(queue.oldest_record))
        (timing,) = timeline((event,), {moment.boot: offset} if offset else {})
        oldest = timing.at
    return Queue(
        waiting=queue.length,
        oldest=oldest,
        acknowledged=queue.acknowledged,
        rejected=queue.rejected,
        set_aside=outbox.waiting_for_staff(connection, MOST_SET_ASIDE),
    )


def _news(connection: Connection, moment: Moment, limit: timedelta) -> News:
    age = standing.roster_age(connection, moment)
    return News(
        last_contact=outbox.standing(connection).last_contact_at,
        trouble=link.trouble(connection),
        revoked=link.revoked(connection),
        roster_pulled=roster.standing(connection).pulled_at,
        roster_age=age,
        too_old=age is not None and age > limit,
    )


def _rules(connection: Connection, moment: Moment, offset: ServerOffset | None) -> Rules:
    number, rulebook, at = rules.number_of(connection), rules.rulebook_of(connection), rules.vouched_for(moment, offset)
    if at is None:
        return Rules(number, None, None, None)
    version = in_force(rulebook, house_day(at))
    capacity = version.capacity if version else None
    return Rules(number, house_now(rulebook, at), capacity, len(inside_today(connection, at)))


def _clocks(connection: Connection, moment: Moment) -> Clocks:
    offset = link.offset(connection, moment.boot)
    return Clocks(
        synchronised=moment.synchronised,
        offset=offset,
        told_ago=standing.offset_age(connection, moment),
        ahead=moment.at - corrected(moment, offset) if offset else None,
    )


def _lists(settings: Card, now: datetime) -> Freshness | None:
    if not settings.revocation_lists.is_dir():
        return None
    folder = ListFolder(settings.revocation_lists, load_authorities(settings.authorities))
    folder.refresh()
    return folder.freshness(now)


def _reader(settings: Reader) -> str:
    if settings.driver is Driver.SIMULATED:
        return "simulated"
    try:
        found = reader_names(CardDriver(settings.driver.value))
    except (ReaderError, ImportError, OSError) as error:
        return str(error)
    names = [name for name in found if pcsc.matches(settings.name, name)]
    return names[0] if names else "none connected"
