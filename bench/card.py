"""What one authentication costs on the air and on this machine: `script/bench` prints it, ours beside OpenSC's PKCS#11.

Same job, same virtual slot of the real PC/SC daemon, same run: the certificate read, the PIN verified, a digest signed.
The card is simulated and takes no time of its own to speak of; its certificate has the 1,450 bytes of a real one, since
OpenSC reads it whole. Counted is what reaches the card.

The link model adds what a contactless card would add, computation apart: ISO/IEC 14443 type B, 10 etu per byte, 22 etu
for start and end of a frame, 3 bytes of prologue and check per frame, 256 bytes at most in one, chained frames
acknowledged, 0.3 ms between two frames, and 1 ms per command for USB and the reader. etu: 128 / 13.56 MHz at 106 kbit/s.
"""

import secrets
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from cardreader.cards.jpki import Authenticated, authenticate
from cardreader.cards.memory import Memory
from cardreader.drivers import open_reader
from cardreader.drivers.simulated import SimulatedReader
from cardreader.ports import Card, Reader
from cardreader.reference import card_reference
from cardreader.simulated.chip import Chip
from cardreader.simulated.credentials import Credential
from cardreader.simulated.jpki_card import JpkiCard
from machine import cards
from machine.pcscd import PcscDaemon

TAPS = 30
OWN_TAPS = 1000
CERTIFICATE_BYTES = 1450
REFERENCE_KEY = bytes(32)
_TOKEN = "JPKI (User Authentication PIN)"  # noqa: S105 - OpenSC's name for it
_ETU_106 = 128 / 13.56e6
_FRAME_ETU = 22
_FRAME_BYTES = 3
_LARGEST_FRAME = 256
_FRAME_PAUSE_SECONDS = 0.3e-3
_COMMAND_SECONDS = 1e-3


@dataclass
class Observed:
    """A chip, and how long each of its commands and answers was."""

    chip: Chip
    exchanges: list[tuple[int, int]] = field(default_factory=list)

    @property
    def atr(self) -> bytes:
        return self.chip.atr

    def power_on(self) -> None:
        self.chip.power_on()

    def power_off(self) -> None:
        self.chip.power_off()

    def reset(self) -> None:
        self.chip.reset()

    def transmit(self, command: bytes | bytearray) -> bytes:
        answer = self.chip.transmit(command)
        self.exchanges.append((len(command), len(answer)))
        return answer


@dataclass
class Timed:
    """An open card, and the time that passed waiting for it."""

    card: Card
    waited: float = 0.0

    @property
    def atr(self) -> bytes:
        return self.card.atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        begun = time.perf_counter()
        answer = self.card.transmit(command)
        self.waited += time.perf_counter() - begun
        return answer

    def close(self) -> None:
        self.card.close()


def main() -> None:
    credential = _of_real_length(cards.credential())
    with PcscDaemon() as daemon:
        opensc = _opensc(daemon, JpkiCard(credential, cards.PIN))
        _say("", "commands", "bytes", "of OpenSC's", "106 kbit/s", "424 kbit/s", "virtual slot")
        _row("OpenSC, PKCS#11", *opensc, opensc)
        for short in (False, True):
            for met, asked in ((False, True), (True, True), (True, False)):
                ours = _ours(daemon, JpkiCard(credential, cards.PIN, short_identifiers=short), met=met, asked=asked)
                _row(_title(short=short, met=met, asked=asked), *ours, opensc)
    own = _own_seconds(JpkiCard(credential, cards.PIN))
    worst = statistics.quantiles(own, n=100)[98]
    median = statistics.median(own)
    print(f"our own time per tap, card and link excluded: median {median * 1e3:.2f} ms, p99 {worst * 1e3:.2f} ms")


def _title(*, short: bool, met: bool, asked: bool) -> str:
    files = "short file ids" if short else "files selected"
    card = "proven before" if met else "first of its kind"
    return f"{files}, {card}{', tries asked' if asked else ''}"


def _opensc(daemon: PcscDaemon, chip: Chip) -> tuple[list[tuple[int, int]], float]:
    observed = Observed(chip)
    with tempfile.TemporaryDirectory() as folder, daemon.slot.holding(observed):
        source = Path(folder) / "source"
        source.write_bytes(bytes.fromhex("3031300d060960864801650304020105000420") + cards.CHALLENGE)
        command = [
            "pkcs11-tool",
            "--module",
            "opensc-pkcs11.so",
            "--token-label",
            _TOKEN,
            "--login",
            "--pin",
            cards.PIN,
        ]
        command += ["--id", "01", "--read-object", "--type", "cert", "--sign", "--mechanism", "RSA-PKCS"]
        command += ["--input-file", str(source), "--output-file", str(Path(folder) / "signature")]
        begun = time.perf_counter()
        subprocess.run(command, env=daemon.environment, capture_output=True, check=True)
        return observed.exchanges, time.perf_counter() - begun


def _ours(daemon: PcscDaemon, chip: Chip, *, met: bool, asked: bool) -> tuple[list[tuple[int, int]], float]:
    observed = Observed(chip)
    times = []
    memory = Memory()
    with daemon.slot.holding(observed):
        reader = open_reader("pcsc", daemon.slot.reader)
        if met:
            _tap(reader.connect(), memory, asked=asked)
        for _ in range(TAPS):
            observed.exchanges.clear()
            begun = time.perf_counter()
            _tap(reader.connect(), memory if met else Memory(), asked=asked)
            times.append(time.perf_counter() - begun)
        reader.close()
    return observed.exchanges, statistics.median(times)


def _tap(card: Card, memory: Memory, *, asked: bool) -> None:
    with cards.pin() as pin:
        outcome = authenticate(
            card,
            pin,
            challenge=secrets.token_bytes(32),
            now=datetime.now(UTC),
            last_try_allowed=not asked,
            memory=memory,
        )
    card.close()
    assert isinstance(outcome, Authenticated)
    card_reference(outcome.public_key, REFERENCE_KEY)


def _own_seconds(chip: Chip) -> list[float]:
    reader: Reader
    reader = held = SimulatedReader()
    held.insert(chip)
    memory = Memory()
    times = []
    for _ in range(OWN_TAPS):
        card = Timed(reader.connect())
        begun = time.perf_counter()
        _tap(card, memory, asked=True)
        times.append(time.perf_counter() - begun - card.waited)
    return times


def _of_real_length(credential: Credential) -> Credential:
    """The same card with something unused in its certificate, as real ones have more to say."""
    assert isinstance(credential.key, RSAPrivateKey)
    short = _issued(credential, b"")
    missing = CERTIFICATE_BYTES - len(short.public_bytes(Encoding.DER))
    return replace(credential, certificate=_issued(credential, bytes(missing)))


def _issued(credential: Credential, filling: bytes) -> x509.Certificate:
    old = credential.certificate
    builder = x509.CertificateBuilder(
        old.issuer, old.subject, old.public_key(), old.serial_number, old.not_valid_before_utc, old.not_valid_after_utc
    )
    unused = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.2"), filling)
    for extension in old.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    assert isinstance(credential.key, RSAPrivateKey)
    return builder.add_extension(unused, critical=False).sign(credential.key, SHA256())


def _link_seconds(exchanges: list[tuple[int, int]], speed: int) -> float:
    """`speed`: how many times 106 kbit/s."""
    return sum(
        _COMMAND_SECONDS + _way_seconds(sent, speed) + _way_seconds(received, speed) for sent, received in exchanges
    )


def _way_seconds(length: int, speed: int) -> float:
    room = _LARGEST_FRAME - _FRAME_BYTES
    frames = -(-length // room)
    acknowledged = frames - 1
    carried = length + _FRAME_BYTES * frames + _FRAME_BYTES * acknowledged
    etu = 10 * carried + _FRAME_ETU * (frames + acknowledged)
    return etu * _ETU_106 / speed + _FRAME_PAUSE_SECONDS * (frames + acknowledged)


def _row(
    title: str, exchanges: list[tuple[int, int]], seconds: float, opensc: tuple[list[tuple[int, int]], float]
) -> None:
    octets = sum(map(sum, exchanges))
    _say(
        title,
        str(len(exchanges)),
        str(octets),
        f"{octets / sum(map(sum, opensc[0])):.1%}",
        *(f"{_link_seconds(exchanges, speed) * 1e3:.0f} ms" for speed in (1, 4)),
        f"{seconds * 1e3:.1f} ms",
    )


def _say(title: str, *figures: str) -> None:
    print(f"{title:48}" + "".join(f"{figure:>13}" for figure in figures), flush=True)


if __name__ == "__main__":
    main()
