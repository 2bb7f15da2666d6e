"""What every driver carries besides a My Number Card: a facility's own card, and the cards that are neither (A18, A20)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from cardreader.cards import desfire, jpki
from cardreader.cards.identify import Foreign, identify
from cardreader.errors import CardRemoved
from cardreader.ports import Card
from cardreader.simulated import foreign_cards as kinds
from cardreader.simulated.chip import Chip
from machine import cards
from machine.benches import MachineBench
from machine.facility import CARD_ID, FACILITY_CHALLENGE, KEYS, facility_card

SOON = 10.0


@contextmanager
def connected(bench: MachineBench, chip: Chip) -> Iterator[Card]:
    bench.hold(chip)
    assert bench.reader.wait_present(SOON)
    card = bench.reader.connect()
    try:
        yield card
    finally:
        card.close()


def test_a_facility_card_proves_itself(machine_bench: MachineBench) -> None:
    with connected(machine_bench, facility_card()) as card:
        outcome = desfire.authenticate(card, KEYS, challenge=FACILITY_CHALLENGE)
    assert outcome == desfire.Authenticated(CARD_ID)


def test_a_facility_card_proves_itself_after_it_was_asked_for_the_jpki_application(machine_bench: MachineBench) -> None:
    """The terminal does not know the kind of card beforehand."""
    with connected(machine_bench, facility_card()) as card:
        assert cards.authenticated(card) == jpki.Refused(jpki.Reason.NOT_MY_NUMBER_CARD, None)
        outcome = desfire.authenticate(card, KEYS, challenge=FACILITY_CHALLENGE)
    assert outcome == desfire.Authenticated(CARD_ID)


def test_a_my_number_card_is_none_of_the_facilitys(machine_bench: MachineBench) -> None:
    with connected(machine_bench, cards.card()) as card:
        outcome = desfire.authenticate(card, KEYS, challenge=FACILITY_CHALLENGE)
    assert outcome == desfire.Refused(desfire.Reason.NOT_A_FACILITY_CARD)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(kinds.driving_licence, Foreign.DRIVING_LICENCE, id="driving licence"),
        pytest.param(kinds.residence_card, Foreign.RESIDENCE_CARD, id="residence card"),
        pytest.param(kinds.bank_card, Foreign.BANK_CARD, id="bank card"),
        pytest.param(kinds.phone_with_wallet, Foreign.PHONE, id="phone"),
        pytest.param(kinds.transit_card, Foreign.FELICA_CARD, id="transit card"),
        pytest.param(kinds.mifare_classic, Foreign.STORAGE_CARD, id="MIFARE Classic"),
        pytest.param(facility_card, Foreign.DESFIRE_CARD, id="DESFire card"),
        pytest.param(kinds.unknown_card, Foreign.OTHER_CARD, id="card of an unknown kind"),
    ],
)
def test_a_card_that_is_no_my_number_card_is_named(
    machine_bench: MachineBench, make: Callable[[], Chip], expected: Foreign
) -> None:
    with connected(machine_bench, make()) as card:
        assert cards.authenticated(card) == jpki.Refused(jpki.Reason.NOT_MY_NUMBER_CARD, None)
        assert identify(card) is expected


@pytest.mark.parametrize("make", [kinds.transit_card, kinds.mifare_classic], ids=["transit card", "MIFARE Classic"])
def test_a_card_that_only_has_a_serial_number_proves_nothing(
    machine_bench: MachineBench, make: Callable[[], Chip]
) -> None:
    with connected(machine_bench, make()) as card:
        outcome = desfire.authenticate(card, KEYS, challenge=FACILITY_CHALLENGE)
    assert outcome == desfire.Refused(desfire.Reason.NOT_A_FACILITY_CARD)


def test_a_facility_card_taken_away_is_removed(machine_bench: MachineBench) -> None:
    with connected(machine_bench, facility_card()) as card:
        machine_bench.take_away()
        with pytest.raises(CardRemoved):
            desfire.authenticate(card, KEYS, challenge=FACILITY_CHALLENGE)


def test_a_card_taken_away_while_it_is_being_named_is_removed(machine_bench: MachineBench) -> None:
    with connected(machine_bench, kinds.driving_licence()) as card:
        machine_bench.take_away()
        with pytest.raises(CardRemoved):
            identify(card)
