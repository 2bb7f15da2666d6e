"""Cards on nfcpy's `udp` driver: from the poll to the signature (A7), whatever the card is and however slow."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from cardreader.apdu import Command
from cardreader.cards.jpki import Authenticated, Reason, Refused, select_application
from cardreader.counting import CountedCard
from cardreader.drivers.simulated import SimulatedReader
from cardreader.errors import CardRemoved, CardUnresponsive
from cardreader.ports import Reader
from cardreader.simulated.chip import Chip
from cardreader.simulated.contactless import ChipTag, Technology
from cardreader.simulated.other_cards import ForeignCard, MuteCard, PulledAtVerify
from cardreader.simulated.udp_field import UdpField
from machine import cards
from machine.air import Sender, air
from machine.contactless import QUICK, SOON, connected, empty_field, opened

SIGN = 0x2A
TYPES = pytest.mark.parametrize("technology", [Technology.TYPE_B, Technology.TYPE_A])


@pytest.fixture
def air_field() -> Iterator[UdpField]:
    with empty_field() as made:
        yield made


@pytest.fixture
def reader(air_field: UdpField) -> Iterator[Reader]:
    with opened(air_field.path) as made:
        yield made


@dataclass
class Recorder:
    """A chip that answers every command with the same, and keeps what it was told."""

    answer: bytes = b"\x90\x00"
    atr: bytes = b""
    commands: list[bytes] = field(default_factory=list)

    def power_on(self) -> None: ...

    def power_off(self) -> None: ...

    def reset(self) -> None: ...

    def transmit(self, command: bytes | bytearray) -> bytes:
        self.commands.append(bytes(command))
        return self.answer


@dataclass
class SlowSigner:
    """Thinks about a signature until it is told to give it."""

    chip: Chip
    enough: threading.Event

    @property
    def atr(self) -> bytes:
        return self.chip.atr

    def power_on(self) -> None:
        self.chip.power_on()

    def power_off(self) -> None:
        self.chip.power_off()

    def reset(self) -> None:
        self.chip.reset()

    def transmit(self, command: bytes | bytearray) -> bytes:
        if command[1] == SIGN:
            assert self.enough.wait(SOON)
        return self.chip.transmit(command)


@TYPES
def test_a_my_number_card_is_authenticated(air_field: UdpField, reader: Reader, technology: Technology) -> None:
    air_field.hold(ChipTag(cards.card(), technology))
    with connected(reader) as card:
        assert isinstance(cards.authenticated(card), Authenticated)


@TYPES
@pytest.mark.parametrize("frame_code", range(9))
def test_a_card_that_takes_short_frames_only_is_authenticated(
    air_field: UdpField, reader: Reader, technology: Technology, frame_code: int
) -> None:
    air_field.hold(ChipTag(cards.card(), technology, frame_code=frame_code))
    with connected(reader) as card:
        assert isinstance(cards.authenticated(card), Authenticated)


@TYPES
def test_the_pin_is_judged_by_the_card(air_field: UdpField, reader: Reader, technology: Technology) -> None:
    air_field.hold(ChipTag(cards.card(), technology))
    with connected(reader) as card:
        assert cards.authenticated(card, cards.WRONG_PIN) == Refused(Reason.WRONG_PIN, 2)


@TYPES
@pytest.mark.parametrize("length", [0, 1, 252, 253, 254, 255, 2000])
def test_commands_of_any_length_arrive_whole(
    air_field: UdpField, reader: Reader, technology: Technology, length: int
) -> None:
    chip = Recorder()
    air_field.hold(ChipTag(chip, technology))
    command = Command(0x80, 0xEE, 1, 2, bytes(octet % 251 for octet in range(length)), 256).encode()
    with connected(reader) as card:
        card.transmit(command)
    assert chip.commands == [command]


@TYPES
@pytest.mark.parametrize("length", [2, 252, 253, 254, 258, 2050])
def test_answers_of_any_length_arrive_whole(
    air_field: UdpField, reader: Reader, technology: Technology, length: int
) -> None:
    answer = bytes(octet % 251 for octet in range(length))
    air_field.hold(ChipTag(Recorder(answer), technology))
    with connected(reader) as card:
        assert card.transmit(bytes(5)) == answer


def test_the_chip_is_told_what_the_conversation_says_and_nothing_else(air_field: UdpField, reader: Reader) -> None:
    chip = Recorder(b"\x6a\x82")
    air_field.hold(ChipTag(chip))
    with connected(reader) as card:
        select_application(card)
    assert [command.hex() for command in chip.commands] == ["00a4040c0ad392f000260100000001"]


def test_it_takes_as_many_commands_as_on_any_reader(air_field: UdpField, reader: Reader) -> None:
    simulated = SimulatedReader()
    simulated.insert(cards.card())
    there = CountedCard(simulated.connect())
    cards.authenticated(there)
    air_field.hold(ChipTag(cards.card()))
    with connected(reader) as card:
        here = CountedCard(card)
        cards.authenticated(here)
    assert (here.apdus, here.bytes_received) == (there.apdus, there.bytes_received)


def test_a_slow_signature_is_waited_for_as_long_as_the_card_asks(air_field: UdpField) -> None:
    enough = threading.Event()
    asked: list[bytes] = []

    def gate(sender: Sender, frame: bytes) -> bool:
        if sender is Sender.CARD and frame.startswith(b"\xf2"):
            asked.append(frame)
            if len(asked) == 3:
                enough.set()
        return True

    air_field.hold(ChipTag(SlowSigner(cards.card(), enough), waiting_code=QUICK))
    with air(air_field.path, gate) as path, opened(path) as reader, connected(reader) as card:
        assert isinstance(cards.authenticated(card), Authenticated)
    assert len(asked) >= 3


def test_a_card_that_leaves_while_it_works_is_removed(air_field: UdpField) -> None:
    enough = threading.Event()

    def gate(sender: Sender, frame: bytes) -> bool:
        if sender is Sender.CARD and frame.startswith(b"\xf2") and not enough.is_set():
            air_field.take_away()
            enough.set()
        return True

    air_field.hold(ChipTag(SlowSigner(cards.card(), enough), waiting_code=QUICK))
    with air(air_field.path, gate) as path, opened(path) as reader:
        with connected(reader) as card, pytest.raises(CardRemoved):
            cards.authenticated(card)
        assert reader.wait_absent(0)


def test_a_card_pulled_while_it_checks_the_pin_is_removed_and_has_spent_the_try(
    air_field: UdpField, reader: Reader
) -> None:
    chip = cards.card()
    air_field.hold(ChipTag(PulledAtVerify(chip), waiting_code=QUICK))
    with connected(reader) as card, pytest.raises(CardRemoved):
        cards.authenticated(card, cards.WRONG_PIN)
    assert chip.tries_left == 2


def test_after_a_failure_the_connection_is_done_with(air_field: UdpField, reader: Reader) -> None:
    chip = cards.card()
    air_field.hold(ChipTag(chip, waiting_code=QUICK))
    with connected(reader) as card:
        air_field.take_away()
        with pytest.raises(CardRemoved):
            select_application(card)
        air_field.hold(ChipTag(chip, waiting_code=QUICK))
        assert reader.wait_present(SOON)
        with pytest.raises(CardRemoved):
            select_application(card)


def test_after_a_failure_nothing_more_is_sent_to_the_card(air_field: UdpField) -> None:
    deaf = threading.Event()
    chip = Recorder()
    air_field.hold(ChipTag(chip, waiting_code=QUICK))

    def gate(sender: Sender, frame: bytes) -> bool:
        return sender is Sender.READER or not deaf.is_set()

    with air(air_field.path, gate) as path, opened(path) as reader, connected(reader) as card:
        deaf.set()
        with pytest.raises(CardRemoved):
            select_application(card)
        deaf.clear()
        with pytest.raises(CardRemoved):
            select_application(card)
    assert len(chip.commands) == 1


def test_the_field_stays_off_until_a_card_has_forgotten(
    air_field: UdpField, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    chip = cards.card()
    air_field.hold(ChipTag(chip))
    pauses: list[float] = []
    with connected(reader):
        monkeypatch.setattr("cardreader.drivers.nfcpy.time.sleep", pauses.append)
    assert sum(pauses) >= 0.0051  # ISO/IEC 14443-3 and the NFC Forum's Activity specification


def test_a_card_that_stops_answering_and_stays_has_not_left(air_field: UdpField) -> None:
    deaf = threading.Event()

    def gate(sender: Sender, frame: bytes) -> bool:
        return not (deaf.is_set() and frame[0] & 0xE2 in {0x02, 0xA2})

    air_field.hold(ChipTag(ForeignCard(), waiting_code=QUICK))
    with air(air_field.path, gate) as path, opened(path) as reader:
        with connected(reader) as card:
            deaf.set()
            with pytest.raises(CardRemoved):
                select_application(card)
            deaf.clear()
        assert not reader.wait_absent(0)


def test_the_field_is_off_after_a_connection(air_field: UdpField, reader: Reader) -> None:
    chip = cards.card()
    air_field.hold(ChipTag(chip))
    with connected(reader) as card:
        cards.authenticated(card)
    with pytest.raises(CardUnresponsive):
        chip.transmit(b"")


def test_a_card_that_needs_a_second_try_to_be_activated_is_used(air_field: UdpField) -> None:
    lost: list[bytes] = []

    def gate(sender: Sender, frame: bytes) -> bool:
        if sender is Sender.CARD and frame == b"\0" and not lost:
            lost.append(frame)
            return False
        return True

    air_field.hold(ChipTag(ForeignCard()))
    with air(air_field.path, gate) as path, opened(path) as reader, connected(reader) as card:
        assert not select_application(card)
    assert lost


def test_a_mute_card_that_stays_has_not_left(air_field: UdpField, reader: Reader) -> None:
    air_field.hold(ChipTag(MuteCard()))
    assert reader.wait_present(SOON)
    assert not reader.wait_absent(0)
    air_field.take_away()
    assert reader.wait_absent(SOON)


def test_no_frame_is_logged_even_if_everything_else_is(air_field: UdpField, caplog: pytest.LogCaptureFixture) -> None:
    air_field.hold(ChipTag(cards.card()))
    with caplog.at_level(1), caplog.at_level(1, "nfc"), opened(air_field.path) as reader, connected(reader) as card:
        cards.authenticated(card)
    assert not [record for record in caplog.records if record.name.startswith("nfc")]
