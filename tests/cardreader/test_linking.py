"""The one reading of a card in full, when it is linked to a member (A3, A16, A27)."""

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from cardreader.authorities import Distrust, Trust
from cardreader.cards.jpki import Reason, Refused, select_application
from cardreader.errors import ApduError, MalformedCertificate
from cardreader.linking import Distrusted, Linkable, Presented, judge, parse_certificate, present, read_certificate
from cardreader.revocation.source import Revocation
from cardreader.simulated.chip import Chip
from cardreader.simulated.credentials import KeyKind
from cardreader.simulated.jpki_card import JpkiCard
from cardreader.simulated.other_cards import ForeignCard, phone
from machine.cards import CHALLENGE, NOW, PIN, WRONG_PIN, authority, card, credential, pin

CERTIFICATE_FILE = "00a4020c02000a"
AUTHORITY_FILE = "00a4020c02000b"
TRUST = Trust(tuple(authority(kind).certificate for kind in KeyKind), tests_allowed=True)
KINDS = pytest.mark.parametrize("kind", KeyKind, ids=lambda kind: kind.value)


@dataclass
class Powered:
    """An open connection to `chip` that keeps what was sent and may answer some READs itself, by their offset."""

    chip: Chip
    reads: dict[int, bytes] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chip.power_on()

    @property
    def atr(self) -> bytes:
        return self.chip.atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        self.commands.append(command.hex())
        offset = int.from_bytes(command[2:4])
        if command[1] == 0xB0 and offset in self.reads:
            return self.reads[offset] + b"\x90\x00"
        return self.chip.transmit(command)

    def close(self) -> None:
        self.chip.power_off()


@dataclass
class Saying:
    """A revocation source that always says the same, and keeps when it was asked about what."""

    word: Revocation
    asked: list[tuple[x509.Certificate, x509.Certificate, datetime]] = field(default_factory=list)

    def of_certificate(self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Revocation:
        self.asked.append((certificate, issuer, now))
        return self.word

    def at_tap(self, serial: int, issuer: bytes, now: datetime) -> Revocation:
        raise AssertionError("not asked when a card is linked")


def presented(connection: Powered, digits: str = PIN) -> Presented | Refused:
    return present(connection, pin(digits), challenge=CHALLENGE, now=NOW, last_try_allowed=False)


HANAKO = Presented(credential().public_key, credential().certificate)


def opened(chip: JpkiCard, reads: dict[int, bytes] | None = None) -> Powered:
    connection = Powered(chip, reads or {})
    assert select_application(connection)
    return connection


@KINDS
def test_a_card_is_presented_with_its_key_and_its_whole_certificate(kind: KeyKind) -> None:
    held = credential(kind=kind)
    assert presented(Powered(JpkiCard(held, PIN))) == Presented(held.public_key, held.certificate)


def test_the_whole_certificate_is_read_after_the_pin() -> None:
    connection = Powered(card())
    presented(connection)
    verified = next(at for at, sent in enumerate(connection.commands) if sent.startswith("0020008004"))
    assert CERTIFICATE_FILE in connection.commands[verified:]


def test_the_authoritys_certificate_on_the_card_is_never_looked_at() -> None:
    connection = Powered(card())
    presented(connection)
    assert AUTHORITY_FILE not in connection.commands


def test_a_wrong_pin_is_refused_and_nothing_more_is_read() -> None:
    connection = Powered(card())
    assert presented(connection, WRONG_PIN) == Refused(Reason.WRONG_PIN, 2)
    assert connection.commands[-1].startswith("0020008004")


@pytest.mark.parametrize(
    ("chip", "reason"),
    [
        pytest.param(phone(credential(), PIN), Reason.PHONE, id="a phone"),
        pytest.param(ForeignCard(), Reason.NOT_MY_NUMBER_CARD, id="another card"),
    ],
)
def test_what_cannot_check_in_cannot_be_linked_either(chip: Chip, reason: Reason) -> None:
    assert presented(Powered(chip)) == Refused(reason, None)


def test_another_certificate_at_the_second_reading_is_not_linked() -> None:
    other = credential("taro").certificate.public_bytes(Encoding.DER).ljust(2048, b"\0")

    class Turning(Powered):
        def transmit(self, command: bytes | bytearray) -> bytes:
            if command[1] == 0x20 and len(command) > 5:
                self.reads = {offset: other[offset : offset + 256] for offset in range(0, 1024, 256)}
                end = 4 + int.from_bytes(other[2:4])
                self.reads[1024] = other[1024:end]
            return super().transmit(command)

    with pytest.raises(MalformedCertificate, match="not that of the key"):
        presented(Turning(card()))


def test_the_certificate_is_read_without_the_padding_of_its_file() -> None:
    assert read_certificate(opened(card())) == credential().certificate.public_bytes(Encoding.DER)


def test_a_hidden_certificate_can_be_read_after_the_pin() -> None:
    chip = JpkiCard(credential(), PIN, certificate_hidden=True)
    connection = opened(chip)
    with pytest.raises(ApduError) as caught:
        read_certificate(connection)
    assert caught.value.status == 0x6982
    connection.transmit(bytes.fromhex("00a4020c020018"))
    connection.transmit(b"\x00\x20\x00\x80\x04" + PIN.encode())
    assert read_certificate(connection) == credential().certificate.public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    "reads",
    [
        pytest.param({0: b""}, id="nothing"),
        pytest.param({0: bytes(256)}, id="zeros"),
        pytest.param({0: b"\x30\x82\x04"}, id="a part of a length"),
        pytest.param({0: b"\x30\x82\xff\xff" + bytes(252)}, id="longer than any certificate"),
        pytest.param({256: b""}, id="an end in the middle"),
    ],
)
def test_a_file_that_holds_no_whole_certificate_is_malformed(reads: dict[int, bytes]) -> None:
    with pytest.raises(MalformedCertificate):
        read_certificate(opened(card(), reads))


DER = credential().certificate.public_bytes(Encoding.DER)
VERSION_3 = bytes.fromhex("a003020102")
SERIAL = credential().certificate.serial_number.to_bytes(4)


@pytest.mark.parametrize(
    "der",
    [
        pytest.param(b"", id="empty"),
        pytest.param(bytes.fromhex("308200040000"), id="no fields"),
        pytest.param(DER[:-1], id="cut short"),
        pytest.param(DER[:-300] + bytes(300), id="zeros at its end"),
        pytest.param(DER.replace(VERSION_3, bytes.fromhex("a003020109"), 1), id="a version there is not"),
        pytest.param(DER.replace(SERIAL, b"\xff" + SERIAL[1:], 1), id="a negative number"),
        pytest.param(DER.replace(b"\x17\r250707000000Z", b"\x17\r259907000000Z", 1), id="a month there is not"),
        pytest.param(credential("taro").certificate.public_bytes(Encoding.DER), id="another card's"),
    ],
)
def test_what_is_not_the_certificate_of_the_key_is_malformed(der: bytes) -> None:
    assert parse_certificate(DER, credential().public_key) == credential().certificate
    assert der != DER
    with pytest.raises(MalformedCertificate):
        parse_certificate(der, credential().public_key)


@pytest.mark.filterwarnings("ignore:Attribute's length")  # a name damaged in its kind is still a name
@given(changes=st.lists(st.tuples(st.integers(0, len(DER) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_certificate_is_malformed_or_not_believed(changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(DER)
    for at, value in changes:
        damaged[at] = value
    try:
        judged = TRUST.authority_of(parse_certificate(bytes(damaged), credential().public_key), NOW)
    except MalformedCertificate:
        return
    assert isinstance(judged, Distrust) or damaged == DER


@KINDS
def test_a_believed_card_can_be_linked(kind: KeyKind) -> None:
    held, issuer = credential(kind=kind), authority(kind).certificate
    source = Saying(Revocation.GOOD)
    assert judge(Presented(held.public_key, held.certificate), TRUST, source, NOW) == Linkable(
        public_key=held.public_key,
        valid_until=held.certificate.not_valid_after_utc,
        authority=issuer.fingerprint(SHA256()),
        revocation=Revocation.GOOD,
    )
    assert source.asked == [(held.certificate, issuer, NOW)]


@pytest.mark.parametrize("word", set(Revocation) - {Revocation.REVOKED}, ids=lambda word: word.value)
def test_what_the_source_said_travels_with_the_card(word: Revocation) -> None:
    outcome = judge(HANAKO, TRUST, Saying(word), NOW)
    assert isinstance(outcome, Linkable)
    assert outcome.revocation is word


def test_a_revoked_card_is_not_linked() -> None:
    assert judge(HANAKO, TRUST, Saying(Revocation.REVOKED), NOW) == Distrusted(Distrust.REVOKED)


@pytest.mark.parametrize(
    ("trust", "reason"),
    [
        pytest.param(replace(TRUST, tests_allowed=False), Distrust.TEST_HIERARCHY, id="test cards in production"),
        pytest.param(replace(TRUST, authorities=()), Distrust.UNKNOWN_AUTHORITY, id="an authority not installed"),
    ],
)
def test_a_card_that_is_not_believed_is_not_asked_about(trust: Trust, reason: Distrust) -> None:
    source = Saying(Revocation.GOOD)
    assert judge(HANAKO, trust, source, NOW) == Distrusted(reason)
    assert not source.asked


def test_a_certificate_that_ended_since_it_was_presented_is_not_linked() -> None:
    late = credential().certificate.not_valid_after_utc + timedelta(seconds=1)
    assert judge(HANAKO, TRUST, Saying(Revocation.GOOD), late) == Distrusted(Distrust.EXPIRED)


def test_neither_key_nor_certificate_is_shown_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown = repr(presented(Powered(card()))) + repr(judge(HANAKO, TRUST, Saying(Revocation.GOOD), NOW)) + caplog.text
    serial = credential().certificate.serial_number
    for secret in (credential().public_key.hex(), repr(credential().public_key), str(serial), f"{serial:x}", "CN=TEST"):
        assert secret not in shown
