"""The one time a card is looked at in full: when it is linked to a member.

First, with the card in the field, it proves that it is real and its holder that the PIN is known, as at every tap; beyond
that the whole certificate is read. Then, when the card is free, that certificate is judged: an installed authority issued
it for authentication, and has not revoked it, which may need the network. Who the member is, is not known here.
"""

from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import Certificate, load_der_x509_certificate

from cardreader.apdu import SHORT_LE_MAX, Command, require
from cardreader.authorities import UNREADABLE, Distrust, Trust
from cardreader.cards.certificate import Head, parse_head
from cardreader.cards.jpki import CERTIFICATE, Refused, authenticate
from cardreader.errors import MalformedCertificate
from cardreader.pin import Pin
from cardreader.ports import Card
from cardreader.revocation.source import Revocation, RevocationSource

_SEQUENCE_OF_TWO_LENGTH_BYTES = b"\x30\x82"
_HEADER_BYTES = 4
_LONGEST_CERTIFICATE = 4096


@dataclass(frozen=True, slots=True)
class Presented:
    """A card that works, in its holder's hand: `public_key` is proven, whose `certificate` it is not judged yet.

    For the moment of linking only: the law restricts what the certificate says.
    """

    public_key: bytes = field(repr=False)
    certificate: Certificate = field(repr=False)


@dataclass(frozen=True, slots=True)
class Distrusted:
    reason: Distrust


@dataclass(frozen=True, slots=True)
class Linkable:
    """What may be kept of a card. `authority`: SHA-256 of the issuing authority's certificate, which names its generation.

    `public_key`: DER SubjectPublicKeyInfo, kept only as `cardreader.reference.card_reference` makes it.
    """

    public_key: bytes = field(repr=False)
    valid_until: datetime
    authority: bytes
    revocation: Revocation


def present(card: Card, pin: Pin, *, challenge: bytes, now: datetime, last_try_allowed: bool) -> Presented | Refused:
    """With the card in the field: `cardreader.cards.jpki.authenticate`, and the whole certificate.

    Raises what `authenticate` raises.
    """
    outcome = authenticate(card, pin, challenge=challenge, now=now, last_try_allowed=last_try_allowed)
    if isinstance(outcome, Refused):
        return outcome
    return Presented(outcome.public_key, parse_certificate(read_certificate(card), outcome.public_key))


def judge(presented: Presented, trust: Trust, source: RevocationSource, now: datetime) -> Linkable | Distrusted:
    """With the card gone: who issued it, and whether it was revoked. Takes as long as the source does; never raises."""
    authority = trust.authority_of(presented.certificate, now)
    if isinstance(authority, Distrust):
        return Distrusted(authority)
    revocation = source.of_certificate(presented.certificate, authority, now)
    if revocation is Revocation.REVOKED:
        return Distrusted(Distrust.REVOKED)
    return Linkable(
        public_key=presented.public_key,
        valid_until=presented.certificate.not_valid_after_utc,
        authority=authority.fingerprint(SHA256()),
        revocation=revocation,
    )


def read_certificate(card: Card) -> bytes:
    """The DER of the authentication certificate, without the padding of its file.

    The JPKI application is selected; a card that hides the certificate has had its PIN verified. Raises CardError and
    ReaderLost.
    """
    require(card, Command(0x00, 0xA4, 0x02, 0x0C, CERTIFICATE.to_bytes(2)))
    der = _read(card, 0, SHORT_LE_MAX)
    end = _der_end(der)
    while len(der) < end:
        block = _read(card, len(der), min(end - len(der), SHORT_LE_MAX))
        if not block:
            raise MalformedCertificate(f"the file ends after {len(der)} bytes")
        der += block
    return der[:end]


def parse_certificate(der: bytes, public_key: bytes) -> Certificate:
    """Raises MalformedCertificate, also where it is not the certificate of `public_key`, a DER SubjectPublicKeyInfo."""
    head = parse_head(der)
    if not isinstance(head, Head) or head.public_key != public_key:
        raise MalformedCertificate("the certificate is not that of the key that signed")
    if head.serial <= 0:
        raise MalformedCertificate("the certificate's number is not positive (RFC 5280, 4.1.2.2)")
    try:
        certificate = load_der_x509_certificate(der)
        # Parsed at first use: what is wrong with them is to be found here, and once.
        _ = certificate.issuer, certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except UNREADABLE as error:
        raise MalformedCertificate("the file holds no X.509 certificate") from error
    return certificate


def _der_end(der: bytes) -> int:
    if not der.startswith(_SEQUENCE_OF_TWO_LENGTH_BYTES) or len(der) < _HEADER_BYTES:
        raise MalformedCertificate("the file does not begin with a certificate")
    end = _HEADER_BYTES + int.from_bytes(der[2:_HEADER_BYTES])
    if end > _LONGEST_CERTIFICATE:
        raise MalformedCertificate(f"{end} bytes are no certificate of a card")
    return end


def _read(card: Card, offset: int, length: int) -> bytes:
    high, low = offset.to_bytes(2)
    return require(card, Command(0x00, 0xB0, high, low, le=length))
