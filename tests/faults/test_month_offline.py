"""A month without the server, 5,000 taps a day, and then it is back: all of it arrives, in order, and counts.

The taps are the product's on a clock that runs a month; delivery and server are its real processes. In the same run a
queue that has lost one record from its middle must be found out. Not in here: other terminals in that month.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from kiosk.clock import Moment
from kiosk.storage.database import open_database
from kiosk.storage.visitbook import Recorded, VisitBook
from machine import books, crowd
from machine.campaign import Campaign
from machine.house import Door, drained, each, house, knows_members
from visits.decision import Direction
from visits.event import Revocation

pytestmark = pytest.mark.system

DAYS = 30
TAPS_A_DAY_SHORT, TAPS_A_DAY_FULL = 20, 5000
MEMBERS_A_TAP = 2
FIRST_DAY = datetime(2026, 10, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PATIENCE_SECONDS = 1800.0


@dataclass(slots=True)
class Calendar:
    """A clock that stands still until it is turned on; its one boot lasts all month."""

    elapsed: timedelta = timedelta(0)

    def moment(self) -> Moment:
        milliseconds = self.elapsed // timedelta(milliseconds=1)
        return Moment(FIRST_DAY + self.elapsed, milliseconds, UUID(int=0x30D), synchronised=True)


@dataclass(frozen=True, slots=True)
class End:
    taps: int
    records: list[books.Record]
    stays: set[books.Stay]
    folded: set[books.Stay]


@pytest.fixture(scope="module")
def end(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> End:
    taps_a_day = campaign.size(short=TAPS_A_DAY_SHORT, full=TAPS_A_DAY_FULL)
    members = taps_a_day // MEMBERS_A_TAP
    with house(tmp_path_factory.mktemp("month") / "stage", terminals=1, members=members) as made:
        door = made.enrol("alone")
        with made.delivering([door]):
            each([door], knows_members)
        made.kill_server()
        begun = time.monotonic()
        with made.delivering([door]):
            _a_month_of_taps(door, taps_a_day, members)
        tapped = time.monotonic() - begun
        made.restart_server()
        made.waits_for_server()
        begun = time.monotonic()
        with made.delivering([door]):
            each([door], drained, seconds=PATIENCE_SECONDS)
        drained_in = time.monotonic() - begun
        end = End(
            DAYS * taps_a_day,
            books.held(made.database, door.id),
            books.stays(made.database),
            books.stays_of_the_records(made.database),
        )
    figures = {
        "taps": end.taps,
        "records at the server": len(end.records),
        "visits": len(end.stays),
        "seconds of tapping": round(tapped),
        "seconds to drain": round(drained_in, 1),
        "records a second": round(end.taps / drained_in),
    }
    campaign.report("month_offline", figures)
    return end


def _a_month_of_taps(door: Door, taps_a_day: int, members: int) -> None:
    """Everyone comes and goes once a day, in the same order."""
    engine = open_database(door.data)
    calendar = Calendar()
    book = VisitBook(engine, terminal=door.id, clock=calendar, fresh=timedelta(0))
    for tap in range(DAYS * taps_a_day):
        calendar.elapsed = DAY * tap / taps_a_day
        way = Direction.OUT if tap % taps_a_day >= members else Direction.IN
        assert isinstance(book.tap(way, crowd.card(tap % members), Revocation.NOT_CHECKED), Recorded)
    engine.dispose()


def test_every_record_arrives_in_an_unbroken_chain(end: End) -> None:
    assert len(end.records) == end.taps
    assert books.broken_links(end.records) == 0


def test_everyone_has_one_visit_for_every_day(end: End) -> None:
    assert len(end.stays) == end.taps / MEMBERS_A_TAP
    assert all(stay.left_at and stay.entered_at and not stay.flags for stay in end.stays)


def test_the_visits_are_what_the_records_make_them(end: End) -> None:
    assert end.stays == end.folded


def test_one_record_lost_from_the_middle_would_be_seen(end: End) -> None:
    middle = len(end.records) // 2
    assert books.broken_links([*end.records[:middle], *end.records[middle + 1 :]]) > 0
