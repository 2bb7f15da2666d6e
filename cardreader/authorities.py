"""The authorities whose cards are believed: the certificates the operator installed, and how one is found for a card.

Generations of an authority share one name and differ by key, so the signature alone decides. What a card carries as its
authority's certificate is never looked at. Revocation is the business of `cardreader.revocation`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique
from pathlib import Path
from typing import TypeVar

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    DuplicateExtension,
    ExtendedKeyUsage,
    ExtensionNotFound,
    ExtensionType,
    InvalidVersion,
    KeyUsage,
    Name,
    UnsupportedGeneralNameType,
    load_der_x509_certificate,
    load_pem_x509_certificates,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

SAFE_DIGESTS = (SHA256, SHA384, SHA512)
UNREADABLE = (ValueError, DuplicateExtension, InvalidVersion, UnsupportedGeneralNameType)
"""What cryptography raises for what is not well-formed, partly only at the first use of a part."""
SUFFIXES = frozenset({".pem", ".cer", ".crt", ".der"})

_Extension = TypeVar("_Extension", bound=ExtensionType)
_PEM = b"-----BEGIN"
_TEST = "TEST"
_UNDERSTOOD = frozenset(
    {
        ExtensionOID.KEY_USAGE,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.CERTIFICATE_POLICIES,  # any: the authority itself was chosen by the operator
    }
)
_AUTHENTICATION = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)


@unique
class Distrust(Enum):
    """Why a card's certificate is not believed."""

    TEST_HIERARCHY = "test_hierarchy"
    UNKNOWN_AUTHORITY = "unknown_authority"
    """None of the installed authorities signed it."""
    AUTHORITY_NOT_VALID = "authority_not_valid"
    """The authority's own certificate is not valid now."""
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    WRONG_USAGE = "wrong_usage"
    """It is not for authentication, or carries a critical extension this program does not know."""
    REVOKED = "revoked"


class UnusableAuthority(Exception):  # noqa: N818 - named for what happened
    """A file that was installed as an authority's certificate and is none, or a folder without any."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.path} {self.problem}"


@dataclass(frozen=True, slots=True)
class Trust:
    """`tests_allowed`: cards of a hierarchy that says TEST in its name are believed too, if it is installed."""

    authorities: tuple[Certificate, ...]
    tests_allowed: bool

    def authority_of(self, certificate: Certificate, now: datetime) -> Certificate | Distrust:
        """Who issued `certificate`, when it is to be believed at `now`."""
        if says_test(certificate.issuer) and not self.tests_allowed:
            return Distrust.TEST_HIERARCHY
        for authority in self.authorities:
            if issued_by(certificate, authority):
                return _doubt(certificate, authority, now) or authority
        return Distrust.UNKNOWN_AUTHORITY


def load_authorities(folder: Path) -> tuple[Certificate, ...]:
    """All certificates in `folder`, PEM or DER, whose file name ends with one of SUFFIXES.

    Raises UnusableAuthority, also where there is none.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise UnusableAuthority(folder, "cannot be read") from error
    if not files:
        raise UnusableAuthority(folder, "holds no authority's certificate")
    return tuple(authority for path in files for authority in _load(path))


def says_test(name: Name) -> bool:
    """Whether a hierarchy calls itself one for tests: `O=JPKI-TEST` (seen on test cards), or the simulated one's."""
    return any(_TEST in str(attribute.value).upper() for attribute in name)


def issued_by(certificate: Certificate, authority: Certificate) -> bool:
    """Whether the names agree and the signature is the authority's, over a digest that still counts as safe."""
    try:
        certificate.verify_directly_issued_by(authority)
        return isinstance(certificate.signature_hash_algorithm, SAFE_DIGESTS)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False


def _load(path: Path) -> list[Certificate]:
    try:
        raw = path.read_bytes()
        found = load_pem_x509_certificates(raw) if _PEM in raw else [load_der_x509_certificate(raw)]
        if not all(_may_issue(each) for each in found):
            raise UnusableAuthority(path, "holds the certificate of no authority")
    except OSError as error:
        raise UnusableAuthority(path, "cannot be read") from error
    except UNREADABLE as error:
        raise UnusableAuthority(path, "holds no certificate") from error
    return found


def _may_issue(certificate: Certificate) -> bool:
    constraints = _extension(certificate, BasicConstraints)
    usage = _extension(certificate, KeyUsage)
    return constraints is not None and constraints.ca and (usage is None or usage.key_cert_sign)


def _doubt(certificate: Certificate, authority: Certificate, now: datetime) -> Distrust | None:
    if now < certificate.not_valid_before_utc:
        return Distrust.NOT_YET_VALID
    if now > certificate.not_valid_after_utc:
        return Distrust.EXPIRED
    if not authority.not_valid_before_utc <= now <= authority.not_valid_after_utc:
        return Distrust.AUTHORITY_NOT_VALID
    return None if _is_for_authentication(certificate) else Distrust.WRONG_USAGE


def _is_for_authentication(certificate: Certificate) -> bool:
    """RFC 5280, 4.2: an unknown critical extension makes a certificate unusable."""
    try:
        usage = _extension(certificate, KeyUsage)
        purposes = _extension(certificate, ExtendedKeyUsage)
        constraints = _extension(certificate, BasicConstraints)
        known = all(not each.critical or each.oid in _UNDERSTOOD for each in certificate.extensions)
    except UNREADABLE:
        return False
    return (
        known
        and (usage is not None and usage.digital_signature)
        and not (constraints is not None and constraints.ca)
        and (purposes is None or any(purpose in purposes for purpose in _AUTHENTICATION))
    )


def _extension(certificate: Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except ExtensionNotFound:
        return None
