"""The proof that a card holds its private key."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from machine.cards import CHALLENGE, credential

from cardreader.cards.signature import scheme_for
from cardreader.errors import UnsupportedKey


def signed(what: bytes) -> bytes:
    key = credential().key
    assert isinstance(key, RSAPrivateKey)
    return key.sign(what, PKCS1v15(), NoDigestInfo())


def test_what_the_card_is_given_makes_a_signature_that_is_accepted() -> None:
    scheme = scheme_for(credential().public_key)
    assert scheme.accepts(signed(scheme.to_sign(CHALLENGE)), CHALLENGE)


def test_the_card_is_given_a_digest_info_of_51_bytes() -> None:
    assert len(scheme_for(credential().public_key).to_sign(CHALLENGE)) == 0x33


def test_the_signature_of_another_challenge_is_not_accepted() -> None:
    scheme = scheme_for(credential().public_key)
    assert not scheme.accepts(signed(scheme.to_sign(CHALLENGE)), CHALLENGE[::-1])


def test_the_signature_of_another_key_is_not_accepted() -> None:
    scheme = scheme_for(credential("taro").public_key)
    assert not scheme.accepts(signed(scheme.to_sign(CHALLENGE)), CHALLENGE)


@pytest.mark.parametrize(
    "signature", [b"", bytes(256), bytes(255), b"\xff" * 512], ids=["none", "zeros", "short", "long"]
)
def test_what_is_no_signature_is_not_accepted(signature: bytes) -> None:
    assert not scheme_for(credential().public_key).accepts(signature, CHALLENGE)


def test_a_key_of_another_kind_is_unsupported() -> None:
    key = ec.generate_private_key(ec.SECP384R1()).public_key()
    with pytest.raises(UnsupportedKey):
        scheme_for(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def test_what_is_no_key_is_unsupported() -> None:
    with pytest.raises(UnsupportedKey):
        scheme_for(b"\x30\x00")
