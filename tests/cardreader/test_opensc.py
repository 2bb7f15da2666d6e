"""OpenSC, which knows real My Number Cards, takes the simulated one for real."""

import hashlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cardreader.cards.jpki import Authenticated, Reason, Refused
from cardreader.drivers import open_reader
from cardreader.simulated.jpki_card import JpkiCard
from machine import cards
from machine.cards import PIN, WRONG_PIN
from machine.pcscd import PcscDaemon

pytestmark = pytest.mark.system
TOKEN = "JPKI (User Authentication PIN)"


class Programs:
    """OpenSC's and OpenSSL's command lines, on one card in the first virtual reader."""

    def __init__(self, daemon: PcscDaemon, chip: JpkiCard) -> None:
        self._daemon = daemon
        self.chip = chip

    def run(self, *command: str) -> str:
        done = subprocess.run(command, env=self._daemon.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sign(self, pin: str, source: Path, signature: Path) -> subprocess.CompletedProcess[str]:
        pkcs11 = ["pkcs11-tool", "--module", "opensc-pkcs11.so", "--token-label", TOKEN, "--login", "--pin", pin]
        files = ["--input-file", str(source), "--output-file", str(signature)]
        sign = ["--sign", "--id", "01", "--mechanism", "RSA-PKCS", *files]
        return subprocess.run(
            [*pkcs11, *sign], env=self._daemon.environment, capture_output=True, text=True, check=False
        )


@pytest.fixture
def programs() -> Iterator[Programs]:
    chip = cards.card()
    with PcscDaemon() as daemon, daemon.slot.holding(chip):
        yield Programs(daemon, chip)


def test_it_is_recognised(programs: Programs) -> None:
    assert programs.run("opensc-tool", "--reader", "0", "--name").strip() == "jpki"


def test_both_keys_and_both_counters_are_seen(programs: Programs) -> None:
    listing = programs.run("pkcs15-tool", "--reader", "0", "--list-keys", "--list-pins")
    assert "Private RSA Key [User Authentication Key]" in listing
    assert "Private RSA Key [Digital Signature Key]" in listing
    assert [line.split()[-1] for line in listing.splitlines() if "Tries left" in line] == ["3", "5"]


def test_the_certificate_it_reads_is_the_cards(programs: Programs) -> None:
    pem = programs.run("pkcs15-tool", "--reader", "0", "--read-certificate", "01")
    assert x509.load_pem_x509_certificate(pem.encode()) == cards.credential().certificate


def test_openssl_verifies_what_the_card_signs(programs: Programs, tmp_path: Path) -> None:
    message, information, signature, key = (tmp_path / name for name in ("message", "digest", "signature", "key.pem"))
    message.write_bytes(b"hello")
    prefix = bytes.fromhex("3031300d060960864801650304020105000420")
    information.write_bytes(prefix + hashlib.sha256(b"hello").digest())
    public_key = cards.credential().key.public_key()
    key.write_bytes(public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert programs.sign(PIN, information, signature).returncode == 0
    verify = ("openssl", "dgst", "-sha256", "-verify", str(key), "-signature", str(signature), str(message))
    assert programs.run(*verify).strip() == "Verified OK"


def test_a_wrong_pin_counted_by_opensc_is_seen_by_us(programs: Programs, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"0")
    failed = programs.sign(WRONG_PIN, source, tmp_path / "signature")
    assert "CKR_PIN_INCORRECT" in failed.stderr
    reader = open_reader("pcsc", "00 00")
    card = reader.connect()
    assert cards.authenticated(card, WRONG_PIN) == Refused(Reason.WRONG_PIN, 1)
    card.close()
    reader.close()


def test_a_card_that_opensc_blocked_stays_blocked_for_the_right_pin(programs: Programs, tmp_path: Path) -> None:
    source, signature = tmp_path / "source", tmp_path / "signature"
    source.write_bytes(b"0")
    for _ in range(3):
        assert "CKR_PIN" in programs.sign(WRONG_PIN, source, signature).stderr
    assert programs.sign(PIN, source, signature).returncode != 0
    assert programs.chip.tries_left == 0
    reader = open_reader("pcsc", "00 00")
    card = reader.connect()
    assert cards.authenticated(card) == Refused(Reason.PIN_BLOCKED, 0)
    card.close()
    reader.close()


def test_opensc_does_not_find_the_card_open_after_us(programs: Programs, tmp_path: Path) -> None:
    reader = open_reader("pcsc", "00 00")
    card = reader.connect()
    assert isinstance(cards.authenticated(card), Authenticated)
    card.close()
    reader.close()
    script = ["00A4040C0AD392F000260100000001", "00A4020C020017", "802A0080023000" + "00"]
    arguments = [argument for apdu in script for argument in ("--send-apdu", apdu)]
    told = programs.run("opensc-tool", "--reader", "0", *arguments)
    assert re.findall(r"SW1=(0x\w\w), SW2=(0x\w\w)", told) == [("0x90", "0x00"), ("0x90", "0x00"), ("0x69", "0x82")]
