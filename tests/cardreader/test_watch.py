"""One tap per presentation, whatever members and readers do (A7)."""

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from machine import cards

from cardreader.cards.jpki import Authenticated, select_application
from cardreader.drivers.simulated import SimulatedReader
from cardreader.errors import CardError, CardRemoved, CardUnresponsive, NoSuchReader, ReaderError, ReaderLost
from cardreader.ports import Card, Reader
from cardreader.simulated.other_cards import MuteCard
from cardreader.watch import Watch

PATIENCE = 10.0


class ObservedReader(SimulatedReader):
    """Tells when the watch has decided on the card in the field: it waits for the card to leave then."""

    def __init__(self) -> None:
        super().__init__("Simulated reader 7")
        self.decided: queue.Queue[int] = queue.Queue()

    def wait_absent(self, timeout: float) -> bool:
        if self._seen == self._presentation:
            self.decided.put(self._presentation)
        return super().wait_absent(timeout)


@dataclass
class Desk:
    """A watch over a simulated reader, and what it reported."""

    reader: ObservedReader
    opened_by: Callable[[], Reader]
    ready: "queue.Queue[str]" = field(default_factory=queue.Queue)
    lost: "queue.Queue[ReaderError]" = field(default_factory=queue.Queue)
    taps: "queue.Queue[object]" = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        self.watch = Watch(self.opened_by, on_ready=self.ready.put, on_lost=self.lost.put)

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


@pytest.fixture
def desk() -> Iterator[Desk]:
    reader = ObservedReader()
    made = Desk(reader, reader.open)
    made.watch.start()
    yield made
    made.watch.stop()


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
