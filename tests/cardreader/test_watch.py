"""One tap per presentation, whatever members and readers do (A7)."""

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from cardreader import watch
from cardreader.cards.jpki import Authenticated, select_application
from cardreader.deadline import PunctualCard
from cardreader.drivers.simulated import SimulatedReader
from cardreader.errors import (
    CardError,
    CardRemoved,
    CardTooSlow,
    CardUnresponsive,
    NoSuchReader,
    ReaderError,
    ReaderLost,
)
from cardreader.ports import Card, Reader
from cardreader.simulated.jpki_card import JpkiCard
from cardreader.simulated.other_cards import MuteCard
from cardreader.watch import Watch
from machine import cards

PATIENCE = 10.0


class ObservedReader(SimulatedReader):
    """Tells when the watch has decided on the card in the field: it waits for the card to leave then."""

    def __init__(self) -> None:
        super().__init__("Simulated reader 7")
        self.decided: queue.Queue[int] = queue.Queue()
        self.watched_empty = threading.Event()

    def wait_absent(self, timeout: float) -> bool:
        if self._seen == self._presentation:
            self.decided.put(self._presentation)
        return super().wait_absent(timeout)

    def wait_present(self, timeout: float) -> bool:
        present = super().wait_present(timeout)
        if not present:
            self.watched_empty.set()
        return present

    def until_watched_empty(self) -> None:
        """Returns when a look for a card has found none."""
        self.watched_empty.clear()
        assert self.watched_empty.wait(PATIENCE)


@dataclass
class Desk:
    """A watch over a simulated reader, and what it reported."""

    reader: ObservedReader
    opened_by: Callable[[], Reader]
    tap_seconds: float = PATIENCE
    settle_seconds: float = 0.0
    ready: "queue.Queue[str]" = field(default_factory=queue.Queue)
    lost: "queue.Queue[ReaderError]" = field(default_factory=queue.Queue)
    taps: "queue.Queue[object]" = field(default_factory=queue.Queue)
    taken: "queue.Queue[str]" = field(default_factory=queue.Queue)
    seen: "queue.Queue[str]" = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        self.watch = Watch(
            self.opened_by,
            on_ready=self.ready.put,
            on_lost=self.lost.put,
            on_seen=lambda: self.seen.put("seen"),
            on_taken=lambda: self.taken.put("taken"),
            tap_seconds=self.tap_seconds,
            settle_seconds=self.settle_seconds,
        )

    def tap(self, card: Card) -> None:
        try:
            self.taps.put(select_application(card))
        except CardError as error:
            self.taps.put(error)

    def next_tap(self) -> object:
        return self.taps.get(timeout=PATIENCE)

    def until_decided(self) -> None:
        """Returns when the watch has used the card in the field or found no job for it, and closed it."""
        while self.reader.decided.get(timeout=PATIENCE) != self.reader._presentation:
            pass


@contextmanager
def watching(
    reader: ObservedReader,
    opened_by: Callable[[], Reader] | None = None,
    *,
    tap_seconds: float = PATIENCE,
    settle_seconds: float = 0.0,
) -> Iterator[Desk]:
    made = Desk(reader, opened_by or reader.open, tap_seconds, settle_seconds)
    made.watch.start()
    try:
        yield made
    finally:
        made.watch.stop()


@pytest.fixture(autouse=True)
def ending_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else stops a watch forty times."""
    monkeypatch.setattr(watch, "_IDLE_SECONDS", 0.25)


@pytest.fixture(name="desk")
def settled_desk() -> Iterator[Desk]:
    with watching(ObservedReader()) as made:
        yield made


def test_it_reports_the_reader_it_watches(desk: Desk) -> None:
    assert desk.ready.get(timeout=PATIENCE) == "Simulated reader 7"


def test_the_next_card_is_given_to_the_job(desk: Desk) -> None:
    desk.watch.arm(desk.tap)
    desk.reader.insert(cards.card())
    assert desk.next_tap() is True


def test_a_card_already_lying_there_counts(desk: Desk) -> None:
    desk.reader.insert(cards.card())
    desk.watch.arm(desk.tap)
    assert desk.next_tap() is True


def test_the_job_can_authenticate(desk: Desk) -> None:
    desk.watch.arm(lambda card: desk.taps.put(cards.authenticated(card)))
    desk.reader.insert(cards.card())
    assert isinstance(desk.next_tap(), Authenticated)


def test_a_job_runs_once(desk: Desk) -> None:
    desk.watch.arm(desk.tap)
    desk.reader.insert(cards.card())
    desk.next_tap()
    desk.reader.insert(cards.card())
    desk.until_decided()
    assert desk.taps.empty()


def test_a_used_card_that_stays_is_not_used_again(desk: Desk) -> None:
    desk.watch.arm(desk.tap)
    desk.reader.insert(cards.card())
    desk.next_tap()
    desk.until_decided()
    desk.watch.arm(desk.tap)
    desk.until_decided()
    desk.until_decided()
    assert desk.taps.empty()
    desk.reader.insert(cards.card())
    assert desk.next_tap() is True


def test_a_card_swapped_at_once_is_another_tap(desk: Desk) -> None:
    for _ in range(3):
        desk.watch.arm(desk.tap)
        desk.reader.insert(cards.card())
        assert desk.next_tap() is True


def test_a_job_taken_back_does_not_run(desk: Desk) -> None:
    desk.watch.arm(desk.tap)
    desk.watch.disarm()
    desk.reader.insert(cards.card())
    desk.until_decided()
    assert desk.taps.empty()


def test_a_later_job_replaces_an_earlier_one(desk: Desk) -> None:
    desk.watch.arm(lambda card: desk.taps.put("earlier"))
    desk.watch.arm(lambda card: desk.taps.put("later"))
    desk.reader.insert(cards.card())
    assert desk.next_tap() == "later"
    desk.reader.insert(cards.card())
    desk.until_decided()
    assert desk.taps.empty()


def test_power_is_cut_after_the_job(desk: Desk) -> None:
    chip = cards.card()
    desk.watch.arm(lambda card: desk.taps.put(cards.authenticated(card)))
    desk.reader.insert(chip)
    desk.next_tap()
    desk.until_decided()
    with pytest.raises(CardUnresponsive):
        chip.transmit(b"")


def test_a_card_that_cannot_be_connected_tells_its_job(desk: Desk) -> None:
    desk.watch.arm(desk.tap)
    desk.reader.insert(MuteCard())
    assert isinstance(desk.next_tap(), CardUnresponsive)


def test_a_card_pulled_during_the_job_tells_it(desk: Desk) -> None:
    def pull_and_go_on(card: Card) -> None:
        desk.reader.remove()
        desk.tap(card)

    desk.watch.arm(pull_and_go_on)
    desk.reader.insert(cards.card())
    assert isinstance(desk.next_tap(), CardRemoved)


def test_a_failing_job_is_logged_and_the_watch_goes_on(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    def fail(card: Card) -> None:
        raise LookupError("of the job")

    with caplog.at_level(logging.ERROR):
        desk.watch.arm(fail)
        desk.reader.insert(cards.card())
        desk.until_decided()
    assert [record.message for record in caplog.records] == ["the job with a card failed"]


def test_a_lost_reader_is_reported_and_found_again(desk: Desk) -> None:
    desk.ready.get(timeout=PATIENCE)
    desk.reader.unplug()
    assert isinstance(desk.lost.get(timeout=PATIENCE), ReaderLost)
    desk.reader.plug()
    assert desk.ready.get(timeout=PATIENCE) == "Simulated reader 7"


def test_the_watch_knows_which_reader_is_open(desk: Desk) -> None:
    desk.ready.get(timeout=PATIENCE)
    assert desk.watch.reader_name == "Simulated reader 7"
    desk.reader.unplug()
    desk.lost.get(timeout=PATIENCE)
    assert desk.watch.reader_name is None


def test_a_job_outlives_the_loss_of_the_reader(desk: Desk) -> None:
    desk.ready.get(timeout=PATIENCE)
    desk.watch.arm(desk.tap)
    desk.reader.unplug()
    desk.lost.get(timeout=PATIENCE)
    desk.reader.plug()
    desk.reader.insert(cards.card())
    assert desk.next_tap() is True


def test_a_reader_lost_during_a_job_is_reported_and_no_fault_of_the_job(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    def unplug_and_go_on(card: Card) -> None:
        desk.reader.unplug()
        select_application(card)

    desk.watch.arm(unplug_and_go_on)
    desk.reader.insert(cards.card())
    assert isinstance(desk.lost.get(timeout=PATIENCE), ReaderLost)
    assert not caplog.records


def test_a_missing_reader_is_reported_once_per_kind_of_failure() -> None:
    attempts: queue.Queue[None] = queue.Queue()
    failures: list[ReaderError] = [NoSuchReader("x", ()), NoSuchReader("x", ()), ReaderLost("x", "gone")]
    reader = ObservedReader()

    def open_after_failures() -> Reader:
        attempts.put(None)
        if failures:
            raise failures.pop(0)
        return reader

    desk = Desk(reader, open_after_failures)
    desk.watch.start()
    desk.ready.get(timeout=PATIENCE)
    desk.watch.stop()
    assert attempts.qsize() == 4
    assert [type(desk.lost.get_nowait()) for _ in range(desk.lost.qsize())] == [NoSuchReader, ReaderLost]


def test_after_stop_no_card_is_used(desk: Desk) -> None:
    desk.ready.get(timeout=PATIENCE)
    desk.watch.stop()
    desk.watch.arm(desk.tap)
    desk.reader.insert(cards.card())
    assert not [thread for thread in threading.enumerate() if thread.name == "card watch"]
    assert desk.taps.empty()


# Cards at the edge of the field


def test_a_used_card_that_flickers_is_not_used_again() -> None:
    with watching(ObservedReader(), settle_seconds=PATIENCE) as desk:
        desk.watch.arm(desk.tap)
        desk.reader.insert(cards.card())
        desk.next_tap()
        desk.until_decided()
        desk.reader.insert(cards.card())
        desk.until_decided()
        desk.watch.arm(desk.tap)
        desk.until_decided()
        desk.until_decided()
        assert desk.taps.empty()


def test_a_used_card_that_left_for_good_makes_room_for_the_next() -> None:
    with watching(ObservedReader(), settle_seconds=0.01) as desk:
        desk.watch.arm(desk.tap)
        desk.reader.insert(cards.card())
        desk.next_tap()
        desk.reader.remove()
        desk.reader.until_watched_empty()
        desk.watch.arm(desk.tap)
        desk.reader.insert(cards.card())
        assert desk.next_tap() is True


def test_a_used_card_that_is_taken_away_is_reported_once(desk: Desk) -> None:
    desk.watch.arm(desk.tap)
    desk.reader.insert(cards.card())
    desk.next_tap()
    desk.until_decided()
    assert desk.taken.empty()
    desk.reader.remove()
    assert desk.taken.get(timeout=PATIENCE) == "taken"
    desk.reader.insert(cards.card())
    desk.until_decided()
    assert desk.taken.empty()


def test_a_card_nobody_asked_for_is_seen_all_the_same_and_once(desk: Desk) -> None:
    desk.reader.insert(cards.card())
    assert desk.seen.get(timeout=PATIENCE) == "seen"
    desk.until_decided()
    desk.watch.arm(desk.tap)
    desk.next_tap()
    assert desk.seen.empty()


def test_a_card_nobody_asked_for_leaves_unreported(desk: Desk) -> None:
    desk.reader.insert(cards.card())
    desk.until_decided()
    desk.reader.remove()
    desk.watch.arm(desk.tap)
    desk.reader.insert(cards.card())
    desk.next_tap()
    assert desk.taken.empty()


def test_a_card_that_was_never_used_may_flicker() -> None:
    with watching(ObservedReader(), settle_seconds=PATIENCE) as desk:
        desk.reader.insert(cards.card())
        desk.until_decided()
        desk.reader.insert(cards.card())
        desk.until_decided()
        desk.watch.arm(desk.tap)
        assert desk.next_tap() is True


def test_a_card_lost_during_its_job_may_come_back_at_once() -> None:
    def lose_it(card: Card) -> None:
        desk.reader.remove()
        desk.tap(card)

    with watching(ObservedReader(), settle_seconds=PATIENCE) as desk:
        desk.watch.arm(lose_it)
        desk.reader.insert(cards.card())
        assert isinstance(desk.next_tap(), CardRemoved)
        desk.watch.arm(desk.tap)
        desk.reader.insert(cards.card())
        assert desk.next_tap() is True


# Cards and readers that hang


class Hanging(JpkiCard):
    """Works at its first command until it is let go."""

    def __init__(self) -> None:
        super().__init__(cards.credential(), cards.PIN)
        self.at_work = threading.Event()
        self.let_go = threading.Event()
        self.unpowered = threading.Event()

    def transmit(self, command: bytes | bytearray) -> bytes:
        self.at_work.set()
        assert self.let_go.wait(PATIENCE)
        return super().transmit(command)

    def power_off(self) -> None:
        super().power_off()
        self.unpowered.set()


def test_a_job_with_a_card_that_hangs_hears_of_it_when_its_time_is_up() -> None:
    chip = Hanging()
    with watching(ObservedReader(), tap_seconds=0.05) as desk:
        desk.watch.arm(desk.tap)
        desk.reader.insert(chip)
        assert isinstance(desk.next_tap(), CardTooSlow)
        assert chip.at_work.is_set()
        chip.let_go.set()


def test_after_a_card_that_hangs_the_reader_is_opened_anew_and_serves_the_next_card() -> None:
    stuck, fresh = ObservedReader(), ObservedReader()
    readers: list[Reader] = [stuck, fresh]
    chip = Hanging()
    with watching(stuck, lambda: readers.pop(0), tap_seconds=0.5) as desk:
        desk.ready.get(timeout=PATIENCE)
        desk.watch.arm(desk.tap)
        stuck.insert(chip)
        desk.next_tap()
        desk.ready.get(timeout=PATIENCE)
        assert desk.lost.empty()
        desk.watch.arm(lambda card: desk.taps.put(select_application(card)))
        fresh.insert(cards.card())
        assert desk.next_tap() is True
        chip.let_go.set()


def test_a_card_that_hung_and_stays_is_not_used_again() -> None:
    chip = Hanging()
    with watching(ObservedReader(), tap_seconds=0.05) as desk:
        desk.ready.get(timeout=PATIENCE)
        desk.watch.arm(desk.tap)
        desk.reader.insert(chip)
        desk.next_tap()
        chip.let_go.set()
        desk.ready.get(timeout=PATIENCE)
        desk.watch.arm(desk.tap)
        for _ in range(3):
            desk.reader.decided.get(timeout=PATIENCE)
        assert desk.taps.empty()


def test_a_card_that_hung_loses_its_power_when_it_answers_at_last() -> None:
    chip = Hanging()
    with watching(ObservedReader(), tap_seconds=0.05) as desk:
        desk.watch.arm(desk.tap)
        desk.reader.insert(chip)
        desk.next_tap()
        chip.let_go.set()
        assert chip.unpowered.wait(PATIENCE)


def test_a_watch_can_be_stopped_while_a_card_hangs() -> None:
    chip = Hanging()
    with watching(ObservedReader(), tap_seconds=0.05) as desk:
        desk.watch.arm(desk.tap)
        desk.reader.insert(chip)
        desk.next_tap()
        desk.watch.stop()
        assert not [thread for thread in threading.enumerate() if thread.name == "card watch"]
        chip.let_go.set()


def test_no_command_is_begun_after_the_time_is_up_and_a_reader_that_does_not_hang_is_kept() -> None:
    begun: list[bytes] = []

    class Slow(JpkiCard):
        def transmit(self, command: bytes | bytearray) -> bytes:
            begun.append(bytes(command))
            return super().transmit(command)

    def outstay(card: Card) -> None:
        select_application(card)
        assert isinstance(card, PunctualCard)
        card._deadline = 0.0
        desk.tap(card)

    with watching(ObservedReader()) as desk:
        desk.watch.arm(outstay)
        desk.reader.insert(Slow(cards.credential(), cards.PIN))
        assert isinstance(desk.next_tap(), CardTooSlow)
        desk.until_decided()
        assert desk.ready.qsize() == 1
    assert len(begun) == 1
