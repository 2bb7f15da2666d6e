"""A facility's own cards for tests: simulated, personalised with a key that is nobody's, and as often as not repeatable."""

import secrets
from collections.abc import Callable

from cardreader.cards.facility_keys import FacilityKeys
from cardreader.simulated.desfire_card import DesfireCard, personalised

KEYS = FacilityKeys(
    application=bytes.fromhex("3042F5"),
    key_number=1,
    file_number=2,
    system=b"TEST facility",
    master_key=bytes(range(16)),
)
SERIAL = bytes.fromhex("04782E21801D80")
CARD_ID = bytes.fromhex("c0ffee00112233445566778899aabbcc")
FACILITY_CHALLENGE = bytes(range(0x20, 0x30))


def facility_card(
    *,
    keys: FacilityKeys = KEYS,
    serial: bytes = SERIAL,
    card_id: bytes = CARD_ID,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> DesfireCard:
    return DesfireCard(personalised(keys, serial, card_id), random)


def counting_random() -> Callable[[int], bytes]:
    """Numbers nobody should call random: 01 01 …, then 02 02 …"""
    calls = iter(range(1, 256))
    return lambda count: bytes((next(calls),)) * count
