"""How old this terminal's news of the server is, by the clock that nobody sets. Not in here: how old is too old.

An age counts from boot, and across boots by the best time known; None where that leads nowhere.
"""

from datetime import timedelta

from sqlalchemy import Connection, select

from kiosk.clock import Moment, corrected
from kiosk.storage.link import offset
from kiosk.storage.schema import link, roster
from visits.event import from_instant


def roster_age(connection: Connection, moment: Moment) -> timedelta | None:
    """None also before the first pull."""
    pulled = connection.execute(select(roster)).first()
    if pulled is None:
        return None
    if pulled.boot == str(moment.boot):
        return timedelta(milliseconds=moment.monotonic_ms - pulled.monotonic_ms)
    age = corrected(moment, offset(connection, moment.boot)) - from_instant(pulled.pulled_at)
    return age if age >= timedelta(0) else None


def offset_age(connection: Connection, moment: Moment) -> timedelta | None:
    """None where the server told its time in no exchange of this boot."""
    measured = connection.scalar(select(link.c.measured_monotonic_ms).where(link.c.boot == str(moment.boot)))
    return None if measured is None else timedelta(milliseconds=moment.monotonic_ms - measured)
