"""Every way a tap may fail has an outcome of its own, whatever reader it happens on (A7, A18).

The rows are those of the facts about My Number Cards. Elsewhere: cards of other kinds (`test_other_cards_contract`),
revoked and unlinked cards, which sign as well as any, and readers and services lost (`test_real_daemon`, the drivers').
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from cardreader.cards.jpki import Authenticated, Reason, Refused, authenticate
from cardreader.cards.memory import Memory
from cardreader.deadline import PunctualReader
from cardreader.errors import ApduError, CardMute, CardRemoved, CardTooSlow, MalformedCertificate
from cardreader.ports import Reader
from cardreader.simulated.chip import Chip
from cardreader.simulated.credentials import KeyKind
from cardreader.simulated.jpki_card import JpkiCard
from cardreader.simulated.other_cards import ForeignCard, MuteCard, PulledAtVerify, phone
from machine import cards
from machine.benches import MachineBench
from machine.cards import PIN, WRONG_PIN, credential
from machine.quirky_card import Manners, QuirkyCard

SOON = 10.0


class Spied(JpkiCard):
    """Counts the PINs it is sent."""

    def __init__(self, tries_left: int = 3) -> None:
        super().__init__(credential(), PIN)
        self._pin.tries_left = tries_left
        self.pins = 0

    def transmit(self, command: bytes | bytearray) -> bytes:
        self.pins += command[1] == 0x20 and len(command) == 9
        return super().transmit(command)


def tap(bench: MachineBench, chip: Chip, digits: str = PIN, *, last_try_allowed: bool = False) -> object:
    """What one presentation comes to; the card is taken away again."""
    bench.hold(chip)
    try:
        return tap_lying(bench, digits, last_try_allowed=last_try_allowed)
    finally:
        bench.take_away()
        assert bench.reader.wait_absent(SOON)


def tap_lying(bench: MachineBench, digits: str = PIN, *, last_try_allowed: bool = False) -> object:
    assert bench.reader.wait_present(SOON)
    card = bench.reader.connect()
    try:
        return cards.authenticated(card, digits, last_try_allowed=last_try_allowed)
    finally:
        card.close()


def test_a_wrong_pin_says_how_many_tries_are_left(machine_bench: MachineBench) -> None:
    chip = Spied()
    machine_bench.hold(chip)
    assert tap_lying(machine_bench, WRONG_PIN) == Refused(Reason.WRONG_PIN, 2)
    assert tap_lying(machine_bench, WRONG_PIN) == Refused(Reason.WRONG_PIN, 1)
    assert chip.pins == 2


def test_with_one_try_left_the_pin_is_not_sent(machine_bench: MachineBench) -> None:
    chip = Spied(tries_left=1)
    assert tap(machine_bench, chip) == Refused(Reason.LAST_TRY, 1)
    assert (chip.pins, chip.tries_left) == (0, 1)


def test_with_the_members_word_it_is(machine_bench: MachineBench) -> None:
    assert isinstance(tap(machine_bench, Spied(tries_left=1), last_try_allowed=True), Authenticated)


def test_the_try_that_blocks_is_told_from_a_wrong_pin(machine_bench: MachineBench) -> None:
    chip = Spied(tries_left=1)
    assert tap(machine_bench, chip, WRONG_PIN, last_try_allowed=True) == Refused(Reason.PIN_BLOCKED, 0)
    assert chip.pins == 1


def test_a_card_blocked_before_is_not_sent_the_pin(machine_bench: MachineBench) -> None:
    chip = Spied(tries_left=0)
    assert tap(machine_bench, chip) == Refused(Reason.PIN_BLOCKED, 0)
    assert chip.pins == 0


def test_a_card_pulled_during_verify_is_removed_and_verify_not_repeated(machine_bench: MachineBench) -> None:
    chip = Spied()
    machine_bench.hold(PulledAtVerify(chip))
    with pytest.raises(CardRemoved):
        tap_lying(machine_bench, WRONG_PIN)
    assert (chip.pins, chip.tries_left) == (1, 2)


def test_a_card_without_the_application_is_another_card(machine_bench: MachineBench) -> None:
    assert tap(machine_bench, ForeignCard()) == Refused(Reason.NOT_MY_NUMBER_CARD, None)


class Saying(ForeignCard):
    """A card that answers every command with one status, as FeliCa and MIFARE cards do through a PC/SC reader."""

    def __init__(self, status: str) -> None:
        self._status = bytes.fromhex(status)

    def transmit(self, command: bytes | bytearray) -> bytes:
        return self._status


@pytest.mark.parametrize("status", ["6a81", "6e00", "6d00"])
def test_a_card_that_knows_no_applications_is_another_card(status: str, machine_bench: MachineBench) -> None:
    assert tap(machine_bench, Saying(status)) == Refused(Reason.NOT_MY_NUMBER_CARD, None)


def test_a_phone_is_told_from_a_card(machine_bench: MachineBench) -> None:
    assert tap(machine_bench, phone(credential(), PIN)) == Refused(Reason.PHONE, None)


def test_two_cards_at_once_or_a_mute_one_are_told_from_a_card_that_stops_answering(machine_bench: MachineBench) -> None:
    machine_bench.hold(MuteCard())
    assert machine_bench.reader.wait_present(SOON)
    with pytest.raises(CardMute):
        machine_bench.reader.connect()


def test_an_expired_card_is_refused_before_its_pin(machine_bench: MachineBench) -> None:
    chip = Spied()
    machine_bench.hold(chip)
    assert machine_bench.reader.wait_present(SOON)
    card = machine_bench.reader.connect()
    after = credential().certificate.not_valid_after_utc + timedelta(seconds=1)
    outcome = authenticate(card, cards.pin(), challenge=cards.CHALLENGE, now=after, last_try_allowed=False)
    card.close()
    assert (outcome, chip.pins) == (Refused(Reason.EXPIRED, None), 0)


def test_a_card_that_does_not_hold_its_key_is_unproven(machine_bench: MachineBench) -> None:
    mixed = replace(credential(), certificate=credential("taro").certificate)
    assert tap(machine_bench, JpkiCard(mixed, PIN)) == Refused(Reason.UNPROVEN, 3)


def test_an_answer_nobody_expects_is_an_error_that_names_it(machine_bench: MachineBench) -> None:
    with pytest.raises(ApduError) as refused:
        tap(machine_bench, Saying("6f42"))
    assert refused.value.status == 0x6F42


class WithoutCertificate(JpkiCard):
    def transmit(self, command: bytes | bytearray) -> bytes:
        return bytes(256) + b"\x90\x00" if command[1] == 0xB0 else super().transmit(command)


def test_a_file_that_is_no_certificate_is_malformed(machine_bench: MachineBench) -> None:
    with pytest.raises(MalformedCertificate):
        tap(machine_bench, WithoutCertificate(credential(), PIN))


class Asleep(JpkiCard):
    """Takes a command and answers when it is woken."""

    def __init__(self) -> None:
        super().__init__(credential(), PIN)
        self.woken = threading.Event()

    def transmit(self, command: bytes | bytearray) -> bytes:
        assert self.woken.wait(SOON)
        return super().transmit(command)


def test_a_card_that_does_not_answer_in_time_is_too_slow(machine_bench: MachineBench) -> None:
    chip = Asleep()
    machine_bench.hold(chip)
    reader = PunctualReader(unclosed(machine_bench.reader), 0.5, threading.Semaphore(1))
    assert reader.wait_present(SOON)
    card = reader.connect()
    with pytest.raises(CardTooSlow):
        cards.authenticated(card)
    chip.woken.set()
    card.close()


def unclosed(reader: Reader) -> Callable[[], Reader]:
    """The bench closes its reader itself."""
    return lambda: reader


# What is no failure


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(cards.card, id="selected files"),
        pytest.param(lambda: JpkiCard(credential(), PIN, short_identifiers=True), id="short identifiers"),
        pytest.param(lambda: JpkiCard(credential(kind=KeyKind.P_384), PIN), id="the next generation"),
        pytest.param(lambda: QuirkyCard(credential(), PIN, Manners(signing_seconds=0.5)), id="quirky and slow"),
    ],
)
def test_a_card_of_whatever_make_is_authenticated_again_and_again(
    make: Callable[[], Chip], machine_bench: MachineBench
) -> None:
    memory = Memory()
    machine_bench.hold(make())
    assert machine_bench.reader.wait_present(SOON)
    for _ in range(2):
        card = machine_bench.reader.connect()
        assert isinstance(cards.authenticated(card, memory=memory), Authenticated)
        card.close()
