"""What a terminal finds when it looks itself over, for staff: each part, and whether somebody must see to it."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from kiosk import report
from kiosk.disk import Level
from kiosk.flow.checks import Check, Finding, Value
from kiosk.report import Clocks, News, Queue, Rules, Standing
from kiosk.rounds import checks_of, look_over
from kiosk.settings import Card, Settings, Terminal
from kiosk.storage.database import DATABASE, open_database
from visits.event import ServerOffset

WHEN = (("day", date(2026, 11, 22)), ("time", "09:00"))
NINE = datetime(2026, 11, 22, tzinfo=UTC)
LATE_EVENING = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
OFFSET = ServerOffset(1, 12)
HEALTHY = Standing(
    queue=Queue(0, None, 41, 0, ()),
    news=News(NINE, None, revoked=False, roster_pulled=NINE, roster_age=timedelta(seconds=3), too_old=False),
    members=120,
    inside=7,
    rules=Rules(0, None, None, None),
    clocks=Clocks(True, OFFSET, told_ago=timedelta(minutes=1), ahead=timedelta(0)),
    disk=Level.OK,
)


def found(standing: Standing) -> dict[str, Check]:
    return {check.finding.value.partition(".")[0]: check for check in checks_of(standing)}


def with_news(**changes: Any) -> Standing:
    return replace(HEALTHY, news=replace(HEALTHY.news, **changes))


def with_clocks(offset: ServerOffset | None, *, synchronised: bool) -> Standing:
    return replace(HEALTHY, clocks=replace(HEALTHY.clocks, synchronised=synchronised, offset=offset))


def test_each_part_is_told_once_and_in_the_same_order() -> None:
    assert list(found(HEALTHY)) == ["server", "queue", "roster", "clock", "disk"]


def test_where_nothing_is_wrong_nobody_need_do_anything() -> None:
    assert all(check.good for check in checks_of(HEALTHY))


def check(finding: Finding, good: bool, *values: tuple[str, Value]) -> Check:
    return Check(finding, good=good, values=values)


@pytest.mark.parametrize(
    ("part", "standing", "expected"),
    [
        ("server", HEALTHY, check(Finding.SERVER_HEARD, True, *WHEN)),
        ("server", with_news(last_contact=None), check(Finding.SERVER_NEVER, False)),
        ("server", with_news(trouble="tls"), check(Finding.SERVER_TROUBLE, False, ("word", "tls"))),
        ("server", with_news(trouble="of later"), check(Finding.SERVER_TROUBLE, False, ("word", "other"))),
        ("queue", HEALTHY, check(Finding.QUEUE_EMPTY, True)),
        (
            "queue",
            replace(HEALTHY, queue=Queue(3, NINE, 41, 0, ())),
            check(Finding.QUEUE_WAITING, True, ("count", "3"), *WHEN),
        ),
        (
            "queue",
            replace(HEALTHY, queue=Queue(3, NINE, 41, 2, ())),
            check(Finding.QUEUE_REJECTED, False, ("count", "2")),
        ),
        ("roster", HEALTHY, check(Finding.ROSTER_FRESH, True, ("count", "120"), *WHEN)),
        ("roster", with_news(too_old=True), check(Finding.ROSTER_OLD, False, ("count", "120"), *WHEN)),
        ("roster", with_news(roster_pulled=None), check(Finding.ROSTER_MISSING, False)),
        ("clock", with_clocks(None, synchronised=True), check(Finding.CLOCK_VOUCHED, True)),
        ("clock", with_clocks(OFFSET, synchronised=False), check(Finding.CLOCK_VOUCHED, True)),
        ("clock", with_clocks(None, synchronised=False), check(Finding.CLOCK_ALONE, False)),
        ("disk", HEALTHY, check(Finding.DISK_ROOM, True)),
        *(("disk", replace(HEALTHY, disk=level), check(Finding.DISK_FULL, False)) for level in set(Level) - {Level.OK}),
    ],
    ids=lambda value: value.finding.value if isinstance(value, Check) else "",
)
def test_a_part_is_found_as_it_is(part: str, standing: Standing, expected: Check) -> None:
    assert found(standing)[part] == expected


def test_times_are_the_house_s() -> None:
    heard = found(with_news(last_contact=LATE_EVENING))["server"]
    assert heard.values == (("day", date(2026, 11, 22)), ("time", "00:30"))


# The whole terminal


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(terminal=Terminal(data_directory=tmp_path))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """The terminal's own, which is open as long as it is."""
    engine = open_database(tmp_path)
    yield engine
    engine.dispose()


def test_reader_and_sound_are_looked_at_first(engine: Engine, settings: Settings) -> None:
    reader, sound, *rest = look_over(engine, settings, reader="ACS ACR1252", has_sound=True)
    assert reader == Check(Finding.READER_READY, good=True, values=(("name", "ACS ACR1252"),))
    assert sound == Check(Finding.SOUND_READY, good=True)
    assert len(rest) == 5


def test_without_a_sound_device_staff_are_told(engine: Engine, settings: Settings) -> None:
    assert look_over(engine, settings, reader=None, has_sound=False)[1] == Check(Finding.SOUND_MISSING, good=False)


def test_where_no_reader_is_open_it_is_missing(engine: Engine, settings: Settings) -> None:
    assert look_over(engine, settings, reader=None, has_sound=True)[0] == Check(Finding.READER_MISSING, good=False)


@pytest.mark.parametrize("slow", ["reader_names", "ListFolder", "open_database"])
def test_nothing_is_asked_that_may_keep_a_visit_waiting(
    slow: str, engine: Engine, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service of readers that hangs never answers, large lists take seconds, and who opens a database syncs."""
    asked: list[object] = []
    monkeypatch.setattr(report, slow, lambda *names: asked.append(names))
    with_lists = replace(settings, card=Card(revocation_lists=tmp_path))
    assert all(
        check.finding is not Finding.STORAGE_UNREADABLE
        for check in look_over(engine, with_lists, reader=None, has_sound=True)
    )
    assert asked == []


def test_a_database_that_cannot_be_read_leaves_reader_and_sound_told(engine: Engine, settings: Settings) -> None:
    engine.dispose()
    (settings.terminal.data_directory / DATABASE).write_bytes(os.urandom(8192))
    reader, sound, storage = look_over(engine, settings, reader="ACS ACR1252", has_sound=True)
    assert (reader.good, sound.good) == (True, True)
    assert storage == Check(Finding.STORAGE_UNREADABLE, good=False)
