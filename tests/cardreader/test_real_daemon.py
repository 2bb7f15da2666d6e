"""What only the real PC/SC daemon can show: power is cut, and the watch outlives the daemon (A1)."""

import queue
import threading
from collections.abc import Iterator
from typing import Self

import pytest
from smartcard import scard

from cardreader.cards.jpki import Authenticated, Reason, Refused
from cardreader.drivers import open_reader
from cardreader.errors import (
    ApduError,
    CardError,
    CardRemoved,
    CardTooSlow,
    NoSuchReader,
    ReaderError,
    ReaderLost,
    ReaderStuck,
    ServiceDown,
)
from cardreader.ports import Card
from cardreader.simulated.jpki_card import JpkiCard
from cardreader.simulated.other_cards import ForeignCard, PulledAtVerify
from cardreader.watch import Watch
from machine import cards
from machine.pcscd import PcscDaemon

pytestmark = pytest.mark.system
PATIENCE = 10.0


@pytest.fixture
def daemon() -> Iterator[PcscDaemon]:
    with PcscDaemon() as running:
        yield running


class SecondClient:
    """Another program's connection, shared, that comes right after ours."""

    def __init__(self, reader: str) -> None:
        _, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        code, self._handle, _ = scard.SCardConnect(
            self._context, reader, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T1
        )
        assert code == scard.SCARD_S_SUCCESS

    @property
    def atr(self) -> bytes:
        return bytes(scard.SCardStatus(self._handle)[4])

    def transmit(self, command: bytes | bytearray) -> bytes:
        code, answer = scard.SCardTransmit(self._handle, scard.SCARD_PCI_T1, list(command))
        assert code == scard.SCARD_S_SUCCESS
        return bytes(answer)

    def close(self) -> None:
        scard.SCardDisconnect(self._handle, scard.SCARD_LEAVE_CARD)
        scard.SCardReleaseContext(self._context)


def test_a_second_program_finds_the_card_locked_after_ours(daemon: PcscDaemon) -> None:
    with daemon.slot.holding(cards.card()):
        reader = open_reader("pcsc", daemon.slot.reader)
        card = reader.connect()
        assert isinstance(cards.authenticated(card), Authenticated)
        card.close()
        second = SecondClient(daemon.slot.reader)
        with pytest.raises(ApduError) as refused:
            cards.sign_without_pin(second)
        second.close()
        reader.close()
    assert refused.value.status == 0x6982


def test_a_program_that_leaves_the_power_on_leaves_the_card_open(daemon: PcscDaemon) -> None:
    with daemon.slot.holding(cards.card()):
        careless = SecondClient(daemon.slot.reader)
        assert isinstance(cards.authenticated(careless), Authenticated)
        careless.close()
        second = SecondClient(daemon.slot.reader)
        assert len(cards.sign_without_pin(second)) == 256
        second.close()


def test_a_card_pulled_while_it_checks_the_pin_is_removed_and_has_spent_the_try(daemon: PcscDaemon) -> None:
    chip = cards.card()
    reader = open_reader("pcsc", daemon.slot.reader)
    with daemon.slot.holding(PulledAtVerify(chip)):
        card = reader.connect()
        with pytest.raises(CardRemoved):
            cards.authenticated(card, cards.WRONG_PIN)
        card.close()
    with daemon.slot.holding(chip):
        card = reader.connect()
        assert cards.authenticated(card, cards.WRONG_PIN) == Refused(Reason.WRONG_PIN, 1)
        card.close()
    reader.close()


def test_each_reader_has_its_own_card(daemon: PcscDaemon) -> None:
    with daemon.slot.holding(cards.card()), daemon.other_slot.holding(ForeignCard()):
        ours, other = (open_reader("pcsc", slot.reader) for slot in (daemon.slot, daemon.other_slot))
        card, foreign = ours.connect(), other.connect()
        assert isinstance(cards.authenticated(card), Authenticated)
        assert cards.authenticated(foreign) == Refused(Reason.NOT_MY_NUMBER_CARD, None)
        for opened in (card, foreign, ours, other):
            opened.close()


def test_a_reader_is_found_by_a_part_of_its_name_in_any_case(daemon: PcscDaemon) -> None:
    reader = open_reader("pcsc", "pcd 00 01")
    assert reader.name == daemon.other_slot.reader
    reader.close()


def test_a_reader_that_is_not_connected_is_named_with_those_that_are(daemon: PcscDaemon) -> None:
    with pytest.raises(NoSuchReader) as missing:
        open_reader("pcsc", "RC-S300")
    assert missing.value.wanted == "RC-S300"
    assert missing.value.available == (daemon.slot.reader, daemon.other_slot.reader)


def test_without_the_daemon_the_service_is_down(daemon: PcscDaemon) -> None:
    daemon.stop()
    with pytest.raises(ServiceDown):
        open_reader("pcsc", "")


def test_a_card_open_when_the_daemon_is_killed_is_lost_with_its_reader(daemon: PcscDaemon) -> None:
    with daemon.slot.holding(cards.card()):
        reader = open_reader("pcsc", daemon.slot.reader)
        card = reader.connect()
        daemon.kill()
        with pytest.raises(ReaderLost):
            cards.authenticated(card)
        card.close()
        with pytest.raises(ReaderLost):
            reader.wait_present(0)
        reader.close()


def test_the_watch_outlives_a_killed_daemon(daemon: PcscDaemon) -> None:
    ready: queue.Queue[str] = queue.Queue()
    lost: queue.Queue[ReaderError] = queue.Queue()
    outcomes: queue.Queue[object] = queue.Queue()
    watch = Watch(lambda: open_reader("pcsc", daemon.slot.reader), on_ready=ready.put, on_lost=lost.put)
    watch.start()
    ready.get(timeout=PATIENCE)
    watch.arm(lambda card: outcomes.put(cards.authenticated(card)))
    daemon.kill()
    assert isinstance(lost.get(timeout=PATIENCE), ReaderLost)
    assert isinstance(lost.get(timeout=PATIENCE), ServiceDown)
    daemon.start()
    assert ready.get(timeout=PATIENCE) == daemon.slot.reader
    with daemon.slot.holding(cards.card()):
        assert isinstance(outcomes.get(timeout=PATIENCE), Authenticated)
    watch.stop()


class Desk:
    """A watch over the daemon's first reader."""

    def __init__(self, daemon: PcscDaemon, *, tap_seconds: float = PATIENCE) -> None:
        self.ready: queue.Queue[str] = queue.Queue()
        self.lost: queue.Queue[ReaderError] = queue.Queue()
        self.outcomes: queue.Queue[object] = queue.Queue()
        self.watch = Watch(
            lambda: open_reader("pcsc", daemon.slot.reader),
            on_ready=self.ready.put,
            on_lost=self.lost.put,
            tap_seconds=tap_seconds,
        )

    def tap(self, card: Card) -> None:
        try:
            self.outcomes.put(cards.authenticated(card))
        except CardError as error:
            self.outcomes.put(error)

    def __enter__(self) -> Self:
        self.watch.start()
        self.ready.get(timeout=PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self.watch.stop()


def test_the_watch_outlives_a_daemon_killed_again_and_again(daemon: PcscDaemon) -> None:
    with Desk(daemon) as desk:
        for _ in range(3):
            daemon.kill()
            desk.lost.get(timeout=PATIENCE)
            daemon.start()
            desk.ready.get(timeout=PATIENCE)
            desk.watch.arm(desk.tap)
            with daemon.slot.holding(cards.card()):
                assert isinstance(desk.outcomes.get(timeout=PATIENCE), Authenticated)


def test_a_daemon_killed_during_a_tap_tells_the_watch_and_not_the_job(daemon: PcscDaemon) -> None:
    def kill_and_go_on(card: Card) -> None:
        daemon.kill()
        desk.tap(card)

    with Desk(daemon) as desk, daemon.slot.holding(cards.card()):
        desk.watch.arm(kill_and_go_on)
        assert isinstance(desk.lost.get(timeout=PATIENCE), ReaderLost)
        assert desk.outcomes.empty()
        daemon.start()
        desk.ready.get(timeout=PATIENCE)


def test_a_daemon_that_hangs_is_reported_and_found_again(daemon: PcscDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardreader.deadline._GRACE_SECONDS", 0.3)
    with Desk(daemon) as desk:
        daemon.freeze()
        assert isinstance(desk.lost.get(timeout=PATIENCE), ReaderStuck)
        daemon.thaw()
        desk.ready.get(timeout=PATIENCE)
        desk.watch.arm(desk.tap)
        with daemon.slot.holding(cards.card()):
            assert isinstance(desk.outcomes.get(timeout=PATIENCE), Authenticated)


class Asleep(JpkiCard):
    """Takes every command and answers when it is woken."""

    def __init__(self) -> None:
        super().__init__(cards.credential(), cards.PIN)
        self.woken = threading.Event()

    def transmit(self, command: bytes | bytearray) -> bytes:
        assert self.woken.wait(PATIENCE)
        return super().transmit(command)


def test_after_a_card_that_hangs_the_next_is_served(daemon: PcscDaemon) -> None:
    sleeper = Asleep()
    with Desk(daemon, tap_seconds=1.0) as desk:
        desk.watch.arm(desk.tap)
        with daemon.slot.holding(sleeper):
            assert isinstance(desk.outcomes.get(timeout=PATIENCE), CardTooSlow)
            desk.ready.get(timeout=PATIENCE)
            sleeper.woken.set()
        desk.watch.arm(desk.tap)
        with daemon.slot.holding(cards.card()):
            assert isinstance(desk.outcomes.get(timeout=PATIENCE), Authenticated)
        assert desk.lost.empty()
