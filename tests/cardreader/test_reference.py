"""A linked card is known by a keyed hash of its public key (C38)."""

import pytest

from cardreader.reference import card_reference


def test_it_is_hmac_sha256() -> None:
    # RFC 4231, test case 1, with its key of 20 bytes lengthened: HMAC pads keys with zeros.
    key = b"\x0b" * 20 + bytes(12)
    expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    assert card_reference(b"Hi There", key).hex() == expected


def test_another_key_gives_another_reference() -> None:
    assert card_reference(b"public key", b"a" * 32) != card_reference(b"public key", b"b" * 32)


def test_a_key_of_31_bytes_is_refused() -> None:
    with pytest.raises(ValueError, match="31 bytes"):
        card_reference(b"public key", b"a" * 31)
