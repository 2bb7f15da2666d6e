"""The command line: `kiosk run | sync | demo | enroll | rotate-key | recover | update | speak | staff-code |
check-config | status`.

Exit codes: 0 done, 1 something is wrong with this terminal, 2 wrong use or configuration; always with one sentence. Of an
update that was begun it is its command's.
Not in here: anything a command does. Each command imports what it needs, so that the screen starts without the rest.
"""

import argparse
import logging
import sys
from collections.abc import Callable
from getpass import getpass
from pathlib import Path

from cardreader.authorities import UnusableAuthority
from kiosk import config
from kiosk.disk import Shedding
from kiosk.settings import Language, LogLevel, Settings
from kiosk.storage.database import StorageError
from kiosk.ui.environment import ScreenError
from sync.address import UnsafeAddress, UnusableTrust
from sync.identity import NotEnrolled
from sync.outcome import Undelivered
from sync.secret_file import DamagedFile, ExposedFile

_LEVELS = {LogLevel.DEBUG: logging.DEBUG, LogLevel.INFO: logging.INFO, LogLevel.WARNING: logging.WARNING}
_TERMINAL_FAULT = 1
_WRONG_USE = 2


class CommandFailed(Exception):  # noqa: N818 - named for what happened
    """A command could not do its work; the sentence is for the operator."""


def main() -> None:
    """The `kiosk` command."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """One command; its exit code."""
    options = _parser().parse_args(arguments)
    try:
        settings = config.load(options.config)
        _begin_log(settings)
        code: int | None = options.command(settings, options)
    except (config.ConfigError, UnsafeAddress, UnusableTrust) as error:
        return _say(str(error), _WRONG_USE)
    except _FAULTS as error:
        return _say(_sentence(error), _TERMINAL_FAULT)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _say(f"{where}{error.strerror or error}", _TERMINAL_FAULT)
    return code or 0


def _begin_log(settings: Settings) -> None:
    """To stderr, which the service manager keeps, and less of it when the disk fills up."""
    handler = logging.StreamHandler(sys.stderr)
    if settings.terminal.data_directory.is_dir():
        handler.addFilter(Shedding(settings.terminal.data_directory))
    level = _LEVELS[settings.terminal.log_level]
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", handlers=[handler])


_FAULTS = (
    StorageError,
    ScreenError,
    UnusableAuthority,
    ExposedFile,
    DamagedFile,
    NotEnrolled,
    CommandFailed,
    Undelivered,
)


def _sentence(error: Exception) -> str:
    match error:
        case NotEnrolled():
            return "this terminal is not enrolled; run: kiosk enroll CODE"
        case Undelivered():
            return f"the server could not be asked: {type(error).__name__} {error}".rstrip()
        case _:
            return str(error)


def _say(sentence: str, code: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return code


def _run(settings: Settings, options: argparse.Namespace) -> None:
    from kiosk.composition import run_terminal  # noqa: PLC0415 - the other commands need no reader and no screen

    run_terminal(settings, scene_log=options.scene_log)


def _sync(settings: Settings, _: argparse.Namespace) -> None:
    from kiosk.delivery import run_delivery  # noqa: PLC0415

    run_delivery(settings)


def _demo(_: Settings, options: argparse.Namespace) -> None:
    from kiosk.demo import show  # noqa: PLC0415
    from kiosk.stage import StageError  # noqa: PLC0415

    try:
        show(options.directory)
    except StageError as error:
        raise CommandFailed(str(error)) from error


def _enroll(settings: Settings, options: argparse.Namespace) -> None:
    from kiosk.delivery import RecordsLeft, enrol  # noqa: PLC0415
    from sync.enrolment import AlreadyEnrolled, CodeUnknown, CodeUsedOrExpired  # noqa: PLC0415

    try:
        enrolled = enrol(settings, options.code)
    except AlreadyEnrolled as error:
        raise CommandFailed(f"this terminal is already enrolled as {error.terminal_id}") from error
    except CodeUnknown as error:
        raise CommandFailed("the server does not know this code") from error
    except CodeUsedOrExpired as error:
        raise CommandFailed("this code was used or has expired; ask the staff for a new one") from error
    except RecordsLeft as error:
        raise CommandFailed(str(error)) from error
    print(f"enrolled as {enrolled.terminal_id} at {enrolled.facility.name}")  # noqa: T201


def _rotate_key(settings: Settings, _: argparse.Namespace) -> None:
    from kiosk.delivery import rotate_key  # noqa: PLC0415

    print(f"{rotate_key(settings)} has a new key")  # noqa: T201


def _recover(settings: Settings, options: argparse.Namespace) -> None:
    from kiosk.delivery import recover_damaged  # noqa: PLC0415

    for sentence in recover_damaged(settings, options.folder):
        print(sentence)  # noqa: T201


def _update(settings: Settings, options: argparse.Namespace) -> int:
    from kiosk import updating  # noqa: PLC0415

    try:
        return updating.carry_out(settings.terminal.data_directory, (options.program, *options.arguments))
    except updating.AlreadyUpdating as error:
        raise CommandFailed("another update of this terminal is running") from error


def _speak(settings: Settings, options: argparse.Namespace) -> None:
    from kiosk import speaking  # noqa: PLC0415

    for language in options.languages or filter(speaking.has_voice, Language):
        try:
            made = speaking.make(settings, language, options.voice or speaking.VOICE)
        except speaking.SpeechNotMade as error:
            raise CommandFailed(f"{language.value}: {error}") from error
        print(f"{language.value}: {made} sentences")  # noqa: T201


def _staff_code(settings: Settings, options: argparse.Namespace) -> None:
    from kiosk import staff_code  # noqa: PLC0415

    directory = settings.terminal.data_directory
    if options.remove:
        staff_code.forget(directory)
        print("there is no staff code, and no way in for staff at the screen")  # noqa: T201
        return
    try:
        with staff_code.asked_for(getpass if sys.stdin.isatty() else _next_line) as code:
            staff_code.keep(directory, code)
    except staff_code.UnusableCode as error:
        raise CommandFailed(str(error)) from error
    except (EOFError, KeyboardInterrupt) as error:  # Ctrl-D or Ctrl-C at the question
        raise CommandFailed("no code was given; all is as it was") from error
    print("staff get in with the new code from now on")  # noqa: T201


def _next_line(_: str) -> str:
    return sys.stdin.readline().rstrip("\n")


def _check_config(settings: Settings, _: argparse.Namespace) -> None:
    from kiosk.delivery import service  # noqa: PLC0415

    service(settings.server)
    print(config.render(settings), end="")  # noqa: T201


def _status(settings: Settings, options: argparse.Namespace) -> None:
    from kiosk import printout, report  # noqa: PLC0415

    standing = report.status(settings)
    print(printout.as_json(standing) if options.json else printout.as_text(standing))  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kiosk", description="The self-service check-in terminal.")
    parser.add_argument("--config", type=Path, default=Path("config.toml"), help="default: %(default)s")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    screen = _command(commands, "run", _run, "the screen")
    screen.add_argument("--scene-log", type=Path, help="write down each scene and where it can be pressed, for tests")
    _command(commands, "sync", _sync, "delivery to the central server")
    demo = _command(commands, "demo", _demo, "a whole facility on this machine, in a window")
    demo.add_argument("--directory", type=Path, default=Path("build/demo"), help="default: %(default)s")
    enroll = _command(commands, "enroll", _enroll, "make this machine a terminal of the server")
    enroll.add_argument("code", help="the one-time code from the server's console")
    damaged = _command(commands, "recover", _recover, "deliver what can be read of databases that were damaged")
    damaged.add_argument(
        "folder", type=Path, nargs="?", help="only this one, also when it is done; default: all that wait"
    )
    _command(commands, "rotate-key", _rotate_key, "make this terminal a new key and tell the server")
    update = _command(commands, "update", _update, "run what brings this terminal up to date; the screen says so")
    update.add_argument("program", metavar="PROGRAM", help="such as script/bootstrap; its exit code is this command's")
    update.add_argument("arguments", metavar="ARGUMENT", nargs=argparse.REMAINDER)
    speech = _command(commands, "speak", _speak, "make the sentences the terminal says, for sound.speech")
    speech.add_argument("languages", type=Language, nargs="*", help="such as ja or en; default: all that have a voice")
    speech.add_argument("--voice", type=Path, help="of Open JTalk (*.htsvoice); default: that of Debian's package")
    code = _command(commands, "staff-code", _staff_code, "give staff the code for their way in at the screen")
    code.add_argument("--remove", action="store_true", help="take the code away, and the way in with it")
    _command(commands, "check-config", _check_config, "check the configuration and print it whole")
    report = _command(commands, "status", _status, "queue, server, roster and reader")
    report.add_argument("--json", action="store_true")
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    command: Callable[[Settings, argparse.Namespace], int | None],
    text: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(command=command)
    return parser


if __name__ == "__main__":
    main()
