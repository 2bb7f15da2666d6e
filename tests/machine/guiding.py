"""A test beside a terminal whose clocks and reader it has in its hands (guided_terminal), and the delivery process's part.

One member of a roster holds a card; nothing listens at the server's address.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from samples.storage import ANN, TERMINAL, member
from sqlalchemy import Engine

from cardreader.reference import card_reference
from cardreader.simulated.folder import member_credential
from kiosk import config, simulation
from kiosk.clock import SystemClock
from kiosk.settings import Doors, Driver, Reader, Screen, Settings
from kiosk.storage import link
from kiosk.storage.database import open_database
from kiosk.storage.roster import RosterStore
from kiosk.storage.rules import RulesStore
from machine.guided_terminal import ONE_CARD
from machine.waiting import until
from sync import identity
from visits.event import ServerOffset
from visits.rulebook import Rulebook, to_document

(MEMBER,) = ONE_CARD
A_READER = "Reader of plastic and wire"
SETTINGS = Settings(screen=Screen(width=1024, height=600, fullscreen=False), reader=Reader(Driver.PCSC))
_FACILITY = identity.Facility(UUID(int=7), "みどり町コワーキング")
_MUTE = {"SDL_AUDIODRIVER": "dummy"}
_REFERENCE_KEY = bytes(range(32))
_PATIENCE_SECONDS = 30.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Seen:
    title: str
    clock: str
    words: tuple[str, ...]
    targets: tuple[str, ...]
    brightness: float
    paper: tuple[float, ...]


class Guided:
    def __init__(self, process: subprocess.Popen[str], engine: Engine, log: Path) -> None:
        self.process = process
        self.log = log
        self._engine = engine
        self._rules = RulesStore(engine)
        self._error_ms = 1000

    # The test's hands

    def do(self, deed: str, *values: object, **named: object) -> Any:
        """One of guided_terminal.Hand's; its answer."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps([deed, values, named]) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def sees(self) -> Seen:
        told = self.do("sees")
        return Seen(**{name: _fixed(it) for name, it in told.items()})

    def waits_until(self, comes: Callable[[Seen], bool]) -> Seen:
        """Raises TimeoutError."""
        return self._asks_until(self.sees, comes)

    def waits_to_hear(self, question: str, answer: Callable[[Any], bool]) -> Any:
        """Raises TimeoutError."""
        return self._asks_until(lambda: self.do(question), answer)

    def waits_for(self, title: str) -> Seen:
        return self.waits_until(lambda seen: seen.title == title)

    def sets_clock(self, at: datetime, *, synchronised: bool) -> None:
        self.do("set_clock", at.isoformat(), synchronised=synchronised)

    def ends(self) -> dict[str, bool]:
        """On the service manager's word; what the process says at its end. Raises TimeoutExpired."""
        self.process.send_signal(signal.SIGTERM)
        last: dict[str, bool] = self._answer()
        assert self.process.wait(_PATIENCE_SECONDS) == 0
        return last

    # The delivery process's part

    def told_time(self, at: datetime) -> None:
        """That it is `at` at the server; more exactly than the time before, or it would not be kept."""
        counted: int = self.do("counted_ms")
        self._error_ms -= 1
        told = ServerOffset((at - _EPOCH) // timedelta(milliseconds=1) - counted, self._error_ms)
        with self._engine.begin() as connection:
            link.keep_offset(connection, SystemClock().moment().boot, told, counted)

    def told_rules(self, rulebook: Rulebook) -> None:
        self._rules.keep(self._rules.number() + 1, to_document(rulebook))

    def _asks_until(self, ask: Callable[[], _T], comes: Callable[[_T], bool]) -> _T:
        told: list[_T] = []

        def is_there() -> bool:
            told[:] = [ask()]
            return comes(told[0])

        until(is_there, "the screen never shows it", patience_seconds=_PATIENCE_SECONDS, poll_seconds=0.05)
        return told[0]

    def _answer(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        return json.loads(line)


def _fixed(told: Any) -> Any:
    return tuple(_fixed(each) for each in told) if isinstance(told, list) else told


@contextmanager
def guided(
    folder: Path,
    settings: Settings = SETTINGS,
    *,
    doors: Doors = Doors.BOTH,
    reader: str = A_READER,
    sound: Mapping[str, str] = _MUTE,
) -> Iterator[Guided]:
    """Enrolled, with a roster and no rules; on the start screen, with a clock that nothing vouches for."""
    data = folder / "data"
    identity.own_key(data)
    identity.store(data, TERMINAL, _FACILITY, _REFERENCE_KEY)
    credential = member_credential(data / simulation.FOLDER, MEMBER, datetime.now(UTC))
    engine = open_database(data)
    card = card_reference(credential.public_key, _REFERENCE_KEY)
    RosterStore(engine, SystemClock()).replace([member(ANN, name="山田 花子", cards=[card])], "1", 0)
    settings = replace(settings, terminal=replace(settings.terminal, data_directory=data, direction=doors))
    file = folder / "config.toml"
    file.write_text(config.render(settings), encoding="utf-8")
    with _process(file, reader, sound, folder / "log") as process:
        terminal = Guided(process, engine, folder / "log")
        terminal.waits_for(f"welcome.{doors.value}.title")
        yield terminal
    engine.dispose()


@contextmanager
def _process(file: Path, reader: str, sound: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {"PYTHONPATH": "tests", "SDL_VIDEODRIVER": "offscreen", **sound}
    command = [sys.executable, "-m", "machine.guided_terminal", str(file), reader]
    with (
        log.open("wb") as words,
        subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            text=True,
        ) as process,
    ):
        giving_up = threading.Timer(10 * _PATIENCE_SECONDS, process.kill)
        giving_up.start()
        try:
            yield process
        finally:
            giving_up.cancel()
            process.kill()
