"""`python -m cardreader` as an operator or a script meets it: one answer on standard output, and an exit code."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from cardreader.__main__ import main
from cardreader.cli.answers import Exit
from cardreader.cli.read import PUBLIC_PROBE_KEY
from cardreader.reference import card_reference
from cardreader.simulated.authority import revocation_list
from cardreader.simulated.foreign_cards import bank_card
from cardreader.simulated.other_cards import ForeignCard, MuteCard
from machine import cards
from machine.cards import PIN, WRONG_PIN
from machine.facility import KEYS
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
    with daemon.slot.holding(cards.card()), daemon.other_slot.holding(bank_card()):
        done = run(daemon, "probe")
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["pcsc Virtual PCD 00 00: my number card", "pcsc Virtual PCD 00 01: bank card"]


def test_probe_gives_the_same_as_json(daemon: PcscDaemon) -> None:
    with daemon.slot.holding(MuteCard()):
        done = run(daemon, "probe", "--json")
    assert report(done) == {
        "readers": [
            {
                "driver": "pcsc",
                "name": "Virtual PCD 00 00",
                "found": "unresponsive_card",
                "advice": "Hold one card alone, flat and still",
            },
            {"driver": "pcsc", "name": "Virtual PCD 00 01", "found": "nothing", "advice": None},
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


def test_traffic_is_shown_with_a_warning_and_without_the_pin(daemon: PcscDaemon) -> None:
    with daemon.slot.holding(cards.card()):
        done = run(daemon, *READ, "--traffic", typed=PIN)
    assert done.stderr.startswith("WARNING every command to a card is logged")
    assert "TRAFFIC > 00 20 00 80 04 [4 bytes]\n" in done.stderr
    assert PIN.encode().hex(" ") not in done.stderr


def test_without_being_chosen_no_traffic_is_shown(daemon: PcscDaemon) -> None:
    with daemon.slot.holding(cards.card()):
        assert "TRAFFIC" not in run(daemon, *READ, typed=PIN).stderr


def test_a_card_is_recorded_and_its_transcript_replays(daemon: PcscDaemon, tmp_path: Path) -> None:
    file = str(tmp_path / "card.jsonl")
    with daemon.slot.holding(cards.card()):
        done = run(daemon, "record", "--pin-stdin", "--json", file, typed=PIN)
    assert (done.returncode, report(done)) == (0, {"file": file, "outcome": "authenticated", "exchanges": 11})
    replayed = run(daemon, "replay", "--json", file)
    assert replayed.returncode == 0
    assert report(replayed) == {
        "exchanges": 11,
        "outcome": "authenticated",
        "recorded_outcome": "authenticated",
        "expected": None,
        "sent": None,
    }


def test_a_replay_that_differs_has_its_own_exit_code(daemon: PcscDaemon, tmp_path: Path) -> None:
    file = tmp_path / "card.jsonl"
    with daemon.slot.holding(cards.card()):
        run(daemon, "record", "--pin-stdin", str(file), typed=PIN)
    file.write_text(file.read_text().replace("00200080", "00200081"))
    done = run(daemon, "replay", str(file))
    assert done.returncode == 6
    assert "expected: 00200081\nsent: 00 20 00 80\n" in done.stdout


def test_no_transcript_is_overwritten_and_no_pin_spent_for_it(daemon: PcscDaemon, tmp_path: Path) -> None:
    file = tmp_path / "card.jsonl"
    file.write_text("mine")
    card = cards.card()
    with daemon.slot.holding(card):
        done = run(daemon, "record", "--pin-stdin", str(file), typed=WRONG_PIN)
    assert (done.returncode, file.read_text(), card.tries_left) == (2, "mine", 3)


def test_what_is_no_transcript_is_wrong_usage(daemon: PcscDaemon, tmp_path: Path) -> None:
    file = tmp_path / "card.jsonl"
    file.write_text('{"transcript": 1}')
    done = run(daemon, "replay", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("line 1 is not that of a transcript\n")


def authorities(folder: Path) -> tuple[str, str]:
    (folder / "authority.pem").write_bytes(cards.authority().certificate.public_bytes(Encoding.PEM))
    return "--authorities", str(folder)


def test_a_card_of_an_installed_authority_could_be_linked(daemon: PcscDaemon, tmp_path: Path) -> None:
    with daemon.slot.holding(cards.card()):
        done = run(daemon, "link", "--pin-stdin", "--json", "--tests-allowed", *authorities(tmp_path), typed=PIN)
    fingerprint = cards.authority().certificate.fingerprint(SHA256()).hex()
    assert done.returncode == 0
    assert report(done) == {"linkable": True, "authority": fingerprint, "revocation": "not_checked"}


def test_a_card_of_a_test_authority_cannot_be_linked(daemon: PcscDaemon, tmp_path: Path) -> None:
    with daemon.slot.holding(cards.card()):
        done = run(daemon, "link", "--pin-stdin", *authorities(tmp_path), typed=PIN)
    assert (done.returncode, done.stdout) == (3, "distrusted: test_hierarchy\n")


def test_a_revoked_card_cannot_be_linked(daemon: PcscDaemon, tmp_path: Path) -> None:
    serial = cards.credential().certificate.serial_number
    (tmp_path / "today.crl").write_bytes(revocation_list(cards.authority(), [serial], datetime.now(UTC)))
    trust = ("--tests-allowed", *authorities(tmp_path), "--crl-folder", str(tmp_path))
    with daemon.slot.holding(cards.card()):
        done = run(daemon, "link", "--pin-stdin", *trust, typed=PIN)
    assert (done.returncode, done.stdout) == (3, "distrusted: revoked\n")
    assert str(serial) not in done.stdout + done.stderr


def test_without_authorities_linking_is_wrong_usage(daemon: PcscDaemon, tmp_path: Path) -> None:
    done = run(daemon, "link", "--pin-stdin", "--authorities", str(tmp_path), typed=PIN)
    assert done.returncode == 2
    assert "holds no authority's certificate" in done.stderr


def test_other_kinds_of_cards_are_simulated_and_named_too(daemon: PcscDaemon, tmp_path: Path) -> None:
    with simulating(daemon, "--kind", "bank-card") as process:
        assert first_line(process) == f"a bank-card card is in the virtual reader at port {daemon.slot.port}\n"
        done = run(daemon, "record", "--pin-stdin", "--wait", "10", "--json", str(tmp_path / "card"), typed=PIN)
    assert report(done)["outcome"] == "bank_card"


def test_a_card_on_the_air_is_read_by_nfcpy(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "cardreader",
        "simulate",
        "--udp",
        "--json",
        "--pin",
        PIN,
        "--cards",
        str(tmp_path),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        place = json.loads(first_line(process))["place"]
        read = ("read", "--driver", "nfcpy", "--reader", place, "--pin-stdin", "--wait", "10")
        done = run(dict(os.environ), *read, typed=PIN)
        process.terminate()
        assert process.wait() == 0
    assert (done.returncode, report(done)["verified"]) == (0, True)


def test_a_facility_card_is_read_with_the_facilitys_keys(daemon: PcscDaemon, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.touch(0o600)
    keys.write_text(
        json.dumps(
            {
                "application": KEYS.application.hex(),
                "key_number": KEYS.key_number,
                "file_number": KEYS.file_number,
                "system": KEYS.system.decode(),
                "master_key": KEYS.master_key.hex(),
            }
        )
    )
    with simulating(daemon, "--kind", "facility", "--facility-keys", str(keys)) as process:
        assert first_line(process).startswith("the card of test is in the virtual reader")
        done = run(daemon, *READ, "--wait", "10", "--facility-keys", str(keys), typed=PIN)
        without = run(daemon, *READ, typed=PIN)
    assert (done.returncode, report(done)["facility_card"], without.returncode) == (0, True, 3)


def test_facility_keys_that_others_may_read_are_wrong_usage(daemon: PcscDaemon, tmp_path: Path) -> None:
    (tmp_path / "keys").touch(0o644)
    done = run(daemon, *READ, "--facility-keys", str(tmp_path / "keys"), typed=PIN)
    assert done.returncode == 2
    assert "others may read it" in done.stderr


@pytest.mark.parametrize(
    ("kind", "needs"), [("my-number", "--pin"), ("phone", "--pin"), ("facility", "--facility-keys")], ids=str
)
def test_a_kind_of_card_says_what_it_needs(no_service: dict[str, str], kind: str, needs: str) -> None:
    done = run(no_service, "simulate", "--udp", "--kind", kind)
    assert (done.returncode, done.stderr) == (2, f"cardreader: --kind {kind} needs {needs}\n")


@pytest.mark.parametrize("command", ["probe", "read", "link", "record", "replay", "simulate"])
def test_every_command_tells_its_exit_codes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert [code for code in Exit if f" {int(code)} " not in told.split("exit codes:")[1]] == []
    assert "--json" in told
