"""Frames lost between nfcpy's reader and a card: the block protocol fetches them again, and the card obeys once."""

from collections.abc import Iterator

import pytest

from cardreader.cards.jpki import Authenticated, Reason, Refused
from cardreader.simulated.chip import Chip
from cardreader.simulated.contactless import ChipTag
from cardreader.simulated.udp_field import UdpField
from machine import cards
from machine.air import Sender, air
from machine.contactless import QUICK, connected, empty_field, opened

VERIFY = bytes.fromhex("0020008004")
BLOCKS_OF_ONE_AUTHENTICATION = 14


class Counting:
    """Counts how often the chip is given a PIN."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self.pins = 0

    @property
    def atr(self) -> bytes:
        return self._chip.atr

    def power_on(self) -> None:
        self._chip.power_on()

    def power_off(self) -> None:
        self._chip.power_off()

    def reset(self) -> None:
        self._chip.reset()

    def transmit(self, command: bytes | bytearray) -> bytes:
        self.pins += command.startswith(VERIFY[:4]) and len(command) == len(VERIFY) + 4
        return self._chip.transmit(command)


class LoseOne:
    """A gate that loses one frame: the nth of a sender's blocks."""

    def __init__(self, sender: Sender, nth: int) -> None:
        self._sender = sender
        self._left = nth
        self.lost = False

    def __call__(self, sender: Sender, frame: bytes) -> bool:
        if sender is not self._sender or not is_block(frame) or self.lost:
            return True
        self.lost = self._left == 0
        self._left -= 1
        return not self.lost


def is_block(frame: bytes) -> bool:
    """With a command or an answer, in whole or in part, or an acknowledgement."""
    return frame[0] & 0xEE == 0x02 or frame[0] & 0xFE == 0xA2


@pytest.fixture
def air_field() -> Iterator[UdpField]:
    with empty_field() as made:
        yield made


@pytest.mark.parametrize("nth", range(BLOCKS_OF_ONE_AUTHENTICATION))
@pytest.mark.parametrize("sender", Sender)
def test_any_one_block_may_be_lost(air_field: UdpField, sender: Sender, nth: int) -> None:
    chip, gate = Counting(cards.card()), LoseOne(sender, nth)
    air_field.hold(ChipTag(chip, waiting_code=QUICK, frame_code=4))
    with air(air_field.path, gate) as path, opened(path) as reader, connected(reader) as card:
        assert isinstance(cards.authenticated(card), Authenticated)
    assert gate.lost
    assert chip.pins == 1


@pytest.mark.parametrize("sender", Sender)
def test_a_pin_whose_way_is_disturbed_costs_one_try(air_field: UdpField, sender: Sender) -> None:
    chip = Counting(cards.card())
    lost: list[bytes] = []

    def gate(travelling: Sender, frame: bytes) -> bool:
        is_answer = travelling is Sender.CARD and frame[1:] == b"\x63\xc2"
        is_pin = travelling is Sender.READER and frame[1:].startswith(VERIFY)
        if not lost and (is_pin if sender is Sender.READER else is_answer and chip.pins):
            lost.append(frame)
            return False
        return True

    air_field.hold(ChipTag(chip, waiting_code=QUICK))
    with air(air_field.path, gate) as path, opened(path) as reader, connected(reader) as card:
        assert cards.authenticated(card, cards.WRONG_PIN) == Refused(Reason.WRONG_PIN, 2)
    assert lost
    assert chip.pins == 1
