"""The pages of a database as SQLCipher 4 lays them out on disk, with a raw key and its default settings.

A page of 4096 bytes is 4016 bytes of AES-256-CBC, the 16 bytes of its initialisation vector, and an HMAC-SHA512 over both
and the page's number; the first page begins with 16 bytes of salt in the clear, from which the HMAC's key is derived.
Pure. Not in here: reading files, and what pages hold. Source: SQLCipher's design, https://www.zetetic.net/sqlcipher/design/
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAGE_BYTES = 4096
SALT_BYTES = 16
_RESERVE_BYTES = 80
_IV_BYTES = 16
_CIPHERTEXT_END = PAGE_BYTES - _RESERVE_BYTES
_SIGNED_END = _CIPHERTEXT_END + _IV_BYTES
_HMAC_SALT_MASK = 0x3A
_HMAC_KEY_ROUNDS = 2
_SIZE_OFFSET = 28  # SQLite's file format, 1.3: the header's "size of the database file in pages"
_EMPTY = bytes(PAGE_BYTES)


class Seal:
    """Tells whether a page is as SQLCipher wrote it. `key` is the raw key of 32 bytes."""

    def __init__(self, key: bytes, salt: bytes) -> None:
        masked = bytes(byte ^ _HMAC_SALT_MASK for byte in salt)
        self._key = hashlib.pbkdf2_hmac("sha512", key, masked, _HMAC_KEY_ROUNDS, len(key))

    def holds(self, number: int, page: bytes) -> bool:
        """`number` counts from 1; the page is whole."""
        signed = page[SALT_BYTES if number == 1 else 0 : _SIGNED_END] + number.to_bytes(4, "little")
        return hmac.compare_digest(hmac.digest(self._key, signed, "sha512"), page[_SIGNED_END:])


def is_empty(page: bytes) -> bool:
    """A page nobody ever wrote, such as one freed before it reached the disk: SQLCipher takes it as it is."""
    return page == _EMPTY


def decrypt(key: bytes, page: bytes, *, first: bool = False) -> bytes:
    """Whatever the page says under `key`; where bytes are damaged, the block of 16 around them is noise and the rest is not.

    `first` is the database's first page, whose ciphertext begins behind the salt.
    """
    start = SALT_BYTES if first else 0
    cipher = Cipher(algorithms.AES(key), modes.CBC(page[_CIPHERTEXT_END:_SIGNED_END])).decryptor()
    return page[:start] + cipher.update(page[start:_CIPHERTEXT_END]) + cipher.finalize()


def pages_of_database(first: bytes) -> int:
    """How many pages the database has by its first page, decrypted; 0 where it does not say."""
    return int.from_bytes(first[_SIZE_OFFSET : _SIZE_OFFSET + 4], "big")
