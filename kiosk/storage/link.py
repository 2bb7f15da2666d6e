"""What this terminal knows of the server between two contacts: its time in this boot, what troubles delivery, revocation.

Every function works inside the caller's transaction. Not in here: asking the server, and words for people.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, select, update

from kiosk.storage.schema import cards, cards_next, link, members, members_next, passages, roster
from visits.event import ServerOffset, to_instant

DRIFT = timedelta(hours=1)
"""After so long a newer measurement is better than a more exact old one: two clocks never run quite alike."""


def offset(connection: Connection, boot: UUID) -> ServerOffset | None:
    """The server's time less this boot's monotonic clock; None where the server told none in this boot."""
    row = connection.execute(select(link.c.offset_ms, link.c.error_ms).where(link.c.boot == str(boot))).first()
    return ServerOffset(row.offset_ms, row.error_ms) if row else None


def keep_offset(connection: Connection, boot: UUID, measured: ServerOffset, monotonic_ms: int) -> None:
    """Keep the better of this measurement and the one before, made at `monotonic_ms` of `boot`."""
    worse = (
        (link.c.boot == str(boot))
        & (link.c.error_ms <= measured.error_ms)
        & (monotonic_ms - link.c.measured_monotonic_ms <= DRIFT // timedelta(milliseconds=1))
    )
    values = {
        "boot": str(boot),
        "offset_ms": measured.milliseconds,
        "error_ms": measured.error_ms,
        "measured_monotonic_ms": monotonic_ms,
    }
    connection.execute(update(link).values(values).where(link.c.boot.is_(None) | ~worse))


def trouble(connection: Connection) -> str | None:
    """The word for what keeps delivery from working; None when all is well."""
    word: str | None = connection.scalar(select(link.c.trouble))
    return word


def set_trouble(connection: Connection, word: str | None) -> None:
    connection.execute(update(link).values(trouble=word))


def revoked(connection: Connection) -> bool:
    return connection.scalar(select(link.c.revoked_at)) is not None


def lock(connection: Connection, at: datetime) -> None:
    """The server has revoked this terminal: from now on it knows nobody. The queue of visits stays."""
    connection.execute(update(link).values(revoked_at=to_instant(at)).where(link.c.revoked_at.is_(None)))
    for table in (cards, members, cards_next, members_next, passages, roster):
        connection.execute(delete(table))


def unlock(connection: Connection) -> None:
    """The server speaks to this terminal again; the roster comes with the next pull."""
    connection.execute(update(link).values(revoked_at=None))
