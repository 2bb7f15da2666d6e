"""What the roster tells of a member's own stays: the last day with one that has ended, and the minutes of its month."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from machine.signing_terminal import Record, SigningTerminal, document
from server.api.roster_entry import entries
from server.house.models import WEEKDAYS, HouseRules
from server.ledger.batch import Sealed
from server.ledger.closing import close_forgotten
from server.ledger.ingest import Delivery, ingest
from server.ledger.standing import standing_of
from server.members.models import Member
from server.terminals.models import Facility, Terminal
from visits.calendar import HOUSE_TIME
from visits.event import Kind
from visits.past import NO_PAST, Past

HOUR = timedelta(hours=1)
OCTOBER, FRIDAY, SUNDAY = date(2026, 10, 30), date(2026, 11, 20), date(2026, 11, 22)
NOON = datetime.combine(SUNDAY, time(12), HOUSE_TIME)


@pytest.fixture
def ann(facility: Facility) -> Member:
    return member(facility, 1)


def member(facility: Facility, number: int) -> Member:
    return Member.objects.create(home_facility=facility, number=str(number), name="青葉 みのり", standing="active")


def at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), HOUSE_TIME)


def deliver(terminal: SigningTerminal, *records: Record) -> None:
    ingest(Terminal.objects.get(pk=terminal.id), Delivery([Sealed.of(record) for record in records]), NOON)


def past(facility: Facility, who: Member, now: datetime = NOON) -> Past:
    return standing_of(facility.pk, [who.pk], now)[who.pk].past


def test_the_stays_of_the_last_one_s_month_are_added(
    facility: Facility, terminal: SigningTerminal, ann: Member
) -> None:
    october = terminal.stay(ann.pk, at(OCTOBER), 5 * HOUR)
    deliver(terminal, *october, *terminal.stay(ann.pk, at(FRIDAY)), *terminal.stay(ann.pk, at(FRIDAY, 15), HOUR))
    assert past(facility, ann) == Past(FRIDAY, 180)


@pytest.mark.parametrize(
    ("milliseconds", "minutes"), [(59_999, 0), (60_000, 1), (119_999, 1), (3_600_000, 60)], ids=str
)
def test_a_minute_counts_when_it_is_whole(
    milliseconds: int, minutes: int, facility: Facility, terminal: SigningTerminal, ann: Member
) -> None:
    """As the terminal counts that it ended at, so that both tell the same."""
    begin = at(FRIDAY) + timedelta(milliseconds=123)
    deliver(terminal, *terminal.stay(ann.pk, begin, timedelta(milliseconds=milliseconds)))
    assert past(facility, ann) == Past(FRIDAY, minutes)


def test_a_stay_that_goes_on_is_not_past(facility: Facility, terminal: SigningTerminal, ann: Member) -> None:
    deliver(terminal, *terminal.stay(ann.pk, at(FRIDAY)), terminal.record(ann.pk, at=at(SUNDAY, 9)))
    assert past(facility, ann) == Past(FRIDAY, 120)


def test_a_way_out_without_a_way_in_is_no_stay(facility: Facility, terminal: SigningTerminal, ann: Member) -> None:
    deliver(terminal, terminal.record(ann.pk, Kind.CHECK_OUT, at(FRIDAY)))
    assert past(facility, ann) == NO_PAST


def test_an_assumed_end_counts_its_day_and_no_time(facility: Facility, terminal: SigningTerminal, ann: Member) -> None:
    hours = {f"{day}_{end}": hour for day in WEEKDAYS for end, hour in (("opens", time(9)), ("closes", time(19)))}
    HouseRules.objects.create(facility=facility, valid_from=OCTOBER, **hours)
    deliver(terminal, *terminal.stay(ann.pk, at(OCTOBER)), terminal.record(ann.pk, at=at(FRIDAY)))
    close_forgotten(facility.pk, NOON)
    assert past(facility, ann) == Past(FRIDAY, 0)


def test_a_visit_of_more_than_two_months_ago_is_not_told(
    facility: Facility, terminal: SigningTerminal, ann: Member
) -> None:
    deliver(terminal, *terminal.stay(ann.pk, at(FRIDAY)))
    assert past(facility, ann, at(FRIDAY + timedelta(days=64))) == NO_PAST


def test_the_roster_tells_it(terminal: SigningTerminal, ann: Member) -> None:
    deliver(terminal, *terminal.stay(ann.pk, at(FRIDAY)))
    (told,) = document(terminal.roster())["members"]
    assert told["past"] == {"last": "2026-11-20", "minutes": 120}


def test_it_takes_no_query_more_however_many_members_there_are(facility: Facility, terminal: SigningTerminal) -> None:
    people = [member(facility, number) for number in range(5)]
    for each in people:
        deliver(terminal, *terminal.stay(each.pk, at(FRIDAY)))

    def queries(some: list[Member]) -> int:
        with CaptureQueriesContext(connection) as asked:
            entries(facility, some, NOON)
        return len(asked)

    assert queries(people[:1]) == queries(people)
