"""Simulated cards for tests: keys are made once per process, cards are new each time."""

import functools
from datetime import UTC, datetime

from cardreader.pin import Pin
from cardreader.simulated.credentials import Credential, issue_authority, issue_member
from cardreader.simulated.jpki_card import JpkiCard

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
PIN = "4071"
WRONG_PIN = "9358"


@functools.cache
def credential(member: str = "hanako", issued: datetime = datetime(2025, 7, 7, tzinfo=UTC)) -> Credential:
    return issue_member(_authority(), member, issued)


def card() -> JpkiCard:
    return JpkiCard(credential(), PIN)


def pin(digits: str = PIN) -> Pin:
    typed = Pin()
    for digit in digits:
        typed.push(int(digit))
    return typed


@functools.cache
def _authority() -> Credential:
    return issue_authority(datetime(2020, 1, 1, tzinfo=UTC))
