"""Readers that nfcpy knows and PC/SC does not, the RC-S380 first among them; and nfcpy's `udp`, for simulated cards.

The card in the field stays activated while it is watched, so that one swapped for another is noticed. Nothing is asked
for NDEF. nfcpy copies every frame several times, and nobody can wipe its copies: what the PC/SC driver promises for the
four digits of a PIN in memory, this one cannot. Its log would show them, and is closed.
"""

import errno
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import nfc.clf
from nfc.clf.device import usb_device_map
from nfc.clf.transport import USB
from nfc.tag import TIMEOUT_ERROR, TagCommandError
from nfc.tag.tt4 import IsoDepInitiator

from cardreader.drivers.nfcpy_activation import (
    Mute,
    Presented,
    Processor,
    Storage,
    activate,
    identifier_of,
)
from cardreader.errors import (
    CardError,
    CardInUse,
    CardMute,
    CardRemoved,
    CardUnresponsive,
    NoSuchReader,
    ReaderBusy,
    ReaderDenied,
    ReaderError,
    ReaderLost,
)

_TECHNOLOGIES: Final = ("106B", "106A", "212F")  # the My Number Card first, should it come in a wallet full of others
_NOT_ON_USB: Final = ("udp:", "tty:", "com:")
_POLL_SECONDS: Final = 0.05
_TRIES: Final = 3  # a card still on its way into the field is sensed before it has the power to go on
_DISCHARGE_SECONDS: Final = 0.01  # a card without field forgets within 5 ms: ISO/IEC 14443-3, 6.2.2
_NO_COMMANDS: Final = bytes.fromhex("6A81")  # what PC/SC readers answer in place of a card that takes no commands


def open_reader(name_part: str) -> "NfcpyReader":
    """The first reader on USB with `name_part` in its name, or the one at a path of nfcpy's such as `udp:HOST:PORT`.

    Raises NoSuchReader, ReaderDenied, ReaderBusy, ReaderLost.
    """
    logging.getLogger("nfc").setLevel(logging.CRITICAL + 1)
    name = name_part if name_part.startswith(_NOT_ON_USB) else _choose(name_part)
    try:
        return NfcpyReader(nfc.clf.ContactlessFrontend(name), name)
    except OSError as error:
        raise _not_opened(name, error) from error
    except Exception as error:
        raise ReaderLost(name, _words(error)) from error


def reader_names() -> list[str]:
    """Those on USB, as nfcpy's paths: `usb:054c:06c1`. Raises ReaderLost where USB itself cannot be looked at."""
    with _failures("usb"):
        found = [(vendor, product) for vendor, product, _, _ in USB.find("usb")]
    return [f"usb:{vendor:04x}:{product:04x}" for vendor, product in found if (vendor, product) in usb_device_map]


class NfcpyReader:
    def __init__(self, frontend: nfc.clf.ContactlessFrontend, name: str) -> None:
        self._frontend = frontend
        self._name = name
        self._presented: Presented | None = None
        self._connected: NfcpyCard | None = None
        self._left_while_connected = False

    @property
    def name(self) -> str:
        return self._name

    def wait_present(self, timeout: float) -> bool:
        with _failures(self._name):
            self._left_while_connected = False
            return _poll(self._look, timeout)

    def wait_absent(self, timeout: float) -> bool:
        with _failures(self._name):
            if self._left_while_connected:
                self._left_while_connected = False
                return True
            if self._presented is None:
                self._presented = self._find()
            return _poll(self._has_left, timeout)

    def connect(self) -> "NfcpyCard":
        with _failures(self._name):
            if not self._look():
                raise CardRemoved("no card is in the field")
        if self._connected:
            raise CardInUse("the card is in use")
        match self._presented:
            case Processor() | Storage() as usable:
                self._connected = NfcpyCard(self, usable)
                return self._connected
            case _:
                raise CardMute("it is sensed and cannot be activated")

    def close(self) -> None:
        self._presented = self._connected = None
        with suppress(ReaderError), _failures(self._name):
            self._frontend.close()

    def transmit(self, card: "NfcpyCard", command: bytes | bytearray) -> bytes:
        """For its connections only."""
        if self._presented is not card.presented:
            raise CardRemoved("the card has left the field")
        match card.presented:
            case Storage():
                return _NO_COMMANDS
            case Processor(link):
                return self._exchange(link, command)

    def disconnect(self, card: "NfcpyCard") -> None:
        """For its connections only."""
        if self._connected is card:
            self._connected = None
            with suppress(ReaderError), _failures(self._name):
                self._left_while_connected = self._presented is not None and not self._answers(self._presented)
            self._cut_power()

    def _exchange(self, link: IsoDepInitiator, command: bytes | bytearray) -> bytes:
        try:
            with _failures(self._name):
                return bytes(link.exchange(command))
        except CardError:
            self._presented = None  # the block protocol does not recover: the next look senses anew
            raise

    def _look(self) -> bool:
        """Whether a card is there, the one known or another."""
        if self._presented is None or not self._answers(self._presented):
            self._presented = self._find()
        return self._presented is not None

    def _has_left(self) -> bool:
        if self._presented is None or not self._answers(self._presented):
            self._presented = None
            return True
        return False

    def _find(self) -> Presented | None:
        targets = [nfc.clf.RemoteTarget(technology) for technology in _TECHNOLOGIES]
        found: Presented | None = None
        for _ in range(_TRIES):
            target = self._frontend.sense(*targets)
            if target is None:
                continue
            try:
                return activate(self._frontend, target)
            except (nfc.clf.CommunicationError, IndexError):
                found = Mute(target.brty)
        return found

    def _answers(self, presented: Presented) -> bool:
        match presented:
            case Processor(link):
                return _acknowledges(link)
            case Storage(technology, identifier):
                target = self._frontend.sense(nfc.clf.RemoteTarget(technology))
                return target is not None and identifier_of(target) == identifier
            case Mute(technology):
                return self._frontend.sense(nfc.clf.RemoteTarget(technology)) is not None

    def _cut_power(self) -> None:
        self._presented = None
        with suppress(ReaderError), _failures(self._name):
            self._frontend.sense()  # for nothing: it switches the field off
        time.sleep(_DISCHARGE_SECONDS)


class NfcpyCard:
    """One exclusive connection; the field is off for a moment when it closes, which ends the verified state of the PIN."""

    def __init__(self, reader: NfcpyReader, presented: Processor | Storage) -> None:
        self._reader = reader
        self.presented = presented

    @property
    def atr(self) -> bytes:
        return self.presented.atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        return self._reader.transmit(self, command)

    def close(self) -> None:
        self._reader.disconnect(self)


def _choose(name_part: str) -> str:
    names = reader_names()
    for name in names:
        if name_part.casefold() in name:
            return name
    raise NoSuchReader(name_part, names)


def _not_opened(name: str, error: OSError) -> ReaderError:
    match error.errno:
        case errno.ENODEV:
            return NoSuchReader(name, reader_names())
        case errno.EACCES | errno.EPERM:
            return ReaderDenied(name)
        case errno.EBUSY:
            return ReaderBusy(name)
        case _:
            return ReaderLost(name, _words(error))


def _poll(condition: Callable[[], bool], timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while not condition():
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            return False
        time.sleep(min(_POLL_SECONDS, remaining))
    return True


def _acknowledges(link: IsoDepInitiator) -> bool:
    try:
        link.exchange(None)  # R(NAK), which an activated card answers and which means nothing to the chip
    except nfc.clf.CommunicationError:
        return False
    return True


@contextmanager
def _failures(reader: str) -> Iterator[None]:
    """Names what nfcpy raises. Of a reader that answers out of turn it lets fall whatever broke: that is a lost reader."""
    try:
        yield
    except (CardError, ReaderError):
        raise
    except TagCommandError as error:
        raise (CardRemoved if error.errno == TIMEOUT_ERROR else CardUnresponsive)(_words(error)) from error
    except (nfc.clf.TimeoutError, nfc.clf.BrokenLinkError) as error:
        raise CardRemoved(_words(error)) from error
    except (nfc.clf.CommunicationError, IndexError) as error:
        raise CardUnresponsive(_words(error)) from error
    except Exception as error:
        raise ReaderLost(reader, _words(error)) from error


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
