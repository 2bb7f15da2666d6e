"""Kinds of cards on nfcpy's `udp` driver, told apart and named (A18), and cards that leave out what they may."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from cardreader.cards.identify import Foreign, identify
from cardreader.cards.jpki import Authenticated, Reason, Refused, select_application
from cardreader.errors import CardUnresponsive
from cardreader.ports import Reader
from cardreader.simulated import desfire_card
from cardreader.simulated.contactless import ChipTag, Tag, Technology
from cardreader.simulated.foreign_cards import bank_card, driving_licence, phone_with_wallet, residence_card
from cardreader.simulated.isodep import Send, Step
from cardreader.simulated.other_cards import ForeignCard
from cardreader.simulated.plain_tags import FelicaTag, StorageTag, tag_of
from cardreader.simulated.udp_field import UdpField
from machine import cards
from machine.contactless import SOON, connected, empty_field, opened


@pytest.fixture
def air_field() -> Iterator[UdpField]:
    with empty_field() as made:
        yield made


@pytest.fixture
def reader(air_field: UdpField) -> Iterator[Reader]:
    with opened(air_field.path) as made:
        yield made


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        pytest.param(FelicaTag(), Foreign.FELICA_CARD, id="transit card"),
        pytest.param(StorageTag(), Foreign.STORAGE_CARD, id="MIFARE Classic"),
        pytest.param(tag_of(driving_licence()), Foreign.DRIVING_LICENCE, id="driving licence"),
        pytest.param(tag_of(residence_card()), Foreign.RESIDENCE_CARD, id="residence card"),
        pytest.param(tag_of(bank_card()), Foreign.BANK_CARD, id="bank card"),
        pytest.param(tag_of(phone_with_wallet()), Foreign.PHONE, id="phone"),
    ],
)
def test_a_card_of_another_kind_is_refused_and_named(
    air_field: UdpField, reader: Reader, tag: Tag, kind: Foreign
) -> None:
    air_field.hold(tag)
    with connected(reader) as card:
        assert cards.authenticated(card) == Refused(Reason.NOT_MY_NUMBER_CARD, None)
        assert identify(card) is kind


@pytest.mark.parametrize("tag", [FelicaTag(), StorageTag()], ids=["FeliCa", "MIFARE Classic"])
def test_a_card_without_commands_comes_and_goes(air_field: UdpField, reader: Reader, tag: Tag) -> None:
    air_field.hold(tag)
    assert reader.wait_present(SOON)
    assert not reader.wait_absent(0)
    air_field.take_away()
    assert reader.wait_absent(SOON)


def test_another_card_without_commands_is_another_card(air_field: UdpField, reader: Reader) -> None:
    air_field.hold(FelicaTag())
    assert reader.wait_present(SOON)
    air_field.hold(FelicaTag(identifier=bytes(8)))
    assert reader.wait_absent(0)


def test_the_my_number_card_is_found_in_a_wallet_of_others(air_field: UdpField, reader: Reader) -> None:
    air_field.hold(FelicaTag(), tag_of(bank_card()), ChipTag(cards.card()))
    with connected(reader) as card:
        assert isinstance(cards.authenticated(card), Authenticated)


@dataclass
class QuirkyTypeA:
    """A Type A card that answers RATS in its own way, and every command with 6A82 or what it is told."""

    answer_to_select: bytes
    answer: bytes = b"\x02\x6a\x82"
    technology: Technology = Technology.TYPE_A

    def __post_init__(self) -> None:
        self._tag = ChipTag(ForeignCard(), Technology.TYPE_A)

    def receive(self, frame: bytes) -> Step | None:
        step = self._tag.receive(frame)
        if frame.startswith(b"\xe0") and step:
            return Send(self.answer_to_select)
        return Send(self.answer) if frame.startswith(b"\x02") else step

    def lose_power(self) -> None:
        self._tag.lose_power()


@pytest.mark.parametrize(
    ("answer_to_select", "atr"),
    [
        pytest.param("01", "3b80800101", id="nothing but its length"),
        pytest.param("0208", "3b80800101", id="no interface bytes"),
        pytest.param("03 28 40", "3b80800101", id="a waiting time only"),
        pytest.param("06 18 00 4A434F", "3b838001" + "4a434f" + "44", id="bit rates and historical bytes"),
        pytest.param("03 2F F0", "3b80800101", id="codes that are reserved"),
        pytest.param("14 78 00 40 00" + "5A" * 15, "3b8f8001" + "5a" * 15 + "54", id="fifteen historical bytes"),
        pytest.param("16 78 00 40 00" + "5A" * 17, "3b8f8001" + "5a" * 15 + "54", id="more than an ATR has room for"),
    ],
)
def test_what_a_type_a_card_leaves_out_has_its_default(
    air_field: UdpField, reader: Reader, answer_to_select: str, atr: str
) -> None:
    air_field.hold(QuirkyTypeA(bytes.fromhex(answer_to_select)))
    with connected(reader) as card:
        assert card.atr.hex() == atr
        assert not select_application(card)


def test_a_facility_card_tells_its_kind(air_field: UdpField, reader: Reader) -> None:
    air_field.hold(QuirkyTypeA(bytes.fromhex("06 75 00 81 02 80")))
    with connected(reader) as card:
        assert card.atr == desfire_card.ATR


@pytest.mark.parametrize(
    "answer_to_select", ["00", "0278", "0338"], ids=["no length", "no interface bytes", "one of two"]
)
def test_a_type_a_card_cut_short_is_unresponsive(air_field: UdpField, reader: Reader, answer_to_select: str) -> None:
    air_field.hold(QuirkyTypeA(bytes.fromhex(answer_to_select)))
    assert reader.wait_present(SOON)
    with pytest.raises(CardUnresponsive):
        reader.connect()


@pytest.mark.parametrize("code", ["F", "4"], ids=["reserved", "the default"])
def test_a_reserved_waiting_time_is_taken_for_the_default(air_field: UdpField, reader: Reader, code: str) -> None:
    air_field.hold(QuirkyTypeA(bytes.fromhex(f"0328{code}0")))
    with connected(reader) as card:
        assert card.presented.link.fwt == pytest.approx(0.00483, rel=0.01)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"\xf2", id="a stump"),
        pytest.param(b"\x03\x6a\x82", id="the number of another block"),
        pytest.param(b"\xc2", id="a block out of place"),
    ],
)
def test_a_card_that_breaks_the_protocol_is_unresponsive(air_field: UdpField, reader: Reader, answer: bytes) -> None:
    air_field.hold(QuirkyTypeA(b"\x01", answer=answer))
    with connected(reader) as card, pytest.raises(CardUnresponsive):
        select_application(card)
