"""`python -m cardreader` as an operator or a script meets it: one answer on standard output, and an exit code."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cardreader.__main__ import PUBLIC_PROBE_KEY, main
from cardreader.reference import card_reference
from cardreader.simulated.other_cards import ForeignCard, MuteCard
from machine import cards
from machine.cards import PIN, WRONG_PIN
from machine.pcscd import PcscDaemon

pytestmark = pytest.mark.system
READ = ("read", "--driver", "pcsc", "--pin-stdin")


@pytest.fixture(scope="module")
def daemon() -> Iterator[PcscDaemon]:
    with PcscDaemon() as running:
        yield running


@pytest.fixture
def no_service(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "PCSCLITE_CSOCK_NAME": str(tmp_path / "nobody listens here")}


def run(where: PcscDaemon | dict[str, str], *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cardreader", *arguments],
        env=where if isinstance(where, dict) else where.environment,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


@contextmanager
def simulating(daemon: PcscDaemon, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "cardreader", "simulate", "--vpcd", str(daemon.slot.port), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait()
            daemon.slot.wait_out()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()


def test_a_right_pin_gives_one_object_with_the_figures(daemon: PcscDaemon) -> None:
    with daemon.slot.holding(cards.card()):
        done = run(daemon, *READ, "--reader", "00 00", typed=f"{PIN}\n")
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    found = report(done)
    assert found.pop("milliseconds") > 0
    assert found == {
        "card_ref": card_reference(cards.credential().public_key, PUBLIC_PROBE_KEY).hex(),
        "verified": True,
        "tries_left": 3,
        "apdus": 11,
        "bytes_sent": 126,
        "bytes_received": 808,
    }


def test_the_public_probe_key_is_warned_of(daemon: PcscDaemon) -> None:
    with daemon.slot.holding(cards.card()):
        done = run(daemon, *READ, typed=PIN)
    assert "public probe key" in done.stderr


def test_a_reference_key_of_ones_own_is_used_without_warning(daemon: PcscDaemon, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(bytes(range(40)))
    with daemon.slot.holding(cards.card()):
        done = run(daemon, *READ, "--reference-key-file", str(key), typed=PIN)
    assert report(done)["card_ref"] == card_reference(cards.credential().public_key, bytes(range(40))).hex()
    assert done.stderr == ""


def test_a_wrong_pin_is_refused_with_the_tries_left(daemon: PcscDaemon) -> None:
    with daemon.slot.holding(cards.card()):
        done = run(daemon, *READ, typed=WRONG_PIN)
    assert done.returncode == 3
    assert report(done) == {"refused": "wrong_pin", "tries_left": 2}


def test_the_last_try_is_left_to_the_member(daemon: PcscDaemon) -> None:
    with daemon.slot.holding(cards.card()):
        outcomes = [report(run(daemon, *READ, typed=WRONG_PIN)) for _ in range(3)]
    assert outcomes[2] == {"refused": "last_try", "tries_left": 1}


def test_another_card_is_refused(daemon: PcscDaemon) -> None:
    with daemon.slot.holding(ForeignCard()):
        done = run(daemon, *READ, typed=PIN)
    assert done.returncode == 3
    assert report(done) == {"refused": "not_my_number_card", "tries_left": None}


def test_no_card_in_time_is_one_sentence(daemon: PcscDaemon) -> None:
    done = run(daemon, *READ, "--wait", "0.01", typed=PIN)
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.splitlines()[-1] == "cardreader: no card was held to 'Virtual PCD 00 00'"


def test_a_missing_reader_is_one_sentence(daemon: PcscDaemon) -> None:
    done = run(daemon, *READ, "--reader", "RC-S300", typed=PIN)
    assert (done.returncode, done.stdout) == (4, "")
    assert "no reader's name contains 'RC-S300'" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("typed", ["", "407\n", "40711\n", "40a1\n"], ids=["nothing", "three", "five", "a letter"])
def test_what_is_no_pin_is_wrong_usage_and_not_repeated(daemon: PcscDaemon, typed: str) -> None:
    done = run(daemon, *READ, typed=typed)
    assert (done.returncode, done.stdout) == (2, "")
    assert "a PIN of 4 digits" in done.stderr
    assert not typed or typed.strip() not in done.stderr


def test_the_pin_shows_nowhere(daemon: PcscDaemon) -> None:
    with daemon.slot.holding(cards.card()):
        done = run(daemon, *READ, typed=PIN)
    assert f'"{PIN}"' not in done.stdout + done.stderr
    assert f" {PIN}" not in done.stdout + done.stderr


def test_a_short_reference_key_is_wrong_usage(daemon: PcscDaemon, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(bytes(31))
    done = run(daemon, *READ, "--reference-key-file", str(key), typed=PIN)
    assert done.returncode == 2
    assert "31 bytes" in done.stderr


def test_a_simulated_card_is_read_and_stays_the_same_card(daemon: PcscDaemon, tmp_path: Path) -> None:
    references = []
    for _ in range(2):
        with simulating(daemon, "--pin", PIN, "--member", "hanako", "--cards", str(tmp_path)) as process:
            assert first_line(process).startswith("the card of hanako is in the virtual reader")
            references.append(report(run(daemon, *READ, "--wait", "10", typed=PIN))["card_ref"])
    assert references[0] == references[1]


def test_the_pin_of_a_simulated_card_is_not_saved(daemon: PcscDaemon, tmp_path: Path) -> None:
    with simulating(daemon, "--pin", PIN, "--cards", str(tmp_path)) as process:
        first_line(process)
    assert {path.name for path in tmp_path.iterdir()} == {"authority.pem", "member-test.pem"}
    outside_pem = re.compile(r"-----BEGIN ([A-Z ]+)-----[^-]*-----END \1-----\n")
    assert all(outside_pem.sub("", path.read_text()) == "" for path in tmp_path.iterdir())


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_simulated_card_is_taken_out_by_a_signal(daemon: PcscDaemon, tmp_path: Path, stop: signal.Signals) -> None:
    with simulating(daemon, "--pin", PIN, "--cards", str(tmp_path)) as process:
        first_line(process)
        process.send_signal(stop)
        assert process.wait() == 0


def test_a_simulated_card_needs_a_virtual_reader(daemon: PcscDaemon, tmp_path: Path) -> None:
    done = run(daemon, "simulate", "--vpcd", "1", "--pin", PIN, "--cards", str(tmp_path))
    assert done.returncode == 4
    assert "at port 1" in done.stderr


def test_a_simulated_card_needs_four_digits(daemon: PcscDaemon, tmp_path: Path) -> None:
    done = run(daemon, "simulate", "--vpcd", "1", "--pin", "12345", "--cards", str(tmp_path))
    assert done.returncode == 2
    assert "12345" not in done.stderr


def test_probe_says_what_is_on_each_reader(daemon: PcscDaemon) -> None:
    with daemon.slot.holding(cards.card()), daemon.other_slot.holding(ForeignCard()):
        done = run(daemon, "probe")
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["Virtual PCD 00 00: my number card", "Virtual PCD 00 01: other card"]


def test_probe_gives_the_same_as_json(daemon: PcscDaemon) -> None:
    with daemon.slot.holding(MuteCard()):
        done = run(daemon, "probe", "--json")
    assert report(done) == {
        "readers": [
            {"name": "Virtual PCD 00 00", "found": "unresponsive_card"},
            {"name": "Virtual PCD 00 01", "found": "nothing"},
        ],
        "problem": None,
        "advice": None,
    }


def test_without_the_service_probe_says_how_to_start_it(no_service: dict[str, str]) -> None:
    done = run(no_service, "probe")
    assert done.returncode == 4
    assert "systemctl enable --now pcscd.socket" in done.stdout


def test_without_the_service_reading_is_one_sentence(no_service: dict[str, str]) -> None:
    done = run(no_service, *READ, typed=PIN)
    assert (done.returncode, done.stdout) == (4, "")
    assert "the smart card service cannot be reached" in done.stderr.splitlines()[-1]


def test_without_a_reader_probe_says_what_to_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cardreader.probe.reader_names", list)
    assert main(["probe"]) == 4
    assert "Plug it in" in capsys.readouterr().out
