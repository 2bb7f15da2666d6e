"""A whole facility on this machine: the central server as a process, terminals enrolled with it, delivery running.

For demonstrations and for tests of the whole. Everything lives in one folder, made anew, and listens on loopback only.
Not in here: what is done on the stage; and the server, which is started and never imported.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import rmtree
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

from kiosk import config, simulation
from kiosk.settings import Settings

FACILITY = "みどり町コワーキング"
STAFF = "staff"
_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.05
_GOODBYE_SECONDS = 10.0


class StageError(Exception):
    """A part of the stage did not come up; the sentence names its log."""


@dataclass(slots=True)
class Terminal:
    """One terminal's folder and processes. `settings` are as written to its config.toml."""

    name: str
    folder: Path
    settings: Settings
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def scenes(self) -> Path:
        return self.folder / "scenes.jsonl"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "kiosk", "--config", str(self.config), *arguments]


class Stage:
    """A context: what it started ends with it. The staff's password is new each time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.password = secrets.token_urlsafe(12)
        self.url = f"http://127.0.0.1:{_free_port()}"
        self.made: dict[str, object] = {}
        self._processes: list[tuple[str, subprocess.Popen[bytes]]] = []
        self._codes: list[str] = []

    def __enter__(self) -> Self:
        rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return self

    def __exit__(self, *error: object) -> None:
        del error
        for _, process in reversed(self._processes):
            process.send_signal(signal.SIGTERM)
        for _, process in reversed(self._processes):
            try:
                process.wait(_GOODBYE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @property
    def cards(self) -> Path:
        """The simulated cards every terminal of this stage is shown."""
        return self.folder / simulation.FOLDER

    def open_house(self, terminals: int) -> None:
        """The server with an invented facility, members, and codes for so many terminals. Raises StageError."""
        keys = self.folder / "public-keys.json"
        keys.write_text(json.dumps(dict(simulation.public_keys(self.cards))))
        house = self.folder / "house.json"
        arguments = ["--facility", FACILITY, "--terminals", str(terminals), "--public-keys", str(keys)]
        secret = {"CHECKIN_DEMO_STAFF": STAFF, "CHECKIN_DEMO_PASSWORD": self.password}
        self.start("server", self._server("--listen", self.url.removeprefix("http://")))
        self.wait_for(self._is_healthy, "server")
        self.do("house", self._server("manage", "demo_data", *arguments, "--out", str(house)), secret)
        self.made = json.loads(house.read_text())
        house.unlink()
        self._codes = [terminal["code"] for terminal in self.made.pop("terminals")]  # type: ignore[attr-defined]

    def enrol(self, name: str, settings: Settings, environment: Mapping[str, str] | None = None) -> Terminal:
        """A terminal with a code of its own, ready to run; `settings` get its folder and the server's address."""
        folder = self.folder / name
        folder.mkdir()
        settings = replace(
            settings,
            terminal=replace(settings.terminal, data_directory=folder / "data"),
            server=replace(settings.server, url=self.url),
        )
        terminal = Terminal(name, folder, settings, environment or {})
        terminal.config.write_text(config.render(settings), encoding="utf-8")
        self.do(f"{name}-enroll", terminal.command("enroll", self._codes.pop(0)))
        (folder / "data" / simulation.FOLDER).symlink_to(self.cards)
        return terminal

    def run(self, terminal: Terminal) -> subprocess.Popen[bytes]:
        """Screen and delivery; the screen's process is returned."""
        self.start(f"{terminal.name}-sync", terminal.command("sync"))
        screen = terminal.command("run", "--scene-log", str(terminal.scenes))
        return self.start(f"{terminal.name}-run", screen, terminal.environment)

    def start(
        self, name: str, command: Sequence[str], extra: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own programs
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **(extra or {})}
            )
        self._processes.append((name, process))
        return process

    def do(self, name: str, command: Sequence[str], extra: Mapping[str, str] | None = None) -> None:
        """To its end. Raises StageError unless it ends well."""
        if self.start(name, command, extra).wait(_PATIENCE_SECONDS) != 0:
            raise StageError(f"{name} failed; its words are in {self.log(name)}")

    def wait_for(self, condition: Callable[[], bool], what: str, seconds: float = _PATIENCE_SECONDS) -> None:
        """Raises StageError when `seconds` are over, or at once when a process of that name has ended."""
        deadline = time.monotonic() + seconds
        while not condition():
            ended = any(name == what and process.poll() is not None for name, process in self._processes)
            if ended or time.monotonic() > deadline:
                raise StageError(f"{what} does not come up; its words are in {self.log(what)}")
            time.sleep(_POLL_SECONDS)

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _server(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "server", "--data", str(self.folder / "server"), *arguments]

    def _is_healthy(self) -> bool:
        try:
            with urlopen(f"{self.url}/api/v1/health", timeout=5) as answer:  # noqa: S310 - our own server on loopback
                return bool(answer.status == 200)  # noqa: PLR2004
        except (URLError, OSError):
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
