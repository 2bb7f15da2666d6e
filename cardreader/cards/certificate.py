"""The head of a DER certificate, read as far as a check-in needs it: serial number, issuer, end of validity, public key.

Nothing is verified here, names are not taken apart, and extensions are never reached. The text may be cut anywhere: a slow
contactless card is then asked only for what is missing.
"""

from dataclasses import dataclass, field
from datetime import datetime

from cardreader.errors import MalformedCertificate

_INTEGER = 0x02
_UTC_TIME = 0x17
_GENERALIZED_TIME = 0x18
_SEQUENCE = 0x30
_VERSION = 0xA0
_LONG_FORM = 0x80
_TWO_BYTES_OF_LENGTH = 0x82
_LONGEST_CERTIFICATE = 4096
_CENTURY_TURN = "50"


@dataclass(frozen=True, slots=True)
class Head:
    """`serial` may be compared and is never stored or logged. `issuer` is a DER Name.

    `public_key` is the DER SubjectPublicKeyInfo, `valid_until` the last valid second. The head's own end is the key's:
    nothing behind it was looked at.
    """

    serial: int = field(repr=False)
    issuer: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Incomplete:
    """`needed`: at least so many bytes, counted from the start of the certificate, are needed."""

    needed: int


class _Short(Exception):  # noqa: N818
    def __init__(self, needed: int) -> None:
        super().__init__(needed)
        self.needed = needed


@dataclass(frozen=True, slots=True)
class _Element:
    tag: int
    start: int
    end: int


def parse_head(der: bytes) -> Head | Incomplete:
    """RFC 5280, 4.1. Raises MalformedCertificate."""
    try:
        return _parse(der)
    except _Short as short:
        if short.needed > _LONGEST_CERTIFICATE:
            raise MalformedCertificate(f"{short.needed} bytes are no certificate of a card") from short
        return Incomplete(short.needed)


def _parse(der: bytes) -> Head:
    certificate = _expect(der, 0, _SEQUENCE)
    body = _expect(der, certificate.start, _SEQUENCE)
    first = _element(der, body.start)
    serial = _expect(der, first.end if first.tag == _VERSION else body.start, _INTEGER)
    algorithm = _expect(der, serial.end, _SEQUENCE).end
    issuer = _expect(der, algorithm, _SEQUENCE).end
    validity = _expect(der, issuer, _SEQUENCE)
    not_after = _element(der, _element(der, validity.start).end)
    subject = _expect(der, validity.end, _SEQUENCE)
    key = _expect(der, subject.end, _SEQUENCE)
    return Head(
        int.from_bytes(_content(der, serial.start, serial.end), signed=True),
        _content(der, algorithm, issuer),
        _content(der, subject.end, key.end),
        _instant(not_after.tag, _content(der, not_after.start, not_after.end)),
    )


def _element(der: bytes, at: int) -> _Element:
    head = _content(der, at, at + 2)
    start, length = at + 2, head[1]
    if length == _LONG_FORM or length > _TWO_BYTES_OF_LENGTH:
        raise MalformedCertificate(f"{length:02X} begins no length in a certificate")
    if length > _LONG_FORM:
        start += length - _LONG_FORM
        length = int.from_bytes(_content(der, at + 2, start))
    return _Element(head[0], start, start + length)


def _expect(der: bytes, at: int, tag: int) -> _Element:
    element = _element(der, at)
    if element.tag != tag:
        raise MalformedCertificate(f"byte {at} is {element.tag:02X}, not {tag:02X}")
    return element


def _content(der: bytes, start: int, end: int) -> bytes:
    if len(der) < end:
        raise _Short(end)
    return der[start:end]


def _instant(tag: int, value: bytes) -> datetime:
    try:
        text = value.decode("ascii")
        if tag == _UTC_TIME:
            text = ("20" if text[:2] < _CENTURY_TURN else "19") + text
        elif tag != _GENERALIZED_TIME:
            raise MalformedCertificate(f"{tag:02X} is no time")
        return datetime.strptime(text, "%Y%m%d%H%M%S%z")
    except ValueError as error:
        raise MalformedCertificate("the end of validity is no time") from error
