"""What the TEST authority says of the cards it issued: revocation lists, and a responder's answers.

Keys and certificates are made in `cardreader.simulated.credentials`. Serving answers over HTTP is left to tests.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import (
    CertificateRevocationListBuilder,
    ExtensionNotFound,
    ExtensionType,
    OCSPNonce,
    RevokedCertificateBuilder,
)
from cryptography.x509.ocsp import (
    OCSPCertStatus,
    OCSPRequest,
    OCSPResponderEncoding,
    OCSPResponseBuilder,
    load_der_ocsp_request,
)

from cardreader.simulated.credentials import Credential, digest_for

VALIDITY = timedelta(days=1)
"""Of a list and of an answer, until the next one."""


def revocation_list(
    authority: Credential, revoked: Collection[int], since: datetime, *critical: ExtensionType
) -> bytes:
    """DER. `revoked` are serial numbers, `critical` are extensions of the list."""
    entries = [RevokedCertificateBuilder(serial, since).build() for serial in revoked]
    name = authority.certificate.subject
    builder = CertificateRevocationListBuilder(name, since, since + VALIDITY, [], entries)
    for extension in critical:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(authority.key, digest_for(authority.key)).public_bytes(Encoding.DER)


def responder_answer(
    request: bytes, status: OCSPCertStatus, signer: Credential, now: datetime, *, repeats_nonce: bool = True
) -> bytes:
    """DER, to the DER `request`. `signer` is the authority, or a responder it appointed, whose certificate comes along.

    `repeats_nonce` False: an answer as it is prepared beforehand.
    """
    asked = load_der_ocsp_request(request)
    builder = _status(asked, status, now)
    builder = builder.responder_id(OCSPResponderEncoding.HASH, signer.certificate)
    if signer.certificate != signer.authority:
        builder = builder.certificates([signer.certificate])
    nonce = _nonce(asked)
    if repeats_nonce and nonce:
        builder = builder.add_extension(nonce, critical=False)
    return builder.sign(signer.key, digest_for(signer.key)).public_bytes(Encoding.DER)


def _status(asked: OCSPRequest, status: OCSPCertStatus, now: datetime) -> OCSPResponseBuilder:
    return OCSPResponseBuilder().add_response_by_hash(
        asked.issuer_name_hash,
        asked.issuer_key_hash,
        asked.serial_number,
        asked.hash_algorithm,
        status,
        this_update=now,
        next_update=now + VALIDITY,
        revocation_time=now if status is OCSPCertStatus.REVOKED else None,
        revocation_reason=None,
    )


def _nonce(asked: OCSPRequest) -> OCSPNonce | None:
    try:
        return asked.extensions.get_extension_for_class(OCSPNonce).value
    except ExtensionNotFound:
        return None
