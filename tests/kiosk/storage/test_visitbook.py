"""One tap: judged and written in one transaction, or nothing of it (A3, A8, C32)."""

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from samples.storage import (
    ANN,
    BEN,
    EVE,
    FRESH,
    NINE,
    NOT_CHECKED,
    SECOND_BOOT,
    TERMINAL,
    HandClock,
    card_of,
    member,
    records,
)
from sqlalchemy import Engine, event, text

from kiosk.storage import link
from kiosk.storage.roster import RosterStore
from kiosk.storage.visitbook import NotRecordedError, Recorded, VisitBook
from visits.decision import Admitted, Direction, Refused, Rule
from visits.event import FIRST_PREVIOUS, Clock, Kind, Position, ServerOffset, parse_event, record_hash

IN, OUT = Direction.IN, Direction.OUT
CAME_IN = Admitted(IN, Rule.ACTIVE_MEMBER)


@pytest.fixture(autouse=True)
def members(roster: RosterStore) -> None:
    roster.replace(
        [
            member(ANN, name="山田 花子"),
            member(BEN, "suspended", inside_since="2026-11-21T23:00:00.000Z"),
            member(EVE, "pending"),
        ],
        "1",
        0,
    )


def stored(engine: Engine, table: str) -> list[Any]:
    with engine.begin() as connection:
        return [tuple(row) for row in connection.execute(text(f"select * from {table}"))]  # noqa: S608


def pages_in_log(engine: Engine) -> int:
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        (row,) = cursor.execute("PRAGMA wal_checkpoint(NOOP)").fetchall()
        cursor.close()
    return int(row[1])


def fail_at(engine: Engine, change: str) -> None:
    """From now on this change of the database fails."""
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TRIGGER broken BEFORE {change} BEGIN SELECT RAISE(ABORT, 'broken'); END"))


# A visit


def test_a_check_in_is_recorded_and_greeted_by_name(book: VisitBook) -> None:
    assert book.tap(IN, card_of(ANN), NOT_CHECKED) == Recorded(NINE, "山田 花子", CAME_IN)


def test_the_first_record_says_everything(book: VisitBook, engine: Engine) -> None:
    book.tap(IN, card_of(ANN), NOT_CHECKED)
    (record,) = records(engine)
    passage = parse_event(record)
    assert passage.position == Position(TERMINAL, 1, FIRST_PREVIOUS)
    assert (passage.kind, passage.member, passage.rule) == (Kind.CHECK_IN, ANN, Rule.ACTIVE_MEMBER)
    assert (passage.at, passage.monotonic_ms, passage.boot_number) == (NINE, 1_000_000, 1)
    assert passage.clock is Clock.SYNCHRONISED


def test_a_clock_that_is_not_synchronised_is_recorded_so(book: VisitBook, clock: HandClock, engine: Engine) -> None:
    clock.now = replace(clock.now, synchronised=False)
    book.tap(IN, card_of(ANN), NOT_CHECKED)
    assert records(engine)[0]["clock"] == "unsynchronised"


def test_each_record_names_the_hash_of_the_one_before(book: VisitBook, engine: Engine) -> None:
    for way in (IN, OUT, IN, OUT):
        assert isinstance(book.tap(way, card_of(ANN), NOT_CHECKED), Recorded)
    found = records(engine)
    assert [record["seq"] for record in found] == [1, 2, 3, 4]
    assert [record["prev"] for record in found[1:]] == [record_hash(record).hex() for record in found[:-1]]


def test_the_stored_hash_is_the_record_s(book: VisitBook, engine: Engine) -> None:
    book.tap(IN, card_of(ANN), NOT_CHECKED)
    assert [row[1] for row in stored(engine, "outbox_events")] == [record_hash(records(engine)[0])]


def test_nothing_of_the_card_or_the_name_is_recorded(book: VisitBook, engine: Engine) -> None:
    book.tap(IN, card_of(ANN), NOT_CHECKED)
    (record,) = records(engine)
    assert not {card_of(ANN).hex(), "山田 花子"} & {str(value) for value in record.values()}


def test_a_book_opened_again_goes_on_where_it_ended(engine: Engine, clock: HandClock) -> None:
    for way in (IN, OUT):
        VisitBook(engine, terminal=TERMINAL, clock=clock, fresh=FRESH).tap(way, card_of(ANN), NOT_CHECKED)
    first, second = records(engine)
    assert (second["seq"], second["prev"]) == (2, record_hash(first).hex())


def test_boots_are_counted_in_the_order_they_are_met(book: VisitBook, clock: HandClock, engine: Engine) -> None:
    first_boot = clock.now.boot
    for way, boot in ((IN, first_boot), (OUT, SECOND_BOOT), (IN, SECOND_BOOT), (OUT, first_boot)):
        clock.boots(boot)
        book.tap(way, card_of(ANN), NOT_CHECKED)
    assert [record["boot_number"] for record in records(engine)] == [1, 2, 2, 1]


# A refusal


@pytest.mark.parametrize(
    ("way", "who", "rule"),
    [
        (IN, UUID(int=0xFF), Rule.CARD_NOT_LINKED),
        (OUT, UUID(int=0xFF), Rule.CARD_NOT_LINKED),
        (IN, BEN, Rule.SUSPENDED),
        (IN, EVE, Rule.PENDING_APPROVAL),
        (OUT, EVE, Rule.NOT_IN),
    ],
)
def test_a_refusal_names_its_rule_and_writes_nothing(
    way: Direction, who: UUID, rule: Rule, book: VisitBook, engine: Engine
) -> None:
    assert book.tap(way, card_of(who), NOT_CHECKED) == Refused(rule)
    assert records(engine) == stored(engine, "passages") == stored(engine, "boots") == []


def test_who_is_in_does_not_come_in_again(book: VisitBook, engine: Engine) -> None:
    book.tap(IN, card_of(ANN), NOT_CHECKED)
    assert book.tap(IN, card_of(ANN), NOT_CHECKED) == Refused(Rule.ALREADY_IN)
    assert len(records(engine)) == 1


def test_who_is_out_does_not_go_out_again(book: VisitBook, engine: Engine) -> None:
    book.tap(IN, card_of(ANN), NOT_CHECKED)
    book.tap(OUT, card_of(ANN), NOT_CHECKED)
    assert book.tap(OUT, card_of(ANN), NOT_CHECKED) == Refused(Rule.NOT_IN)
    assert len(records(engine)) == 2


def test_a_member_suspended_while_inside_may_leave(book: VisitBook, engine: Engine) -> None:
    assert isinstance(book.tap(OUT, card_of(BEN), NOT_CHECKED), Recorded)
    assert records(engine)[0]["rule"] == "leaving_is_free"


def test_a_member_may_come_and_go_all_day(book: VisitBook) -> None:
    assert all(isinstance(book.tap(way, card_of(ANN), NOT_CHECKED), Recorded) for way in (IN, OUT) * 5)


# All or nothing


@pytest.mark.parametrize("change", ["INSERT ON outbox_events", "INSERT ON passages", "INSERT ON boots"])
def test_a_tap_that_fails_anywhere_leaves_nothing(change: str, book: VisitBook, engine: Engine) -> None:
    fail_at(engine, change)
    with pytest.raises(NotRecordedError):
        book.tap(IN, card_of(ANN), NOT_CHECKED)
    assert records(engine) == stored(engine, "passages") == stored(engine, "boots") == []


def test_after_a_failure_the_chain_goes_on_without_a_gap(book: VisitBook, engine: Engine) -> None:
    book.tap(IN, card_of(ANN), NOT_CHECKED)
    fail_at(engine, "UPDATE ON passages")
    with pytest.raises(NotRecordedError):
        book.tap(OUT, card_of(ANN), NOT_CHECKED)
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER broken"))
    assert isinstance(book.tap(OUT, card_of(ANN), NOT_CHECKED), Recorded)
    assert [record["seq"] for record in records(engine)] == [1, 2]


def test_a_failure_says_what_kind_and_nothing_of_the_member(book: VisitBook, engine: Engine) -> None:
    fail_at(engine, "INSERT ON outbox_events")
    with pytest.raises(NotRecordedError) as failed:
        book.tap(IN, card_of(ANN), NOT_CHECKED)
    told = f"{failed.value} {failed.value.__cause__}"
    assert "IntegrityError" in told
    assert not [word for word in (str(ANN), card_of(ANN).hex(), "山田", repr(card_of(ANN))) if word in told]


def test_a_database_held_by_another_for_too_long_is_a_failure(book: VisitBook, engine: Engine) -> None:
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 0"))
    with engine.begin(), pytest.raises(NotRecordedError, match="OperationalError"):
        book.tap(IN, card_of(ANN), NOT_CHECKED)


# Whether writing works


def test_every_check_writes_to_the_log_and_says_nothing(book: VisitBook, engine: Engine) -> None:
    lengths = []
    for _ in range(3):
        book.check()
        lengths.append(pages_in_log(engine))
    assert lengths == sorted(set(lengths)), "an update that changes nothing would write nothing"
    assert records(engine) == stored(engine, "boots") == []


def test_a_check_finds_a_database_that_takes_no_writes_any_more(book: VisitBook, engine: Engine) -> None:
    book.check()
    fail_at(engine, "UPDATE ON upkeep")
    with pytest.raises(NotRecordedError):
        book.check()


# The server's time


def learns(engine: Engine, clock: HandClock, at: datetime) -> ServerOffset:
    """The server says in this boot that it is `at` now."""
    offset = ServerOffset(round(at.timestamp() * 1000) - clock.now.monotonic_ms, 20)
    with engine.begin() as connection:
        link.keep_offset(connection, clock.now.boot, offset, clock.now.monotonic_ms)
    return offset


def test_a_visit_is_shown_at_the_server_s_time_and_recorded_with_both(
    book: VisitBook, engine: Engine, clock: HandClock
) -> None:
    offset = learns(engine, clock, NINE + timedelta(hours=3))
    clock.passes(60)
    shown = book.tap(IN, card_of(ANN), NOT_CHECKED)
    passage = parse_event(records(engine)[0])
    assert shown == Recorded(NINE + timedelta(hours=3, seconds=60), "山田 花子", CAME_IN)
    assert (passage.at, passage.offset) == (NINE + timedelta(seconds=60), offset)


def test_a_stay_that_ends_began_at_the_server_s_time(book: VisitBook, engine: Engine, clock: HandClock) -> None:
    """Also where it was learnt in between."""
    book.tap(IN, card_of(ANN), NOT_CHECKED)
    clock.passes(60)
    learns(engine, clock, NINE + timedelta(hours=3, seconds=60))
    out = book.tap(OUT, card_of(ANN), NOT_CHECKED)
    assert isinstance(out, Recorded)
    assert out.since == NINE + timedelta(hours=3)


def test_what_the_server_said_in_another_boot_does_not_count(book: VisitBook, engine: Engine, clock: HandClock) -> None:
    learns(engine, clock, NINE + timedelta(hours=3))
    clock.boots(SECOND_BOOT)
    assert book.tap(IN, card_of(ANN), NOT_CHECKED) == Recorded(NINE, "山田 花子", CAME_IN)
    assert parse_event(records(engine)[0]).offset is None
