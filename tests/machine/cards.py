"""Simulated cards for tests, and the usual thing to do with one. Keys are made once per process, cards are new each time."""

import functools
from datetime import UTC, datetime

from cardreader.apdu import Command, require
from cardreader.cards.jpki import Authenticated, Refused, authenticate, select_application
from cardreader.cards.memory import Memory
from cardreader.pin import Pin
from cardreader.ports import Card
from cardreader.simulated.credentials import Credential, KeyKind, issue_authority, issue_member
from cardreader.simulated.jpki_card import ATR, JpkiCard

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
PIN = "4071"
WRONG_PIN = "9358"
CHALLENGE = bytes(range(32))


def credential(
    member: str = "hanako", issued: datetime = datetime(2025, 7, 7, tzinfo=UTC), kind: KeyKind = KeyKind.RSA_2048
) -> Credential:
    return _credential(member, issued, kind)


def card() -> JpkiCard:
    return JpkiCard(credential(), PIN)


def pin(digits: str = PIN) -> Pin:
    typed = Pin()
    for digit in digits:
        typed.push(int(digit))
    return typed


def authenticated(
    card: Card, digits: str = PIN, *, last_try_allowed: bool = False, memory: Memory | None = None
) -> Authenticated | Refused:
    return authenticate(
        card, pin(digits), challenge=CHALLENGE, now=NOW, last_try_allowed=last_try_allowed, memory=memory
    )


def all_selected() -> Memory:
    """Of one who knows that cards of this kind want every file selected, and knows no card yet."""
    memory = Memory()
    memory.learn_short_identifiers(ATR, taken=False)
    return memory


def sign_without_pin(card: Card) -> bytes:
    """What a program does that hopes to find the card unlocked. Raises ApduError."""
    select_application(card)
    require(card, Command(0x00, 0xA4, 0x02, 0x0C, b"\x00\x17"))
    return require(card, Command(0x80, 0x2A, 0x00, 0x80, CHALLENGE, 256))


def authority(kind: KeyKind = KeyKind.RSA_2048) -> Credential:
    return _authority(kind)


# A cache tells a default from the same value given, and would make another key for it.
@functools.cache
def _credential(member: str, issued: datetime, kind: KeyKind) -> Credential:
    return issue_member(_authority(kind), member, issued, kind)


@functools.cache
def _authority(kind: KeyKind) -> Credential:
    return issue_authority(datetime(2020, 1, 1, tzinfo=UTC), kind)
