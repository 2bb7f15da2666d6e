"""What stands in a replay for what a transcript does not keep: a new key and its signatures, times, and zeros."""

from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cardreader.transcripts.form import Exchange, Hidden, Kind, Parts

_RSA_2048_BYTES = 294  # of the DER SubjectPublicKeyInfo
_P_384_BYTES = 120
_COORDINATE_BYTES = 48
_PAST = b"20000101000000Z"
_FUTURE = b"20491231235959Z"
_TRIES = 100  # a signature in DER has one of a few lengths, each soon met


class StandIn:
    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        answers = [part for each in exchanges if isinstance(each.answer, tuple) for part in each.answer]
        hidden = [part for part in answers if isinstance(part, Hidden)]
        self._lengths = {kind: max((each.end for each in hidden if each.kind is kind), default=0) for kind in Kind}
        self._key = _key(self._lengths[Kind.KEY])
        self._signature = b""

    def sign(self, given: bytes) -> None:
        self._signature = _signature(self._key, given, self._lengths[Kind.SIGNATURE])

    def answer(self, parts: Parts) -> bytes:
        return b"".join(part if isinstance(part, bytes) else self._in_place_of(part) for part in parts)

    def _in_place_of(self, hidden: Hidden) -> bytes:
        whole = self._whole(hidden.kind)[hidden.start : hidden.end]
        return whole.ljust(hidden.end - hidden.start, b"\0")

    def _whole(self, kind: Kind) -> bytes:
        match kind:
            case Kind.SERIAL:
                return b"\x01"
            case Kind.PAST:
                return _PAST[-self._lengths[kind] :]
            case Kind.FUTURE:
                return _FUTURE[-self._lengths[kind] :]
            case Kind.KEY if self._key:
                return self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            case Kind.SIGNATURE:
                return self._signature
            case _:
                return b""


def _key(length: int) -> RSAPrivateKey | EllipticCurvePrivateKey | None:
    """None for a kind of key that no conversation accepts: zeros do for it."""
    if length == _RSA_2048_BYTES:
        return generate_rsa_key(public_exponent=65537, key_size=2048)
    return generate_ec_key(SECP384R1()) if length == _P_384_BYTES else None


def _signature(key: RSAPrivateKey | EllipticCurvePrivateKey | None, given: bytes, length: int) -> bytes:
    if key is None:
        return b""
    try:
        if isinstance(key, RSAPrivateKey):
            return key.sign(given, PKCS1v15(), NoDigestInfo())
        return _ecdsa(key, given, length)
    except ValueError:  # not what a card signs
        return b""


def _ecdsa(key: EllipticCurvePrivateKey, given: bytes, length: int) -> bytes:
    for _ in range(_TRIES):
        der = key.sign(given, ECDSA(Prehashed(SHA384())))
        if length == 2 * _COORDINATE_BYTES:
            return b"".join(number.to_bytes(_COORDINATE_BYTES) for number in decode_dss_signature(der))
        if len(der) == length:
            return der
    return b""
