"""The server as it is started for real: from nothing, over a socket, until it is told to stop."""

import json
import re
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from machine.signing_terminal import MORNING, SigningTerminal, signed
from visits.event import canonical

ROOT = Path(__file__).parents[2]
SERVER = [sys.executable, "-m", "server"]

pytestmark = pytest.mark.system


@dataclass(frozen=True, slots=True)
class Running:
    process: "subprocess.Popen[str]"
    data: Path
    port: int

    def ask(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[HTTPResponse, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, target, body or None, headers or {})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content

    def post(self, key: Ed25519PrivateKey, key_id: str, target: str, document: object) -> tuple[int, dict[str, Any]]:
        body = canonical(document) if isinstance(document, dict) else json.dumps(document).encode()
        message = signed(key, key_id, "POST", target, body)
        answer, content = self.ask("POST", target, body, message.headers)
        return answer.status, json.loads(content)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("server") / "not" / "there" / "yet"
    process = subprocess.Popen(
        [*SERVER, "--listen", "127.0.0.1:0", "--data", data], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if listening := re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", line):
            break
    else:
        pytest.fail("the server ended before it listened")
    yield Running(process, data, int(listening[1]))
    process.send_signal(signal.SIGTERM)
    rest = process.stderr.read()
    assert process.wait(timeout=30) == 0, rest
    process.stderr.close()


@pytest.fixture(scope="module")
def demo(server: Running) -> dict[str, Any]:
    command = [*SERVER, "--data", str(server.data), "manage", "demo_data", "--terminals", "4"]
    run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    made = json.loads(run.stdout)
    assert isinstance(made, dict)
    return made


def enrolled(server: Running, code: str) -> SigningTerminal:
    key = Ed25519PrivateKey.generate()
    public_key = b64encode(key.public_key().public_bytes_raw()).decode()
    status, told = server.post(key, "enrolment", "/api/v1/enrolment", {"code": code, "public_key": public_key})
    assert status == 201, told
    return SigningTerminal(UUID(told["terminal"]), key)


def test_it_starts_from_nothing_and_is_well(server: Running) -> None:
    answer, content = server.ask("GET", "/api/v1/health")

    assert answer.status == 200
    assert json.loads(content)["status"] == "ok"


def test_what_it_keeps_is_for_its_owner_only(server: Running, demo: dict[str, Any]) -> None:
    enrolled(server, demo["terminals"][0]["code"])

    modes = {file.name: file.stat().st_mode & 0o077 for file in server.data.iterdir()}

    assert {"server.sqlite3", "secret_key", "card_reference_key", "static"} <= set(modes)
    assert set(modes.values()) == {0}


def test_the_console_comes_with_its_style(server: Running) -> None:
    _, page = server.ask("GET", "/console/login/", headers={"Accept-Language": "ja"})
    assert "受付コンソール" in page.decode()

    answer, _ = server.ask("GET", "/static/desk/console.css")
    assert (answer.status, answer.headers["Content-Type"]) == (200, 'text/css; charset="utf-8"')


def test_terminals_deliver_at_the_same_time_and_nothing_is_lost(server: Running, demo: dict[str, Any]) -> None:
    terminals = [enrolled(server, terminal["code"]) for terminal in demo["terminals"][1:]]
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


def test_a_body_too_large_is_answered_and_not_cut_off(server: Running) -> None:
    key = Ed25519PrivateKey.generate()

    status, told = server.post(key, "anyone", "/api/v1/enrolment", ["x" * 3 * 1024 * 1024])

    assert (status, told["code"]) == (413, "body_too_large")


def test_a_broken_request_line_does_not_stop_it(server: Running) -> None:
    answer, _ = server.ask("GET", "/api/v1/health", headers={"Host": "elsewhere.example"})
    assert answer.status == 400

    assert server.ask("GET", "/api/v1/health")[0].status == 200
