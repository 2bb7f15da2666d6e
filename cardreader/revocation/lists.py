"""Certificate revocation lists (RFC 5280, 5): one read and checked, and what several say together. No files here.

Only complete lists are taken: one that covers a part of its authority's certificates, or only changes, could be taken
for saying that a certificate is good when it says nothing of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, unique

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import (
    Certificate,
    CertificateRevocationList,
    IssuingDistributionPoint,
    load_der_x509_crl,
    load_pem_x509_crl,
)

from cardreader.authorities import SAFE_DIGESTS, UNREADABLE
from cardreader.revocation.source import Revocation

_PEM = b"-----BEGIN"
_FOR_ALL_HOLDERS = IssuingDistributionPoint(
    full_name=None,
    relative_name=None,
    only_contains_user_certs=True,
    only_contains_ca_certs=False,
    only_some_reasons=None,
    indirect_crl=False,
    only_contains_attribute_certs=False,
)


@unique
class ListProblem(Enum):
    UNREADABLE = "unreadable"
    UNKNOWN_SIGNER = "unknown_signer"
    """None of the installed authorities signed it."""
    INCOMPLETE = "incomplete"
    """It covers only a part of the certificates, or has a critical extension unknown here (RFC 5280, 5.2)."""
    WITHOUT_END = "without_end"
    """It does not say when the next one comes, so it could never be told from an old one."""


class UnusableList(Exception):  # noqa: N818 - named for what happened
    def __init__(self, problem: ListProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class RevocationList:
    authority: Certificate
    since: datetime
    until: datetime
    serials: frozenset[int] = field(repr=False)

    def is_of(self, now: datetime) -> bool:
        return self.since <= now <= self.until


@dataclass(frozen=True, slots=True)
class _Generation:
    valid_until: datetime
    newest: RevocationList | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """Of the authorities whose own certificate has not ended: how many have a list of now, an old one, or none."""

    good: int
    stale: int
    missing: int


@dataclass(frozen=True, slots=True)
class Register:
    """The generations of each authority, under its name as DER, with the newest list of each."""

    generations: Mapping[bytes, Sequence[_Generation]]

    def look_up(self, serial: int, issuer: bytes, now: datetime) -> Revocation:
        """Which generation issued the certificate does not matter: serial numbers are unique under one issuer's name.

        But a generation without its list leaves open what that list would say. One whose own certificate has ended
        has no valid certificates left.
        """
        alive = [each for each in self.generations.get(issuer, ()) if now <= each.valid_until]
        lists = [each.newest for each in alive if each.newest]
        if any(serial in each.serials for each in lists):
            return Revocation.REVOKED
        if not alive:
            return Revocation.UNKNOWN
        if len(lists) < len(alive):
            return Revocation.SOURCE_UNAVAILABLE
        return Revocation.GOOD if all(each.is_of(now) for each in lists) else Revocation.SOURCE_STALE

    def freshness(self, now: datetime) -> Freshness:
        alive = [each for same_name in self.generations.values() for each in same_name if now <= each.valid_until]
        lists = [each.newest for each in alive if each.newest]
        good = sum(each.is_of(now) for each in lists)
        return Freshness(good, len(lists) - good, len(alive) - len(lists))


def read_list(raw: bytes, authorities: Iterable[Certificate]) -> RevocationList:
    """`raw` is DER or PEM. Raises UnusableList."""
    try:
        crl = load_pem_x509_crl(raw) if raw.startswith(_PEM) else load_der_x509_crl(raw)
        signer = next((each for each in authorities if _is_signed_by(crl, each)), None)
        if signer is None:
            raise UnusableList(ListProblem.UNKNOWN_SIGNER)
        return _checked(crl, signer)
    except UNREADABLE as error:
        raise UnusableList(ListProblem.UNREADABLE) from error


def register(authorities: Iterable[Certificate], lists: Sequence[RevocationList]) -> Register:
    generations: dict[bytes, list[_Generation]] = {}
    for authority in authorities:
        own = (each for each in lists if each.authority == authority)
        newest = max(own, key=lambda each: each.since, default=None)
        same_name = generations.setdefault(authority.subject.public_bytes(), [])
        same_name.append(_Generation(authority.not_valid_after_utc, newest))
    return Register(generations)


def _is_signed_by(crl: CertificateRevocationList, authority: Certificate) -> bool:
    try:
        key = authority.public_key()
        return (
            crl.issuer == authority.subject
            and isinstance(key, RSAPublicKey | EllipticCurvePublicKey)
            and isinstance(crl.signature_hash_algorithm, SAFE_DIGESTS)
            and crl.is_signature_valid(key)
        )
    except UnsupportedAlgorithm:
        return False


def _checked(crl: CertificateRevocationList, authority: Certificate) -> RevocationList:
    if not _is_complete(crl):
        raise UnusableList(ListProblem.INCOMPLETE)
    if crl.next_update_utc is None:
        raise UnusableList(ListProblem.WITHOUT_END)
    return RevocationList(
        authority=authority,
        since=crl.last_update_utc,
        until=crl.next_update_utc,
        serials=frozenset(entry.serial_number for entry in crl),
    )


def _is_complete(crl: CertificateRevocationList) -> bool:
    return all(each.value == _FOR_ALL_HOLDERS for each in crl.extensions if each.critical)
