"""The head of a certificate, from a text that may end anywhere."""

import functools
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from cardreader.cards.certificate import Head, Incomplete, parse_head
from cardreader.errors import MalformedCertificate
from machine.cards import credential


@functools.cache
def certificate() -> bytes:
    return credential().certificate.public_bytes(Encoding.DER)


def head_end() -> int:
    public_key = credential().public_key
    return certificate().index(public_key) + len(public_key)


def test_it_has_the_serial_number_the_key_and_the_end_of_validity() -> None:
    of_card = credential().certificate
    head = parse_head(certificate())
    assert head == Head(
        of_card.serial_number,
        of_card.issuer.public_bytes(),
        credential().public_key,
        of_card.not_valid_after_utc,
    )


def test_it_shows_nothing_that_identifies_a_person() -> None:
    assert (
        repr(parse_head(certificate()))
        == "Head(valid_until=datetime.datetime(2030, 7, 7, 14, 59, 59, tzinfo=datetime.timezone.utc))"
    )


def test_padding_behind_the_certificate_does_not_matter() -> None:
    assert parse_head(certificate() + b"\xff" * 100) == parse_head(certificate())


def test_it_is_complete_with_the_last_byte_of_the_key() -> None:
    assert isinstance(parse_head(certificate()[: head_end()]), Head)


def test_a_text_cut_anywhere_before_asks_for_more_but_not_too_much() -> None:
    for cut in range(head_end()):
        head = parse_head(certificate()[:cut])
        assert isinstance(head, Incomplete)
        assert cut < head.needed <= head_end()


def test_following_what_is_needed_ends_at_the_key() -> None:
    present, asked = 0, 0
    while isinstance(head := parse_head(certificate()[:present]), Incomplete):
        present = head.needed
        asked += 1
    assert present == head_end()
    assert asked < 20


def test_a_year_from_2050_on_is_understood() -> None:
    key = credential().key
    name = x509.Name.from_rfc4514_string("CN=TEST,C=JP")
    until = datetime(2051, 2, 3, 14, 59, 59, tzinfo=UTC)
    late = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime(2046, 1, 1, tzinfo=UTC))
        .not_valid_after(until)
        .sign(key, SHA256())
    )
    head = parse_head(late.public_bytes(Encoding.DER))
    assert isinstance(head, Head)
    assert head.valid_until == until


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ff" * 64, id="an empty file"),
        pytest.param("00" * 64, id="a file of zeros"),
        pytest.param("3080", id="indefinite length"),
        pytest.param("30820300 30820200 020101 020101", id="an element missing"),
        pytest.param("3082ffff 3082fff0 020101 3082ffe0", id="longer than any certificate"),
    ],
)
def test_what_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(MalformedCertificate):
        parse_head(bytes.fromhex(text))


@pytest.mark.parametrize(
    "wrong", [b"25070700000xZ", b"259907000000Z", b"2507070000000"], ids=["letter", "month", "zone"]
)
def test_an_end_of_validity_that_is_no_time_is_refused(wrong: bytes) -> None:
    right = b"300707145959Z"
    assert certificate().count(right) == 1
    with pytest.raises(MalformedCertificate, match="no time"):
        parse_head(certificate().replace(right, wrong))


@given(at=st.integers(0, 500), value=st.integers(0, 255))
def test_a_wrong_byte_never_breaks_the_parser(at: int, value: int) -> None:
    damaged = bytearray(certificate())
    damaged[at] = value
    try:
        parse_head(bytes(damaged))
    except MalformedCertificate:
        return
