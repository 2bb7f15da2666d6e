"""The simulated field, datagram by datagram, as nfcpy's `udp` driver talks to it."""

import socket
import threading
from collections.abc import Iterator

import pytest

from cardreader.errors import CardRemoved, CardUnresponsive
from cardreader.simulated.contactless import ChipTag
from cardreader.simulated.isodep import Send, Step
from cardreader.simulated.other_cards import ForeignCard
from cardreader.simulated.plain_tags import FelicaTag
from cardreader.simulated.udp_field import UdpField
from machine.contactless import QUICK, SOON, empty_field

POLL = "106B 050010"
FOUND = "106B 5008a1b2c3000005e0b381a1"
ATTRIB = "106B 1d08a1b2c300080100"
ACTIVATED = "106B 00"
COMMAND = "106B 0200a40400"
NOT_FOUND = "106B 026a82"
MORE_TIME = "106B f201"
IS_IT_THERE = "106B b3"
IT_IS = "106B a2"


class Wire:
    def __init__(self, field: UdpField) -> None:
        _, host, port = field.path.split(":")
        self._field = (host, int(port))
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(SOON)

    def send(self, datagram: str) -> None:
        self._socket.sendto(datagram.encode(), self._field)

    def hear(self) -> str:
        return self._socket.recv(1024).decode()

    def ask(self, datagram: str) -> str:
        self.send(datagram)
        return self.hear()

    def close(self) -> None:
        self._socket.close()


class Thinking(ForeignCard):
    """Says when it has got a command, and answers when it is told to."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.enough = threading.Event()
        self.off = threading.Event()

    def power_off(self) -> None:
        self.off.set()

    def transmit(self, command: bytes | bytearray) -> bytes:
        self.began.set()
        assert self.enough.wait(SOON)
        return super().transmit(command)


class Hesitating(FelicaTag):
    """Takes its time over the first poll."""

    began = threading.Event()
    enough = threading.Event()

    def receive(self, frame: bytes) -> Step | None:
        if not self.began.is_set():
            self.began.set()
            assert self.enough.wait(SOON)
        return Send(frame)


class Leaving(ForeignCard):
    def transmit(self, command: bytes | bytearray) -> bytes:
        raise CardRemoved("pulled")


class Silent(ForeignCard):
    def transmit(self, command: bytes | bytearray) -> bytes:
        raise CardUnresponsive("mute")


@pytest.fixture
def air_field() -> Iterator[UdpField]:
    with empty_field() as made:
        yield made


@pytest.fixture
def wire(air_field: UdpField) -> Iterator[Wire]:
    made = Wire(air_field)
    yield made
    made.close()


def activate(wire: Wire) -> None:
    assert wire.ask(ATTRIB) == ACTIVATED


def granted(wire: Wire) -> str:
    """What comes after as much time as the card asks for."""
    while (answer := wire.ask(MORE_TIME)) == MORE_TIME:
        pass
    return answer


def test_a_poll_in_an_empty_field_is_told_so_at_once(wire: Wire) -> None:
    assert wire.ask(POLL) == "RFOFF"


def test_a_poll_of_another_kind_is_told_so_at_once(air_field: UdpField, wire: Wire) -> None:
    air_field.hold(FelicaTag())
    assert wire.ask(POLL) == "RFOFF"


def test_a_card_is_found_activated_and_obeys(air_field: UdpField, wire: Wire) -> None:
    air_field.hold(ChipTag(ForeignCard()))
    assert wire.ask(POLL) == FOUND
    activate(wire)
    assert wire.ask(COMMAND) == NOT_FOUND


def test_frames_of_another_kind_are_not_for_a_card(air_field: UdpField, wire: Wire) -> None:
    air_field.hold(ChipTag(ForeignCard()))
    wire.send(ATTRIB.replace("106B", "106A"))
    assert wire.ask(POLL) == FOUND


@pytest.mark.parametrize("datagram", ["106B", "106B x", "", "\N{SNOWMAN}", "106B 0"])
def test_what_is_no_frame_is_not_heard(air_field: UdpField, wire: Wire, datagram: str) -> None:
    air_field.hold(ChipTag(ForeignCard()))
    wire.send(datagram)
    assert wire.ask(POLL) == FOUND


def test_a_card_that_went_is_silent(air_field: UdpField, wire: Wire) -> None:
    air_field.hold(ChipTag(ForeignCard()))
    activate(wire)
    air_field.take_away()
    wire.send(COMMAND)
    assert wire.ask(POLL) == "RFOFF"


def test_a_card_that_leaves_at_a_command_is_gone(air_field: UdpField, wire: Wire) -> None:
    air_field.hold(ChipTag(Leaving()))
    activate(wire)
    wire.send(COMMAND)
    assert wire.ask(POLL) == "RFOFF"


def test_a_card_that_does_not_answer_a_command_is_still_there(air_field: UdpField, wire: Wire) -> None:
    air_field.hold(ChipTag(Silent()))
    activate(wire)
    wire.send(COMMAND)
    assert wire.ask(IS_IT_THERE) == IT_IS


def test_a_card_forgets_when_the_field_goes_off(air_field: UdpField, wire: Wire) -> None:
    chip = Thinking()
    air_field.hold(ChipTag(chip))
    activate(wire)
    wire.send("RFOFF")
    assert chip.off.wait(SOON)
    wire.send(IS_IT_THERE)
    assert wire.ask(POLL) == FOUND


def test_an_answer_the_reader_talks_over_is_lost(air_field: UdpField, wire: Wire) -> None:
    tag = Hesitating()
    air_field.hold(tag)
    wire.send("212F 0600ffff0100")
    assert tag.began.wait(SOON)
    wire.send("212F 06")
    tag.enough.set()
    assert wire.hear() == "212F 06"


def test_a_working_card_hears_nothing(air_field: UdpField, wire: Wire) -> None:
    chip = Thinking()
    air_field.hold(ChipTag(chip, waiting_code=14))
    activate(wire)
    wire.send(COMMAND)
    assert chip.began.wait(SOON)
    wire.send(IS_IT_THERE)
    chip.enough.set()
    assert wire.hear() == NOT_FOUND
    assert wire.ask(IS_IT_THERE) == IT_IS


def test_a_working_card_that_loses_the_field_does_not_answer(air_field: UdpField, wire: Wire) -> None:
    chip = Thinking()
    air_field.hold(ChipTag(chip, waiting_code=14))
    activate(wire)
    wire.send(COMMAND)
    assert chip.began.wait(SOON)
    wire.send("RFOFF")
    chip.enough.set()
    assert chip.off.wait(SOON)
    assert wire.ask(POLL).startswith("106B 50")


def test_a_working_card_asks_for_time_until_it_is_done(air_field: UdpField, wire: Wire) -> None:
    chip = Thinking()
    air_field.hold(ChipTag(chip, waiting_code=QUICK))
    activate(wire)
    assert wire.ask(COMMAND) == MORE_TIME
    assert wire.ask(MORE_TIME) == MORE_TIME
    chip.enough.set()
    assert granted(wire) == NOT_FOUND


def test_a_request_for_time_not_heard_is_repeated(air_field: UdpField, wire: Wire) -> None:
    chip = Thinking()
    air_field.hold(ChipTag(chip, waiting_code=QUICK))
    activate(wire)
    assert wire.ask(COMMAND) == MORE_TIME
    wire.send("106B 02")
    assert wire.ask("106B b2") == MORE_TIME
    chip.enough.set()
    assert granted(wire) == NOT_FOUND


def test_a_card_whose_request_for_time_ends_the_field_does_not_answer(air_field: UdpField, wire: Wire) -> None:
    chip = Thinking()
    air_field.hold(ChipTag(chip, waiting_code=QUICK))
    activate(wire)
    assert wire.ask(COMMAND) == MORE_TIME
    wire.send("RFOFF")
    chip.enough.set()
    assert chip.off.wait(SOON)
    assert wire.ask(POLL).startswith("106B 50")
