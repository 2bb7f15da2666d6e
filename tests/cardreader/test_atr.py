"""The answer to reset of a card that has none."""

import pytest

from cardreader.atr import STORAGE_CARD, historical_bytes, is_type_b, pseudo_atr


def test_it_is_the_one_a_readers_manual_prints_for_a_mifare_classic_card() -> None:
    printed = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
    assert pseudo_atr(STORAGE_CARD + bytes.fromhex("03000100000000")) == printed


def test_it_is_the_one_of_a_my_number_card() -> None:
    assert pseudo_atr(bytes.fromhex("000005E0B381A100")) == bytes.fromhex("3B888001000005E0B381A1007F")


@pytest.mark.parametrize("count", range(16))
def test_what_goes_in_comes_out(count: int) -> None:
    assert historical_bytes(pseudo_atr(b"h" * count)) == b"h" * count


def test_there_is_no_room_for_a_sixteenth_byte() -> None:
    with pytest.raises(IndexError):
        pseudo_atr(bytes(16))


@pytest.mark.parametrize(
    "atr",
    [
        pytest.param("", id="nothing"),
        pytest.param("3B", id="one byte"),
        pytest.param("3B80", id="two bytes"),
        pytest.param("3F808001", id="the other convention"),
        pytest.param("3B6800000073C84013009000", id="a card with contacts"),
        pytest.param("3B9F8001", id="more interface bytes"),
    ],
)
def test_another_answer_says_nothing(atr: str) -> None:
    assert historical_bytes(bytes.fromhex(atr)) is None


@pytest.mark.parametrize(
    ("historical", "expected"),
    [
        pytest.param("000005E0B381A100", True, id="a My Number Card"),
        pytest.param("0000000033818170", True, id="a card that takes long commands"),
        pytest.param("0000000033808100", False, id="a card that does not speak part 4"),
        pytest.param("0000000033898100", False, id="a card with a reserved bit"),
        pytest.param("0000000033818101", False, id="a last byte that is no MBLI"),
        pytest.param("00000000338181", False, id="seven bytes"),
        pytest.param("000000003381810000", False, id="nine bytes"),
        pytest.param("", False, id="none"),
    ],
)
def test_a_card_of_type_b_is_told_by_its_protocol_information(historical: str, expected: bool) -> None:
    assert is_type_b(bytes.fromhex(historical)) is expected
