"""A stage with a crowd: a real server, terminals and the way between them, for tests that do it harm.

Not in here: the harm, and what must hold afterwards.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import Popen
from uuid import UUID

from kiosk import config
from kiosk.demo import demo_settings
from kiosk.report import status
from kiosk.settings import Doors
from kiosk.stage import Stage, Terminal
from kiosk.storage.database import open_database
from machine.waiting import until
from sync import identity, outbox

Within = Callable[..., list[str]]
"""Makes of a command the command that runs it somewhere else."""

_TESTS = Path(__file__).parents[1]
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Door:
    """A terminal that is enrolled."""

    terminal: Terminal
    id: UUID

    @property
    def name(self) -> str:
        return self.terminal.name

    @property
    def data(self) -> Path:
        return self.terminal.settings.terminal.data_directory

    @property
    def told(self) -> Path:
        """Where the birdsongs that were heard are written down."""
        return self.terminal.folder / "told"

    def goes_by(self, url: str) -> None:
        """From its next start on it asks the server at this address."""
        settings = self.terminal.settings
        self.terminal.settings = replace(settings, server=replace(settings.server, url=url))
        self.terminal.config.write_text(config.render(self.terminal.settings), encoding="utf-8")

    def queue(self) -> outbox.QueueStanding:
        engine = open_database(self.data)
        with engine.begin() as connection:
            standing = outbox.standing(connection)
        engine.dispose()
        return standing


@dataclass(slots=True)
class House:
    stage: Stage
    members: int
    server: Popen[bytes]

    @property
    def port(self) -> int:
        return int(self.stage.url.rpartition(":")[2])

    @property
    def database(self) -> Path:
        return self.stage.folder / "server" / "server.sqlite3"

    def enrol(self, name: str, doors: Doors = Doors.BOTH) -> Door:
        terminal = self.stage.enrol(name, demo_settings(doors))
        return Door(terminal, identity.load(terminal.settings.terminal.data_directory).terminal_id)

    @contextmanager
    def delivering(self, doors: Iterable[Door], within: Mapping[str, Within] | None = None) -> Iterator[None]:
        """By the real command, unharmed; `within` what surrounds the doors of these names."""
        places = within or {}
        processes = [
            self.stage.start(f"{door.name}-sync", places.get(door.name, _anywhere)(*door.terminal.command("sync")))
            for door in doors
        ]
        try:
            yield
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
                process.wait()

    def workers(self) -> list[int]:
        """The ids of the processes that answer requests."""
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children")
        with suppress(OSError):
            return [int(pid) for pid in children.read_text().split()]
        return []

    def kill_server(self) -> int:
        """With all its processes; how many these were."""
        processes = [self.server.pid, *self.workers()]
        for pid in processes:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(processes)

    def restart_server(self, within: Within | None = None, host: str = "127.0.0.1") -> None:
        """A new one where the old one was killed; it is not waited for."""
        self.server.wait()
        command = _server(self.stage, "--listen", f"{host}:{self.port}")
        self.server = self.stage.start("server", (within or _anywhere)(*command))

    def waits_for_server(self) -> None:
        until(self.stage._is_healthy, "no server", patience_seconds=_PATIENCE_SECONDS, poll_seconds=0.1)


def each(doors: Iterable[Door], condition: Callable[[Door], bool], *, seconds: float = _PATIENCE_SECONDS) -> None:
    """Waits until it holds for all of them. Raises TimeoutError."""
    for door in doors:
        until(lambda door=door: condition(door), f"not so at {door.name}", patience_seconds=seconds, poll_seconds=0.2)  # type: ignore[misc]


def drained(door: Door) -> bool:
    """The server has acknowledged all this terminal holds."""
    return door.queue().length == 0


def knows_members(door: Door) -> bool:
    return status(door.terminal.settings).members > 0


@contextmanager
def house(folder: Path, *, terminals: int, members: int) -> Iterator[House]:
    """Codes for so many terminals, and so many members of the crowd."""
    with Stage(folder) as stage:
        stage.open_house(terminals)
        crowd = f"from machine.crowd import join; join({members})"
        stage.do("crowd", _server(stage, "manage", "shell", "-c", crowd), {"PYTHONPATH": str(_TESTS)})
        yield House(stage, members, dict(stage._processes)["server"])


def _anywhere(*command: str) -> list[str]:
    return list(command)


def _server(stage: Stage, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "server", "--data", str(stage.folder / "server"), *arguments]
