"""The proof that a card holds its private key."""

from collections.abc import Callable
from typing import TypeAlias

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cardreader.cards.signature import Scheme, scheme_for
from cardreader.errors import UnsupportedKey
from cardreader.simulated.credentials import KeyKind
from machine.cards import CHALLENGE, credential

PublicKey: TypeAlias = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey


def plain(signature: bytes) -> bytes:
    """R and s, 48 bytes each, as cards write them."""
    return b"".join(number.to_bytes(48) for number in decode_dss_signature(signature))


def signed(what: bytes, kind: KeyKind = KeyKind.RSA_2048) -> bytes:
    """As a card does it that knows nothing of challenges."""
    key = credential(kind=kind).key
    if isinstance(key, RSAPrivateKey):
        return key.sign(what, PKCS1v15(), NoDigestInfo())
    return key.sign(what, ECDSA(Prehashed(SHA384())))


def scheme(kind: KeyKind, member: str = "hanako") -> Scheme:
    return scheme_for(credential(member, kind=kind).public_key)


both_kinds = pytest.mark.parametrize("kind", KeyKind, ids=lambda kind: kind.value)


@both_kinds
def test_what_the_card_is_given_makes_a_signature_that_is_accepted(kind: KeyKind) -> None:
    assert scheme(kind).accepts(signed(scheme(kind).to_sign(CHALLENGE), kind), CHALLENGE)


def test_a_p_384_signature_is_accepted_as_r_and_s_too() -> None:
    with_p_384 = scheme(KeyKind.P_384)
    signature = plain(signed(with_p_384.to_sign(CHALLENGE), KeyKind.P_384))
    assert with_p_384.accepts(signature, CHALLENGE)
    assert not with_p_384.accepts(signature[48:] + signature[:48], CHALLENGE)


@pytest.mark.parametrize(
    ("kind", "length"), [(KeyKind.RSA_2048, 0x33), (KeyKind.P_384, 48)], ids=["a digest info", "a bare digest"]
)
def test_the_card_is_given(kind: KeyKind, length: int) -> None:
    assert len(scheme(kind).to_sign(CHALLENGE)) == length


@both_kinds
def test_the_signature_of_another_challenge_is_not_accepted(kind: KeyKind) -> None:
    assert not scheme(kind).accepts(signed(scheme(kind).to_sign(CHALLENGE), kind), CHALLENGE[::-1])


@both_kinds
def test_the_signature_of_another_key_is_not_accepted(kind: KeyKind) -> None:
    other = scheme(kind, "taro")
    assert not other.accepts(signed(other.to_sign(CHALLENGE), kind), CHALLENGE)


@both_kinds
@pytest.mark.parametrize(
    "signature",
    [b"", bytes(256), bytes(255), b"\xff" * 512, bytes(96), b"\xff" * 96, b"\x30\x06\x02\x01\x00\x02\x01\x00"],
    ids=["none", "zeros", "short", "long", "r and s of zero", "r and s too large", "r and s of zero in DER"],
)
def test_what_is_no_signature_is_not_accepted(signature: bytes, kind: KeyKind) -> None:
    assert not scheme(kind).accepts(signature, CHALLENGE)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(lambda: ec.generate_private_key(ec.SECP256R1()).public_key(), id="P-256"),
        pytest.param(lambda: rsa.generate_private_key(65537, 3072).public_key(), id="RSA-3072"),
        pytest.param(lambda: ed25519.Ed25519PrivateKey.generate().public_key(), id="Ed25519"),
    ],
)
def test_a_key_of_another_kind_is_unsupported(key: Callable[[], PublicKey]) -> None:
    with pytest.raises(UnsupportedKey):
        scheme_for(key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def test_what_is_no_key_is_unsupported() -> None:
    with pytest.raises(UnsupportedKey):
        scheme_for(b"\x30\x00")
