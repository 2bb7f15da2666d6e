"""The rules of the house on the terminal: kept whole, judged by at once, and never guessed at (C1-C6, C33)."""

import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from samples.storage import (
    ANN,
    BEN,
    FIRST_BOOT,
    HOUSE_RULES,
    NINE,
    NOT_CHECKED,
    SECOND_BOOT,
    HandClock,
    card_of,
    member,
    records,
)
from sqlalchemy import Engine, update

from kiosk.storage import link
from kiosk.storage.roster import RosterStore
from kiosk.storage.rules import RulesStore, number_of, rulebook_of
from kiosk.storage.schema import rules as stored
from kiosk.storage.visitbook import Recorded, VisitBook
from sync.outcome import UnreadableAnswer
from visits.calendar import HOUSE_TIME, Calendar, Hours
from visits.decision import Direction, Refused, Rule
from visits.event import ServerOffset
from visits.rulebook import Rulebook, Version, to_document

IN, OUT = Direction.IN, Direction.OUT
CLOSED = Refused(Rule.CLOSED)
DOCUMENT = to_document(HOUSE_RULES)
HOUR = timedelta(hours=1)


@pytest.fixture
def rules(engine: Engine, roster: RosterStore) -> RulesStore:
    roster.replace([member(ANN), member(BEN, inside_since="2026-11-21T23:00:00.000Z")], "1", 0)
    return RulesStore(engine)


def kept(engine: Engine) -> tuple[int, Rulebook]:
    with engine.begin() as connection:
        return number_of(connection), rulebook_of(connection)


def at(clock: HandClock, of_day: time) -> None:
    clock.now = replace(clock.now, at=datetime.combine(date(2026, 11, 22), of_day, HOUSE_TIME))


def test_before_any_rules_came_there_are_none(engine: Engine) -> None:
    assert kept(engine) == (0, Rulebook())


def test_what_is_kept_is_read_back_and_replaced_by_what_comes_later(engine: Engine, rules: RulesStore) -> None:
    rules.keep(3, DOCUMENT)
    assert (rules.number(), kept(engine)) == (3, (3, HOUSE_RULES))
    rules.keep(4, to_document(Rulebook()))
    assert kept(engine) == (4, Rulebook())


def test_fields_of_later_versions_are_passed_over(engine: Engine, rules: RulesStore) -> None:
    rules.keep(3, {**DOCUMENT, "tariffs": []})
    assert kept(engine) == (3, HOUSE_RULES)


@pytest.mark.parametrize(
    ("document", "place"),
    [({**DOCUMENT, "v": 2}, "v"), ({}, "v"), ({"v": 1}, "versions"), ({"v": 1, "versions": [{}]}, "versions[0].from")],
    ids=["later version", "nothing", "no versions", "no day"],
)
def test_what_this_version_does_not_understand_changes_nothing(
    engine: Engine, rules: RulesStore, document: dict[str, Any], place: str
) -> None:
    rules.keep(3, DOCUMENT)
    with pytest.raises(UnreadableAnswer) as unreadable:
        rules.keep(4, document)
    assert unreadable.value.field == place
    assert kept(engine) == (3, HOUSE_RULES)


def test_half_a_character_in_a_reason_keeps_no_rules_away(engine: Engine, rules: RulesStore) -> None:
    document = json.loads(json.dumps(DOCUMENT))
    document["versions"][0]["calendar"]["closures"] = [["2026-12-01", "2026-12-01", "\ud83d"]]
    rules.keep(3, document)
    assert kept(engine)[0] == 3


def test_a_reason_in_japanese_is_kept_as_it_was_written(engine: Engine, rules: RulesStore) -> None:
    document = json.loads(json.dumps(DOCUMENT))
    document["versions"][0]["calendar"]["closures"] = [["2026-12-01", "2026-12-01", "設備点検 🔧"]]
    rules.keep(3, document)
    (version,) = kept(engine)[1].versions
    assert [closure.text for closure in version.calendar.closures] == ["設備点検 🔧"]


# A tap


@pytest.mark.parametrize(
    ("of_day", "lets_in"),
    [(time(9, 59, 59), False), (time(10), True), (time(18, 29, 59), True), (time(18, 30), False), (time(19), False)],
    ids=str,
)
def test_a_tap_to_enter_is_judged_by_the_hour(
    book: VisitBook, rules: RulesStore, clock: HandClock, of_day: time, lets_in: bool
) -> None:
    rules.keep(3, DOCUMENT)
    at(clock, of_day)
    answer = book.tap(IN, card_of(ANN), NOT_CHECKED)
    assert isinstance(answer, Recorded) if lets_in else answer == CLOSED


def test_a_refused_tap_leaves_no_record(engine: Engine, book: VisitBook, rules: RulesStore) -> None:
    rules.keep(3, DOCUMENT)
    assert book.tap(IN, card_of(ANN), NOT_CHECKED) == CLOSED
    assert records(engine) == []


def test_leaving_is_never_refused_for_the_hour(book: VisitBook, rules: RulesStore, clock: HandClock) -> None:
    rules.keep(3, DOCUMENT)
    at(clock, time(23, 59))
    assert isinstance(book.tap(OUT, card_of(BEN), NOT_CHECKED), Recorded)


def test_rules_that_arrive_count_for_the_next_tap(book: VisitBook, rules: RulesStore) -> None:
    rules.keep(3, DOCUMENT)
    assert book.tap(IN, card_of(ANN), NOT_CHECKED) == CLOSED
    rules.keep(4, to_document(Rulebook((Version(date(2026, 4, 1), Calendar((Hours(time(8), time(19)),) * 7)),))))
    assert isinstance(book.tap(IN, card_of(ANN), NOT_CHECKED), Recorded)


def test_rules_of_a_later_day_close_no_door_before_it(book: VisitBook, rules: RulesStore) -> None:
    rules.keep(3, to_document(Rulebook((Version(date(2026, 11, 23), Calendar((None,) * 7)),))))
    assert isinstance(book.tap(IN, card_of(ANN), NOT_CHECKED), Recorded)


def test_the_server_s_time_goes_before_the_clock_of_this_machine(
    engine: Engine, book: VisitBook, rules: RulesStore, clock: HandClock
) -> None:
    rules.keep(3, DOCUMENT)
    learn(engine, clock, NINE + HOUR)
    assert isinstance(book.tap(IN, card_of(ANN), NOT_CHECKED), Recorded)


def test_a_clock_that_nothing_vouches_for_closes_no_door(
    engine: Engine, book: VisitBook, rules: RulesStore, clock: HandClock
) -> None:
    """Nor does the server's time of another boot vouch for it."""
    rules.keep(3, DOCUMENT)
    learn(engine, clock, NINE)
    clock.boots(SECOND_BOOT)
    clock.now = replace(clock.now, synchronised=False)
    assert isinstance(book.tap(IN, card_of(ANN), NOT_CHECKED), Recorded)


def test_the_server_s_time_vouches_for_a_clock_that_is_not_synchronised(
    engine: Engine, book: VisitBook, rules: RulesStore, clock: HandClock
) -> None:
    rules.keep(3, DOCUMENT)
    learn(engine, clock, NINE)
    clock.now = replace(clock.now, synchronised=False, at=NINE + 3 * HOUR)
    assert book.tap(IN, card_of(ANN), NOT_CHECKED) == CLOSED


def test_rules_kept_by_a_version_this_one_does_not_understand_stand_in_nobody_s_way(
    engine: Engine, book: VisitBook, rules: RulesStore, clock: HandClock
) -> None:
    """A terminal set back to an older version, at night."""
    rules.keep(3, DOCUMENT)
    with engine.begin() as connection:
        connection.execute(update(stored).values(document='{"v": 2}'))
    at(clock, time(23, 59))
    assert isinstance(book.tap(OUT, card_of(BEN), NOT_CHECKED), Recorded)
    assert isinstance(book.tap(IN, card_of(ANN), NOT_CHECKED), Recorded)


def test_a_revoked_terminal_keeps_its_rules(engine: Engine, rules: RulesStore) -> None:
    rules.keep(3, DOCUMENT)
    with engine.begin() as connection:
        link.lock(connection, NINE)
    assert kept(engine) == (3, HOUSE_RULES)


def learn(engine: Engine, clock: HandClock, server: datetime) -> None:
    told = round(server.timestamp() * 1000) - clock.now.monotonic_ms
    with engine.begin() as connection:
        link.keep_offset(connection, FIRST_BOOT, ServerOffset(told, 12), clock.now.monotonic_ms)
