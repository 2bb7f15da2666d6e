"""nfcpy's readers found, refused, lost and found again: each failure has a name of its own."""

import errno
import os
import queue
from collections.abc import Iterator
from typing import Any

import nfc.clf.device
import nfc.clf.transport
import nfc.clf.udp
import pytest

from cardreader.cards.jpki import Authenticated, select_application
from cardreader.drivers import nfcpy, open_reader
from cardreader.errors import NoSuchReader, ReaderBusy, ReaderDenied, ReaderError, ReaderLost
from cardreader.ports import Reader
from cardreader.simulated.contactless import ChipTag
from cardreader.simulated.udp_field import UdpField
from cardreader.watch import Watch
from machine import cards
from machine.contactless import SOON, connected, empty_field, opened

RC_S380 = (0x054C, 0x06C1, 1, 4)
PN533 = (0x04CC, 0x2533, 1, 5)
KEYBOARD = (0x046D, 0xC31C, 1, 2)


@pytest.fixture
def air_field() -> Iterator[UdpField]:
    with empty_field() as made:
        yield made


@pytest.fixture
def reader(air_field: UdpField) -> Iterator[Reader]:
    with opened(air_field.path) as made:
        yield made


class Usb:
    """What is plugged in, and how it fails when it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.devices = [KEYBOARD, PN533, RC_S380]
        self.failure: BaseException = OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        self.asked: list[str] = []
        monkeypatch.setattr(nfc.clf.transport.USB, "find", lambda path: self.devices)
        monkeypatch.setattr(nfc.clf.device, "connect", self._connect)

    def _connect(self, path: str) -> None:
        self.asked.append(path)
        raise self.failure


class Cable:
    """Of nfcpy's `udp` driver, as if it were USB: without it every frame fails as libusb makes it fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.failure: BaseException | None = None
        send, connect = nfc.clf.udp.Device._send_data, nfc.clf.device.connect

        def sending(device: Any, technology: str, *frame: Any) -> None:
            if technology != "RFOFF":  # else nfcpy leaves its socket open
                self._check()
            send(device, technology, *frame)

        def connecting(path: str) -> Any:
            self._check()
            return connect(path)

        monkeypatch.setattr(nfc.clf.udp.Device, "_send_data", sending)
        monkeypatch.setattr(nfc.clf.device, "connect", connecting)

    def _check(self) -> None:
        if self.failure:
            raise self.failure

    def pull(self) -> None:
        self.failure = OSError(errno.ENODEV, os.strerror(errno.ENODEV))

    def plug(self) -> None:
        self.failure = None


@pytest.fixture
def usb(monkeypatch: pytest.MonkeyPatch) -> Usb:
    return Usb(monkeypatch)


@pytest.fixture
def cable(monkeypatch: pytest.MonkeyPatch) -> Cable:
    return Cable(monkeypatch)


def test_a_reader_has_the_name_it_is_opened_by(air_field: UdpField, reader: Reader) -> None:
    assert reader.name == air_field.path


def test_the_readers_on_usb_are_those_nfcpy_knows(usb: Usb) -> None:
    assert nfcpy.reader_names() == ["usb:04cc:2533", "usb:054c:06c1"]


@pytest.mark.parametrize(
    ("wanted", "opened_by"), [("", "usb:04cc:2533"), ("054C", "usb:054c:06c1"), ("usb:054c:06c1", "usb:054c:06c1")]
)
def test_a_reader_on_usb_is_found_by_a_part_of_its_name(usb: Usb, wanted: str, opened_by: str) -> None:
    with pytest.raises(NoSuchReader):
        open_reader("nfcpy", wanted)
    assert usb.asked == [opened_by]


def test_a_reader_that_is_not_connected_is_named_with_those_that_are(usb: Usb) -> None:
    with pytest.raises(NoSuchReader) as missing:
        open_reader("nfcpy", "usb:054c:06c3")
    assert missing.value.wanted == "usb:054c:06c3"
    assert missing.value.available == ("usb:04cc:2533", "usb:054c:06c1")
    assert not usb.asked


def test_without_usb_there_is_no_reader_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_usb(path: str) -> None:
        raise nfc.clf.transport.libusb.USBErrorOther

    monkeypatch.setattr(nfc.clf.transport.USB, "find", no_usb)
    with pytest.raises(ReaderLost, match="usb"):
        open_reader("nfcpy", "")


def test_without_any_reader_none_is_available(usb: Usb) -> None:
    usb.devices = []
    with pytest.raises(NoSuchReader) as missing:
        open_reader("nfcpy", "")
    assert missing.value.available == ()


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM])
def test_a_reader_this_user_may_not_open_is_denied(usb: Usb, code: int) -> None:
    usb.failure = OSError(code, os.strerror(code))
    with pytest.raises(ReaderDenied, match="usb:054c:06c1"):
        open_reader("nfcpy", "054c")


def test_a_reader_held_by_the_kernel_or_another_program_is_busy(usb: Usb) -> None:
    usb.failure = OSError(errno.EBUSY, os.strerror(errno.EBUSY))
    with pytest.raises(ReaderBusy, match="usb:054c:06c1"):
        open_reader("nfcpy", "054c")


@pytest.mark.parametrize(
    "failure", [OSError(errno.EIO, "Input/output error"), TypeError("no answer"), AssertionError()]
)
def test_a_reader_that_fails_while_it_is_opened_is_lost(usb: Usb, failure: Exception) -> None:
    usb.failure = failure
    with pytest.raises(ReaderLost):
        open_reader("nfcpy", "054c")


@pytest.mark.parametrize("failure", [OSError(errno.ENODEV, "No such device"), TypeError("no answer"), AssertionError()])
def test_a_reader_that_fails_is_lost_whatever_is_asked_of_it(
    air_field: UdpField, reader: Reader, cable: Cable, failure: Exception
) -> None:
    air_field.hold(ChipTag(cards.card()))
    with connected(reader) as card:
        cable.failure = failure
        with pytest.raises(ReaderLost):
            select_application(card)
        for ask in (lambda: reader.wait_present(0), lambda: reader.wait_absent(0), reader.connect):
            with pytest.raises(ReaderLost):
                ask()


def test_a_lost_reader_and_its_card_can_be_closed(air_field: UdpField, reader: Reader, cable: Cable) -> None:
    air_field.hold(ChipTag(cards.card()))
    assert reader.wait_present(SOON)
    card = reader.connect()
    cable.pull()
    card.close()
    reader.close()


def test_a_closed_reader_is_lost(reader: Reader) -> None:
    reader.close()
    with pytest.raises(ReaderLost):
        reader.wait_present(0)


def test_the_watch_finds_a_reader_again_and_its_card(air_field: UdpField, cable: Cable) -> None:
    ready: queue.Queue[str] = queue.Queue()
    lost: queue.Queue[ReaderError] = queue.Queue()
    outcomes: queue.Queue[object] = queue.Queue()
    watch = Watch(lambda: open_reader("nfcpy", air_field.path), on_ready=ready.put, on_lost=lost.put)
    watch.start()
    ready.get(timeout=SOON)
    watch.arm(lambda card: outcomes.put(cards.authenticated(card)))
    cable.pull()
    assert isinstance(lost.get(timeout=SOON), ReaderLost)
    assert isinstance(lost.get(timeout=SOON), NoSuchReader)
    cable.plug()
    assert ready.get(timeout=SOON) == air_field.path
    air_field.hold(ChipTag(cards.card()))
    assert isinstance(outcomes.get(timeout=SOON), Authenticated)
    watch.stop()
