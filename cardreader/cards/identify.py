"""What a card is that is not a My Number Card, as far as it helps to tell its holder what is wrong.

Nothing is read from such a card: it is asked for at most two applications by name. What is found is a help and no
proof, and nobody is let in by it.
"""

from dataclasses import dataclass
from enum import Enum, unique

from cardreader.apdu import SHORT_LE_MAX, Command, Response, StatusWord
from cardreader.atr import STORAGE_CARD, historical_bytes, is_type_b
from cardreader.ports import Card

DRIVING_LICENCE = bytes.fromhex("A0000002310100000000000000000000")
RESIDENCE_CARD = bytes.fromhex("D392F0004F0200000000000000000000")
PAYMENT_SYSTEM = b"2PAY.SYS.DDF01"  # EMV Contactless Book B
WALLET = b"OSE.VAS.01"  # Apple and Google wallets answer to it, cards do not

_FELICA = 0x11
_DESFIRE = b"\x80"
_THERE_IS_AN_ANSWER = {0x61, 0x6C}  # which nobody fetches: its being there is enough
_NO_APPLICATIONS_AT_ALL = {StatusWord.NOT_SUPPORTED, StatusWord.UNKNOWN_CLASS, StatusWord.UNKNOWN_INSTRUCTION}


@unique
class Foreign(Enum):
    PHONE = "phone"
    DRIVING_LICENCE = "driving_licence"
    RESIDENCE_CARD = "residence_card"
    BANK_CARD = "bank_card"
    FELICA_CARD = "felica_card"
    DESFIRE_CARD = "desfire_card"
    STORAGE_CARD = "storage_card"
    OTHER_CARD = "other_card"


@dataclass(frozen=True, slots=True)
class _Probe:
    select: Command
    means: Foreign


def _by_name(application: bytes) -> Command:
    return Command(0x00, 0xA4, 0x04, 0x0C, application)


def _by_name_with_answer(application: bytes) -> Command:
    # EMV knows no other form, the cards of the Japanese state may refuse this one.
    return Command(0x00, 0xA4, 0x04, 0x00, application, SHORT_LE_MAX)


_WALLET = _Probe(_by_name_with_answer(WALLET), Foreign.PHONE)
_BANK_CARD = _Probe(_by_name_with_answer(PAYMENT_SYSTEM), Foreign.BANK_CARD)
_DRIVING_LICENCE = _Probe(_by_name(DRIVING_LICENCE), Foreign.DRIVING_LICENCE)
_RESIDENCE_CARD = _Probe(_by_name(RESIDENCE_CARD), Foreign.RESIDENCE_CARD)
_TYPE_A = (_WALLET, _BANK_CARD)  # a wallet in a phone may well be a bank card, so it is asked for first
_TYPE_B = (_DRIVING_LICENCE, _RESIDENCE_CARD)
_UNKNOWN = (_DRIVING_LICENCE, _BANK_CARD)


def identify(card: Card) -> Foreign:
    """For a card that did not answer to the JPKI application. Raises CardError and ReaderLost."""
    plan = _plan(historical_bytes(card.atr))
    return plan if isinstance(plan, Foreign) else _ask(card, plan)


def _plan(historical: bytes | None) -> Foreign | tuple[_Probe, ...]:
    if historical is None:
        return _UNKNOWN
    if historical.startswith(STORAGE_CARD):
        standard = historical[len(STORAGE_CARD) :][:1]
        return Foreign.FELICA_CARD if standard == bytes((_FELICA,)) else Foreign.STORAGE_CARD
    if historical == _DESFIRE:
        return Foreign.DESFIRE_CARD
    return _TYPE_B if is_type_b(historical) else _TYPE_A


def _ask(card: Card, probes: tuple[_Probe, ...]) -> Foreign:
    for probe in probes:
        status = Response.decode(card.transmit(probe.select.encode())).status
        if status == StatusWord.OK or status >> 8 in _THERE_IS_AN_ANSWER:
            return probe.means
        if status in _NO_APPLICATIONS_AT_ALL:
            break
    return Foreign.OTHER_CARD
