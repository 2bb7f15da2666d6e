"""What a terminal finds when it looks itself over, one finding for each of its parts. Pure; words are not in here."""

from dataclasses import dataclass
from datetime import date
from enum import Enum, unique

Value = str | date


@unique
class Finding(Enum):
    """Named by the part and by how it is."""

    READER_READY = "reader.ready"
    READER_MISSING = "reader.missing"
    SOUND_READY = "sound.ready"
    SOUND_MISSING = "sound.missing"
    SERVER_HEARD = "server.heard"
    SERVER_TROUBLE = "server.trouble"
    SERVER_NEVER = "server.never"
    QUEUE_EMPTY = "queue.empty"
    QUEUE_WAITING = "queue.waiting"
    QUEUE_REJECTED = "queue.rejected"
    ROSTER_FRESH = "roster.fresh"
    ROSTER_OLD = "roster.old"
    ROSTER_MISSING = "roster.missing"
    CLOCK_VOUCHED = "clock.vouched"
    CLOCK_ALONE = "clock.alone"
    DISK_ROOM = "disk.room"
    DISK_FULL = "disk.full"
    STORAGE_UNREADABLE = "storage.unreadable"
    STORAGE_UNWRITABLE = "storage.unwritable"


@dataclass(frozen=True, slots=True)
class Check:
    """`good` where nobody need do anything; `values` go into the sentence of the finding."""

    finding: Finding
    good: bool
    values: tuple[tuple[str, Value], ...] = ()
