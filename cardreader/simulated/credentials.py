"""Keys and certificates for simulated cards, issued under a TEST authority that no real verifier accepts.

They resemble those of real cards in algorithm, names and validity, with TEST in every name. Where they are kept is the
business of `cardreader.simulated.folder`.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_JST = timezone(timedelta(hours=9))
_YEARS_VALID = 5
_AUTHORITY_YEARS_VALID = 10
_SERIAL_BYTES = 4
_AUTHORITY_NAME = "OU=TEST authority that proves nothing,OU=JPKI TEST for user authentication,O=JPKI TEST,C=JP"
_ONLY_SIGNATURES = x509.KeyUsage(
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


@dataclass(frozen=True, slots=True)
class Credential:
    """One key, its certificate, and the certificate of the authority that issued it."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    authority: x509.Certificate

    @property
    def public_key(self) -> bytes:
        """DER SubjectPublicKeyInfo."""
        return _public_bytes(self.key)


def issue_authority(now: datetime) -> Credential:
    key = _new_key()
    builder = _builder(key, _AUTHORITY_NAME, now, _last_second(now, _AUTHORITY_YEARS_VALID))
    certificate = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(
        key, SHA256()
    )
    return Credential(key, certificate, certificate)


def issue_member(authority: Credential, member: str, issued: datetime) -> Credential:
    """A new key for `member`, valid from `issued` to the end of that day in Japan five years later."""
    key = _new_key()
    holder = hashlib.sha256(member.encode()).hexdigest()[:16].upper()
    builder = (
        _builder(key, f"CN=TEST{holder},C=JP", issued, _last_second(issued, _YEARS_VALID))
        .add_extension(_ONLY_SIGNATURES, critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    )
    return Credential(key, builder.sign(authority.key, SHA256()), authority.certificate)


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _builder(key: rsa.RSAPrivateKey, subject: str, start: datetime, end: datetime) -> x509.CertificateBuilder:
    digest = hashlib.sha256(_public_bytes(key)).digest()
    # The two upper bits make it positive and exactly four bytes long, so that all cards are read in equal steps.
    serial = int.from_bytes(digest[:_SERIAL_BYTES]) & 0x3FFFFFFF | 0x40000000
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(subject))
        .issuer_name(x509.Name.from_rfc4514_string(_AUTHORITY_NAME))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(end)
    )


def _public_bytes(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _last_second(start: datetime, years: int) -> datetime:
    day = start.astimezone(_JST)
    return day.replace(year=day.year + years, day=min(day.day, 28), hour=23, minute=59, second=59, microsecond=0)
