"""`python -m kiosk ...` as an operator runs it: an exit code and one sentence, never a traceback."""

import errno
import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest.mock import Mock
from uuid import UUID

import pytest
from samples.storage import ANN, NOT_CHECKED, HandClock, card_of, member

from kiosk import __main__, config
from kiosk.__main__ import run
from kiosk.settings import Driver, Reader, Server, Settings, Terminal
from kiosk.staff_code import CODE_FILE
from kiosk.storage import link
from kiosk.storage.database import DATABASE, KEY, open_database
from kiosk.storage.roster import RosterStore
from kiosk.storage.visitbook import VisitBook
from sync import identity, outbox
from sync.identity import Facility
from visits.decision import Direction

TERMINAL = UUID("5f3c2f7e-5b1a-4d4e-9a51-0c2a4ce0a0b1")
FACILITY = Facility(UUID(int=7), "みどり町コワーキング")
NOBODY = "http://127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    stdout: str
    stderr: str


@dataclass
class House:
    """A folder with a config.toml, and the command run on it."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def configure(self, url: str = NOBODY) -> None:
        settings = Settings(
            terminal=Terminal(data_directory=self.data), reader=Reader(Driver.SIMULATED), server=Server(url)
        )
        self.config.write_text(config.render(settings), encoding="utf-8")

    def enrol(self) -> None:
        identity.own_key(self.data)
        identity.store(self.data, TERMINAL, FACILITY, bytes(32))

    def kiosk(self, *arguments: str) -> Ended:
        """In this process, where an exception nobody turned into a sentence fails the test."""
        self.capture.readouterr()
        try:
            code = run(["--config", str(self.config), *arguments])
        except SystemExit as usage:  # argparse's way
            code = int(str(usage.code))
        return Ended(code, *self.capture.readouterr())

    def process(self, *arguments: str) -> Ended:
        command = [sys.executable, "-m", "kiosk", "--config", str(self.config), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def house(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> House:
    house = House(tmp_path, capfd)
    house.configure()
    return house


@pytest.fixture
def serve() -> Iterator[Callable[[int, str], str]]:
    """A server that refuses everything with this status and code; gives its address."""
    servers = []

    def start(status: int, code: str) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.dumps({"code": code}).encode()
                self.send_response_only(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


def complaint(done: Ended, code: int) -> str:
    """The one sentence of a command that failed with this exit code."""
    assert (done.code, done.stdout) == (code, ""), done.stderr
    (sentence,) = done.stderr.splitlines()
    return sentence


def at_home(sentence: str, house: House) -> str:
    return sentence.replace(str(house.folder), "HOME")


# As a process


def test_a_process_that_ends_well(house: House) -> None:
    done = house.process("check-config")
    assert (done.code, done.stdout, done.stderr) == (0, house.config.read_text(encoding="utf-8"), "")


def test_a_process_with_a_wrong_configuration(house: House) -> None:
    house.config.write_text("=")
    assert at_home(complaint(house.process("run"), 2), house).startswith("HOME/config.toml: is not TOML: ")


def test_a_process_on_a_terminal_that_is_not_enrolled(house: House) -> None:
    assert complaint(house.process("run"), 1) == "this terminal is not enrolled; run: kiosk enroll CODE"


def test_a_process_on_a_damaged_database(house: House) -> None:
    house.enrol()
    open_database(house.data).dispose()
    (house.data / DATABASE).write_bytes(os.urandom(8192))
    assert "cannot be opened with its key: its first page is damaged" in complaint(house.process("status"), 1)


def test_the_screen_s_process_loads_no_http_library() -> None:
    script = (
        "import sys, kiosk.__main__, kiosk.composition; print({'requests', 'urllib3', 'django'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == "set()\n"


# Wrong use or configuration: 2


def test_without_a_configuration(house: House) -> None:
    house.config.unlink()
    assert at_home(complaint(house.kiosk("status"), 2), house) == (
        "HOME/config.toml: cannot be read: No such file or directory"
    )


def test_with_mistakes_in_the_configuration_each_has_its_line(house: House) -> None:
    house.config.write_text("[sound]\nvolume = 2\nvolum = 1\n")
    done = house.kiosk("run")
    assert (done.code, done.stdout) == (2, "")
    assert at_home(done.stderr, house).splitlines() == [
        "HOME/config.toml: sound.volum is not a setting; did you mean volume?",
        "HOME/config.toml: sound.volume must be from 0 to 1, not 2",
    ]


@pytest.mark.parametrize("command", [["sync"], ["enroll", "ABCD"], ["check-config"]], ids=lambda words: words[0])
def test_a_server_address_without_encryption_is_refused(command: list[str], house: House) -> None:
    house.configure("http://checkin.example.jp")
    house.enrol() if command == ["sync"] else None
    assert complaint(house.kiosk(*command), 2) == "the server address must be https, except on this machine itself"


@pytest.mark.parametrize("arguments", [[], ["fly"], ["enroll"], ["status", "--xml"]], ids=" ".join)
def test_wrong_words_get_the_usage(arguments: list[str], house: House) -> None:
    done = house.kiosk(*arguments)
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: kiosk ")


def test_a_good_configuration_is_printed_whole(house: House) -> None:
    done = house.kiosk("check-config")
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout == house.config.read_text(encoding="utf-8")


# Something is wrong with this terminal: 1


@pytest.mark.parametrize("command", ["run", "sync", "status"])
def test_a_terminal_that_is_not_enrolled(command: str, house: House) -> None:
    assert complaint(house.kiosk(command), 1) == "this terminal is not enrolled; run: kiosk enroll CODE"


def test_a_screen_nobody_could_see_is_not_opened(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.enrol()
    for name in ("DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    assert complaint(house.kiosk("run"), 1) == "there is no display: DISPLAY is not set"


def test_a_missing_font_is_named_with_its_package(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.enrol()
    monkeypatch.setenv("SDL_VIDEODRIVER", "offscreen")
    text = house.config.read_text(encoding="utf-8")
    house.config.write_text(re.sub(r"(?m)^font_file = .*$", 'font_file = "/nowhere.ttf"', text), encoding="utf-8")
    assert complaint(house.kiosk("run"), 1) == (
        "there is no font /nowhere.ttf; install the package fonts-morisawa-bizud-gothic"
    )


def test_a_missing_font_of_the_house_s_own_language_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.enrol()
    monkeypatch.setenv("SDL_VIDEODRIVER", "offscreen")
    text = house.config.read_text(encoding="utf-8")
    korean = re.sub(r"(?m)^korean_font_file = .*$", 'korean_font_file = "/nowhere.ttf"', text)
    house.config.write_text(re.sub(r"(?m)^language = .*$", 'language = "ko"', korean), encoding="utf-8")
    assert complaint(house.kiosk("run"), 1) == "there is no font for the language ko; script/bootstrap installs it"


def test_a_key_others_may_read_is_not_used(house: House) -> None:
    house.enrol()
    (house.data / identity.KEY_FILE).chmod(0o644)
    assert at_home(complaint(house.kiosk("status"), 1), house) == (
        "HOME/data/terminal.key has mode 0644, others may read it; it must be 0600"
    )


def test_a_damaged_identity(house: House) -> None:
    house.enrol()
    (house.data / identity.IDENTITY_FILE).write_text("{")
    assert at_home(complaint(house.kiosk("status"), 1), house) == "HOME/data/terminal.json is damaged"


def test_random_bytes_in_the_place_of_the_database_are_told_and_left_where_they_are(house: House) -> None:
    house.enrol()
    open_database(house.data).dispose()
    (house.data / DATABASE).write_bytes(os.urandom(8192))
    assert at_home(complaint(house.kiosk("status"), 1), house) == (
        "HOME/data/terminal.db cannot be opened with its key: its first page is damaged"
    )


def test_the_screen_puts_a_damaged_database_aside_and_starts_with_a_fresh_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    house.enrol()
    open_database(house.data).dispose()
    (house.data / DATABASE).write_bytes(os.urandom(8192))
    done = house.kiosk("run")
    assert (done.code, done.stderr.splitlines()[-1]) == (1, "there is no display: DISPLAY is not set")
    assert identity.load(house.data).terminal_id != TERMINAL
    found = json.loads(house.kiosk("status", "--json").stdout)
    assert (found["queued"], found["recovery"]) == (0, [str(TERMINAL)])


def test_a_database_damaged_in_its_middle(house: House) -> None:
    house.enrol()
    open_database(house.data).dispose()
    path = house.data / DATABASE
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + os.urandom(len(whole) - 4096))
    assert at_home(complaint(house.kiosk("status"), 1), house).startswith("HOME/data/terminal.db cannot be ")


def test_another_key_than_the_database_s(house: House) -> None:
    house.enrol()
    open_database(house.data).dispose()
    (house.data / KEY).write_bytes(bytes(32))
    assert "cannot be opened with its key" in complaint(house.kiosk("status"), 1)


@pytest.mark.parametrize("command", [["status"], ["run"], ["sync"], ["enroll", "ABCD"]], ids=lambda words: words[0])
def test_a_file_in_the_place_of_the_data_directory(command: list[str], house: House) -> None:
    house.data.write_text("")
    assert at_home(complaint(house.kiosk(*command), 1), house).startswith("HOME/data")


def test_a_disk_that_is_full(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert complaint(house.kiosk("enroll", "ABCD"), 1) == "No space left on device"


# Enrolment


def test_enrolling_where_no_server_answers(house: House) -> None:
    assert complaint(house.kiosk("enroll", "ABCD"), 1) == "the server could not be asked: Unreachable"


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (404, "code_unknown", "the server does not know this code"),
        (409, "code_used_or_expired", "this code was used or has expired; ask the staff for a new one"),
        (422, "invalid_request", "the server could not be asked: Refused 422 invalid_request"),
    ],
)
def test_a_code_the_server_does_not_take(
    status: int, code: str, sentence: str, house: House, serve: Callable[[int, str], str]
) -> None:
    house.configure(serve(status, code))
    assert complaint(house.kiosk("enroll", "全角コード"), 1) == sentence


@pytest.mark.parametrize("lost", [identity.KEY_FILE, identity.IDENTITY_FILE])
def test_records_of_an_identity_that_is_gone_do_not_get_in_front_of_a_new_one_s(
    lost: str, house: House, serve: Callable[[int, str], str]
) -> None:
    house.configure(serve(404, "code_unknown"))
    house.enrol()
    engine = open_database(house.data)
    with engine.begin() as connection:
        outbox.append(connection, 1, bytes(32), "{}")
    (house.data / lost).unlink()
    assert at_home(complaint(house.kiosk("enroll", "ABCD"), 1), house) == (
        "HOME/data/terminal.db holds visits of a terminal whose identity is gone; keep HOME/data elsewhere and enrol "
        "with an empty one"
    )
    engine.dispose()


def test_a_database_without_records_is_no_obstacle(house: House, serve: Callable[[int, str], str]) -> None:
    house.configure(serve(404, "code_unknown"))
    open_database(house.data).dispose()
    assert complaint(house.kiosk("enroll", "ABCD"), 1) == "the server does not know this code"


def test_a_terminal_already_enrolled(house: House) -> None:
    house.enrol()
    assert complaint(house.kiosk("enroll", "ABCD"), 1) == f"this terminal is already enrolled as {TERMINAL}"


# Its standing


@pytest.fixture
def busy(house: House) -> House:
    """Three visits, one of them delivered; two members, one of them inside."""
    house.enrol()
    clock = HandClock()
    engine = open_database(house.data)
    since = "2026-11-21T23:00:00.000Z"
    RosterStore(engine, clock).replace([member(ANN), member(UUID(int=2), inside_since=since)], "1", 0)
    book = VisitBook(engine, terminal=TERMINAL, clock=clock, fresh=timedelta(0))
    for way in (Direction.IN, Direction.OUT, Direction.IN):
        book.tap(way, card_of(ANN), NOT_CHECKED)
        clock.passes(60)
    with engine.begin() as connection:
        outbox.acknowledge(connection, 1)
        outbox.contacted(connection, clock.now.at)
    engine.dispose()
    return house


def test_the_standing_for_programs(busy: House) -> None:
    done = busy.kiosk("status", "--json")
    assert (done.code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    told = {
        "terminal": str(TERMINAL),
        "facility": "みどり町コワーキング",
        "queued": 2,
        "oldest": "2026-11-22T00:01:00.000Z",
        "acknowledged": 1,
        "last_contact": "2026-11-22T00:03:00.000Z",
        "members": 2,
        "inside": 1,
        "roster_pulled": "2026-11-22T00:00:00.000Z",
        "reader": "simulated",
    }
    assert {key: found[key] for key in told} == told


def test_the_standing_for_people(busy: House) -> None:
    done = busy.kiosk("status")
    assert (done.code, done.stderr) == (0, "")
    assert "2 waiting, oldest 2026-11-22" in done.stdout


def test_a_terminal_in_trouble_has_told_how_it_stands_and_that_is_no_error(busy: House) -> None:
    with open_database(busy.data).begin() as connection:
        link.lock(connection, datetime(2026, 11, 22, tzinfo=UTC))
        link.set_trouble(connection, "revoked")
    done = busy.kiosk("status")
    assert (done.code, done.stderr) == (0, "")
    assert "REVOKED" in done.stdout


def test_the_standing_of_a_new_terminal(house: House) -> None:
    house.enrol()
    found = json.loads(house.kiosk("status", "--json").stdout)
    assert (found["queued"], found["oldest"], found["last_contact"], found["roster_pulled"]) == (0, None, None, None)


def test_the_standing_names_no_member(busy: House) -> None:
    assert str(ANN) not in busy.kiosk("status", "--json").stdout


# Staff's code


def gives(house: House, monkeypatch: pytest.MonkeyPatch, *lines: str) -> Ended:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    return house.kiosk("staff-code")


def test_staff_are_given_a_code_that_is_written_nowhere(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.enrol()
    done = gives(house, monkeypatch, "27182818", "27182818")
    assert (done.code, done.stdout, done.stderr) == (0, "staff get in with the new code from now on\n", "")
    file = house.data / CODE_FILE
    assert file.stat().st_mode & 0o777 == 0o600
    assert "27182818" not in file.read_text()


def test_at_a_keyboard_the_code_is_asked_for_without_an_echo(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.enrol()
    keyboard = io.StringIO()
    monkeypatch.setattr(keyboard, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", keyboard)
    monkeypatch.setattr(__main__, "getpass", lambda _: "27182818")
    assert house.kiosk("staff-code").code == 0


@pytest.mark.parametrize("given_up", [EOFError, KeyboardInterrupt], ids=["Ctrl-D", "Ctrl-C"])
def test_whoever_gives_no_code_after_all_is_told_so(
    given_up: type[BaseException], house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.enrol()
    keyboard = io.StringIO()
    monkeypatch.setattr(keyboard, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", keyboard)
    monkeypatch.setattr(__main__, "getpass", Mock(side_effect=given_up))
    assert complaint(house.kiosk("staff-code"), 1) == "no code was given; all is as it was"
    assert not (house.data / CODE_FILE).exists()


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["27182818", "27182819"], "the two codes are not the same"),
        (["2718", "2718"], "a staff code has eight digits"),
        ([], "a staff code has eight digits"),
        (["12345678", "12345678"], "others would guess this staff code; take another"),
    ],
    ids=["two", "short", "nothing", "guessable"],
)
def test_a_code_that_is_not_taken(
    lines: list[str], sentence: str, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.enrol()
    assert complaint(gives(house, monkeypatch, *lines), 1) == sentence
    assert not (house.data / CODE_FILE).exists()


def test_a_code_for_a_terminal_that_has_no_place_for_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert complaint(gives(house, monkeypatch, "27182818", "27182818"), 1).endswith("No such file or directory")


def test_the_way_in_for_staff_is_taken_away_with_the_code(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.enrol()
    gives(house, monkeypatch, "27182818", "27182818")
    done = house.kiosk("staff-code", "--remove")
    assert (done.code, done.stdout, done.stderr) == (
        0,
        "there is no staff code, and no way in for staff at the screen\n",
        "",
    )
    assert not (house.data / CODE_FILE).exists()


def test_a_code_is_never_taken_from_the_command_line(house: House) -> None:
    assert house.kiosk("staff-code", "27182818").code == 2
