"""The server as it is started for real: from nothing, over a socket, until it is told to stop."""

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from machine.serving import Serving, serving
from machine.signing_terminal import MORNING, SigningTerminal
from server.desk.management.commands.make_reception_group import NAME

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("server") / "not" / "there" / "yet") as running:
        yield running


@pytest.fixture(scope="module")
def demo(server: Serving) -> dict[str, Any]:
    return server.demonstration(terminals=4)


def test_it_starts_from_nothing_and_is_well(server: Serving) -> None:
    answer, content = server.ask("GET", "/api/v1/health")

    assert answer.status == 200
    assert json.loads(content)["status"] == "ok"


def test_what_it_keeps_is_for_its_owner_only(server: Serving, demo: dict[str, Any]) -> None:
    server.enrolled(demo["terminals"][0]["code"])

    modes = {file.name: file.stat().st_mode & 0o077 for file in server.data.iterdir()}

    assert {"server.sqlite3", "secret_key", "card_reference_key", "static"} <= set(modes)
    assert set(modes.values()) == {0}


def test_the_group_of_reception_is_there_from_the_start(server: Serving) -> None:
    with closing(sqlite3.connect(server.data / "server.sqlite3")) as database:
        assert database.execute("SELECT name FROM auth_group").fetchall() == [(NAME,)]


def test_the_console_comes_with_its_style(server: Serving) -> None:
    _, page = server.ask("GET", "/console/login/", headers={"Accept-Language": "ja"})
    assert "受付コンソール" in page.decode()

    answer, _ = server.ask("GET", "/static/desk/console.css")
    assert (answer.status, answer.headers["Content-Type"]) == (200, 'text/css; charset="utf-8"')


def test_terminals_deliver_at_the_same_time_and_nothing_is_lost(server: Serving, demo: dict[str, Any]) -> None:
    terminals = [server.enrolled(terminal["code"]) for terminal in demo["terminals"][1:]]
    members = [UUID(demo["members"][f"active-{n}"]) for n in (1, 2, 3)]

    def deliver(terminal: SigningTerminal) -> int:
        status, told = 0, {"acknowledged": 0}
        for hour in range(10):
            at = MORNING + timedelta(hours=hour)
            batch = terminal.batch(*(record for member in members for record in terminal.stay(member, at)))
            status, told = server.post(terminal.key, str(terminal.id), terminal.events_target, batch)
            assert status == 200, told
        return told["acknowledged"]

    with ThreadPoolExecutor(len(terminals)) as pool:
        assert list(pool.map(deliver, terminals)) == [60, 60, 60]


def test_a_body_too_large_is_answered_and_not_cut_off(server: Serving) -> None:
    key = Ed25519PrivateKey.generate()

    status, told = server.post(key, "anyone", "/api/v1/enrolment", ["x" * 3 * 1024 * 1024])

    assert (status, told["code"]) == (413, "body_too_large")


def test_a_broken_request_line_does_not_stop_it(server: Serving) -> None:
    answer, _ = server.ask("GET", "/api/v1/health", headers={"Host": "elsewhere.example"})
    assert answer.status == 400

    assert server.ask("GET", "/api/v1/health")[0].status == 200
