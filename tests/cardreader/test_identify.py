"""A card that is no My Number Card is named, at the cost of two commands at most (A18)."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from cardreader.atr import pseudo_atr
from cardreader.cards.identify import Foreign, identify
from cardreader.errors import CardRemoved
from cardreader.simulated import foreign_cards as kinds
from cardreader.simulated.chip import Chip
from cardreader.simulated.jpki_card import ATR as MY_NUMBER_CARD_ATR
from machine.facility import facility_card

NO_ATR = b""


@dataclass
class Counting:
    chip: Chip
    atr: bytes
    heard: list[str] = field(default_factory=list)

    def transmit(self, command: bytes | bytearray) -> bytes:
        self.heard.append(bytes(command).hex())
        return self.chip.transmit(command)

    def close(self) -> None: ...


def powered(chip: Chip, atr: bytes | None = None) -> Counting:
    chip.power_on()
    return Counting(chip, chip.atr if atr is None else atr)


@pytest.mark.parametrize(
    ("make", "expected", "commands"),
    [
        pytest.param(kinds.driving_licence, Foreign.DRIVING_LICENCE, 1, id="driving licence"),
        pytest.param(kinds.residence_card, Foreign.RESIDENCE_CARD, 2, id="residence card"),
        pytest.param(kinds.bank_card, Foreign.BANK_CARD, 2, id="bank card"),
        pytest.param(kinds.phone_with_wallet, Foreign.PHONE, 1, id="phone"),
        pytest.param(kinds.transit_card, Foreign.FELICA_CARD, 0, id="transit card"),
        pytest.param(kinds.mifare_classic, Foreign.STORAGE_CARD, 0, id="MIFARE Classic"),
        pytest.param(facility_card, Foreign.DESFIRE_CARD, 0, id="DESFire card"),
        pytest.param(kinds.unknown_card, Foreign.OTHER_CARD, 2, id="card of an unknown kind"),
    ],
)
def test_a_card_is_named(make: Callable[[], Chip], expected: Foreign, commands: int) -> None:
    asked = powered(make())
    assert identify(asked) is expected
    assert len(asked.heard) == commands


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(kinds.driving_licence, Foreign.DRIVING_LICENCE, id="driving licence"),
        pytest.param(kinds.bank_card, Foreign.BANK_CARD, id="bank card"),
        pytest.param(kinds.phone_with_wallet, Foreign.BANK_CARD, id="phone, by the bank card in it"),
        pytest.param(kinds.residence_card, Foreign.OTHER_CARD, id="residence card"),
        pytest.param(kinds.transit_card, Foreign.OTHER_CARD, id="transit card"),
        pytest.param(facility_card, Foreign.OTHER_CARD, id="DESFire card"),
    ],
)
@pytest.mark.parametrize(
    "atr", [NO_ATR, b"\x3b", bytes.fromhex("3B6800000073C84013009000")], ids=["no", "cut", "contact"]
)
def test_with_an_atr_that_tells_nothing_less_is_named(make: Callable[[], Chip], expected: Foreign, atr: bytes) -> None:
    asked = powered(make(), atr)
    assert identify(asked) is expected
    assert len(asked.heard) <= 2


def test_a_card_that_knows_no_applications_is_asked_for_one_only() -> None:
    asked = powered(kinds.transit_card(), NO_ATR)
    identify(asked)
    assert len(asked.heard) == 1


def test_a_card_of_the_my_number_cards_shape_is_asked_as_cards_of_the_state_are() -> None:
    asked = powered(kinds.unknown_card(), MY_NUMBER_CARD_ATR)
    identify(asked)
    assert asked.heard == [
        "00a4040c10a0000002310100000000000000000000",
        "00a4040c10d392f0004f0200000000000000000000",
    ]


def test_a_card_of_type_a_is_asked_as_wallets_and_bank_cards_are() -> None:
    asked = powered(kinds.unknown_card())
    identify(asked)
    assert asked.heard == [
        "00a404000a4f53452e5641532e303100",
        "00a404000e325041592e5359532e444446303100",
    ]


def test_a_phone_with_a_bank_card_in_it_is_a_phone() -> None:
    assert identify(powered(kinds.phone_with_wallet())) is Foreign.PHONE


@pytest.mark.parametrize(
    "historical",
    [
        pytest.param("0000000033808100", id="a card of Type B that does not speak part 4"),
        pytest.param("0000000033818101", id="eight historical bytes of Type A"),
        pytest.param("00000000338181", id="seven"),
        pytest.param("", id="none"),
    ],
)
def test_what_is_not_certainly_type_b_is_asked_as_type_a(historical: str) -> None:
    asked = powered(kinds.unknown_card(), pseudo_atr(bytes.fromhex(historical)))
    identify(asked)
    assert asked.heard[0].startswith("00a404000a4f53452e")


@pytest.mark.parametrize("status", ["6116", "6c16"])
def test_an_application_whose_answer_waits_is_there_and_its_answer_is_not_fetched(status: str) -> None:
    class Waiting(Counting):
        def transmit(self, command: bytes | bytearray) -> bytes:
            super().transmit(command)
            return bytes.fromhex(status)

    chip = kinds.bank_card()
    asked = Waiting(chip, chip.atr)
    assert identify(asked) is Foreign.PHONE
    assert len(asked.heard) == 1


def test_a_card_taken_away_meanwhile_is_removed() -> None:
    class Pulled(Counting):
        def transmit(self, command: bytes | bytearray) -> bytes:
            raise CardRemoved

    with pytest.raises(CardRemoved):
        identify(Pulled(kinds.unknown_card(), NO_ATR))


@pytest.mark.parametrize("length", range(20))
def test_no_atr_however_cut_off_is_too_short(length: int) -> None:
    chip = kinds.transit_card()
    assert identify(powered(chip, chip.atr[:length])) in set(Foreign)


def test_each_kind_has_a_value_of_its_own_for_the_screen() -> None:
    assert len({kind.value for kind in Foreign}) == len(Foreign)
