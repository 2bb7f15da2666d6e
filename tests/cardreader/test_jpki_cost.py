"""What a tap costs: short file identifiers where a kind of card has them, and nothing read twice of a card once proven.

A command costs a round trip and every byte about 0.1 ms on the air, so the numbers here are what a member waits for.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cardreader.apdu import Command
from cardreader.cards.jpki import Authenticated, Reason, Refused
from cardreader.cards.memory import Memory
from cardreader.counting import CountedCard
from cardreader.drivers.simulated import SimulatedReader
from cardreader.errors import ApduError
from cardreader.ports import Card
from cardreader.simulated.chip import Chip
from cardreader.simulated.credentials import KeyKind
from cardreader.simulated.jpki_card import JpkiCard
from machine.cards import PIN, WRONG_PIN, authenticated, credential

OPENSC_BYTES = 5955
"""What OpenSC 0.23 sends and receives for the same job, the fewest measured; `script/bench` measures it anew."""


def card_of(member: str = "hanako", *, short: bool = False, kind: KeyKind = KeyKind.RSA_2048) -> JpkiCard:
    return JpkiCard(credential(member, kind=kind), PIN, short_identifiers=short)


class Noted:
    """Notes the headers of the commands to `chip`, and answers with `instead` to those whose header begins so."""

    def __init__(self, chip: Chip, instead: dict[str, str] | None = None) -> None:
        self._chip = chip
        self._instead = instead or {}
        self.headers: list[str] = []
        chip.power_on()

    @property
    def atr(self) -> bytes:
        return self._chip.atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        header = command[:4].hex()
        self.headers.append(header)
        for beginning, answer in self._instead.items():
            if header.startswith(beginning):
                return bytes.fromhex(answer)
        return self._chip.transmit(command)

    def close(self) -> None:
        self._chip.power_off()


def headers(chip: Chip, memory: Memory, *, last_try_allowed: bool = False) -> list[str]:
    noted = Noted(chip)
    assert isinstance(authenticated(noted, memory=memory, last_try_allowed=last_try_allowed), Authenticated)
    return noted.headers


SELECT_APPLICATION = "00a4040c"
SELECT_FILE = "00a4020c"
READ, READ_ON, READ_KEY_END = "00b00000", "00b000c8", "00b001c8"
TRIES_OR_VERIFY, SIGN = "00200080", "802a0080"
SHORT_READ, SHORT_TRIES_OR_VERIFY, SHORT_SIGN = "00b08a00", "00200098", "802a0097"


def test_a_known_card_with_short_identifiers_takes_five_commands() -> None:
    memory = Memory()
    headers(card_of(short=True), memory)
    assert headers(card_of(short=True), memory) == [
        SELECT_APPLICATION,
        SHORT_READ,
        SHORT_TRIES_OR_VERIFY,
        SHORT_TRIES_OR_VERIFY,
        SHORT_SIGN,
    ]


def test_a_known_card_without_them_takes_eight() -> None:
    memory = Memory()
    headers(card_of(), memory)
    assert headers(card_of(), memory) == [
        SELECT_APPLICATION,
        SELECT_FILE,
        READ,
        SELECT_FILE,
        TRIES_OR_VERIFY,
        TRIES_OR_VERIFY,
        SELECT_FILE,
        SIGN,
    ]


@pytest.mark.parametrize(("short", "commands"), [(True, 4), (False, 7)], ids=["with", "without"])
def test_with_the_members_word_for_the_last_try_it_is_one_less(short: bool, commands: int) -> None:
    memory = Memory()
    headers(card_of(short=short), memory)
    assert len(headers(card_of(short=short), memory, last_try_allowed=True)) == commands


@pytest.mark.parametrize("short", [True, False], ids=["with short identifiers", "without"])
def test_a_known_card_costs_less_than_a_tenth_of_opensc_s_bytes(short: bool) -> None:
    memory = Memory()
    authenticated(Noted(card_of(short=short)), memory=memory)
    counted = CountedCard(Noted(card_of(short=short)))
    authenticated(counted, memory=memory)
    assert counted.bytes_sent + counted.bytes_received < OPENSC_BYTES / 10


def test_the_first_card_of_a_kind_is_tried_with_short_identifiers_once() -> None:
    tried = headers(card_of(), Memory())
    assert tried[:4] == [SELECT_APPLICATION, SHORT_READ, SELECT_FILE, READ]
    assert [header for header in tried if header in {SHORT_READ, SHORT_TRIES_OR_VERIFY, SHORT_SIGN}] == [SHORT_READ]


def test_another_card_of_the_kind_is_not_tried_again() -> None:
    memory = Memory()
    headers(card_of(), memory)
    assert headers(card_of("taro"), memory) == [
        SELECT_APPLICATION,
        SELECT_FILE,
        READ,
        READ_ON,
        READ_KEY_END,
        SELECT_FILE,
        TRIES_OR_VERIFY,
        TRIES_OR_VERIFY,
        SELECT_FILE,
        SIGN,
    ]


class OfAnotherKind(JpkiCard):
    @property
    def atr(self) -> bytes:
        return bytes.fromhex("3B8880010000000000000000" + "09")


def test_a_card_of_another_kind_is_tried_for_itself() -> None:
    memory = Memory()
    headers(card_of(), memory)
    other = OfAnotherKind(credential("taro"), PIN, short_identifiers=True)
    assert SHORT_SIGN in headers(other, memory)
    assert SHORT_READ not in headers(card_of(), memory)


def test_with_the_members_word_a_kind_that_is_not_known_is_asked_all_the_same() -> None:
    tried = headers(card_of(short=True), Memory(), last_try_allowed=True)
    assert tried.count(SHORT_TRIES_OR_VERIFY) == 2


@pytest.mark.parametrize("status", ["6a86", "6b00", "6a82", "6a88", "6986", "6981"])
@pytest.mark.parametrize("command", [SHORT_READ, SHORT_TRIES_OR_VERIFY, SHORT_SIGN], ids=["read", "tries", "sign"])
def test_a_short_identifier_refused_in_whatever_way_is_selected_instead(command: str, status: str) -> None:
    chip = card_of(short=True)
    memory = Memory()
    refusing = Noted(chip, {command: status})
    assert isinstance(authenticated(refusing, memory=memory), Authenticated)
    assert memory.takes_short_identifiers(chip.atr) is False


def test_a_pin_is_never_sent_by_a_reference_that_was_not_tried() -> None:
    refusing = Noted(card_of(short=True), {SHORT_TRIES_OR_VERIFY: "6a86"})
    authenticated(refusing, WRONG_PIN, memory=Memory(), last_try_allowed=True)
    assert refusing.headers.count(SHORT_TRIES_OR_VERIFY) == 1
    assert refusing.headers.count(TRIES_OR_VERIFY) == 2


def test_a_hidden_certificate_is_not_taken_for_an_unknown_short_identifier() -> None:
    memory = Memory()
    hidden = JpkiCard(credential(), PIN, certificate_hidden=True, short_identifiers=True)
    with pytest.raises(ApduError):
        authenticated(Noted(hidden), memory=memory)
    assert memory.takes_short_identifiers(hidden.atr) is None


def test_a_card_that_did_not_prove_itself_is_read_again_whole() -> None:
    memory = Memory()
    mixed = replace(credential(), certificate=credential("taro").certificate)
    assert authenticated(Noted(JpkiCard(mixed, PIN)), memory=memory) == Refused(Reason.UNPROVEN, 3)
    assert READ_KEY_END in headers(card_of("taro"), memory)


def test_a_wrong_pin_proves_nothing() -> None:
    memory = Memory()
    authenticated(Noted(card_of()), WRONG_PIN, memory=memory)
    assert READ_KEY_END in headers(card_of(), memory)


class WithTheHeadOf(JpkiCard):
    """A forgery: the first 200 bytes of another member's certificate, and behind them a key of its own that it holds."""

    def forge(self, other: bytes) -> "WithTheHeadOf":
        self._head = other[:200]
        return self

    def transmit(self, command: bytes | bytearray) -> bytes:
        answer = super().transmit(command)
        return self._head + answer[200:] if bytes(command[:4]) == bytes.fromhex(READ) else answer


def certificate_of(member: str) -> bytes:
    chip = card_of(member)
    noted = Noted(chip)
    for command in (
        Command(0, 0xA4, 4, 0x0C, bytes.fromhex("D392F000260100000001")),
        Command(0, 0xA4, 2, 0x0C, b"\0\x0a"),
    ):
        noted.transmit(command.encode())
    return noted.transmit(Command(0, 0xB0, 0, 0, le=2048).encode())[:-2]


def test_a_forgery_met_first_keeps_nobody_out_for_longer_than_a_tap() -> None:
    memory = Memory()
    forgery = WithTheHeadOf(credential("taro"), PIN).forge(certificate_of("hanako"))
    forged = authenticated(Noted(forgery), memory=memory)
    assert isinstance(forged, Authenticated)
    assert forged.public_key != credential("hanako").public_key
    assert authenticated(Noted(card_of("hanako")), memory=memory) == Refused(Reason.UNPROVEN, 3)
    proven = authenticated(Noted(card_of("hanako")), memory=memory)
    assert isinstance(proven, Authenticated)
    assert proven.public_key == credential("hanako").public_key


def test_a_forgery_of_a_known_member_s_head_is_unproven() -> None:
    memory = Memory()
    headers(card_of("hanako"), memory)
    forgery = WithTheHeadOf(credential("taro"), PIN).forge(certificate_of("hanako"))
    assert authenticated(Noted(forgery), memory=memory) == Refused(Reason.UNPROVEN, 3)


def test_the_memory_holds_a_bounded_number_of_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardreader.cards.memory._MOST_CARDS", 2)
    memory = Memory()
    for block in (b"a", b"b", b"c"):
        memory.remember(block, block * 2)
    assert [memory.rest_of(block) for block in (b"a", b"b", b"c")] == [b"", b"bb", b"cc"]


def test_the_memory_keeps_no_first_block_where_the_serial_number_is() -> None:
    memory = Memory()
    headers(card_of(), memory)
    block = certificate_of("hanako")[:200]
    kept = [part for known in memory._rests.items() for part in known]
    assert kept
    assert not any(block[at : at + 16] in part for part in kept for at in range(184))


def by_simulated_reader(chip: Chip) -> Card:
    reader = SimulatedReader()
    reader.insert(chip)
    return reader.connect()


@pytest.mark.parametrize("opened", [Noted, by_simulated_reader], ids=["bare", "in a reader"])
@pytest.mark.parametrize("short", [True, False], ids=["short identifiers", "selected"])
def test_a_card_of_the_next_generation_authenticates(short: bool, opened: Callable[[Chip], Card]) -> None:
    chip = card_of(short=short, kind=KeyKind.P_384)
    memory = Memory()
    for _ in range(2):
        outcome = authenticated(opened(chip), memory=memory)
        assert isinstance(outcome, Authenticated)
        assert outcome.public_key == credential(kind=KeyKind.P_384).public_key
        chip.power_off()
