"""The port for revocation: what can be said of a certificate that its authority may have taken back.

A source answers about one certificate at a time and keeps none. Certificate serial numbers pass through it and are
never stored or logged: their use is restricted by law. What a terminal does with an answer is not decided here.
"""

from datetime import datetime
from enum import Enum, unique
from typing import Protocol

from cryptography.x509 import Certificate


@unique
class Revocation(Enum):
    """Which check was made and what it said; only GOOD and REVOKED are an authority's word in its time."""

    GOOD = "good"
    REVOKED = "revoked"
    """Also while it is suspended."""
    UNKNOWN = "unknown"
    """The source does not answer for this certificate."""
    NOT_CHECKED = "not_checked"
    """There is no source: provisional."""
    SOURCE_STALE = "source_stale"
    """The source does not list it as revoked, but what it says is not of today."""
    SOURCE_UNAVAILABLE = "source_unavailable"
    """There is a source, and it gave no usable answer."""


class RevocationSource(Protocol):
    def of_certificate(self, certificate: Certificate, authority: Certificate, now: datetime) -> Revocation:
        """When a card is linked. `authority` issued `certificate`. May take seconds; never raises."""
        ...

    def at_tap(self, serial: int, issuer: bytes, now: datetime) -> Revocation:
        """At every tap: at once, without files or network. `issuer` is the certificate's issuer, a DER Name."""
        ...


class NoSource:
    """For whoever may not have revocation data, which goes to accredited verifiers only."""

    def of_certificate(self, certificate: Certificate, authority: Certificate, now: datetime) -> Revocation:
        del certificate, authority, now
        return Revocation.NOT_CHECKED

    def at_tap(self, serial: int, issuer: bytes, now: datetime) -> Revocation:
        del serial, issuer, now
        return Revocation.NOT_CHECKED
