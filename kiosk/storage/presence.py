"""Where a member is, as far as this terminal can know: its own last passage, else the server's word.

The roster's word counts for a passage of ours as soon as the server held that passage when the roster was pulled
(`covers_seq`), so no clock decides which of the two is newer. Not in here: what follows from it (visits.decision).
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from kiosk.clock import Moment
from kiosk.storage.schema import members, passages, roster
from visits.event import Kind, from_instant
from visits.occupancy import Inside, Outside, Presence, Unknown


def presence_of(connection: Connection, member: UUID, moment: Moment, fresh: timedelta) -> Presence:
    """Unknown where the newest word about this member is older than `fresh`, or from before the last boot."""
    pulled = connection.execute(select(roster)).first()
    passage = connection.execute(select(passages).where(passages.c.member == str(member))).first()
    if passage is not None and (pulled is None or passage.seq > pulled.covers_seq):
        return _after(passage) if _recent(passage, moment, fresh) else Unknown()
    if pulled is None or not _recent(pulled, moment, fresh):
        return Unknown()
    since = connection.scalar(select(members.c.inside_since).where(members.c.id == str(member)))
    return Inside(from_instant(since)) if since else Outside()


def _after(passage: Row[Any]) -> Presence:
    at: datetime = from_instant(passage.at)
    return Inside(at) if Kind(passage.kind) is Kind.CHECK_IN else Outside()


def _recent(word: Row[Any], moment: Moment, fresh: timedelta) -> bool:
    age = timedelta(milliseconds=moment.monotonic_ms - word.monotonic_ms)
    return bool(word.boot == str(moment.boot)) and age <= fresh
