"""The server as it is started for real: a process of its own on a free port, asked over a socket.

Not in here: what is asked of it.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from machine.signing_terminal import SigningTerminal, signed
from machine.waiting import until
from visits.event import canonical

ROOT = Path(__file__).parents[2]
SERVER = [sys.executable, "-m", "server"]


class NotServingError(Exception):
    """It ended before it listened, or not as it should; with what it said."""


@dataclass(frozen=True, slots=True)
class Serving:
    process: "subprocess.Popen[bytes]"
    data: Path
    port: int
    environment: Mapping[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[HTTPResponse, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, target, body or None, headers or {})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content

    def get(
        self, terminal: SigningTerminal, target: str, headers: dict[str, str] | None = None
    ) -> tuple[HTTPResponse, bytes]:
        """Signed by the terminal."""
        message = signed(terminal.key, str(terminal.id), "GET", target, b"")
        return self.ask("GET", target, headers={**message.headers, **(headers or {})})

    def post(self, key: Ed25519PrivateKey, key_id: str, target: str, document: object) -> tuple[int, dict[str, Any]]:
        body = canonical(document) if isinstance(document, dict) else json.dumps(document).encode()
        message = signed(key, key_id, "POST", target, body)
        answer, content = self.ask("POST", target, body, message.headers)
        return answer.status, json.loads(content)

    def enrolled(self, code: str) -> SigningTerminal:
        key = Ed25519PrivateKey.generate()
        public_key = b64encode(key.public_key().public_bytes_raw()).decode()
        status, told = self.post(key, "enrolment", "/api/v1/enrolment", {"code": code, "public_key": public_key})
        assert status == 201, told
        return SigningTerminal(UUID(told["terminal"]), key)

    def manage(self, *arguments: str) -> str:
        """What a Django command says."""
        command = [*SERVER, "--data", str(self.data), "manage", *arguments]
        environment = {**os.environ, **self.environment}
        run = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
        return run.stdout

    def demonstration(self, terminals: int) -> dict[str, Any]:
        """An invented facility with members and codes for so many terminals."""
        made = json.loads(self.manage("demo_data", "--terminals", str(terminals)))
        assert isinstance(made, dict)
        return made


@contextmanager
def serving(data: Path, environment: Mapping[str, str] | None = None) -> Iterator[Serving]:
    """Raises NotServingError, also where it does not end well."""
    with tempfile.NamedTemporaryFile("w+") as log:
        process = subprocess.Popen(
            [*SERVER, "--listen", "127.0.0.1:0", "--data", str(data)],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stderr=log,
        )
        try:
            yield Serving(process, data, _port(process, Path(log.name)), environment or {})
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
        if process.returncode != 0:
            raise NotServingError(Path(log.name).read_text())


def _port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    """As soon as it listens."""
    listening = re.compile(r"Listening at: http://127\.0\.0\.1:(\d+)")
    until(
        lambda: process.poll() is not None or listening.search(log.read_text()) is not None,
        "the server does not come up",
        patience_seconds=60,
        poll_seconds=0.05,
    )
    found = listening.search(log.read_text())
    if found is None:
        raise NotServingError(log.read_text())
    return int(found[1])
