"""Certificates as no simulated authority issues them, for what must be told apart: every part can be another."""

import functools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA224

from cardreader.simulated.credentials import Credential, KeyKind, digest_for, issue_authority

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
PRODUCTION = x509.Name.from_rfc4514_string("OU=For user authentication,O=Cards,C=JP")
"""A name that does not say TEST."""
HOLDER = 99
"""The number of the key pair of all holders."""
SIGNING = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
CRITICAL_USAGE = x509.Extension(x509.KeyUsage.oid, critical=True, value=SIGNING)


@functools.cache
def key_pair(which: int = 0, kind: KeyKind = KeyKind.P_384) -> Credential:
    """Only its key matters here; one per number."""
    return issue_authority(NOW - YEAR, kind)


def production_authority(
    which: int = 0,
    since: datetime = NOW - YEAR,
    until: datetime = NOW + 9 * YEAR,
    name: x509.Name = PRODUCTION,
    kind: KeyKind = KeyKind.P_384,
) -> Credential:
    """One generation of an authority that is not for tests: each number has another key, all have one name."""
    key = key_pair(which, kind).key
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1 + which, since, until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, digest_for(key))
    )
    return Credential(key, certificate, certificate)


def holder(
    authority: Credential,
    *,
    serial: int = 0x41424344,
    since: datetime = NOW - YEAR,
    until: datetime = NOW + YEAR,
    extensions: Sequence[x509.Extension[x509.ExtensionType]] = (CRITICAL_USAGE,),
    digest: SHA224 | None = None,
) -> x509.Certificate:
    """A member's certificate, over the key pair HOLDER."""
    subject = x509.Name.from_rfc4514_string("CN=HOLDER,C=JP")
    issuer = authority.certificate.subject
    builder = x509.CertificateBuilder(issuer, subject, key_pair(HOLDER).key.public_key(), serial, since, until)
    for each in extensions:
        builder = builder.add_extension(each.value, critical=each.critical)
    return builder.sign(authority.key, digest or digest_for(authority.key))


def critical(value: x509.ExtensionType) -> x509.Extension[x509.ExtensionType]:
    return x509.Extension(value.oid, critical=True, value=value)
