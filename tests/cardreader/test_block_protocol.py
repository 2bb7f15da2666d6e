"""The card's half of the block protocol, block by block (ISO/IEC 14443-4, 7.5)."""

import pytest

from cardreader.simulated.isodep import CardSide, Deselected, Obey, Send, TimeGranted

COMMAND = bytes.fromhex("00A4040C")


@pytest.fixture
def card() -> CardSide:
    """It takes frames of 32 bytes, and so does its reader: 29 bytes of a command or an answer fit into one."""
    return CardSide(32, 32)


def chain(card: CardSide, response: bytes) -> list[bytes]:
    """Every block of an answer, fetched as a reader fetches them."""
    blocks = [card.answer(response)]
    while blocks[-1][0] & 0x10:
        step = card.receive(bytes((0xA2 | (blocks[-1][0] & 1 ^ 1),)))
        assert isinstance(step, Send)
        blocks.append(step.block)
    return blocks


def test_a_block_with_a_command_is_obeyed(card: CardSide) -> None:
    assert card.receive(b"\x02" + COMMAND) == Obey(COMMAND)


def test_the_answer_has_the_number_of_its_command(card: CardSide) -> None:
    card.receive(b"\x02" + COMMAND)
    assert card.answer(b"\x90\x00") == b"\x02\x90\x00"
    card.receive(b"\x03" + COMMAND)
    assert card.answer(b"\x6a\x82") == b"\x03\x6a\x82"


def test_the_parts_of_a_chained_command_are_acknowledged_and_put_together(card: CardSide) -> None:
    assert card.receive(b"\x12abc") == Send(b"\xa2")
    assert card.receive(b"\x13def") == Send(b"\xa3")
    assert card.receive(b"\x02ghi") == Obey(b"abcdefghi")


def test_a_command_after_a_chained_one_starts_afresh(card: CardSide) -> None:
    card.receive(b"\x12abc")
    card.receive(b"\x03def")
    card.answer(b"\x90\x00")
    assert card.receive(b"\x02ghi") == Obey(b"ghi")


@pytest.mark.parametrize(("length", "blocks"), [(0, 1), (29, 1), (30, 2), (58, 2), (59, 3), (258, 9)])
def test_an_answer_takes_as_many_blocks_as_the_reader_needs(card: CardSide, length: int, blocks: int) -> None:
    response = bytes(octet % 251 for octet in range(length))
    card.receive(b"\x02" + COMMAND)
    sent = chain(card, response)
    assert len(sent) == blocks
    assert b"".join(block[1:] for block in sent) == response
    assert max(map(len, sent)) <= 30
    assert [block[0] & 1 for block in sent] == [index % 2 for index in range(blocks)]


def test_an_answer_not_heard_is_repeated(card: CardSide) -> None:
    card.receive(b"\x02" + COMMAND)
    answer = card.answer(b"\x90\x00")
    assert card.receive(b"\xb2") == Send(answer)
    assert card.receive(b"\xb2") == Send(answer)


def test_a_part_of_an_answer_not_heard_is_repeated(card: CardSide) -> None:
    card.receive(b"\x02" + COMMAND)
    card.answer(bytes(40))
    second = card.receive(b"\xa3")
    assert card.receive(b"\xa3") == second


def test_an_acknowledgement_not_heard_is_repeated(card: CardSide) -> None:
    card.receive(b"\x12abc")
    assert card.receive(b"\xb2") == Send(b"\xa2")


def test_a_command_not_heard_is_asked_for_again_by_acknowledging_the_one_before(card: CardSide) -> None:
    card.receive(b"\x02" + COMMAND)
    card.answer(b"\x90\x00")
    assert card.receive(b"\xb3") == Send(b"\xa2")
    assert card.receive(b"\x03" + COMMAND) == Obey(COMMAND)


def test_asking_whether_the_card_is_there_changes_nothing(card: CardSide) -> None:
    card.receive(b"\x02" + COMMAND)
    answer = card.answer(b"\x90\x00")
    assert card.receive(b"\xb3") == Send(b"\xa2")
    assert card.receive(b"\xb2") == Send(answer)


def test_an_activated_card_not_yet_spoken_to_tells_that_it_is_there(card: CardSide) -> None:
    assert card.receive(b"\xb2") == Send(b"\xa3")


def test_an_acknowledgement_of_nothing_is_not_answered(card: CardSide) -> None:
    assert card.receive(b"\xa2") is None


def test_a_new_command_ends_an_answer_not_fetched(card: CardSide) -> None:
    card.receive(b"\x02" + COMMAND)
    card.answer(bytes(40))
    card.receive(b"\x03" + COMMAND)
    assert chain(card, b"\x90\x00") == [b"\x03\x90\x00"]


def test_more_time_is_asked_for_and_granted(card: CardSide) -> None:
    card.receive(b"\x02" + COMMAND)
    assert card.ask_for_time(3) == b"\xf2\x03"
    assert card.receive(b"\xf2\x03") == TimeGranted()
    assert card.answer(b"\x90\x00") == b"\x02\x90\x00"


def test_a_grant_with_a_power_level_is_a_grant(card: CardSide) -> None:
    card.receive(b"\x02" + COMMAND)
    card.ask_for_time(3)
    assert card.receive(b"\xf2\xc3") == TimeGranted()


@pytest.mark.parametrize("block", [b"\xf2\x04", b"\xf2", b"\xf2\x03\x00", b"\x02", b"\xc2"])
def test_while_time_is_asked_for_nothing_else_is_listened_to(card: CardSide, block: bytes) -> None:
    card.receive(b"\x02" + COMMAND)
    card.ask_for_time(3)
    assert card.receive(block) is None
    assert card.receive(b"\xf2\x03") == TimeGranted()


def test_a_request_for_time_not_heard_is_repeated(card: CardSide) -> None:
    card.receive(b"\x02" + COMMAND)
    card.ask_for_time()
    assert card.receive(b"\xb2") == Send(b"\xf2\x01")


def test_time_not_asked_for_is_not_granted(card: CardSide) -> None:
    assert card.receive(b"\xf2\x01") is None


@pytest.mark.parametrize("times", [0, 60])
def test_no_more_time_can_be_asked_for_than_the_standard_has(card: CardSide, times: int) -> None:
    with pytest.raises(ValueError, match=str(times)):
        card.ask_for_time(times)


def test_a_deselected_card_answers_so(card: CardSide) -> None:
    assert card.receive(b"\xc2") == Deselected(b"\xc2")


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x0a\x00" + COMMAND, id="with a card identifier"),
        pytest.param(b"\x06\x00" + COMMAND, id="with a node address"),
        pytest.param(b"\x02" + bytes(30), id="longer than the card takes"),
        pytest.param(b"\xc2\x00", id="deselect with something behind it"),
        pytest.param(b"\xe2", id="no block of the standard"),
    ],
)
def test_a_block_that_is_not_for_this_card_is_not_answered(card: CardSide, block: bytes) -> None:
    assert card.receive(block) is None
    assert card.receive(b"\x02" + COMMAND) == Obey(COMMAND)
