"""From what passed to what may be kept: of answers only what is known to be public, whatever else a card tells.

Kept are status words, a token's label, and of the certificate its structure, its algorithms and its issuer. Not kept are
serial number, times (the end of validity is a birthday), holder, key, all that follows the key, and signatures. A file
that cannot be taken apart is not kept at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import TypeAlias

from cardreader.cards.certificate import Head, parse_head
from cardreader.cards.jpki import CERTIFICATE, TOKEN_INFORMATION
from cardreader.errors import CardError, MalformedCertificate
from cardreader.transcripts.form import Exchange, Hidden, Kind, Parts
from cardreader.transcripts.recording import Passed

_STATUS_BYTES = 2
_LABEL_BYTES = 32
_LABEL = b"JPKIAP"
_VERSION = 0xA0
_LONG_FORM = 0x80
_SHORT_IDENTIFIER = 0x80
_INPUTS = {0x20: Kind.PIN, 0x2A: Kind.INPUT}


class _Of(Enum):
    CERTIFICATE = auto()
    LABEL = auto()
    SIGNATURE = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class _Place:
    """What the first byte of an answer belongs to, and where in it."""

    of: _Of
    offset: int


_Span: TypeAlias = tuple[int, int, Kind | None]
"""Start and end in a certificate, and what is hidden there."""
_NOWHERE = _Place(_Of.OTHER, 0)


def scrub(passed: Sequence[Passed], *, now: datetime, proven: bool) -> tuple[Exchange, ...]:
    """`proven`: the signatures were right."""
    places = list(_places(passed))
    spans = _layout(_certificate(passed, places), now)
    signature = Kind.SIGNATURE if proven else Kind.OTHER
    return tuple(
        Exchange(_command(each), _answer(each.answer, place, spans, signature))
        for each, place in zip(passed, places, strict=True)
    )


def _places(passed: Iterable[Passed]) -> Iterator[_Place]:
    selected: int | None = None
    behind = _NOWHERE
    for each in passed:
        header = each.command.before[:4].ljust(4, b"\0")
        match header[:2], header[2]:
            case b"\x00\xa4", p1:
                selected = int.from_bytes(each.command.before[5:7]) if p1 == 0x02 else None  # noqa: PLR2004
                place = _NOWHERE
            case b"\x00\xb0", p1 if p1 & _SHORT_IDENTIFIER:
                selected = p1 & ~_SHORT_IDENTIFIER
                place = _Place(_content_of(selected), header[3])
            case b"\x00\xb0", p1:
                place = _Place(_content_of(selected), p1 << 8 | header[3])
            case b"\x00\xc0", _:
                place = behind
            case b"\x80\x2a", _:
                place = _Place(_Of.SIGNATURE, 0)
            case _:
                place = _NOWHERE
        yield place
        behind = _Place(place.of, place.offset + len(_data(each.answer)))


def _content_of(file: int | None) -> _Of:
    match file:
        case None:
            return _Of.OTHER
        case value if value == CERTIFICATE:
            return _Of.CERTIFICATE
        case value if value == TOKEN_INFORMATION:
            return _Of.LABEL
        case _:
            return _Of.OTHER


def _certificate(passed: Sequence[Passed], places: Sequence[_Place]) -> bytes:
    """As far as it was read without a gap."""
    read = b""
    for each, place in zip(passed, places, strict=True):
        if place.of is _Of.CERTIFICATE and place.offset == len(read):
            read += _data(each.answer)
    return read


def _layout(der: bytes, now: datetime) -> tuple[_Span, ...]:
    """Empty when nothing of it may be kept."""
    try:
        head = parse_head(der)
    except MalformedCertificate:
        return ()
    if not isinstance(head, Head):
        return ()
    issuer = der.index(head.issuer)
    number, number_end = _inside(der, _serial_at(der))
    validity, subject_at = _inside(der, issuer + len(head.issuer))
    since, since_end = _inside(der, validity)
    until, until_end = _inside(der, since_end)
    holder, key = _inside(der, subject_at)
    key_end = key + len(head.public_key)
    hidden = [
        (number, number_end, Kind.SERIAL),
        (since, since_end, Kind.PAST),
        (until, until_end, Kind.FUTURE if now <= head.valid_until else Kind.PAST),
        (holder, key, Kind.HOLDER),
        (key, key_end, Kind.KEY),
    ]
    return tuple(_with_what_is_shown(hidden))


def _with_what_is_shown(hidden: list[tuple[int, int, Kind]]) -> Iterator[_Span]:
    shown_from = 0
    for start, end, kind in hidden:
        yield shown_from, start, None
        yield start, end, kind
        shown_from = end


def _serial_at(der: bytes) -> int:
    certificate, _ = _inside(der, 0)
    body, _ = _inside(der, certificate)
    return _inside(der, body)[1] if der[body] == _VERSION else body


def _inside(der: bytes, at: int) -> tuple[int, int]:
    """Start and end of the content of the element at `at`."""
    start, length = at + 2, der[at + 1]
    if length > _LONG_FORM:
        start += length - _LONG_FORM
        length = int.from_bytes(der[at + 2 : start])
    return start, start + length


def _command(passed: Passed) -> Parts:
    command = passed.command
    kind = _INPUTS.get(command.before[1], Kind.OTHER) if len(command.before) > 1 else Kind.OTHER
    hidden = (Hidden(kind, 0, command.hidden),) if command.hidden else ()
    return tuple(part for part in (command.before, *hidden, command.behind) if part)


def _answer(
    answer: bytes | type[CardError], place: _Place, spans: tuple[_Span, ...], signature: Kind
) -> Parts | type[CardError]:
    if not isinstance(answer, bytes):
        return answer
    data, status = _data(answer), answer[-_STATUS_BYTES:]
    if len(answer) < _STATUS_BYTES:
        return (Hidden(Kind.OTHER, 0, len(answer)),) if answer else ()
    return (*_kept(data, place, spans, signature), status)


def _kept(data: bytes, place: _Place, spans: tuple[_Span, ...], signature: Kind) -> Iterator[bytes | Hidden]:
    if not data:
        return
    end = place.offset + len(data)
    match place.of:
        case _Of.CERTIFICATE:
            yield from _kept_of_certificate(data, place.offset, spans)
        case _Of.LABEL if place.offset == 0 and data.startswith(_LABEL):
            yield data[:_LABEL_BYTES]
            if data[_LABEL_BYTES:]:
                yield Hidden(Kind.OTHER, _LABEL_BYTES, end)
        case _Of.SIGNATURE:
            yield Hidden(signature, place.offset, end)
        case _:
            yield Hidden(Kind.OTHER, place.offset, end)


def _kept_of_certificate(data: bytes, offset: int, spans: tuple[_Span, ...]) -> Iterator[bytes | Hidden]:
    end = offset + len(data)
    known = spans[-1][1] if spans else 0
    for start, stop, kind in (*spans, (known, max(known, end), Kind.OTHER)):
        first, last = max(start, offset), min(stop, end)
        if first < last:
            yield data[first - offset : last - offset] if kind is None else Hidden(kind, first - start, last - start)


def _data(answer: bytes | type[CardError]) -> bytes:
    return answer[:-_STATUS_BYTES] if isinstance(answer, bytes) else b""
