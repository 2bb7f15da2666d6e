"""The name a linked card is known by: a keyed hash of its public key.

Neither the certificate's serial number nor anything else that the law restricts goes into it, and without the key the
reference leads back to no certificate.
"""

import hashlib
import hmac

KEY_BYTES = 32


def card_reference(public_key: bytes, key: bytes) -> bytes:
    """32 bytes: HMAC-SHA256 of the DER SubjectPublicKeyInfo `public_key`. The key has at least 32 bytes."""
    if len(key) < KEY_BYTES:
        raise ValueError(f"the reference key has {len(key)} bytes, at least {KEY_BYTES} are needed")
    return hmac.digest(key, public_key, hashlib.sha256)
