"""What every reader does, whatever is behind it: the simulated driver, pcscd with a virtual reader, real hardware.

With `--reader NAME` and `-s` it also runs on that PC/SC reader and asks for a My Number Card to be held to it and taken
away. No PIN is sent to that card.
"""

import sys
import threading
from collections.abc import Iterator
from typing import Protocol

import pytest
from machine import cards
from machine.pcscd import PcscDaemon

from cardreader.apdu import StatusWord
from cardreader.cards.jpki import Authenticated, select_application
from cardreader.drivers import pcsc
from cardreader.drivers.simulated import SimulatedReader
from cardreader.errors import ApduError, CardRemoved, CardUnresponsive
from cardreader.ports import Reader
from cardreader.simulated.chip import Chip
from cardreader.simulated.other_cards import MuteCard

PCSCD = pytest.param("pcscd", marks=pytest.mark.system)
SOON = 10.0
"""Seconds a machine may take at most for what it does at once; nothing waits so long in a passing run."""


class Bench(Protocol):
    """A reader and the hand in front of it."""

    @property
    def reader(self) -> Reader: ...
    def hold(self) -> None: ...
    def take_away(self) -> None: ...
    def clear(self) -> None: ...


class SimulatedBench:
    def __init__(self) -> None:
        self.reader = SimulatedReader()

    def hold(self, chip: Chip | None = None) -> None:
        self.reader.insert(chip or cards.card())

    def hold_unseen(self) -> None:
        self.hold()

    def take_away(self) -> None:
        self.reader.remove()

    def swap(self) -> None:
        self.reader.remove()
        self.reader.insert(cards.card())

    def clear(self) -> None:
        self.reader.remove()


class VirtualBench:
    def __init__(self, daemon: PcscDaemon) -> None:
        self._slot = daemon.slot
        self.reader = pcsc.open_reader(daemon.slot.reader)

    def hold(self, chip: Chip | None = None) -> None:
        self._slot.put(chip or cards.card())

    def hold_unseen(self) -> None:
        self.hold()
        self._slot.wait_in()

    def take_away(self) -> None:
        self._slot.pull()

    def swap(self) -> None:
        self.take_away()
        self._slot.wait_out()
        self.hold_unseen()

    def clear(self) -> None:
        self.take_away()
        self._slot.wait_out()
        self.reader.close()


class HandBench:
    def __init__(self, name: str) -> None:
        self.reader = pcsc.open_reader(name)

    def hold(self) -> None:
        self._ask("hold a My Number Card to the reader and leave it there")

    def take_away(self) -> None:
        self._ask("take the card away")

    def clear(self) -> None:
        self._ask("leave the reader empty")
        self.reader.close()

    def _ask(self, what: str) -> None:
        sys.stderr.write(f"\n{self.reader.name}: {what}, then press Enter ")
        sys.stdin.readline()


@pytest.fixture(scope="module")
def daemon() -> Iterator[PcscDaemon]:
    with PcscDaemon() as running:
        yield running


@pytest.fixture(params=["simulated", PCSCD, "hardware"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    hardware = request.config.getoption("--reader")
    made: Bench
    match request.param:
        case "simulated":
            made = SimulatedBench()
        case "pcscd":
            made = VirtualBench(request.getfixturevalue("daemon"))
        case _ if hardware:
            made = HandBench(hardware)
        case _:
            pytest.skip("only with --reader NAME")
    yield made
    made.clear()


@pytest.fixture(params=["simulated", PCSCD])
def machine_bench(request: pytest.FixtureRequest) -> Iterator[SimulatedBench | VirtualBench]:
    """Where a test chooses the card."""
    daemon = request.getfixturevalue("daemon") if request.param == "pcscd" else None
    made = VirtualBench(daemon) if daemon else SimulatedBench()
    yield made
    made.clear()


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


def test_a_card_never_looked_at_has_not_left(machine_bench: SimulatedBench | VirtualBench) -> None:
    machine_bench.hold_unseen()
    assert not machine_bench.reader.wait_absent(0)


def test_a_card_taken_away_has_left(bench: Bench) -> None:
    bench.hold()
    assert bench.reader.wait_present(SOON)
    bench.take_away()
    assert bench.reader.wait_absent(SOON)
    assert not bench.reader.wait_present(0)


def test_a_thread_that_waits_is_woken_by_the_card(machine_bench: SimulatedBench | VirtualBench) -> None:
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


def test_there_is_no_connection_without_a_card(bench: Bench) -> None:
    with pytest.raises(CardRemoved):
        bench.reader.connect()


def test_a_card_in_use_is_not_shared(bench: Bench) -> None:
    bench.hold()
    assert bench.reader.wait_present(SOON)
    card = bench.reader.connect()
    with pytest.raises(CardUnresponsive):
        bench.reader.connect()
    card.close()


def test_a_closed_connection_makes_room_for_another(bench: Bench) -> None:
    bench.hold()
    assert bench.reader.wait_present(SOON)
    bench.reader.connect().close()
    again = bench.reader.connect()
    assert select_application(again)
    again.close()


def test_closing_a_connection_locks_the_card_again(machine_bench: SimulatedBench | VirtualBench) -> None:
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


def test_a_mute_card_is_unresponsive(machine_bench: SimulatedBench | VirtualBench) -> None:
    machine_bench.hold(MuteCard())
    assert machine_bench.reader.wait_present(SOON)
    with pytest.raises(CardUnresponsive):
        machine_bench.reader.connect()


def test_a_card_swapped_between_two_looks_has_left(machine_bench: SimulatedBench | VirtualBench) -> None:
    machine_bench.hold()
    assert machine_bench.reader.wait_present(SOON)
    machine_bench.swap()
    assert machine_bench.reader.wait_absent(0)


def test_closing_a_reader_twice_does_nothing(bench: Bench) -> None:
    bench.reader.close()
    bench.reader.close()
