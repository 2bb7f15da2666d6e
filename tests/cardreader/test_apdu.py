"""ISO/IEC 7816-4 command and response APDUs."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardreader.apdu import Command, Response, exchange, require
from cardreader.errors import ApduError, MalformedAnswer

SELECT = Command(0x00, 0xA4, 0x02, 0x0C, b"\x00\x0a")
READ = Command(0x00, 0xB0, 0x00, 0x00, le=256)


class ScriptedCard:
    def __init__(self, answers: Sequence[str]) -> None:
        self.answers = [bytes.fromhex(answer) for answer in answers]
        self.commands: list[str] = []

    atr = b""

    def transmit(self, command: bytes | bytearray) -> bytes:
        self.commands.append(command.hex())
        return self.answers.pop(0)

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("command", "encoded"),
    [
        pytest.param(Command(0x00, 0x20, 0x00, 0x80), "00200080", id="neither data nor answer"),
        pytest.param(Command(0x00, 0xB0, 0x01, 0x02, le=18), "00b0010212", id="short answer"),
        pytest.param(READ, "00b0000000", id="256 are written as zero"),
        pytest.param(Command(0x00, 0xB0, 0x00, 0x00, le=257), "00b00000000101", id="extended answer"),
        pytest.param(Command(0x00, 0xB0, 0x00, 0x00, le=65536), "00b00000000000", id="65536 are written as zero"),
        pytest.param(SELECT, "00a4020c02000a", id="data"),
        pytest.param(Command(0x80, 0x2A, 0x00, 0x80, b"\x30", 256), "802a0080013000", id="data and short answer"),
        pytest.param(
            Command(0x80, 0x2A, 0x00, 0x80, b"\x30", 512), "802a0080000001300200", id="extended data and answer"
        ),
        pytest.param(Command(0x00, 0xD6, 0x00, 0x00, bytes(256)), "00d60000000100" + "00" * 256, id="extended data"),
    ],
)
def test_a_command_is_encoded(command: Command, encoded: str) -> None:
    assert command.encode().hex() == encoded


@given(
    header=st.tuples(*[st.integers(0, 255)] * 4),
    data=st.binary(max_size=300),
    le=st.none() | st.integers(1, 65536),
)
def test_decoding_undoes_encoding(header: tuple[int, int, int, int], data: bytes, le: int | None) -> None:
    command = Command(*header, data=data, le=le)
    assert Command.decode(command.encode()) == command


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("00a402", id="three bytes"),
        pytest.param("00a4020c0200", id="less data than announced"),
        pytest.param("00a4020c02000a0000", id="two bytes too many"),
        pytest.param("00a4020c0000", id="extended form cut off"),
        pytest.param("00a4020c000000ff", id="extended form announcing no data"),
        pytest.param("00a4020c00000200", id="less extended data than announced"),
    ],
)
def test_lengths_that_do_not_add_up_are_refused(raw: str) -> None:
    with pytest.raises(ValueError, match="command"):
        Command.decode(bytes.fromhex(raw))


@given(raw=st.binary(max_size=40))
def test_whatever_is_decoded_fits_a_command(raw: bytes) -> None:
    try:
        command = Command.decode(raw)
    except ValueError:
        return
    assert Command.decode(command.encode()) == command


def test_an_answer_ends_with_its_status() -> None:
    assert Response.decode(bytes.fromhex("0102036a82")) == Response(b"\x01\x02\x03", 0x6A82)


def test_an_answer_without_status_is_malformed() -> None:
    with pytest.raises(MalformedAnswer):
        Response.decode(b"\x90")


def test_a_plain_answer_needs_one_command() -> None:
    card = ScriptedCard(["0102 9000"])
    assert exchange(card, READ) == Response(b"\x01\x02", 0x9000)
    assert card.commands == ["00b0000000"]


def test_6cxx_repeats_the_command_with_the_length_the_card_names() -> None:
    card = ScriptedCard(["6c02", "0102 9000"])
    assert exchange(card, READ) == Response(b"\x01\x02", 0x9000)
    assert card.commands == ["00b0000000", "00b0000002"]


def test_6cxx_is_followed_once_only() -> None:
    card = ScriptedCard(["6c02", "6c03"])
    assert exchange(card, READ).status == 0x6C03
    assert len(card.commands) == 2


def test_61xx_fetches_the_rest() -> None:
    card = ScriptedCard(["01 6102", "0203 6100", "04 9000"])
    assert exchange(card, READ) == Response(b"\x01\x02\x03\x04", 0x9000)
    assert card.commands == ["00b0000000", "00c0000002", "00c0000000"]


def test_a_card_that_announces_more_and_gives_nothing_is_malformed() -> None:
    card = ScriptedCard(["01 6102", "6102"])
    with pytest.raises(MalformedAnswer):
        exchange(card, READ)


def test_a_card_that_never_ends_is_malformed() -> None:
    card = ScriptedCard(["00" * 256 + "6100"] * 300)
    with pytest.raises(MalformedAnswer):
        exchange(card, READ)


def test_an_unexpected_status_names_the_command_but_not_its_data() -> None:
    with pytest.raises(ApduError) as refused:
        require(ScriptedCard(["6a82"]), SELECT)
    assert (refused.value.header.hex(), refused.value.status) == ("00a4020c", 0x6A82)
    assert str(refused.value) == "00 A4 02 0C was answered 6A82"
