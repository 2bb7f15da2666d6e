"""Our reader and a card implementation that is not ours, with the manners of cards that are none of our making."""

from dataclasses import replace

import pytest

from cardreader.cards.jpki import Authenticated, Reason, Refused
from cardreader.cards.memory import Memory
from cardreader.counting import CountedCard
from cardreader.drivers.simulated import SimulatedReader
from cardreader.simulated.chip import Chip
from machine.cards import PIN, WRONG_PIN, authenticated, credential
from machine.quirky_card import Manners, QuirkyCard

POLITE = Manners(first_fails=False, in_pieces=False, exact_lengths=False)


def quirky(manners: Manners | None = None) -> QuirkyCard:
    return QuirkyCard(credential(), PIN, manners)


def held(chip: Chip) -> CountedCard:
    reader = SimulatedReader()
    reader.insert(chip)
    return CountedCard(reader.connect())


@pytest.mark.parametrize(
    "manners",
    [
        pytest.param(POLITE, id="none"),
        pytest.param(replace(POLITE, first_fails=True), id="6F00 first"),
        pytest.param(replace(POLITE, in_pieces=True), id="61xx"),
        pytest.param(replace(POLITE, exact_lengths=True), id="6Cxx"),
        pytest.param(Manners(signing_seconds=0.1), id="all, and slow"),
    ],
)
def test_it_is_authenticated_whatever_its_manners(manners: Manners) -> None:
    outcome = authenticated(held(quirky(manners)))
    assert isinstance(outcome, Authenticated)
    assert outcome.public_key == credential().public_key
    assert outcome.valid_until == credential().certificate.not_valid_after_utc


def test_its_second_tap_is_shorter_also_when_its_blocks_are() -> None:
    memory = Memory()
    taps = [held(quirky()) for _ in range(2)]
    outcomes = [authenticated(tap, memory=memory) for tap in taps]
    assert all(isinstance(outcome, Authenticated) for outcome in outcomes)
    assert taps[1].bytes_received < taps[0].bytes_received - 250


def test_a_polite_one_that_is_known_takes_eight_commands() -> None:
    memory = Memory()
    authenticated(held(quirky(POLITE)), memory=memory)
    known = held(quirky(POLITE))
    authenticated(known, memory=memory)
    assert known.apdus == 8


def test_its_short_identifiers_are_tried_once_and_cost_no_try() -> None:
    chip = quirky()
    assert isinstance(authenticated(held(chip)), Authenticated)
    assert (chip.verifications, chip.tries) == (1, 3)


def test_wrong_pins_count_down_and_stop_before_the_last() -> None:
    chip = quirky()
    memory = Memory()
    outcomes = [authenticated(held(chip), WRONG_PIN, memory=memory) for _ in range(3)]
    assert outcomes == [Refused(Reason.WRONG_PIN, 2), Refused(Reason.WRONG_PIN, 1), Refused(Reason.LAST_TRY, 1)]
    assert chip.verifications == 2


def test_a_card_that_says_6983_is_blocked() -> None:
    chip = quirky()
    chip.tries = 0
    assert authenticated(held(chip)) == Refused(Reason.PIN_BLOCKED, 0)
    assert authenticated(held(chip), last_try_allowed=True) == Refused(Reason.PIN_BLOCKED, 0)


def test_it_locks_when_its_power_is_cut() -> None:
    chip = quirky(POLITE)
    first = held(chip)
    authenticated(first)
    first.close()
    second = held(chip)
    for command in ("00a4040c0ad392f000260100000001", "00a4020c020017"):
        assert second.transmit(bytes.fromhex(command)) == b"\x90\x00"
    assert second.transmit(bytes.fromhex("802a008033" + "00" * 51 + "00")) == b"\x69\x82"
