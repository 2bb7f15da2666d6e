"""How a card proves that it holds its private key: one scheme per kind of key, behind one small interface.

Cards of today sign with RSA and SHA-256; the next generation, announced for about 2028, with ECDSA P-384 and SHA-384. A
card with another key raises UnsupportedKey before any PIN is sent to it.
"""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP384R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import load_der_public_key

from cardreader.errors import UnsupportedKey

_SHA256_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017, 9.2, note 1
_RSA_BITS = 2048
_COORDINATE_BYTES = 48


class Scheme(Protocol):
    def to_sign(self, challenge: bytes) -> bytes:
        """What the card is given: it applies its private key to this, padded first where the kind of key wants that."""
        ...

    def accepts(self, signature: bytes, challenge: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class RsaSha256:
    key: RSAPublicKey

    def to_sign(self, challenge: bytes) -> bytes:
        return _SHA256_DIGEST_INFO + hashlib.sha256(challenge).digest()

    def accepts(self, signature: bytes, challenge: bytes) -> bool:
        try:
            self.key.verify(signature, challenge, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class EcdsaP384:
    """What such cards are given and answer is not published yet: taken to be the bare digest and, as cards do it, r and s.

    A signature in DER is accepted as well; it proves the same.
    """

    key: EllipticCurvePublicKey

    def to_sign(self, challenge: bytes) -> bytes:
        return hashlib.sha384(challenge).digest()

    def accepts(self, signature: bytes, challenge: bytes) -> bool:
        if len(signature) == 2 * _COORDINATE_BYTES:
            r, s = signature[:_COORDINATE_BYTES], signature[_COORDINATE_BYTES:]
            signature = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
        try:
            self.key.verify(signature, challenge, ECDSA(SHA384()))
        except InvalidSignature:
            return False
        return True


def scheme_for(public_key: bytes) -> Scheme:
    """`public_key` is a DER SubjectPublicKeyInfo. Raises UnsupportedKey."""
    try:
        key = load_der_public_key(public_key)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnsupportedKey("the public key cannot be read") from error
    if isinstance(key, RSAPublicKey) and key.key_size == _RSA_BITS:
        return RsaSha256(key)
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP384R1):
        return EcdsaP384(key)
    raise UnsupportedKey(f"{type(key).__name__} of this size is not supported")
