"""The simulated facility card is strict: a terminal that cuts a corner fails with it first."""

import pytest

from cardreader.cards.ev2 import Handshake, Session
from cardreader.errors import CardUnresponsive
from cardreader.simulated.desfire_card import DesfireCard, personalised
from machine.facility import CARD_ID, KEYS, SERIAL, counting_random, facility_card

SELECT = "905a0000033042f500"
VERSION = "9060000000"
MORE = "90af000000"
CHALLENGE = "9071000002010000"
READ = 0xAD
WHOLE_ID = bytes.fromhex("02000000100000")


def powered() -> DesfireCard:
    chip = facility_card(random=counting_random())
    chip.power_on()
    return chip


def last(chip: DesfireCard, *commands: str) -> bytes:
    for command in commands:
        answer = chip.transmit(bytes.fromhex(command))
    return answer


def wrapped(instruction: int, body: bytes) -> str:
    return (bytes((0x90, instruction, 0, 0, len(body))) + body + b"\0").hex()


def opened(chip: DesfireCard) -> Session:
    """A session as the terminal sees it."""
    first = last(chip, SELECT, CHALLENGE)
    handshake = Handshake.begin(KEYS.of_card(SERIAL), first[:-2], bytes(16))
    return handshake.finish(last(chip, wrapped(0xAF, handshake.answer))[:-2])


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        pytest.param([SELECT], "9100", id="select the application"),
        pytest.param(["905a00000300000000"], "9100", id="select the root"),
        pytest.param(["905a000003f5423000"], "91a0", id="select with the bytes turned round"),
        pytest.param(["905a0000023042f500"[:14] + "00"], "917e", id="select with two bytes"),
        pytest.param(["905a0000033042f5"], "917e", id="a wrapped command expecting nothing"),
        pytest.param(["905a0100033042f500"], "917e", id="a wrapped command with P1"),
        pytest.param([VERSION], "91af", id="version"),
        pytest.param([VERSION, MORE, MORE], "9100", id="the whole version"),
        pytest.param([VERSION, MORE, MORE, MORE], "911c", id="more than the version"),
        pytest.param([MORE], "911c", id="more of nothing"),
        pytest.param([VERSION, SELECT], "91ca", id="a chain broken off"),
        pytest.param([VERSION, SELECT, MORE], "911c", id="a chain broken off and gone on with"),
        pytest.param([VERSION, "90af0000010000"], "917e", id="more with data"),
        pytest.param(["90600000010000"], "917e", id="version with data"),
        pytest.param([CHALLENGE], "9140", id="authenticate at the root"),
        pytest.param([SELECT, CHALLENGE], "91af", id="authenticate"),
        pytest.param([SELECT, "9071000005010300000000"], "91af", id="authenticate with capabilities"),
        pytest.param([SELECT, "90710000020103" + "00"], "917e", id="authenticate with missing capabilities"),
        pytest.param([SELECT, "907100000101" + "00"], "917e", id="authenticate without a length"),
        pytest.param([SELECT, "9071000002020000"], "9140", id="authenticate with another key"),
        pytest.param([SELECT, "90aa0000010100"], "911c", id="authenticate as an EV1 card does"),
        pytest.param([SELECT, "900a0000010100"], "911c", id="authenticate with DES"),
        pytest.param([SELECT, "9077000002010000"], "911c", id="authenticate without a first time"),
        pytest.param([SELECT, CHALLENGE, "90af000020" + "00" * 32 + "00"], "91ae", id="a proof of nothing"),
        pytest.param([SELECT, CHALLENGE, "90af000010" + "00" * 16 + "00"], "917e", id="half a proof"),
        pytest.param([SELECT, CHALLENGE, SELECT], "91ca", id="an authentication broken off"),
        pytest.param([SELECT, wrapped(READ, WHOLE_ID)], "91ae", id="read without authentication"),
        pytest.param([SELECT, wrapped(READ, WHOLE_ID + bytes(8))], "91ae", id="read with a made-up MAC"),
        pytest.param([SELECT, "9051000000"], "911c", id="the serial number as a command"),
        pytest.param(["ffca000000"], "6e00", id="the serial number from the reader"),
        pytest.param(["00a4040007d276000085010000"], "9000", id="select the chip's application"),
        pytest.param(["00a4040c0ad392f000260100000001"], "6a82", id="select the JPKI application"),
        pytest.param(["00b0000000"], "6d00", id="read as ISO cards do"),
        pytest.param([SELECT, "00a4040c0ad392f000260100000001", CHALLENGE], "9140", id="ISO selection forgets"),
        pytest.param(["90"], "6700", id="a command too short"),
    ],
)
def test_it_answers(commands: list[str], expected: str) -> None:
    assert last(powered(), *commands)[-2:].hex() == expected


def test_the_third_frame_of_the_version_begins_with_the_serial_number() -> None:
    assert last(powered(), VERSION, MORE, MORE)[:7] == SERIAL


def test_a_session_reads_the_id() -> None:
    chip = powered()
    session = opened(chip)
    assert session.open(last(chip, wrapped(READ, session.protect(READ, WHOLE_ID)))[:-2]) == CARD_ID


def test_a_command_heard_twice_ends_the_session() -> None:
    chip = powered()
    session = opened(chip)
    command = wrapped(READ, session.protect(READ, WHOLE_ID))
    assert last(chip, command)[-2:].hex() == "9100"
    assert last(chip, command)[-2:].hex() == "911e"
    assert last(chip, command)[-2:].hex() == "91ae"


def test_a_wrong_mac_ends_the_session() -> None:
    chip = powered()
    session = opened(chip)
    command = session.protect(READ, WHOLE_ID)
    assert last(chip, wrapped(READ, command[:-1] + bytes((command[-1] ^ 1,))))[-2:].hex() == "911e"
    assert last(chip, wrapped(READ, command))[-2:].hex() == "91ae"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param("01000000100000", "91f0", id="another file"),
        pytest.param("02000000210000", "91be", id="more than there is"),
        pytest.param("02200000010000", "91be", id="past the end"),
        pytest.param("02000000200000", "9100", id="all there is"),
        pytest.param("02100000000000", "9100", id="the rest"),
    ],
)
def test_within_a_session_it_answers(header: str, expected: str) -> None:
    chip = powered()
    session = opened(chip)
    command = wrapped(READ, session.protect(READ, bytes.fromhex(header)))
    assert last(chip, command)[-2:].hex() == expected


def test_a_body_of_another_length_ends_the_session() -> None:
    chip = powered()
    session = opened(chip)
    assert last(chip, wrapped(READ, session.protect(READ, WHOLE_ID[:-1])))[-2:].hex() == "917e"


@pytest.mark.parametrize("end", [SELECT, CHALLENGE, "00a4040c0ad392f000260100000001"])
def test_a_new_beginning_ends_the_session(end: str) -> None:
    chip = powered()
    session = opened(chip)
    last(chip, end)
    answer = last(chip, wrapped(READ, session.protect(READ, WHOLE_ID)))
    assert answer[-2:].hex() in {"91ae", "91ca"}
    assert len(answer) == 2


def test_a_version_asked_within_a_session_lacks_its_mac() -> None:
    chip = powered()
    opened(chip)
    assert last(chip, VERSION)[-2:].hex() == "911e"


def test_the_loss_of_power_ends_everything() -> None:
    chip = powered()
    session = opened(chip)
    chip.power_off()
    chip.power_on()
    assert last(chip, wrapped(READ, session.protect(READ, WHOLE_ID)))[-2:].hex() == "91ae"
    assert last(chip, CHALLENGE)[-2:].hex() == "9140"


def test_without_power_it_does_not_answer() -> None:
    with pytest.raises(CardUnresponsive):
        facility_card().transmit(bytes.fromhex(SELECT))


def test_its_numbers_differ_from_one_authentication_to_the_next() -> None:
    chip = powered()
    assert last(chip, SELECT, CHALLENGE) != last(chip, SELECT, SELECT, CHALLENGE)


@pytest.mark.parametrize(("serial", "card_id"), [(SERIAL[:4], CARD_ID), (SERIAL, CARD_ID[:15])])
def test_serial_number_and_id_have_their_lengths(serial: bytes, card_id: bytes) -> None:
    with pytest.raises(ValueError, match="7 bytes"):
        personalised(KEYS, serial, card_id)
