"""How simulated contactless cards are found and activated, frame by frame (ISO/IEC 14443-3 and -4)."""

import pytest

from cardreader.simulated.contactless import ChipTag, Technology, is_poll
from cardreader.simulated.foreign_cards import bank_card, driving_licence, mifare_classic, transit_card
from cardreader.simulated.isodep import Deselected, Obey, Send
from cardreader.simulated.jpki_card import JpkiCard
from cardreader.simulated.other_cards import ForeignCard, MuteCard
from cardreader.simulated.plain_tags import FelicaTag, StorageTag, tag_of
from machine import cards
from machine.cards import PIN

REQUEST_B = bytes.fromhex("050010")
ATTRIB = bytes.fromhex("1D08A1B2C300080100")
REQUEST_A = b"\x26"
ANTICOLLISION = bytes.fromhex("9320")
RATS = bytes.fromhex("E080")
PRESENCE = b"\xb2"


def activated(tag: ChipTag) -> ChipTag:
    assert tag.receive(ATTRIB)
    return tag


class Starts(ForeignCard):
    """Keeps how it was started."""

    def __init__(self) -> None:
        self.starts: list[str] = []

    def power_on(self) -> None:
        self.starts.append("power on")

    def power_off(self) -> None:
        self.starts.append("power off")

    def reset(self) -> None:
        self.starts.append("reset")


def unlocked(chip: JpkiCard) -> bool:
    for command in ("00A4040C0AD392F000260100000001", "00A4020C020018", "0020008004" + PIN.encode().hex()):
        answer = chip.transmit(bytes.fromhex(command))
    return answer == b"\x90\x00"


def signs(chip: JpkiCard) -> bool:
    for command in ("00A4040C0AD392F000260100000001", "00A4020C020017", "802A008001AA00"):
        answer = chip.transmit(bytes.fromhex(command))
    return answer.endswith(b"\x90\x00")


def test_a_type_b_card_answers_a_poll_with_what_its_atr_says() -> None:
    assert ChipTag(cards.card()).receive(REQUEST_B) == Send(bytes.fromhex("50 08A1B2C3 000005E0 B381A1"))


def test_an_activated_type_b_card_speaks_blocks() -> None:
    tag = ChipTag(ForeignCard())
    assert tag.receive(ATTRIB) == Send(b"\0")
    assert tag.receive(PRESENCE) == Send(b"\xa3")


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(bytes.fromhex("1D08A1B2C400080100"), id="another card's"),
        pytest.param(bytes.fromhex("1D08A1B2C300080000"), id="no block protocol"),
        pytest.param(ATTRIB + b"\0", id="too long"),
        pytest.param(PRESENCE, id="a block"),
        pytest.param(REQUEST_A, id="Type A"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_type_b_card_is_activated_by_its_own_command_only(frame: bytes) -> None:
    assert ChipTag(ForeignCard()).receive(frame) is None


def test_a_type_a_card_is_found_selected_and_activated() -> None:
    tag = ChipTag(bank_card(), Technology.TYPE_A)
    assert tag.receive(REQUEST_A) == Send(bytes.fromhex("0400"))
    found = tag.receive(ANTICOLLISION)
    assert isinstance(found, Send)
    assert tag.receive(b"\x93\x70" + found.block) == Send(b"\x20")
    assert tag.receive(RATS) == Send(bytes.fromhex("0D 78 00 A0 00") + bytes.fromhex("4A434F5076323431"))
    assert tag.receive(PRESENCE) == Send(b"\xa3")


def test_a_poll_of_the_other_type_is_not_answered() -> None:
    assert ChipTag(bank_card(), Technology.TYPE_A).receive(REQUEST_B) is None


def test_an_answer_comes_in_frames_the_reader_takes() -> None:
    tag = ChipTag(ForeignCard())
    tag.receive(bytes.fromhex("1D08A1B2C300000100"))
    tag.receive(b"\x02" + bytes(5))
    assert tag.blocks.answer(bytes(20)) == b"\x12" + bytes(13)


def test_a_command_reaches_the_protocol_of_an_activated_card() -> None:
    assert activated(ChipTag(ForeignCard())).receive(b"\x02abcd") == Obey(b"abcd")


def test_a_mute_chip_is_found_and_does_not_get_activated() -> None:
    tag = ChipTag(MuteCard())
    assert tag.receive(REQUEST_B)
    assert tag.receive(ATTRIB) is None


def test_a_deselected_card_is_silent_until_activated_again() -> None:
    tag = activated(ChipTag(ForeignCard()))
    assert tag.receive(b"\xc2") == Deselected(b"\xc2")
    assert tag.receive(PRESENCE) is None
    activated(tag)
    assert tag.receive(PRESENCE) == Send(b"\xa3")


def test_only_the_loss_of_power_ends_the_verified_state_of_a_pin() -> None:
    chip = cards.card()
    tag = activated(ChipTag(chip))
    assert unlocked(chip)
    tag.receive(b"\xc2")
    activated(tag)
    assert signs(chip)
    tag.lose_power()
    activated(tag)
    assert not signs(chip)


def test_a_card_activated_again_is_reset_unless_it_lost_power() -> None:
    chip = Starts()
    tag = activated(ChipTag(chip))
    tag.receive(b"\xc2")
    activated(tag)
    tag.lose_power()
    activated(tag)
    assert chip.starts == ["power on", "reset", "power off", "power on"]


def test_a_card_without_power_is_not_activated() -> None:
    tag = activated(ChipTag(ForeignCard()))
    tag.lose_power()
    assert tag.receive(PRESENCE) is None


def test_felica_answers_its_own_poll_only() -> None:
    tag = FelicaTag()
    answer = tag.receive(bytes.fromhex("0600FFFF0100"))
    assert isinstance(answer, Send)
    assert answer.block[0] == len(answer.block) == 20
    assert answer.block[1:10] == b"\x01" + tag.identifier
    assert tag.receive(REQUEST_B) is None


def test_a_storage_card_is_found_and_takes_no_commands() -> None:
    tag = StorageTag()
    found = tag.receive(ANTICOLLISION)
    assert isinstance(found, Send)
    assert tag.receive(b"\x93\x70" + found.block) == Send(b"\x08")
    assert tag.receive(RATS) is None


@pytest.mark.parametrize("frame", [REQUEST_A, b"\x52", REQUEST_B, bytes.fromhex("0600FFFF0100")])
def test_polls_are_told_apart_from_the_rest(frame: bytes) -> None:
    assert is_poll(frame)


@pytest.mark.parametrize("frame", [ATTRIB, RATS, PRESENCE, ANTICOLLISION, b"\x02" + bytes(4), b""])
def test_what_is_no_poll(frame: bytes) -> None:
    assert not is_poll(frame)


def test_a_chip_becomes_the_card_its_atr_describes() -> None:
    assert isinstance(tag_of(transit_card()), FelicaTag)
    assert isinstance(tag_of(mifare_classic()), StorageTag)
    assert tag_of(cards.card()).technology is Technology.TYPE_B
    assert tag_of(driving_licence()).technology is Technology.TYPE_B
    assert tag_of(bank_card()).technology is Technology.TYPE_A
    assert tag_of(MuteCard()).technology is Technology.TYPE_B
