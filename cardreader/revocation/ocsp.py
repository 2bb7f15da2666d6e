"""Asking an authority's responder about one certificate (RFC 6960), and what its answer is worth. No network here.

An answer counts when the authority itself signed it, or a responder to which the same authority gave a certificate for
that; when it is about this certificate; and when it is of now.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum, unique

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, ExtendedKeyUsage, ExtensionNotFound, OCSPNonce
from cryptography.x509.ocsp import (
    OCSPCertStatus,
    OCSPRequest,
    OCSPRequestBuilder,
    OCSPResponse,
    OCSPResponseStatus,
    OCSPSingleResponse,
    load_der_ocsp_response,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from cardreader.authorities import SAFE_DIGESTS, UNREADABLE, issued_by
from cardreader.revocation.source import Revocation

NONCE_BYTES = 32  # RFC 9654, 2.1

_CLOCKS_DIFFER = timedelta(minutes=5)
log = logging.getLogger(__name__)


class NoAnswer(Exception):  # noqa: N818 - named for what happened
    """The responder could not be reached, or did not answer in time or in kind. Its text never has the question."""


@unique
class AnswerProblem(Enum):
    UNREADABLE = "unreadable"
    REFUSED = "refused"
    """The responder answered that it will not answer (RFC 6960, 4.2.1)."""
    WRONG_SIGNER = "wrong_signer"
    ANOTHER_QUESTION = "another_question"
    """It is about another certificate, or a replayed answer to an earlier question."""


class UnusableAnswer(Exception):  # noqa: N818 - named for what happened
    def __init__(self, problem: AnswerProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


class Responder:
    """`post` sends a DER request to the responder and returns its DER answer; it raises NoAnswer."""

    def __init__(self, post: Callable[[bytes], bytes], random_bytes: Callable[[int], bytes]) -> None:
        self._post = post
        self._random_bytes = random_bytes

    def of_certificate(self, certificate: Certificate, authority: Certificate, now: datetime) -> Revocation:
        asked = question(certificate, authority, self._random_bytes(NONCE_BYTES))
        try:
            return verdict(self._post(asked.public_bytes(Encoding.DER)), asked, authority, now)
        except (NoAnswer, UnusableAnswer) as error:
            log.warning("no usable answer of the revocation responder: %s", error)
            return Revocation.SOURCE_UNAVAILABLE

    def at_tap(self, serial: int, issuer: bytes, now: datetime) -> Revocation:
        """A tap does not wait for a network."""
        del serial, issuer, now
        return Revocation.NOT_CHECKED


def question(certificate: Certificate, authority: Certificate, nonce: bytes) -> OCSPRequest:
    # SHA-1 only names the certificate, every responder understands it (RFC 5019, 2.1.1), and a collision gains nothing:
    # the authority was found by its signature before.
    builder = OCSPRequestBuilder().add_certificate(certificate, authority, SHA1())  # noqa: S303
    return builder.add_extension(OCSPNonce(nonce), critical=False).build()


def verdict(answer: bytes, asked: OCSPRequest, authority: Certificate, now: datetime) -> Revocation:
    """Raises UnusableAnswer."""
    try:
        response = load_der_ocsp_response(answer)
        if response.response_status is not OCSPResponseStatus.SUCCESSFUL:
            raise UnusableAnswer(AnswerProblem.REFUSED)
        if not _is_authorised(response, authority, now):
            raise UnusableAnswer(AnswerProblem.WRONG_SIGNER)
        return _status(_single(response, asked), now)
    except (*UNREADABLE, UnsupportedAlgorithm) as error:
        raise UnusableAnswer(AnswerProblem.UNREADABLE) from error


def _is_authorised(response: OCSPResponse, authority: Certificate, now: datetime) -> bool:
    delegates = (each for each in response.certificates if _is_delegate(each, authority, now))
    return any(_has_signed(signer, response) for signer in (authority, *delegates))


def _is_delegate(certificate: Certificate, authority: Certificate, now: datetime) -> bool:
    """RFC 6960, 4.2.2.2."""
    try:
        purposes = certificate.extensions.get_extension_for_class(ExtendedKeyUsage).value
    except ExtensionNotFound:
        return False
    valid = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
    return valid and ExtendedKeyUsageOID.OCSP_SIGNING in purposes and issued_by(certificate, authority)


def _has_signed(signer: Certificate, response: OCSPResponse) -> bool:
    digest = response.signature_hash_algorithm
    if not isinstance(digest, SAFE_DIGESTS):
        return False
    key = signer.public_key()
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, PKCS1v15(), digest)
        elif isinstance(key, EllipticCurvePublicKey):
            key.verify(response.signature, response.tbs_response_bytes, ECDSA(digest))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _single(response: OCSPResponse, asked: OCSPRequest) -> OCSPSingleResponse:
    if _nonce(response) not in {None, _nonce(asked)}:
        raise UnusableAnswer(AnswerProblem.ANOTHER_QUESTION)
    for single in response.responses:
        if _subject(single) == _subject(asked):
            return single
    raise UnusableAnswer(AnswerProblem.ANOTHER_QUESTION)


def _nonce(message: OCSPRequest | OCSPResponse) -> bytes | None:
    """A responder that prepares its answers beforehand leaves it out."""
    try:
        return message.extensions.get_extension_for_class(OCSPNonce).value.nonce
    except ExtensionNotFound:
        return None


def _subject(message: OCSPRequest | OCSPSingleResponse) -> tuple[str, bytes, bytes, int]:
    return (
        message.hash_algorithm.name,
        message.issuer_name_hash,
        message.issuer_key_hash,
        message.serial_number,
    )


def _status(single: OCSPSingleResponse, now: datetime) -> Revocation:
    match single.certificate_status:
        case OCSPCertStatus.REVOKED:
            return Revocation.REVOKED
        case OCSPCertStatus.UNKNOWN:
            return Revocation.UNKNOWN
        case OCSPCertStatus.GOOD:
            return Revocation.GOOD if _is_of(single, now) else Revocation.SOURCE_STALE


def _is_of(single: OCSPSingleResponse, now: datetime) -> bool:
    # Without a next update there is always newer information (RFC 6960, 4.2.2.1): it is of the moment it was made.
    until = single.next_update_utc or single.this_update_utc
    return single.this_update_utc - _CLOCKS_DIFFER <= now <= until + _CLOCKS_DIFFER
