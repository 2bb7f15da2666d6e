"""What is shown of an exchange with a card: enough to find a fault, and nothing that belongs to the holder."""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardreader import traffic
from cardreader.cards.jpki import Authenticated
from cardreader.disclosure import disclose
from cardreader.drivers.simulated import SimulatedReader
from cardreader.errors import CardRemoved
from cardreader.simulated.other_cards import PulledAtVerify
from machine import cards
from machine.cards import PIN


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(1, logger="cardreader.traffic"):
        yield caplog


def test_choosing_it_warns_loudly(log: pytest.LogCaptureFixture) -> None:
    traffic.choose()
    (warning,) = log.records
    assert warning.levelname == "WARNING"
    assert "Never leave this on in service" in warning.message


def test_it_lies_below_debug() -> None:
    assert traffic.TRAFFIC < logging.DEBUG


def test_without_being_chosen_a_card_is_left_as_it_is() -> None:
    reader = SimulatedReader()
    reader.insert(cards.card())
    card = reader.connect()
    assert traffic.logged(card) is card


def test_a_tap_shows_neither_pin_nor_certificate_nor_signature(log: pytest.LogCaptureFixture) -> None:
    traffic.choose()
    reader = SimulatedReader()
    reader.insert(cards.card())
    outcome = cards.authenticated(traffic.logged(reader.connect()))
    lines = [record.getMessage() for record in log.records if record.levelno == traffic.TRAFFIC]
    assert isinstance(outcome, Authenticated)
    assert {record.levelname for record in log.records[1:]} == {"TRAFFIC"}
    assert lines[:2] == ["> 00 A4 04 0C 0A D3 92 F0 00 26 01 00 00 00 01", "< 90 00"]
    assert "> 00 20 00 80 04 [4 bytes]" in lines
    assert lines[-2:] == ["> 80 2A 00 80 33 [51 bytes] 00", "< [256 bytes] 90 00"]
    assert max(len(line) for line in lines if not line.startswith("> 00 A4")) < 40
    assert PIN.encode().hex(" ") not in log.text


def test_a_failure_is_shown_by_its_name(log: pytest.LogCaptureFixture) -> None:
    traffic.choose()
    reader = SimulatedReader()
    reader.insert(PulledAtVerify(cards.card()))
    with pytest.raises(CardRemoved):
        cards.authenticated(traffic.logged(reader.connect()))
    assert log.messages[-1] == "! CardRemoved"


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        pytest.param("00A4040C02D392", "00 A4 04 0C 02 D3 92", id="names of applications are public"),
        pytest.param("905A0000033042F500", "90 5A 00 00 03 30 42 F5 00", id="those of DESFire too"),
        pytest.param("00B0000000", "00 B0 00 00 00", id="a read has no data"),
        pytest.param("00200080", "00 20 00 80", id="the counter is asked without"),
        pytest.param("002000800434303731", "00 20 00 80 04 [4 bytes]", id="a PIN"),
        pytest.param("0020008000000434303731", "00 20 00 80 00 00 04 [4 bytes]", id="a PIN, extended"),
        pytest.param("002000800334303731", "00 20 00 80 [5 bytes]", id="a digit is not taken for Le"),
        pytest.param("802A0080022A2B00", "80 2A 00 80 02 [2 bytes] 00", id="Le behind data"),
        pytest.param("002000800034303731", "00 20 00 80 [5 bytes]", id="lengths that do not add up hide everything"),
        pytest.param("00B00000000100", "00 B0 00 00 00 01 00", id="extended Le"),
        pytest.param("0020", "00 20", id="cut short"),
    ],
)
def test_of_commands_the_data_is_hidden(command: str, shown: str) -> None:
    assert traffic.shown_command(bytes.fromhex(command)) == shown


@pytest.mark.parametrize(
    ("answer", "shown"),
    [("9000", "90 00"), ("3082036C9000", "[4 bytes] 90 00"), ("90", "[1 bytes]"), ("", "[0 bytes]")],
)
def test_of_answers_only_the_status_is_shown(answer: str, shown: str) -> None:
    assert traffic.shown_answer(bytes.fromhex(answer)) == shown


@given(st.binary(max_size=300))
def test_what_is_shown_and_hidden_is_the_whole_command(command: bytes) -> None:
    disclosed = disclose(command)
    assert command.startswith(disclosed.before)
    assert command.endswith(disclosed.behind)
    assert len(disclosed.before) + disclosed.hidden + len(disclosed.behind) == len(command)
