"""What every reader does, whatever is behind it."""

import threading

import pytest

from cardreader.apdu import StatusWord
from cardreader.cards.jpki import Authenticated, select_application
from cardreader.errors import ApduError, CardInUse, CardRemoved, CardUnresponsive
from cardreader.simulated.jpki_card import ATR
from cardreader.simulated.other_cards import MuteCard
from machine import cards
from machine.benches import Bench, MachineBench

SOON = 10.0
"""Seconds a machine may take at most for what it does at once; nothing waits so long in a passing run."""


def test_an_empty_reader_has_no_card(bench: Bench) -> None:
    assert not bench.reader.wait_present(0)


def test_an_empty_reader_counts_as_left(bench: Bench) -> None:
    assert bench.reader.wait_absent(0)


def test_a_card_held_to_the_reader_is_seen(bench: Bench) -> None:
    bench.hold()
    assert bench.reader.wait_present(SOON)


def test_a_card_that_lies_there_has_not_left(bench: Bench) -> None:
    bench.hold()
    assert bench.reader.wait_present(SOON)
    assert not bench.reader.wait_absent(0)


def test_a_card_never_looked_at_has_not_left(machine_bench: MachineBench) -> None:
    machine_bench.hold_unseen()
    assert not machine_bench.reader.wait_absent(0)


def test_a_card_taken_away_has_left(bench: Bench) -> None:
    bench.hold()
    assert bench.reader.wait_present(SOON)
    bench.take_away()
    assert bench.reader.wait_absent(SOON)
    assert not bench.reader.wait_present(0)


def test_a_thread_that_waits_is_woken_by_the_card(machine_bench: MachineBench) -> None:
    seen: list[bool] = []
    waiting = threading.Thread(target=lambda: seen.append(machine_bench.reader.wait_present(SOON)))
    waiting.start()
    machine_bench.hold()
    waiting.join()
    assert seen == [True]


def test_a_card_answers_over_its_connection(bench: Bench) -> None:
    bench.hold()
    assert bench.reader.wait_present(SOON)
    card = bench.reader.connect()
    assert select_application(card)
    card.close()


def test_a_connection_tells_what_kind_of_card_it_is(machine_bench: MachineBench) -> None:
    machine_bench.hold()
    assert machine_bench.reader.wait_present(SOON)
    card = machine_bench.reader.connect()
    assert card.atr == ATR
    card.close()


def test_there_is_no_connection_without_a_card(bench: Bench) -> None:
    with pytest.raises(CardRemoved):
        bench.reader.connect()


def test_a_card_in_use_is_not_shared(bench: Bench) -> None:
    bench.hold()
    assert bench.reader.wait_present(SOON)
    card = bench.reader.connect()
    with pytest.raises(CardInUse):
        bench.reader.connect()
    card.close()


def test_a_closed_connection_makes_room_for_another(bench: Bench) -> None:
    bench.hold()
    assert bench.reader.wait_present(SOON)
    bench.reader.connect().close()
    again = bench.reader.connect()
    assert select_application(again)
    again.close()


def test_closing_a_connection_locks_the_card_again(machine_bench: MachineBench) -> None:
    machine_bench.hold()
    assert machine_bench.reader.wait_present(SOON)
    first = machine_bench.reader.connect()
    assert isinstance(cards.authenticated(first), Authenticated)
    first.close()
    second = machine_bench.reader.connect()
    with pytest.raises(ApduError) as refused:
        cards.sign_without_pin(second)
    second.close()
    assert refused.value.status == StatusWord.NOT_VERIFIED


def test_closing_a_connection_twice_does_nothing(bench: Bench) -> None:
    bench.hold()
    assert bench.reader.wait_present(SOON)
    card = bench.reader.connect()
    card.close()
    card.close()
    assert not bench.reader.wait_absent(0)


def test_a_card_pulled_from_its_connection_is_removed(bench: Bench) -> None:
    bench.hold()
    assert bench.reader.wait_present(SOON)
    card = bench.reader.connect()
    bench.take_away()
    with pytest.raises(CardRemoved):
        select_application(card)
    card.close()


def test_a_connection_can_be_closed_after_its_card_has_left(bench: Bench) -> None:
    bench.hold()
    assert bench.reader.wait_present(SOON)
    card = bench.reader.connect()
    bench.take_away()
    assert bench.reader.wait_absent(SOON)
    card.close()


def test_a_mute_card_is_unresponsive(machine_bench: MachineBench) -> None:
    machine_bench.hold(MuteCard())
    assert machine_bench.reader.wait_present(SOON)
    with pytest.raises(CardUnresponsive):
        machine_bench.reader.connect()


def test_a_card_swapped_between_two_looks_has_left(machine_bench: MachineBench) -> None:
    machine_bench.hold()
    assert machine_bench.reader.wait_present(SOON)
    machine_bench.swap()
    assert machine_bench.reader.wait_absent(0)


def test_a_card_swapped_during_its_connection_has_left(machine_bench: MachineBench) -> None:
    machine_bench.hold()
    assert machine_bench.reader.wait_present(SOON)
    card = machine_bench.reader.connect()
    machine_bench.swap()
    card.close()
    assert machine_bench.reader.wait_absent(0)


def test_the_card_seen_after_a_swap_has_not_left(machine_bench: MachineBench) -> None:
    machine_bench.hold()
    assert machine_bench.reader.wait_present(SOON)
    card = machine_bench.reader.connect()
    machine_bench.swap()
    card.close()
    assert machine_bench.reader.wait_present(SOON)
    assert not machine_bench.reader.wait_absent(0)


def test_closing_a_reader_twice_does_nothing(bench: Bench) -> None:
    bench.reader.close()
    bench.reader.close()
