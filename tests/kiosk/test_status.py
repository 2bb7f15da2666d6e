"""`kiosk status`: what it reads from the terminal's files, how each abnormal state shows, and every key of its JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from samples.storage import ANN, HOUSE_RULES, NOT_CHECKED, SECOND_BOOT, HandClock, card_of, member
from sqlalchemy import Engine

from cardreader.revocation.lists import Freshness
from cardreader.simulated.authority import VALIDITY, revocation_list
from kiosk import disk, report, updating
from kiosk.disk import Level
from kiosk.flow.house import Entrance
from kiosk.flow.house import House as Opening
from kiosk.printout import as_json, as_text
from kiosk.report import Clocks, News, Queue, Rules, Status
from kiosk.sentences import OTHER, REJECTIONS, TROUBLES, of_rejection, of_trouble
from kiosk.settings import Card, Driver, Reader, Server, Settings, Terminal
from kiosk.storage import link
from kiosk.storage.database import open_database
from kiosk.storage.integrity import RECOVERY
from kiosk.storage.recovery import DONE
from kiosk.storage.roster import RosterStore
from kiosk.storage.rules import RulesStore
from kiosk.storage.visitbook import VisitBook
from machine.certificates import production_authority
from sync import identity, outbox
from sync.envelope import Rejection
from sync.outbox import SetAside
from visits.calendar import Hours
from visits.decision import Direction
from visits.event import ServerOffset
from visits.occupancy import Capacity
from visits.rulebook import Rulebook, to_document

TERMINAL = UUID("5f3c2f7e-5b1a-4d4e-9a51-0c2a4ce0a0b1")
NINE = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

HEALTHY = Status(
    terminal=TERMINAL,
    facility="みどり町コワーキング",
    queue=Queue(0, None, 41, 0, ()),
    news=News(NINE, None, revoked=False, roster_pulled=NINE, roster_age=timedelta(seconds=3), too_old=False),
    members=120,
    inside=7,
    rules=Rules(5, Opening(Entrance.OPEN, Hours(time(10), time(19)), None), Capacity(80, hard=True), 6),
    clocks=Clocks(True, ServerOffset(1, 12), told_ago=MINUTE, ahead=timedelta(milliseconds=40)),
    disk=Level.OK,
    lists=Freshness(2, 0, 0),
    reader="ACS ACR1252",
    recovery=(),
    updating=False,
)
SHUT = Opening(Entrance.CLOSED, None, None)
CLOSING = Opening(Entrance.LAST_CHECK_IN_OVER, Hours(time(10), time(19)), None)
NEW = replace(HEALTHY, news=News(None, None, revoked=False, roster_pulled=None, roster_age=None, too_old=False))


def line(standing: Status, name: str) -> str:
    (found,) = [each for each in as_text(standing).splitlines() if each.startswith(f"{name:<15}")]
    return found[15:]


def with_news(**changes: Any) -> Status:
    return replace(HEALTHY, news=replace(HEALTHY.news, **changes))


def with_clocks(**changes: Any) -> Status:
    return replace(HEALTHY, clocks=replace(HEALTHY.clocks, **changes))


def with_rules(**changes: Any) -> Status:
    return replace(HEALTHY, rules=replace(HEALTHY.rules, **changes))


def with_set_aside(*codes: str) -> Status:
    waiting = tuple(SetAside(seq, code, "", NINE) for seq, code in enumerate(codes, 4))
    return replace(HEALTHY, queue=replace(HEALTHY.queue, rejected=len(waiting), set_aside=waiting))


# For people


def test_a_healthy_terminal_has_one_line_a_fact_and_no_word_in_capitals() -> None:
    lines = as_text(HEALTHY).splitlines()
    names = [each[:15].strip() for each in lines]
    assert names == [
        *("terminal", "state", "queue", "delivery", "set aside", "last contact"),
        *("roster", "rules", "clock", "disk", "lists", "reader", "recovery"),
    ]
    facts = [each[15:] for each in lines if "ACR1252" not in each and str(TERMINAL) not in each]
    assert not [fact for fact in facts if any(word.isupper() and len(word) > 1 for word in fact.split())]


@pytest.mark.parametrize(
    ("standing", "name", "words"),
    [
        pytest.param(with_news(revoked=True), "state", "REVOKED: the screen is locked", id="revoked"),
        pytest.param(replace(HEALTHY, updating=True), "state", "UPDATING: the screen says so", id="updating"),
        pytest.param(NEW, "state", "NO ROSTER yet", id="no roster"),
        pytest.param(NEW, "roster", "never pulled", id="never pulled"),
        pytest.param(NEW, "last contact", "never", id="never heard"),
        pytest.param(with_news(trouble="tls"), "delivery", "WAITS: tls", id="delivery waits"),
        pytest.param(with_news(roster_age=timedelta(days=8), too_old=True), "roster", "8 days ago; TOO OLD", id="old"),
        pytest.param(with_news(roster_age=None), "roster", "the clock was wrong", id="of unknown age"),
        pytest.param(with_rules(number=0, house=None), "rules", "none", id="no rules"),
        pytest.param(with_rules(house=None), "rules", "nobody is turned away for the hour", id="unjudged"),
        pytest.param(with_rules(house=SHUT), "rules", "closed all day; the way in is closed", id="shut"),
        pytest.param(with_rules(house=CLOSING), "rules", "the last check-in is over", id="closing"),
        pytest.param(with_rules(inside=80), "rules", "80 came in today and are inside, of 80", id="full house"),
        pytest.param(with_rules(capacity=Capacity(80, hard=False)), "rules", "more are let in and told", id="soft"),
        pytest.param(with_clocks(synchronised=False), "clock", "NOT SYNCHRONISED; the server's time is", id="free"),
        pytest.param(
            with_clocks(synchronised=False, offset=None, told_ago=None, ahead=None),
            "clock",
            "times of visits are doubtful",
            id="doubtful",
        ),
        pytest.param(with_clocks(ahead=timedelta(hours=1)), "clock", "1 h ahead of it, which is corrected", id="fast"),
        pytest.param(with_clocks(ahead=-timedelta(days=9)), "clock", "9 days behind it, which is corrected", id="slow"),
        pytest.param(replace(HEALTHY, disk=Level.LOW), "disk", "LOW: ", id="nearly full"),
        pytest.param(replace(HEALTHY, disk=Level.CRITICAL), "disk", "CRITICAL: ", id="full"),
        pytest.param(replace(HEALTHY, lists=Freshness(1, 2, 0)), "lists", "1 good; 2 TOO OLD", id="stale lists"),
        pytest.param(replace(HEALTHY, lists=Freshness(1, 0, 1)), "lists", "1 good; 1 MISSING", id="missing lists"),
        pytest.param(replace(HEALTHY, lists=None), "lists", "not used", id="no lists"),
        pytest.param(replace(HEALTHY, recovery=("7e",)), "recovery", "WAITS: 7e", id="recovery"),
        pytest.param(with_set_aside("lost", "conflict"), "set aside", "2", id="quarantine"),
    ],
)
def test_what_is_not_as_it_should_be_stands_in_its_line(standing: Status, name: str, words: str) -> None:
    assert words in line(standing, name)
    assert words not in line(HEALTHY, name)


def test_a_revoked_terminal_that_is_being_updated_is_revoked() -> None:
    assert line(replace(with_news(revoked=True), updating=True), "state").startswith("REVOKED")


def test_a_house_that_names_no_capacity_has_people_alone() -> None:
    assert line(with_rules(capacity=None), "rules").endswith("; 6 came in today and are inside")


@pytest.mark.parametrize("word", TROUBLES)
def test_trouble_with_delivery_is_explained_in_both_languages(word: str) -> None:
    printed = as_text(with_news(trouble=word))
    sentence = of_trouble(word)
    assert sentence.ja in printed
    assert sentence.en in printed


@pytest.mark.parametrize("code", REJECTIONS)
def test_a_record_set_aside_is_explained_in_both_languages(code: str) -> None:
    printed = as_text(with_set_aside(code))
    sentence = of_rejection(code)
    assert f"visit 4: {code}\n" in printed
    assert sentence.ja in printed
    assert sentence.en in printed


def test_words_of_a_later_version_have_a_sentence_too() -> None:
    assert of_trouble("tomorrow") == of_trouble(OTHER)
    assert of_rejection("tomorrow") == of_rejection(OTHER)


def test_no_two_words_have_the_same_sentence() -> None:
    sentences = [*map(of_trouble, (*TROUBLES, OTHER)), *map(of_rejection, (*REJECTIONS, OTHER))]
    assert len({each.ja for each in sentences}) == len({each.en for each in sentences}) == len(sentences)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=3), "3 s"),
        (timedelta(seconds=119), "1 min"),
        (timedelta(hours=47), "1 day"),
        (timedelta(days=400), "400 days"),
        (timedelta(0), "0 s"),
    ],
)
def test_an_age_is_told_in_its_largest_whole_unit(span: timedelta, words: str) -> None:
    assert f", {words} ago" in line(with_news(roster_age=span), "roster")


# For programs

LANGUAGES = {"ja": str, "en": str}
KEYS: dict[str, Any] = {
    "terminal": str,
    "facility": str,
    "revoked": bool,
    "updating": bool,
    "queued": int,
    "oldest": str,
    "acknowledged": int,
    "rejected": int,
    "set_aside": {"seq": int, "code": str, **LANGUAGES},
    "trouble": {"code": str, **LANGUAGES},
    "last_contact": str,
    "members": int,
    "inside": int,
    "rules": int,
    "hours_today": str,
    "entrance": str,
    "inside_today": int,
    "capacity": {"people": int, "hard": bool},
    "roster_pulled": str,
    "roster_age_seconds": int,
    "roster_too_old": bool,
    "clock_synchronised": bool,
    "clock_ahead_ms": int,
    "server_time_known": bool,
    "server_time_error_ms": int,
    "server_time_age_seconds": int,
    "disk": str,
    "revocation_lists": {"good": int, "stale": int, "missing": int},
    "reader": str,
    "recovery": str,
}
MAY_BE_NULL = {
    *("hours_today", "entrance", "inside_today", "capacity"),
    *("oldest", "trouble", "last_contact", "roster_pulled", "roster_age_seconds", "clock_ahead_ms"),
    *("server_time_error_ms", "server_time_age_seconds", "revocation_lists"),
}
FULL = replace(
    with_set_aside("lost", "tomorrow"),
    news=replace(HEALTHY.news, trouble="busy"),
    recovery=("7e",),
    queue=replace(with_set_aside("lost", "tomorrow").queue, waiting=1, oldest=NINE),
)
EMPTY = replace(NEW, rules=Rules(0, None, None, None), clocks=Clocks(False, None, None, None), lists=None)


def shape(value: Any) -> Any:
    match value:
        case dict():
            return {key: shape(each) for key, each in value.items()}
        case list():
            return shape(value[0])
        case _:
            return type(value)


def test_every_key_is_there_with_its_kind_of_value() -> None:
    assert shape(json.loads(as_json(FULL))) == KEYS


def test_what_is_not_known_is_null_and_nothing_else_is() -> None:
    told = json.loads(as_json(EMPTY))
    assert set(told) == set(KEYS)
    assert {key for key, value in told.items() if value is None} == MAY_BE_NULL


def test_programs_get_the_code_and_people_the_sentence() -> None:
    told = json.loads(as_json(FULL))
    assert told["set_aside"][1] == {"seq": 5, "code": "tomorrow", **vars_of(OTHER)}
    assert told["trouble"]["code"] == "busy"


def vars_of(code: str) -> dict[str, str]:
    sentence = of_rejection(code)
    return {"ja": sentence.ja, "en": sentence.en}


@pytest.mark.parametrize("guide", ["operator.md", "operator.ja.md"])
def test_the_operators_guide_explains_every_key_and_every_line(guide: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / guide).read_text(encoding="utf-8")
    lines = [each[:15].strip() for each in as_text(HEALTHY).splitlines()]
    assert [name for name in (*KEYS, *lines) if f"`{name}`" not in text] == []


# As it is found out


@dataclass
class House:
    settings: Settings
    engine: Engine
    clock: HandClock

    def status(self) -> Status:
        return report.status(self.settings)

    def tap(self, way: Direction = Direction.IN) -> None:
        book = VisitBook(self.engine, terminal=TERMINAL, clock=self.clock, fresh=timedelta(0))
        book.tap(way, card_of(ANN), NOT_CHECKED)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Enrolled, with one member, at nine o'clock by a clock set by hand."""
    data = tmp_path / "data"
    identity.own_key(data)
    identity.store(data, TERMINAL, identity.Facility(UUID(int=7), "みどり町"), bytes(32))
    lists = Card(authorities=tmp_path / "authorities", revocation_lists=tmp_path / "lists")
    settings = Settings(terminal=Terminal(data_directory=data), reader=Reader(Driver.SIMULATED), card=lists)
    clock = HandClock()
    monkeypatch.setattr(report, "SystemClock", lambda: clock)
    engine = open_database(data)
    RosterStore(engine, clock).replace([member(ANN)], "1", 0)
    yield House(settings, engine, clock)
    engine.dispose()


def told(house: House, offset: timedelta = timedelta(0)) -> ServerOffset:
    """The server told its time: the wall clock's and so much more."""
    now = house.clock.moment()
    server = round((now.at + offset - EPOCH) / timedelta(milliseconds=1))
    learnt = ServerOffset(server - now.monotonic_ms, 12)
    with house.engine.begin() as connection:
        link.keep_offset(connection, now.boot, learnt, now.monotonic_ms)
    return learnt


def test_the_oldest_visit_is_dated_by_the_server_s_time_even_when_it_came_later(house: House) -> None:
    house.tap()
    house.clock.passes(60)
    told(house, timedelta(hours=1))
    assert house.status().queue.oldest == NINE + timedelta(hours=1)


def test_the_clock_is_told_against_the_server_s(house: House) -> None:
    learnt = told(house, -timedelta(minutes=5))
    house.clock.passes(30)
    assert house.status().clocks == Clocks(
        synchronised=True, offset=learnt, told_ago=timedelta(seconds=30), ahead=timedelta(minutes=5)
    )


def test_the_server_s_time_is_forgotten_with_the_boot_that_learnt_it(house: House) -> None:
    told(house)
    house.clock.boots(SECOND_BOOT)
    assert house.status().clocks == Clocks(synchronised=True, offset=None, told_ago=None, ahead=None)


def test_a_roster_older_than_the_limit_is_too_old_and_the_terminal_goes_on(house: House) -> None:
    days = Server().roster_days
    house.clock.passes(timedelta(days=days).total_seconds())
    assert not house.status().news.too_old
    house.clock.passes(1)
    assert house.status().news.too_old
    house.tap()
    assert house.status().queue.waiting == 1


def test_the_rules_kept_are_told_with_what_they_mean_now(house: House) -> None:
    assert house.status().rules == Rules(0, None, None, 0)
    (version,) = HOUSE_RULES.versions
    capacity = Capacity(80, hard=True)
    RulesStore(house.engine).keep(5, to_document(Rulebook((replace(version, capacity=capacity),))))
    opening = Opening(Entrance.CLOSED, Hours(time(10), time(19)), NINE + timedelta(hours=1))
    assert house.status().rules == Rules(5, opening, capacity, 0)


def test_who_came_in_today_is_counted_as_a_tap_would(house: House) -> None:
    house.tap()
    assert (house.status().rules.inside, house.status().inside) == (1, 0), "the server has not heard of it"


def test_where_nobody_knows_the_time_nobody_knows_who_came_in_today(house: House) -> None:
    house.tap()
    house.clock.now = replace(house.clock.now, synchronised=False)
    assert house.status().rules == Rules(0, None, None, None)


def test_an_update_is_told_while_it_runs(house: House) -> None:
    with updating.hold(house.settings.terminal.data_directory):
        assert house.status().updating
    assert not house.status().updating


def test_the_limit_is_a_setting(house: House) -> None:
    house.clock.passes(timedelta(days=2).total_seconds())
    house.settings = replace(house.settings, server=replace(house.settings.server, roster_days=1.0))
    assert house.status().news.too_old


def test_a_clock_set_wrong_does_not_change_the_age_of_the_roster(house: House) -> None:
    house.clock.passes(90)
    house.clock.now = replace(house.clock.now, at=EPOCH)
    assert house.status().news.roster_age == timedelta(seconds=90)


def test_across_boots_the_age_of_the_roster_is_the_best_known(house: House) -> None:
    house.clock.boots(SECOND_BOOT)
    house.clock.passes(3600)
    assert house.status().news.roster_age == timedelta(hours=1)


def test_an_age_that_cannot_be_is_not_told(house: House) -> None:
    house.clock.boots(SECOND_BOOT)
    house.clock.now = replace(house.clock.now, at=EPOCH, synchronised=False)
    standing = house.status()
    assert (standing.news.roster_age, standing.news.too_old) == (None, False)


def test_a_revoked_terminal_says_so_and_keeps_its_queue(house: House) -> None:
    house.tap()
    with house.engine.begin() as connection:
        link.lock(connection, NINE)
        link.set_trouble(connection, "revoked")
    standing = house.status()
    assert (standing.news.revoked, standing.news.trouble) == (True, "revoked")
    assert (standing.members, standing.queue.waiting) == (0, 1)


def test_quarantine_lists_what_staff_have_not_resolved_and_never_the_detail(house: House) -> None:
    for way in (Direction.IN, Direction.OUT, Direction.IN):
        house.tap(way)
    with house.engine.begin() as connection:
        outbox.acknowledge(connection, 3)
        rejections = [Rejection(seq, "unknown_member", f"no member {ANN}") for seq in (1, 2)]
        outbox.quarantine(connection, rejections, NINE)
        outbox.set_aside(connection, [2], NINE)
    standing = house.status()
    assert [each.seq for each in standing.queue.set_aside] == [2]
    assert standing.queue.rejected == 1
    assert str(ANN) not in as_json(standing) + as_text(standing)


@pytest.mark.parametrize("level", Level)
def test_the_disk_s_level_is_told(level: Level, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "level", lambda _: level)
    assert house.status().disk is level


def test_revocation_lists_are_judged_by_the_corrected_time(house: House) -> None:
    authority = production_authority()
    authorities, lists = house.settings.card.authorities, house.settings.card.revocation_lists
    assert house.status().lists is None
    authorities.mkdir()
    lists.mkdir()
    (authorities / "authority.crt").write_bytes(authority.certificate.public_bytes(Encoding.DER))
    (lists / "authority.crl").write_bytes(revocation_list(authority, [], NINE - timedelta(hours=1)))
    assert house.status().lists == Freshness(1, 0, 0)
    told(house, VALIDITY)
    assert house.status().lists == Freshness(0, 1, 0)


def test_a_visit_is_recorded_while_a_reader_that_does_not_answer_is_looked_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.settings = replace(house.settings, reader=Reader(Driver.PCSC))

    def looking(_: object) -> list[str]:
        house.tap()
        return []

    monkeypatch.setattr(report, "reader_names", looking)
    assert house.status().reader == "none connected"
    assert house.status().queue.waiting == 1


def test_databases_set_aside_wait_until_they_are_done(house: House) -> None:
    folder = house.settings.terminal.data_directory / RECOVERY / "7e"
    folder.mkdir(parents=True)
    assert house.status().recovery == ("7e",)
    (folder / DONE).write_text("{}")
    assert house.status().recovery == ()
