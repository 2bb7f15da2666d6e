"""One authentication tried from the command line, counted and timed.

The terminal does not go this way: there the watch hands cards to the terminal's own job.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from cardreader import traffic
from cardreader.cards import desfire
from cardreader.cards.facility_keys import FacilityKeys
from cardreader.cards.jpki import Authenticated, Reason, Refused, authenticate
from cardreader.counting import CountedCard
from cardreader.errors import CardRemoved
from cardreader.pin import PIN_LENGTH, Pin
from cardreader.ports import Card, Reader
from cardreader.reference import card_reference

CHALLENGE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Trial:
    """`report` is ready to be printed as JSON."""

    passed: bool
    report: dict[str, object]


def type_from_stdin(pin: Pin) -> None:
    """The first line of the input, read past Python's own buffering, which nobody could wipe. Raises ValueError."""
    octet = bytearray(1)
    with open(0, "rb", buffering=0, closefd=False) as stdin:
        while stdin.readinto(octet) and octet not in b"\r\n":
            if pin.complete or octet not in b"0123456789":
                pin.wipe()
                break
            pin.push(octet[0] - ord("0"))
    octet[0] = 0
    if not pin.complete:
        raise ValueError(f"the first line of the input is to be a PIN of {PIN_LENGTH} digits")


@contextmanager
def held_card(reader: Reader, wait_seconds: float) -> Iterator[Card]:
    """Raises CardError and ReaderError; CardRemoved when no card comes in time."""
    if not reader.wait_present(wait_seconds):
        raise CardRemoved(f"no card was held to {reader.name!r}")
    card = traffic.logged(reader.connect())
    try:
        yield card
    finally:
        card.close()


def try_card(
    reader: Reader, pin: Pin, key: bytes, *, wait_seconds: float, facility: FacilityKeys | None = None
) -> Trial:
    """With keys of a `facility` its own cards are tried too, without a PIN: they check none.

    Raises CardError and ReaderError; CardRemoved when no card comes in time.
    """
    with held_card(reader, wait_seconds) as card:
        started = time.perf_counter()
        trial = _authenticate(card, pin, key)
        if facility and trial.report.get("refused") == Reason.NOT_MY_NUMBER_CARD.value:
            trial = _try_facility_card(card, facility, key)
    if trial.passed:
        trial.report["milliseconds"] = round((time.perf_counter() - started) * 1000, 1)
    return trial


def _authenticate(card: Card, pin: Pin, key: bytes) -> Trial:
    counted = CountedCard(card)
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    match authenticate(counted, pin, challenge=challenge, now=datetime.now(UTC), last_try_allowed=False):
        case Refused(reason, tries_left):
            return Trial(passed=False, report={"refused": reason.value, "tries_left": tries_left})
        case Authenticated(public_key=public_key, tries_left=left):
            report: dict[str, object] = {
                "card_ref": card_reference(public_key, key).hex(),
                "verified": True,
                "tries_left": left,
                "apdus": counted.apdus,
                "bytes_sent": counted.bytes_sent,
                "bytes_received": counted.bytes_received,
            }
            return Trial(passed=True, report=report)


def _try_facility_card(card: Card, facility: FacilityKeys, key: bytes) -> Trial:
    challenge = secrets.token_bytes(desfire.CHALLENGE_BYTES)
    match desfire.authenticate(card, facility, challenge=challenge):
        case desfire.Refused(reason):
            return Trial(passed=False, report={"refused": reason.value, "tries_left": None})
        case desfire.Authenticated() as proven:
            reference = card_reference(proven.subject, key).hex()
            return Trial(passed=True, report={"card_ref": reference, "verified": True, "facility_card": True})
