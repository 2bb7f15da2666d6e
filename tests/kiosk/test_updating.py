"""The update that is told by a lock: who may hold it, who sees it, and what `kiosk update` gives back.

The commands are real processes; each says that it has begun by a byte in a pipe, and ends when its other pipe does.
"""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from kiosk import config
from kiosk.settings import Settings, Terminal
from kiosk.updating import FILE, AlreadyUpdating, hold, is_running

PATIENCE_SECONDS = 30
SERVICE = 65534
"""An account that is not root, and owns nothing."""

_BEGINS_AND_WAITS = "printf b; read -r _"
_as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another account for a moment")


# The lock


def test_an_update_runs_for_as_long_as_it_is_held(tmp_path: Path) -> None:
    assert not is_running(tmp_path)
    with hold(tmp_path):
        assert is_running(tmp_path)
    assert not is_running(tmp_path)


def test_the_file_that_is_left_says_nothing(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    assert not is_running(tmp_path)


def test_a_second_update_is_refused_and_leaves_the_first_alone(tmp_path: Path) -> None:
    with hold(tmp_path):
        with pytest.raises(AlreadyUpdating), hold(tmp_path):
            pytest.fail("two at once")
        assert is_running(tmp_path)


def test_an_update_ends_with_what_goes_wrong_in_it(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), hold(tmp_path):
        raise ZeroDivisionError
    assert not is_running(tmp_path)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o777])
def test_everybody_who_gets_near_may_look_whatever_the_maker_s_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with hold(tmp_path):
            assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) & 0o444 == 0o444
    finally:
        os.umask(before)


def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    is_running(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_runs_where_no_terminal_is(tmp_path: Path) -> None:
    assert not is_running(tmp_path / "nowhere")


def test_nobody_is_led_to_another_place_by_a_link(tmp_path: Path) -> None:
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"), hold(tmp_path):
        pytest.fail("followed")
    assert not (tmp_path / "elsewhere").exists()


@pytest.fixture
def service() -> Iterator[Path]:
    """The service's own data directory, in a place its account can get to."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        data = Path(folder) / "data"
        data.mkdir(mode=0o700)
        os.chown(data, SERVICE, SERVICE)
        yield data


@pytest.fixture
def as_service() -> Iterator[Callable[[], None]]:
    """Become the service's account, until the test is over."""
    yield lambda: os.seteuid(SERVICE)
    os.seteuid(0)


@_as_root
def test_the_service_sees_an_update_that_root_began(service: Path, as_service: Callable[[], None]) -> None:
    with hold(service):
        as_service()
        assert is_running(service)


@_as_root
def test_the_service_may_hold_what_root_made_before(service: Path, as_service: Callable[[], None]) -> None:
    with hold(service):
        pass
    as_service()
    with hold(service):
        assert is_running(service)


@_as_root
def test_what_the_service_cannot_open_keeps_nobody_out(service: Path, as_service: Callable[[], None]) -> None:
    with hold(service):
        (service / FILE).chmod(0)
        as_service()
        assert not is_running(service)


# While a command runs


_CARRIES_OUT = """
import signal, sys
from pathlib import Path
from kiosk.updating import carry_out
signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever runs the suite in the background has them ignored
signal.signal(signal.SIGHUP, signal.SIG_DFL)
sys.exit(carry_out(Path(sys.argv[1]), tuple(sys.argv[2:])))
"""


def carrying_out(directory: Path, program: str) -> list[str]:
    """A process of its own, since its signals become the command's; without the rest of `kiosk`, to begin at once."""
    return [sys.executable, "-c", _CARRIES_OUT, str(directory), "sh", "-c", program]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """A shell's program, which has begun; without one, it begins and waits for its end of input."""
    with ExitStack() as running:

        def start(program: str = _BEGINS_AND_WAITS) -> subprocess.Popen[bytes]:
            update = subprocess.Popen(carrying_out(tmp_path, program), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            running.enter_context(update)
            running.callback(update.kill)
            assert update.stdout is not None
            assert update.stdout.read(1) == b"b"
            return update

        yield start


@pytest.mark.parametrize(
    ("program", "code"),
    [("exit 0", 0), ("exit 77", 77), ("kill -KILL $$", 128 + signal.SIGKILL), ("kill -PIPE $$", 128 + signal.SIGPIPE)],
)
def test_the_command_s_end_is_the_update_s_as_a_shell_tells_it(tmp_path: Path, program: str, code: int) -> None:
    assert subprocess.run(carrying_out(tmp_path, program), check=False, timeout=PATIENCE_SECONDS).returncode == code


def test_where_no_terminal_is_the_command_just_runs(tmp_path: Path) -> None:
    command = carrying_out(tmp_path / "nowhere", "exit 3")
    assert subprocess.run(command, check=False, timeout=PATIENCE_SECONDS).returncode == 3
    assert list(tmp_path.iterdir()) == []


def test_members_are_told_while_the_command_runs_and_no_longer(
    tmp_path: Path, begin: Callable[..., subprocess.Popen[bytes]]
) -> None:
    update = begin()
    assert is_running(tmp_path)
    update.communicate()
    assert not is_running(tmp_path)


def test_an_update_that_is_killed_is_over(tmp_path: Path, begin: Callable[..., subprocess.Popen[bytes]]) -> None:
    update = begin()
    update.kill()
    assert update.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    assert not is_running(tmp_path)


def test_what_the_command_leaves_behind_does_not_keep_the_terminal_updating(
    tmp_path: Path, begin: Callable[..., subprocess.Popen[bytes]]
) -> None:
    update = begin("exec 9<&0; read -r _ <&9 & printf b")
    assert update.wait(PATIENCE_SECONDS) == 0
    assert not is_running(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_who_ends_the_update_ends_its_command(
    begin: Callable[..., subprocess.Popen[bytes]], number: signal.Signals
) -> None:
    update = begin(f"trap 'exit 5' {number.name.removeprefix('SIG')}; {_BEGINS_AND_WAITS}")
    update.send_signal(number)
    assert update.wait(PATIENCE_SECONDS) == 5


def test_control_c_is_left_to_the_command_which_has_it_from_the_keyboard(
    begin: Callable[..., subprocess.Popen[bytes]],
) -> None:
    update = begin(f"trap 'printf c' INT; {_BEGINS_AND_WAITS}; exit 6")
    update.send_signal(signal.SIGINT)
    told, _ = update.communicate()
    assert (update.returncode, told) == (6, b"")


def test_the_command_can_be_stopped_by_control_c(begin: Callable[..., subprocess.Popen[bytes]]) -> None:
    update = begin("printf b; kill -INT $$; read -r _")
    assert update.wait(PATIENCE_SECONDS) == 128 + signal.SIGINT


# As an operator types it


@dataclass(frozen=True, slots=True)
class House:
    """A folder with a config.toml and a data directory."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def update(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kiosk", "--config", str(self.folder / "config.toml"), "update", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.data.mkdir()
    settings = Settings(terminal=Terminal(data_directory=house.data))
    (tmp_path / "config.toml").write_text(config.render(settings), encoding="utf-8")
    return house


def test_the_command_runs_beside_the_lock_with_its_options_and_gives_its_exit_code(house: House) -> None:
    done = house.update("sh", "-c", 'ls "$0"; printf "%s " "$@"; exit 7', str(house.data), "--json", "-h", "--", "-c")
    assert (done.returncode, done.stdout, done.stderr) == (7, "updating\n--json -h -- -c ", "")


def test_without_a_command_it_is_wrong_use(house: House) -> None:
    done = house.update()
    assert done.returncode == 2
    assert "PROGRAM" in done.stderr.splitlines()[-1]


def test_a_command_that_is_not_there_is_one_sentence(house: House) -> None:
    done = house.update("no-such-program")
    assert (done.returncode, done.stderr) == (1, "no-such-program: No such file or directory\n")


def test_a_second_update_is_refused_in_one_sentence_and_runs_nothing(house: House) -> None:
    with hold(house.data):
        done = house.update("echo", "began")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "another update of this terminal is running\n")


def test_a_lock_that_cannot_be_taken_is_one_sentence_and_nothing_runs(house: House) -> None:
    (house.data / FILE).symlink_to(house.folder / "elsewhere")
    done = house.update("echo", "began")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{house.data / FILE}: Too many levels of symbolic links\n"
