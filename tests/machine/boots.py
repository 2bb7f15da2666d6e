"""One boot of a terminal, with a boot id, a time since boot and a wall clock of its own that a test turns at will.

The processes are real: libfaketime shifts their wall clock and nothing else, namespaces give them boot id and boot time.
Needs root. Not in here: which way the clock is turned.
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, unique
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Self
from uuid import UUID

from kiosk.storage import link
from kiosk.storage.database import open_database
from machine.house import Door
from machine.waiting import until
from visits.decision import Direction

_TESTS = Path(__file__).parents[1]
_SHIM = "libfaketime.so.1"
_UPTIME_SECONDS = 5
_PATIENCE_SECONDS = 60.0


@unique
class Turn(Enum):
    """What a clock may be turned to; the values are libfaketime's."""

    RIGHT = "+0"
    THE_EPOCH = "@1970-01-01 00:00:30"
    A_DAY_BACK = "-1d"
    AN_HOUR_ON = "+1h"
    TEN_YEARS_ON = "+10y"


def missing() -> str | None:
    """What this machine lacks for boots of their own."""
    if os.geteuid() != 0:
        return "namespaces of mounts and time need root"
    if not _shims():
        return "Debian's faketime is not installed"
    return None


@dataclass(slots=True)
class Boot:
    """A context: at its end all of its processes are killed. `id` is a new boot's, as the kernel would draw it."""

    door: Door
    id: UUID
    folder: Path
    _began: int = field(init=False)
    _processes: list[Popen[str]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._began = _UPTIME_SECONDS - int(time.clock_gettime(time.CLOCK_BOOTTIME))
        self.folder.mkdir()
        self._identity.write_text(f"{self.id}\n")
        self.turn(Turn.RIGHT)
        return self

    def __exit__(self, *error: object) -> None:
        del error
        for process in self._processes:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()

    def turn(self, turn: Turn) -> None:
        """The wall clock of all of this boot's processes, from now on."""
        draft = self.folder / "clock.new"
        draft.write_text(f"{turn.value}\n")
        draft.replace(self._clock)

    def goes_to_the_door(self) -> "Hand":
        command = [*self.door.terminal.command()[:1], "-m", "machine.tapper", str(self.door.terminal.config)]
        return Hand(self._start(command, stdin=PIPE, stdout=PIPE))

    def has_contact(self) -> None:
        """Delivery runs, and has been told the server's time."""
        log = (self.folder / "sync.log").open("w")
        with log:
            self._start(self.door.terminal.command("sync"), stdout=log, stderr=log)
        until(self._knows_the_servers_time, "no contact", patience_seconds=_PATIENCE_SECONDS, poll_seconds=0.1)

    def _knows_the_servers_time(self) -> bool:
        engine = open_database(self.door.data)
        with engine.begin() as connection:
            known = link.offset(connection, self.id)
        engine.dispose()
        return known is not None

    def _start(self, command: list[str], **streams: object) -> Popen[str]:
        clock = {
            "LD_PRELOAD": _shims()[-1],
            "FAKETIME_TIMESTAMP_FILE": self._clock,
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_NO_CACHE": "1",
            "PYTHONPATH": _TESTS,
        }
        own_boot = ["unshare", "--mount", "--time", "--boottime", str(self._began), "sh", "-c"]
        with_id = 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec env "$@"'
        line = [*own_boot, with_id, str(self._identity), *_assignments(clock), *command]
        process = Popen(line, text=True, **streams)  # type: ignore[call-overload]
        self._processes.append(process)
        return process  # type: ignore[no-any-return]

    @property
    def _identity(self) -> Path:
        return self.folder / "boot_id"

    @property
    def _clock(self) -> Path:
        return self.folder / "clock"


@dataclass(frozen=True, slots=True)
class Hand:
    """Someone at the door, who gives one member's card after another."""

    process: Popen[str]

    def ready(self) -> None:
        self._expect("ready")

    def tap(self, way: Direction, member: int) -> None:
        """Returns when the visit is on disk."""
        assert self.process.stdin
        self.process.stdin.write(f"{way.value} {member}\n")
        self.process.stdin.flush()
        self._expect("recorded")

    def _expect(self, word: str) -> None:
        assert self.process.stdout
        answer = self.process.stdout.readline().strip()
        if answer != word:
            raise AssertionError(f"{answer or 'it ended'} instead of {word}")


def _shims() -> list[str]:
    return sorted(str(path) for path in Path("/usr/lib").glob(f"*/faketime/{_SHIM}"))


def _assignments(values: Mapping[str, object]) -> list[str]:
    return [f"{name}={value}" for name, value in values.items()]
