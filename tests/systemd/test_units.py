"""The units as systemd itself reads them. Not in here: whether a display comes up, which only a terminal's hardware says."""

import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands

from kiosk.__main__ import _parser
from kiosk.disk import LOW_BYTES, MEBIBYTE
from kiosk.settings import Terminal
from kiosk.storage.database import KEY

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNITS = sorted((SYSTEMD / "system").glob("*.service"))
SCREEN, DELIVERY, SERVER, CLOSING = (
    SYSTEMD / "system" / f"{name}.service"
    for name in ("checkin-terminal", "checkin-terminal-sync", "checkin-server", "checkin-server-close-day")
)
EXPOSURE_TENTHS = 30


def values(unit: Path, option: str) -> list[str]:
    return re.findall(rf"^{option}=(.*)$", unit.read_text(), re.MULTILINE)


def value(unit: Path, option: str) -> str:
    [only] = values(unit, option)
    return only


def systemd(*command: str | Path) -> str:
    """What it says on either channel; fails where it fails."""
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout


each_unit = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)


def test_there_are_units_for_screen_delivery_server_and_forgotten_check_outs() -> None:
    assert {SCREEN, DELIVERY, SERVER, CLOSING} == set(UNITS)


@each_unit
def test_systemd_finds_nothing_wrong_with_a_unit(unit: Path, tmp_path: Path) -> None:
    installed = tmp_path / unit.name
    installed.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text()))
    assert systemd("systemd-analyze", "verify", "--man=no", installed) == ""


@each_unit
def test_a_unit_is_little_exposed(unit: Path) -> None:
    systemd("systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE_TENTHS}", unit)


@pytest.mark.parametrize("unit", [SCREEN, DELIVERY, SERVER], ids=lambda unit: unit.stem)
def test_a_unit_that_lasts_is_never_given_up(unit: Path) -> None:
    assert (value(unit, "Restart"), value(unit, "StartLimitIntervalSec")) == ("always", "0")


@each_unit
def test_no_memory_dump_with_a_pin_or_a_key_reaches_the_disk(unit: Path) -> None:
    assert value(unit, "LimitCORE") == "0"


@each_unit
def test_a_unit_has_the_account_and_the_directory_that_are_made_for_it(unit: Path) -> None:
    account = value(unit, "User")
    made = (SYSTEMD / "sysusers.d" / f"{account}.conf").read_text()
    directories = (SYSTEMD / "tmpfiles.d" / f"{account}.conf").read_text().splitlines()
    directory = f"/var/lib/{value(unit, 'StateDirectory')}"
    assert f"u {account} - " in made
    assert f" {directory} " in made
    assert f"d {directory} {value(unit, 'StateDirectoryMode')} {account} {account} - -" in directories


def test_the_timer_runs_the_unit_of_its_name_every_hour_and_after_a_pause(tmp_path: Path) -> None:
    timer = CLOSING.with_suffix(".timer")
    for unit in (timer, CLOSING):
        (tmp_path / unit.name).write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text()))
    assert systemd("systemd-analyze", "verify", "--man=no", tmp_path / timer.name) == ""
    assert systemd("systemd-analyze", "calendar", value(timer, "OnCalendar")).count("*-*-* *:05:00") == 1
    assert value(timer, "Persistent") == "yes"


def test_forgotten_check_outs_are_ended_by_a_command_there_is() -> None:
    command = value(CLOSING, "ExecStart").split(" manage ")[1]
    assert command in get_commands()


@pytest.mark.parametrize("unit", [SCREEN, DELIVERY], ids=lambda unit: unit.stem)
def test_the_database_s_key_comes_from_the_credential_store_where_it_is_there(unit: Path) -> None:
    """By a name and not a path: systemd.exec(5) has a service fail only where a path does not exist."""
    name, _, stored = value(unit, "LoadCredentialEncrypted").partition(":")
    assert name == KEY
    assert "/" not in stored


def test_the_journal_gives_way_before_the_terminal_sheds_log_lines() -> None:
    journal = (SYSTEMD / "journald.conf.d" / "checkin-terminal.conf").read_text()
    [kept_free] = re.findall(r"^SystemKeepFree=(\d+)M$", journal, re.MULTILINE)
    assert int(kept_free) * MEBIBYTE > LOW_BYTES


@pytest.mark.parametrize("account", ["checkin-terminal", "checkin-server"])
def test_systemd_would_make_the_account(account: str, tmp_path: Path) -> None:
    folder = tmp_path / "etc/sysusers.d"
    folder.mkdir(parents=True)
    (folder / f"{account}.conf").write_text((SYSTEMD / "sysusers.d" / f"{account}.conf").read_text())
    assert f"Creating user '{account}'" in systemd(
        "systemd-sysusers", "--dry-run", f"--root={tmp_path}", f"{account}.conf"
    )


@pytest.mark.parametrize("unit", [SCREEN, DELIVERY], ids=["screen", "delivery"])
def test_a_terminals_unit_runs_a_command_there_is_with_the_operators_configuration(unit: Path) -> None:
    program, arguments = value(unit, "ExecStart").split("/bin/kiosk ")
    assert program.endswith("/opt/checkin-terminal/.venv")
    assert _parser().parse_args(arguments.split()).config == Path("/etc/checkin-terminal/config.toml")


def test_the_terminals_state_is_where_its_settings_put_it() -> None:
    assert Path("/var/lib", value(SCREEN, "StateDirectory")) == Terminal().data_directory
    assert value(SCREEN, "StateDirectory") == value(DELIVERY, "StateDirectory")


def test_the_process_that_sees_the_pin_has_no_network() -> None:
    assert value(SCREEN, "RestrictAddressFamilies").split() == ["AF_UNIX", "AF_NETLINK"]
    assert value(SCREEN, "IPAddressDeny") == "any"


@pytest.mark.parametrize("unit", [SCREEN, DELIVERY], ids=["screen", "delivery"])
def test_a_terminal_may_ask_whether_its_clock_is_synchronised_and_which_boot_this_is(unit: Path) -> None:
    """adjtimex(2) and /proc/sys, which two common ways of hardening take away."""
    assert values(unit, "ProtectClock") == values(unit, "ProcSubset") == []
    denied = {word for line in values(unit, "SystemCallFilter") if line.startswith("~") for word in line[1:].split()}
    granted = {word for line in values(unit, "SystemCallFilter") if line[0] != "~" for word in line.split()}
    assert "clock_adjtime" in granted or not denied & {"@clock", "@privileged"}


def test_the_compositors_failed_assertion_is_no_failure_of_the_unit() -> None:
    assert "SIGABRT" in value(SCREEN, "SuccessExitStatus").split()


def test_only_the_terminals_account_is_let_to_the_card_reader() -> None:
    [rule] = (SYSTEMD / "polkit").glob("*.rules")
    assert 'subject.user === "checkin-terminal"' in rule.read_text()
