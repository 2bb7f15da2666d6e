"""The roster, page by page: a snapshot in the order of member ids, then deltas in the order of their commits.

Not in here: how changes get their numbers (members.roster_change), what of a member is told (roster_entry), and HTTP.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from server.api.roster_entry import Entry, entries
from server.members.models import Member
from server.members.roster_change import RosterChange, latest_number
from server.terminals.models import Facility

PAGE = 2000

_CURSOR = re.compile(
    r"2\.(?P<facility>[0-9a-f]{32})\.(?P<names>[01])\.(?P<number>[0-9]{1,18})(?:\.(?P<after>[0-9a-f]{32}))?"
)


@dataclass(frozen=True, slots=True)
class Page:
    cursor: str
    snapshot: bool
    members: tuple[Entry, ...]
    removed: tuple[UUID, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class _Cursor:
    """All changes up to `number` are known; within a snapshot, of the members up to the id `after`.

    `names` tells whether names were shown: a terminal must forget or learn all of them when that changes. The 2 in front
    tells that all fields of an entry were but `past`, which comes with a member's next way in, before it is told on the way
    out: who has a cursor of the form before it begins with a whole snapshot.
    """

    facility: UUID
    names: bool
    number: int
    after: UUID | None

    def __str__(self) -> str:
        return f"2.{self.facility.hex}.{self.names:d}.{self.number}" + (f".{self.after.hex}" if self.after else "")


def read_page(facility_id: UUID, text: str | None, now: datetime, size: int = PAGE) -> Page:
    """What comes after the cursor `text`; the beginning of a snapshot where that is None or not understood."""
    facility = Facility.objects.get(pk=facility_id)
    cursor = _parse(text, facility)
    if cursor is None:
        begin = _Cursor(facility.pk, facility.shows_names, latest_number(facility.pk), None)
        return _snapshot(facility, begin, now, size)
    if cursor.after is not None:
        return _snapshot(facility, cursor, now, size)
    return _delta(facility, cursor, now, size)


def _parse(text: str | None, facility: Facility) -> _Cursor | None:
    """A cursor of another facility, of names shown otherwise, or from after a restored backup is not understood."""
    match = _CURSOR.fullmatch(text or "")
    if match is None:
        return None
    after = UUID(match["after"]) if match["after"] else None
    cursor = _Cursor(UUID(match["facility"]), match["names"] == "1", int(match["number"]), after)
    fits = (cursor.facility, cursor.names) == (facility.pk, facility.shows_names)
    return cursor if fits and cursor.number <= latest_number(facility.pk) else None


def _snapshot(facility: Facility, cursor: _Cursor, now: datetime, size: int) -> Page:
    """What changes while a snapshot is being read has a number above the cursor's, and follows as a delta."""
    members = Member.objects.filter(home_facility=facility).order_by("pk")
    if cursor.after is not None:
        members = members.filter(pk__gt=cursor.after)
    rows = list(members[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    following = replace(cursor, after=rows[-1].pk if more else None)
    return Page(str(following), cursor.after is None, entries(facility, rows, now), (), more)


def _delta(facility: Facility, cursor: _Cursor, now: datetime, size: int) -> Page:
    changes = list(
        RosterChange.objects.filter(facility=facility, number__gt=cursor.number).order_by("number")[: size + 1]
    )
    more, changes = len(changes) > size, changes[:size]
    changed = [change.member for change in changes]
    rows = list(Member.objects.filter(home_facility=facility, pk__in=changed))
    removed = set(changed) - {row.pk for row in rows}
    following = replace(cursor, number=changes[-1].number) if changes else cursor
    return Page(
        cursor=str(following),
        snapshot=False,
        members=entries(facility, rows, now),
        removed=tuple(sorted(removed)),
        more=more,
    )
