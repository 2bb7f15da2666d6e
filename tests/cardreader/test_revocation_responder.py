"""A responder is asked about one certificate, and its answer is believed only when it is signed, apt and of now."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA224, SHA384, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPCertStatus
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from cardreader.revocation.ocsp import (
    NONCE_BYTES,
    AnswerProblem,
    NoAnswer,
    Responder,
    UnusableAnswer,
    question,
    verdict,
)
from cardreader.revocation.source import Revocation
from cardreader.simulated.authority import VALIDITY, responder_answer
from cardreader.simulated.credentials import Credential, KeyKind, issue_responder
from machine.certificates import HOLDER, NOW, PRODUCTION, critical, holder, key_pair, production_authority

SERIAL = 0x41424344
AUTHORITY = production_authority()
OTHER_GENERATION = production_authority(1)
CERTIFICATE = holder(AUTHORITY, serial=SERIAL)
CLIENT = holder(AUTHORITY, extensions=[critical(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]))])
NONCE = bytes(range(NONCE_BYTES))
ASKED = question(CERTIFICATE, AUTHORITY.certificate, NONCE)
REQUEST = ASKED.public_bytes(Encoding.DER)
MINUTE = timedelta(minutes=1)


def said(answer: bytes, now: datetime = NOW) -> Revocation:
    return verdict(answer, ASKED, AUTHORITY.certificate, now)


def problem_of(answer: bytes) -> AnswerProblem:
    with pytest.raises(UnusableAnswer) as caught:
        said(answer)
    return caught.value.problem


def good(signer: Credential = AUTHORITY) -> bytes:
    return responder_answer(REQUEST, OCSPCertStatus.GOOD, signer, NOW)


@pytest.mark.parametrize("kind", KeyKind, ids=lambda kind: kind.value)
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (OCSPCertStatus.GOOD, Revocation.GOOD),
        (OCSPCertStatus.REVOKED, Revocation.REVOKED),
        (OCSPCertStatus.UNKNOWN, Revocation.UNKNOWN),
    ],
    ids=["good", "revoked", "unknown"],
)
def test_the_authority_itself_may_answer(status: OCSPCertStatus, expected: Revocation, kind: KeyKind) -> None:
    authority = production_authority(kind=kind)
    asked = question(holder(authority), authority.certificate, NONCE)
    answer = responder_answer(asked.public_bytes(Encoding.DER), status, authority, NOW)
    assert verdict(answer, asked, authority.certificate, NOW) is expected


def test_a_responder_the_authority_appointed_may_answer() -> None:
    assert said(good(issue_responder(AUTHORITY, NOW))) is Revocation.GOOD


@pytest.mark.parametrize(
    "signer",
    [
        pytest.param(OTHER_GENERATION, id="another generation of the authority"),
        pytest.param(issue_responder(OTHER_GENERATION, NOW), id="a responder another generation appointed"),
        pytest.param(issue_responder(AUTHORITY, NOW - 2 * VALIDITY), id="a responder of yesterday"),
        pytest.param(issue_responder(AUTHORITY, NOW + MINUTE), id="a responder of tomorrow"),
        pytest.param(Credential(key_pair(HOLDER).key, CERTIFICATE, AUTHORITY.certificate), id="the card itself"),
        pytest.param(Credential(key_pair(HOLDER).key, CLIENT, AUTHORITY.certificate), id="a card for other purposes"),
    ],
)
def test_nobody_else_may_answer(signer: Credential) -> None:
    assert problem_of(good(signer)) is AnswerProblem.WRONG_SIGNER


def test_an_answer_signed_over_a_digest_that_no_longer_counts_is_not_believed() -> None:
    assert problem_of(signed_without_next_update(SHA224())) is AnswerProblem.WRONG_SIGNER


def test_a_changed_answer_is_not_believed() -> None:
    answer = bytearray(responder_answer(REQUEST, OCSPCertStatus.REVOKED, AUTHORITY, NOW))
    answer[answer.index(SERIAL.to_bytes(4))] ^= 1
    assert problem_of(bytes(answer)) is AnswerProblem.WRONG_SIGNER


def test_an_answer_about_another_certificate_is_not_used() -> None:
    other = question(holder(AUTHORITY, serial=SERIAL + 1), AUTHORITY.certificate, NONCE).public_bytes(Encoding.DER)
    answer = responder_answer(other, OCSPCertStatus.GOOD, AUTHORITY, NOW)
    assert problem_of(answer) is AnswerProblem.ANOTHER_QUESTION


def test_an_answer_about_the_same_number_of_another_generation_is_not_used() -> None:
    certificate = holder(OTHER_GENERATION, serial=SERIAL)
    other = question(certificate, OTHER_GENERATION.certificate, NONCE).public_bytes(Encoding.DER)
    answer = responder_answer(other, OCSPCertStatus.GOOD, AUTHORITY, NOW)
    assert problem_of(answer) is AnswerProblem.ANOTHER_QUESTION


def test_a_replayed_answer_to_an_earlier_question_is_not_used() -> None:
    earlier = question(CERTIFICATE, AUTHORITY.certificate, NONCE[::-1]).public_bytes(Encoding.DER)
    answer = responder_answer(earlier, OCSPCertStatus.GOOD, AUTHORITY, NOW)
    assert problem_of(answer) is AnswerProblem.ANOTHER_QUESTION


def test_an_answer_prepared_beforehand_is_used_in_its_time() -> None:
    prepared = responder_answer(REQUEST, OCSPCertStatus.GOOD, AUTHORITY, NOW, repeats_nonce=False)
    assert said(prepared) is Revocation.GOOD


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(NOW - 5 * MINUTE, Revocation.GOOD, id="our clock is five minutes behind"),
        pytest.param(NOW - 6 * MINUTE, Revocation.SOURCE_STALE, id="an answer of the future"),
        pytest.param(NOW + VALIDITY + 5 * MINUTE, Revocation.GOOD, id="our clock is five minutes ahead"),
        pytest.param(NOW + VALIDITY + 6 * MINUTE, Revocation.SOURCE_STALE, id="an old answer"),
    ],
)
def test_good_counts_only_in_its_time(now: datetime, expected: Revocation) -> None:
    assert said(good(), now) is expected


def test_revoked_counts_for_ever() -> None:
    answer = responder_answer(REQUEST, OCSPCertStatus.REVOKED, AUTHORITY, NOW)
    assert said(answer, NOW + 2 * VALIDITY) is Revocation.REVOKED


def signed_without_next_update(digest: HashAlgorithm) -> bytes:
    builder = ocsp.OCSPResponseBuilder().add_response(
        CERTIFICATE, AUTHORITY.certificate, ASKED.hash_algorithm, OCSPCertStatus.GOOD, NOW, None, None, None
    )
    named = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, AUTHORITY.certificate)
    return named.sign(AUTHORITY.key, digest).public_bytes(Encoding.DER)


def test_an_answer_without_a_next_update_is_of_its_moment() -> None:
    der = signed_without_next_update(SHA384())
    assert said(der, NOW + 5 * MINUTE) is Revocation.GOOD
    assert said(der, NOW + 6 * MINUTE) is Revocation.SOURCE_STALE


@pytest.mark.parametrize(
    "status",
    set(ocsp.OCSPResponseStatus) - {ocsp.OCSPResponseStatus.SUCCESSFUL},
    ids=lambda status: status.name.lower(),
)
def test_a_responder_may_refuse_to_answer(status: ocsp.OCSPResponseStatus) -> None:
    refusal = ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
    assert problem_of(refusal) is AnswerProblem.REFUSED


@pytest.mark.parametrize("answer", [b"", b"<html>", b"\x30\x03\x0a\x01"], ids=["nothing", "a page", "cut short"])
def test_what_is_no_answer_is_unreadable(answer: bytes) -> None:
    assert problem_of(answer) is AnswerProblem.UNREADABLE


ANSWER = good(issue_responder(AUTHORITY, NOW))


@pytest.mark.filterwarnings("ignore:Attribute's length")  # a name damaged in its kind is still a name
@given(at=st.integers(0, len(ANSWER) - 1), value=st.integers(0, 255))
def test_a_damaged_answer_is_never_believed_to_say_something_else(at: int, value: int) -> None:
    damaged = bytearray(ANSWER)
    damaged[at] = value
    try:
        assert said(bytes(damaged)) is Revocation.GOOD
    except UnusableAnswer:
        return


def test_the_question_names_the_certificate_and_carries_a_nonce() -> None:
    asked = ocsp.load_der_ocsp_request(REQUEST)
    assert asked.serial_number == SERIAL
    assert asked.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == NONCE
    assert PRODUCTION.public_bytes() not in REQUEST


def responder(post: Callable[[bytes], bytes]) -> Responder:
    return Responder(post, lambda count: NONCE[:count])


def test_the_whole_way_from_question_to_verdict() -> None:
    asked = responder(lambda request: responder_answer(request, OCSPCertStatus.REVOKED, AUTHORITY, NOW))
    assert asked.of_certificate(CERTIFICATE, AUTHORITY.certificate, NOW) is Revocation.REVOKED


def unreachable(request: bytes) -> bytes:
    raise NoAnswer("ConnectTimeout")


@pytest.mark.parametrize(
    ("post", "word"),
    [
        pytest.param(unreachable, "ConnectTimeout", id="out of reach"),
        pytest.param(lambda _: b"", "unreadable", id="empty"),
    ],
)
def test_without_a_usable_answer_the_source_is_unavailable(
    post: Callable[[bytes], bytes], word: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    outcome = responder(post).of_certificate(CERTIFICATE, AUTHORITY.certificate, NOW)
    assert outcome is Revocation.SOURCE_UNAVAILABLE
    assert [record.getMessage() for record in caplog.records] == [
        f"no usable answer of the revocation responder: {word}"
    ]


def test_a_tap_does_not_ask_the_network() -> None:
    assert responder(unreachable).at_tap(SERIAL, PRODUCTION.public_bytes(), NOW) is Revocation.NOT_CHECKED
