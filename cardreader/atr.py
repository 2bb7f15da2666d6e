"""The answer to reset that PC/SC makes up for contactless cards, which have none: PC/SC part 3, 3.1.3.2.3."""

_HEAD = b"\x3b"
_NO_CONTACTS = b"\x80\x01"
_COUNTED = range(0x80, 0x90)
_TYPE_B_BYTES = 8

STORAGE_CARD = bytes.fromhex("804F0CA000000306")
"""How the historical bytes of a card without applications begin; standard and name of the card follow."""


def pseudo_atr(historical: bytes) -> bytes:
    """At most 15 historical bytes."""
    body = bytes((_COUNTED[len(historical)],)) + _NO_CONTACTS + historical
    checksum = 0
    for octet in body:
        checksum ^= octet
    return _HEAD + body + bytes((checksum,))


def historical_bytes(atr: bytes) -> bytes | None:
    """None for the answer of a card with contacts, and for what is no answer."""
    if len(atr) < 2 or atr[:1] != _HEAD or atr[1] not in _COUNTED or atr[2:4] != _NO_CONTACTS:  # noqa: PLR2004
        return None
    return atr[4 : 4 + _COUNTED.index(atr[1])]


def is_type_b(historical: bytes) -> bool:
    """Whether these are application data (4), protocol information (3) and MBLI of a Type B card.

    The protocol information says there that the card speaks ISO/IEC 14443-4; the historical bytes of a Type A card
    seldom look like that, but nothing forbids it.
    """
    return len(historical) == _TYPE_B_BYTES and historical[5] & 0x09 == 0x01 and not historical[7] & 0x0F
