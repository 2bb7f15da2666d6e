"""What a terminal knows at a tap: who of the house is inside, how much a member has used it, what was paid (A22-A23, C34).

NINE is nine in the morning of 22 November in the house, midnight in UTC.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from samples.storage import ANN, FRESH, NINE, NOT_CHECKED, SECOND_BOOT, HandClock, card_of, member
from sqlalchemy import Engine, event

from kiosk.storage import link
from kiosk.storage.holder import holder_of
from kiosk.storage.roster import RosterStore
from kiosk.storage.rules import vouched_for
from kiosk.storage.situation import inside_today, situation_of
from kiosk.storage.visitbook import Recorded, VisitBook
from sync import outbox
from sync.feed import RosterMember, RosterMembership, RosterUsage
from visits.decision import Direction, Situation
from visits.event import to_instant
from visits.limits import UNUSED, Usage
from visits.occupancy import Inside

IN, OUT = Direction.IN, Direction.OUT
COMPANY, SCHOOL = UUID(int=0xC0), UUID(int=0xC1)
BOB, CAT, DAN = UUID(int=0xB0), UUID(int=0xCA), UUID(int=0xDA)
MIDNIGHT = NINE - timedelta(hours=9)
EIGHT = "2026-11-21T23:00:00.000Z"
LONG = FRESH.total_seconds() + 1
DAY = timedelta(days=1)
TODAY = date(2026, 11, 22)


def of(organisation: UUID, kind: str = "corporate", *, first: int = 2026, last: int = 2026) -> RosterMembership:
    return RosterMembership(kind, date(first, 1, 1), date(last, 12, 31), str(organisation))


def colleague(who: UUID, *, inside_since: str | None = None, of_: UUID = COMPANY, **more: Any) -> RosterMember:
    return member(who, inside_since=inside_since, memberships=(of(of_),), **more)


class Door:
    def __init__(self, engine: Engine, clock: HandClock, book: VisitBook, roster: RosterStore) -> None:
        self.engine, self.clock, self.book, self.roster = engine, clock, book, roster

    def pulls(self, *people: RosterMember) -> None:
        """From a server that holds what was delivered so far."""
        with self.engine.begin() as connection:
            acknowledged = outbox.standing(connection).acknowledged
        self.roster.replace(people, "1", acknowledged)

    def delivers(self) -> None:
        with self.engine.begin() as connection:
            outbox.acknowledge(connection, outbox.head(connection).seq)

    def passes(self, who: UUID, way: Direction) -> None:
        assert isinstance(self.book.tap(way, card_of(who), NOT_CHECKED), Recorded)

    def situation(self, who: UUID = ANN, *, card: bytes | None = None) -> Situation:
        moment = self.clock.moment()
        with self.engine.begin() as connection:
            holder = holder_of(connection, card or card_of(who), moment, FRESH, moment.at)
            assert holder is not None
            return situation_of(connection, holder, vouched_for(moment, link.offset(connection, moment.boot)))


@pytest.fixture
def door(engine: Engine, clock: HandClock, book: VisitBook, roster: RosterStore) -> Door:
    return Door(engine, clock, book, roster)


# People inside


def test_nobody_is_inside_a_house_of_which_nothing_is_said(door: Door) -> None:
    door.pulls(member(ANN))
    assert door.situation() == replace(Situation(), presence=door.situation().presence)


def test_who_the_server_says_is_inside_counts(door: Door) -> None:
    door.pulls(member(ANN), member(BOB, inside_since=EIGHT), member(CAT, inside_since=EIGHT), member(DAN))
    assert door.situation().inside == 2


def test_who_passed_here_counts_before_the_server_knows(door: Door) -> None:
    door.pulls(member(ANN), member(BOB), member(CAT, inside_since=EIGHT))
    door.passes(BOB, IN)
    door.passes(CAT, OUT)
    assert door.situation().inside == 1


def test_nobody_is_counted_by_both_words(door: Door) -> None:
    door.pulls(member(ANN), member(BOB))
    door.passes(BOB, IN)
    door.roster.merge([member(BOB, inside_since=to_instant(NINE))], [], "2", 0)
    assert door.situation().inside == 1


def test_the_server_s_word_counts_once_it_holds_the_passage(door: Door) -> None:
    door.pulls(member(ANN), member(BOB))
    door.passes(BOB, IN)
    door.delivers()
    door.pulls(member(ANN), member(BOB))
    assert door.situation().inside == 0


def test_who_taps_is_not_among_the_others(door: Door) -> None:
    door.pulls(colleague(ANN, inside_since=EIGHT))
    assert (door.situation().inside, door.situation().colleagues) == (0, 0)


def test_somebody_who_is_off_the_roster_by_now_is_still_inside(door: Door) -> None:
    door.pulls(member(ANN), member(BOB))
    door.passes(BOB, IN)
    door.pulls(member(ANN))
    assert door.situation().inside == 1


@pytest.mark.parametrize(
    ("since", "counts"),
    [
        (MIDNIGHT - timedelta(milliseconds=1), False),
        (MIDNIGHT, True),
        (MIDNIGHT + DAY - timedelta(milliseconds=1), True),
        (MIDNIGHT + DAY, False),
    ],
    ids=["yesterday's last", "today's first", "today's last", "tomorrow's first"],
)
def test_only_who_came_in_today_counts(door: Door, since: datetime, counts: bool) -> None:
    """Days are those of the house, not of UTC."""
    door.pulls(member(ANN), member(BOB, inside_since=to_instant(since)))
    assert door.situation().inside == int(counts)


def test_who_came_in_here_yesterday_does_not_count(door: Door, clock: HandClock) -> None:
    door.pulls(member(ANN), member(BOB))
    door.passes(BOB, IN)
    clock.passes(DAY.total_seconds())
    assert door.situation().inside == 0


def test_old_news_counts_too(door: Door, clock: HandClock) -> None:
    """A terminal without a network judges by what it knows, also after a boot."""
    door.pulls(member(ANN), colleague(BOB, inside_since=EIGHT), member(CAT))
    door.passes(CAT, IN)
    clock.passes(LONG)
    assert door.situation().inside == 2
    clock.boots(SECOND_BOOT)
    assert door.situation().inside == 2


def test_where_nothing_vouches_for_the_clock_nobody_is_counted(door: Door, clock: HandClock) -> None:
    door.pulls(colleague(ANN), colleague(BOB, inside_since=EIGHT))
    clock.now = replace(clock.now, synchronised=False)
    assert (door.situation().inside, door.situation().colleagues) == (0, 0)


def test_who_is_inside_is_found_by_the_time_and_not_by_looking_at_everybody(door: Door) -> None:
    """A tap waits for it, and there may be a million members."""
    with door.engine.begin() as connection:
        asked: list[tuple[str, tuple[Any, ...]]] = []
        event.listen(connection, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
        inside_today(connection, NINE)
        question, values = asked[0]
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}", values)]
    assert not [step for step in plan if step.startswith("SCAN")]
    searched = {step.split(" INDEX ")[1].split()[0] for step in plan if " INDEX " in step}
    assert {"members_inside", "passages_by_time"} <= searched


# Colleagues


def test_colleagues_are_those_of_the_same_organisation(door: Door) -> None:
    people = [colleague(BOB, inside_since=EIGHT), colleague(CAT, inside_since=EIGHT, of_=SCHOOL), member(DAN)]
    door.pulls(colleague(ANN), *people)
    door.passes(DAN, IN)
    assert (door.situation().inside, door.situation().colleagues) == (3, 1)


def test_a_colleague_who_passed_here_counts(door: Door) -> None:
    door.pulls(colleague(ANN), colleague(BOB))
    door.passes(BOB, IN)
    assert door.situation().colleagues == 1
    door.passes(BOB, OUT)
    assert door.situation().colleagues == 0


def test_colleagues_are_those_of_today_s_membership(door: Door) -> None:
    left = member(BOB, inside_since=EIGHT, memberships=(of(COMPANY, first=2025, last=2025), of(SCHOOL)))
    ahead = member(CAT, inside_since=EIGHT, memberships=(of(COMPANY, first=2027, last=2027),))
    door.pulls(colleague(ANN), left, ahead, colleague(DAN, inside_since=EIGHT))
    assert (door.situation().inside, door.situation().colleagues) == (3, 1)


def test_who_is_alone_in_a_membership_has_no_colleagues(door: Door) -> None:
    alone = RosterMembership("individual", date(2026, 1, 1), None, None)
    door.pulls(member(ANN, memberships=(alone,)), member(BOB, inside_since=EIGHT, memberships=(alone,)))
    assert (door.situation().inside, door.situation().colleagues) == (1, 0)


# Use, payment, cards


USED = RosterUsage(date(2026, 11, 20), 7, 2)


def test_the_server_s_count_of_use_is_taken(door: Door) -> None:
    door.pulls(member(ANN, usage=USED))
    assert door.situation().usage == Usage(date(2026, 11, 20), 7, 2)


def test_a_day_of_use_here_counts_on_from_it(door: Door, clock: HandClock) -> None:
    door.pulls(member(ANN, usage=replace(USED, last=date(2026, 11, 21))))
    door.passes(ANN, IN)
    assert door.situation().usage == Usage(TODAY, 8, 3)
    door.passes(ANN, OUT)
    door.passes(ANN, IN)
    assert door.situation().usage == Usage(TODAY, 8, 3), "a day is used once"
    clock.passes(DAY.total_seconds())
    door.passes(ANN, OUT)
    assert door.situation().usage == Usage(TODAY, 8, 3), "leaving is no use"
    door.passes(ANN, IN)
    assert door.situation().usage == Usage(TODAY + DAY, 9, 4)


def test_days_here_go_before_a_server_that_has_not_heard_of_them(door: Door) -> None:
    door.pulls(member(ANN, usage=USED))
    door.passes(ANN, IN)
    door.pulls(member(ANN, usage=USED))
    assert door.situation().usage == Usage(TODAY, 8, 1)


def test_the_server_s_later_day_goes_before_one_here(door: Door) -> None:
    door.pulls(member(ANN))
    door.passes(ANN, IN)
    later = RosterUsage(date(2026, 11, 23), 5, 1)
    door.pulls(member(ANN, usage=later))
    assert door.situation().usage == Usage(date(2026, 11, 23), 5, 1)


def test_of_the_same_day_the_greater_count_goes_before(door: Door) -> None:
    door.pulls(member(ANN, usage=USED))
    door.passes(ANN, IN)
    door.pulls(member(ANN, usage=RosterUsage(TODAY, 9, 1)))
    assert door.situation().usage == Usage(TODAY, 9, 1)


def test_what_the_server_counts_with_all_records_stands(door: Door) -> None:
    """Also where staff have struck out a visit meanwhile."""
    door.pulls(member(ANN, usage=USED))
    door.passes(ANN, IN)
    door.delivers()
    door.pulls(member(ANN))
    assert door.situation().usage == UNUSED


def test_a_day_that_nothing_vouches_for_is_no_day_of_use(door: Door, clock: HandClock) -> None:
    door.pulls(member(ANN, usage=USED))
    clock.now = replace(clock.now, synchronised=False)
    door.passes(ANN, IN)
    assert door.situation().usage == Usage(date(2026, 11, 20), 7, 2)


def test_the_day_of_use_is_the_house_s(door: Door, clock: HandClock) -> None:
    door.pulls(member(ANN))
    clock.passes(timedelta(hours=15).total_seconds())
    door.passes(ANN, IN)
    assert door.situation().usage.last == date(2026, 11, 23)


def test_prepaid_time_is_known(door: Door) -> None:
    door.pulls(member(ANN, paid_until="2026-11-22T03:00:00.000Z"))
    assert door.situation().paid_until == NINE + timedelta(hours=3)


def test_a_replaced_card_is_known_as_one_and_its_member_s(door: Door) -> None:
    old = b"old card" * 4
    door.pulls(member(ANN, replaced_cards=(old,), inside_since=EIGHT))
    assert not door.situation().card_replaced
    assert door.situation(card=old).card_replaced
    assert door.situation(card=old).presence == Inside(NINE - timedelta(hours=1))
