"""One look over the whole terminal, for staff who stand before it: each part, and whether somebody must see to it.

It takes no longer than a visit: the reader is as its watch has it, for to ask what serves it may take for ever. Not in
here: finding the rest out (kiosk.report), and the words (assets/locale).
"""

from datetime import datetime

from sqlalchemy import Engine

from kiosk.disk import Level
from kiosk.flow.checks import Check, Finding, Value
from kiosk.report import News, Queue, Standing, own_standing
from kiosk.sentences import OTHER, TROUBLES
from kiosk.settings import Settings
from kiosk.storage.database import StorageError
from visits.calendar import HOUSE_TIME


def look_over(engine: Engine, settings: Settings, *, reader: str | None, has_sound: bool) -> tuple[Check, ...]:
    """`reader` is the name of the one that is open. A database that cannot be read is a finding like others."""
    sound = Check(Finding.SOUND_READY, good=True) if has_sound else Check(Finding.SOUND_MISSING, good=False)
    parts = (_reader(reader), sound)
    try:
        return (*parts, *checks_of(own_standing(engine, settings)))
    except StorageError:
        return (*parts, Check(Finding.STORAGE_UNREADABLE, good=False))


def checks_of(standing: Standing) -> tuple[Check, ...]:
    """All but reader and sound."""
    clocks = standing.clocks
    vouched = clocks.synchronised or clocks.offset is not None
    return (
        _server(standing.news),
        _queue(standing.queue),
        _roster(standing),
        Check(Finding.CLOCK_VOUCHED, good=True) if vouched else Check(Finding.CLOCK_ALONE, good=False),
        Check(Finding.DISK_ROOM, good=True) if standing.disk is Level.OK else Check(Finding.DISK_FULL, good=False),
    )


def _reader(name: str | None) -> Check:
    if name is None:
        return Check(Finding.READER_MISSING, good=False)
    return Check(Finding.READER_READY, good=True, values=(("name", name),))


def _server(news: News) -> Check:
    if news.trouble:
        word = news.trouble if news.trouble in TROUBLES else OTHER
        return Check(Finding.SERVER_TROUBLE, good=False, values=(("word", word),))
    if news.last_contact is None:
        return Check(Finding.SERVER_NEVER, good=False)
    return Check(Finding.SERVER_HEARD, good=True, values=_moment(news.last_contact))


def _queue(queue: Queue) -> Check:
    if queue.rejected:
        return Check(Finding.QUEUE_REJECTED, good=False, values=(("count", str(queue.rejected)),))
    if queue.oldest is None:
        return Check(Finding.QUEUE_EMPTY, good=True)
    return Check(Finding.QUEUE_WAITING, good=True, values=(("count", str(queue.waiting)), *_moment(queue.oldest)))


def _roster(standing: Standing) -> Check:
    news = standing.news
    if news.roster_pulled is None:
        return Check(Finding.ROSTER_MISSING, good=False)
    values = (("count", str(standing.members)), *_moment(news.roster_pulled))
    return Check(Finding.ROSTER_OLD if news.too_old else Finding.ROSTER_FRESH, good=not news.too_old, values=values)


def _moment(at: datetime) -> tuple[tuple[str, Value], ...]:
    local = at.astimezone(HOUSE_TIME)
    return ("day", local.date()), ("time", f"{local:%H:%M}")
