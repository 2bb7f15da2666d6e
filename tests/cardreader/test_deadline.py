"""A reader whose calls may hang, and what is kept of it: a thread, until the call returns, and no PIN."""

import threading
from collections.abc import Callable

import pytest

from cardreader import deadline
from cardreader.deadline import LeftBehind, PunctualReader
from cardreader.drivers.simulated import SimulatedReader
from cardreader.errors import CardTooSlow, NoSuchReader, ReaderStuck
from cardreader.ports import Reader
from cardreader.simulated.jpki_card import JpkiCard
from machine import cards

PATIENCE = 10.0
VERIFY = bytes.fromhex("0020008004") + cards.PIN.encode()


@pytest.fixture(autouse=True)
def little_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "_GRACE_SECONDS", 0.05)


class Gate:
    """Something that hangs until it is let go."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.let_go = threading.Event()

    def wait(self) -> None:
        self.reached.set()
        assert self.let_go.wait(PATIENCE)


def opened(open_reader: Callable[[], Reader], *, room: int = 1, tap_seconds: float = 0.05) -> PunctualReader:
    return PunctualReader(open_reader, tap_seconds, threading.Semaphore(room))


def test_a_reader_that_does_not_open_is_stuck_and_closed_when_it_opens_at_last() -> None:
    gate = Gate()
    closed = threading.Event()

    class Late(SimulatedReader):
        def close(self) -> None:
            closed.set()

    def open_late() -> Reader:
        gate.wait()
        return Late()

    with pytest.raises(ReaderStuck):
        opened(open_late)
    assert not closed.is_set()
    gate.let_go.set()
    assert closed.wait(PATIENCE)


def test_the_error_of_an_opening_is_its_own() -> None:
    def missing() -> Reader:
        raise NoSuchReader("x", ())

    with pytest.raises(NoSuchReader):
        opened(missing)


def test_so_many_threads_are_left_behind_and_no_more() -> None:
    gate = Gate()
    room = threading.Semaphore(1)
    attempts: list[None] = []

    def hang() -> Reader:
        attempts.append(None)
        gate.wait()
        return SimulatedReader()

    for _ in range(3):
        with pytest.raises(ReaderStuck):
            PunctualReader(hang, 0.05, room)
    assert len(attempts) == 1
    gate.let_go.set()
    assert room.acquire(timeout=PATIENCE)


def test_a_closed_reader_leaves_no_thread() -> None:
    room = threading.Semaphore(1)
    PunctualReader(SimulatedReader, 0.05, room).close()
    assert room.acquire(timeout=PATIENCE)


def test_a_wait_that_does_not_end_is_a_reader_stuck() -> None:
    gate = Gate()

    class Deaf(SimulatedReader):
        def wait_present(self, timeout: float) -> bool:
            gate.wait()
            return super().wait_present(timeout)

    reader = opened(Deaf)
    with pytest.raises(ReaderStuck):
        reader.wait_present(0)
    gate.let_go.set()


def test_a_card_that_connects_too_late_loses_its_power_again() -> None:
    gate = Gate()
    unpowered = threading.Event()

    class Drowsy(JpkiCard):
        def power_on(self) -> None:
            gate.wait()
            super().power_on()

        def power_off(self) -> None:
            super().power_off()
            unpowered.set()

    def with_card() -> Reader:
        simulated.insert(Drowsy(cards.credential(), cards.PIN))
        return simulated

    simulated = SimulatedReader()
    reader = opened(with_card)
    with pytest.raises(CardTooSlow):
        reader.connect()
    with pytest.raises(LeftBehind):
        reader.wait_absent(0)
    gate.let_go.set()
    assert unpowered.wait(PATIENCE)


class Sleeper(JpkiCard):
    """Begins to copy a command only after it was let go."""

    def __init__(self) -> None:
        super().__init__(cards.credential(), cards.PIN)
        self.gate = Gate()
        self.taken: list[bytes] = []
        self.buffers: list[bytes | bytearray] = []
        self.done = threading.Event()

    def transmit(self, command: bytes | bytearray) -> bytes:
        self.gate.wait()
        self.taken.append(bytes(command))
        self.buffers.append(command)
        return super().transmit(command)

    def power_off(self) -> None:
        super().power_off()
        self.done.set()


def test_a_pin_wiped_by_its_sender_never_reaches_a_slow_card_as_zeros_and_is_wiped_behind_it() -> None:
    chip = Sleeper()
    simulated = SimulatedReader()
    simulated.insert(chip)
    reader = opened(lambda: simulated)
    card = reader.connect()
    command = bytearray(VERIFY)
    with pytest.raises(CardTooSlow):
        card.transmit(command)
    command[:] = bytes(len(command))
    card.close()
    chip.gate.let_go.set()
    assert chip.done.wait(PATIENCE)
    assert chip.taken == [VERIFY]
    assert chip.buffers == [bytes(len(VERIFY))]


def test_after_its_time_a_card_is_sent_nothing_more() -> None:
    chip = Sleeper()
    simulated = SimulatedReader()
    simulated.insert(chip)
    card = opened(lambda: simulated).connect()
    for _ in range(2):
        with pytest.raises(CardTooSlow):
            card.transmit(VERIFY)
    card.close()
    chip.gate.let_go.set()
    assert chip.done.wait(PATIENCE)
    assert len(chip.taken) == 1
