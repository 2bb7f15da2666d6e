"""How a card proves that it holds its private key: one scheme per kind of key, behind one small interface.

Cards of today sign with RSA and SHA-256. A card with another key raises UnsupportedKey before any PIN is sent to it.
"""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from cardreader.errors import UnsupportedKey

_SHA256_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017, 9.2, note 1


class Scheme(Protocol):
    def to_sign(self, challenge: bytes) -> bytes:
        """What the card is given: it pads this and applies its private key."""
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


def scheme_for(public_key: bytes) -> Scheme:
    """`public_key` is a DER SubjectPublicKeyInfo. Raises UnsupportedKey."""
    try:
        key = load_der_public_key(public_key)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnsupportedKey("the public key cannot be read") from error
    if not isinstance(key, RSAPublicKey):
        raise UnsupportedKey(f"{type(key).__name__} is not supported")
    return RsaSha256(key)
