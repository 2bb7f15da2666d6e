"""Delivery as its process is put together: what it keeps in the terminal's database, and what it refuses to begin with."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from kiosk.__main__ import run
from kiosk.delivery import LinkNotes, assembled, run_delivery
from kiosk.settings import Server, Settings, Terminal
from kiosk.storage import link, suspicion
from kiosk.storage.database import open_database
from kiosk.storage.upkeep import Upkeep
from sync import agent, identity
from sync.address import UnsafeAddress, UnusableTrust
from sync.clock import Measured
from sync.envelope import BootOffset
from sync.identity import Facility, NotEnrolled
from visits.event import ServerOffset

BOOT = UUID("1b4e28ba-2fa1-41d2-883f-0016d3cca427")
NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)


class Busy(Exception):  # noqa: N818 - as the driver would raise it
    sqlite_errorcode = 5


@pytest.fixture(autouse=True)
def _no_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own process goes on ending by Ctrl-C."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    identity.own_key(tmp_path)
    identity.store(tmp_path, UUID(int=7), Facility(UUID(int=1), "みどり町コワーキング"), bytes(32))
    return Settings(terminal=Terminal(data_directory=tmp_path), server=Server(url="http://127.0.0.1:1"))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path)
    yield engine
    engine.dispose()


def test_what_was_measured_is_known_in_the_same_boot_only(engine: Engine) -> None:
    with engine.begin() as connection:
        LinkNotes(BOOT).keep_offset(connection, Measured(1795309000000, 3, 12345))
        assert LinkNotes(BOOT).offset(connection) == BootOffset(BOOT, 1795309000000, 3)
        assert LinkNotes(UUID(int=2)).offset(connection) is None
        assert link.offset(connection, BOOT) == ServerOffset(1795309000000, 3)


def test_locking_and_trouble_are_seen_by_the_screen(engine: Engine) -> None:
    notes = LinkNotes(BOOT)
    with engine.begin() as connection:
        notes.lock(connection, NOW)
        notes.set_trouble(connection, "revoked")
        assert (notes.revoked(connection), link.trouble(connection)) == (True, "revoked")
        notes.unlock(connection)
        notes.set_trouble(connection, None)
        assert (link.revoked(connection), link.trouble(connection)) == (False, None)


def test_every_kind_of_work_has_a_lane(settings: Settings) -> None:
    with assembled(settings) as delivery:
        assert [lane.name for lane in delivery.lanes] == ["delivery", "roster", "rules", "key", "recovery", "upkeep"]


def test_damage_that_either_process_meets_ends_delivery_in_the_orderly_way(settings: Settings, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'terminal.data_directory = "{tmp_path}"\nserver.url = "{settings.server.url}"\n')
    command = [sys.executable, "-m", "kiosk", "--config", str(config), "sync"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        for _ in range(60):  # one that is noted before the database is opened is looked into, and gone
            (tmp_path / suspicion.FILE).touch()
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.5)
                break
        process.kill()
    assert process.returncode == 0


def test_a_database_that_is_busy_ends_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    turned = Event()

    def busy(_: Upkeep) -> None:
        turned.set()
        raise OperationalError("SELECT", {}, Busy("database is locked"))

    monkeypatch.setattr(Upkeep, "turn", busy)
    monkeypatch.setattr(agent, "_PATIENCE_SECONDS", 0.0)
    with assembled(settings) as delivery:
        running = Thread(target=delivery.run)
        running.start()
        assert turned.wait(10)
        assert running.is_alive()
        delivery.stop()
        running.join()


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"url": "http://checkin.example.jp"}, UnsafeAddress),
        ({"ca_file": "/nowhere.pem"}, UnusableTrust),
        ({"fingerprint": "12"}, UnusableTrust),
    ],
    ids=str,
)
def test_what_cannot_be_trusted_is_refused_before_the_first_request(
    settings: Settings, change: dict[str, str], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        run_delivery(replace(settings, server=replace(settings.server, **change)))  # type: ignore[arg-type]


def test_without_an_identity_nothing_begins(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / identity.IDENTITY_FILE).unlink()
    with pytest.raises(NotEnrolled):
        run_delivery(settings)


def test_a_new_key_is_used_from_the_next_request_on(settings: Settings, tmp_path: Path) -> None:
    identity.next_key(tmp_path)
    with assembled(settings) as delivery:
        before = delivery._parts.sign_head(1, bytes(32))
        identity.adopt_next_key(tmp_path, NOW)
        assert delivery._parts.sign_head(1, bytes(32)) != before


@pytest.mark.parametrize(
    ("setting", "code", "sentence"),
    [
        ('ca_file = "/nowhere.pem"', 2, "server.ca_file: /nowhere.pem: No such file or directory"),
        ('fingerprint = "12"', 2, "server.fingerprint must be 64 hexadecimal digits"),
        ("", 1, "the server could not be asked: Unreachable"),
    ],
    ids=["authority", "fingerprint", "nobody there"],
)
def test_rotate_key_says_in_one_sentence_what_stands_in_its_way(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], setting: str, code: int, sentence: str
) -> None:
    before = identity.own_key(tmp_path).private_bytes_raw()
    written = tmp_path / "config.toml"
    written.write_text(
        f'[terminal]\ndata_directory = "{tmp_path}"\n[server]\nurl = "{settings.server.url}"\n{setting}\n'
    )
    assert run(["--config", str(written), "rotate-key"]) == code
    assert capsys.readouterr().err.strip().splitlines()[-1] == sentence
    assert identity.own_key(tmp_path).private_bytes_raw() == before
