"""Keys and certificates for simulated cards, issued under TEST authorities that no real verifier accepts.

They resemble those of real cards in algorithm, names, validity and extensions, with TEST in every name. Where they are
kept is the business of `cardreader.simulated.folder`; what an authority says of them later, of
`cardreader.simulated.authority`.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum, unique
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

PrivateKey: TypeAlias = RSAPrivateKey | EllipticCurvePrivateKey

_JST = timezone(timedelta(hours=9))
_YEARS_VALID = 5
_AUTHORITY_YEARS_VALID = 10
_SERIAL_BYTES = 4
_AUTHORITY_NAME = "OU=TEST authority that proves nothing,OU=JPKI TEST for user authentication,O=JPKI TEST,C=JP"
_POLICY = x509.ObjectIdentifier("2.999.1")  # under the arc that is reserved for examples


@unique
class KeyKind(Enum):
    RSA_2048 = "rsa-2048"
    """Cards of today, signed with SHA-256."""
    P_384 = "p-384"
    """The next generation of cards, signed with SHA-384."""


@dataclass(frozen=True, slots=True)
class Credential:
    """One key, its certificate, and the certificate of the authority that issued it."""

    key: PrivateKey
    certificate: x509.Certificate
    authority: x509.Certificate

    @property
    def public_key(self) -> bytes:
        """DER SubjectPublicKeyInfo."""
        return _public_bytes(self.key)


def issue_authority(now: datetime, kind: KeyKind = KeyKind.RSA_2048) -> Credential:
    """A new generation of the TEST authority: another key, and always the same name, as with the real ones."""
    key = _new_key(kind)
    name = x509.Name.from_rfc4514_string(_AUTHORITY_NAME)
    certificate = (
        _builder(key, name, name, now, _last_second(now, _AUTHORITY_YEARS_VALID))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(issuing=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, digest_for(key))
    )
    return Credential(key, certificate, certificate)


def issue_member(
    authority: Credential, member: str, issued: datetime, kind: KeyKind = KeyKind.RSA_2048, *, signing: bool = True
) -> Credential:
    """A new key for `member`, valid from `issued` to the end of that day in Japan five years later.

    `signing` False: the certificate is for other uses than to authenticate its holder.
    """
    key = _new_key(kind)
    holder = hashlib.sha256(member.encode()).hexdigest()[:16].upper()
    subject = x509.Name.from_rfc4514_string(f"CN=TEST{holder},C=JP")
    builder = (
        _builder(key, authority.certificate.subject, subject, issued, _last_second(issued, _YEARS_VALID))
        .add_extension(_usage(signing=signing), critical=True)
        .add_extension(x509.CertificatePolicies([x509.PolicyInformation(_POLICY, None)]), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    )
    return Credential(key, builder.sign(authority.key, digest_for(authority.key)), authority.certificate)


def issue_responder(authority: Credential, issued: datetime) -> Credential:
    """A responder that answers for `authority`, for one day from `issued` on (RFC 6960, 4.2.2.2)."""
    key = _new_key(KeyKind.P_384)
    subject = x509.Name.from_rfc4514_string("CN=TEST responder,C=JP")
    certificate = (
        _builder(key, authority.certificate.subject, subject, issued, issued + timedelta(days=1))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .sign(authority.key, digest_for(authority.key))
    )
    return Credential(key, certificate, authority.certificate)


def digest_for(key: PrivateKey) -> SHA256 | SHA384:
    """What `key` signs certificates, lists and answers with."""
    return SHA256() if isinstance(key, RSAPrivateKey) else SHA384()


def _new_key(kind: KeyKind) -> PrivateKey:
    match kind:
        case KeyKind.RSA_2048:
            return generate_rsa_key(public_exponent=65537, key_size=2048)
        case KeyKind.P_384:
            return generate_ec_key(SECP384R1())


def _usage(*, signing: bool = False, issuing: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signing,
        content_commitment=not signing and not issuing,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issuing,
        crl_sign=issuing,
        encipher_only=False,
        decipher_only=False,
    )


def _builder(
    key: PrivateKey, issuer: x509.Name, subject: x509.Name, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    digest = hashlib.sha256(_public_bytes(key)).digest()
    # The two upper bits make it positive and exactly four bytes long, so that all cards are read in equal steps.
    serial = int.from_bytes(digest[:_SERIAL_BYTES]) & 0x3FFFFFFF | 0x40000000
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(end)
    )


def _public_bytes(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _last_second(start: datetime, years: int) -> datetime:
    day = start.astimezone(_JST)
    return day.replace(year=day.year + years, day=min(day.day, 28), hour=23, minute=59, second=59, microsecond=0)
