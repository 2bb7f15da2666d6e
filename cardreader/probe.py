"""Looks at the readers of every driver and at what lies on them, and says what is wrong and what to do.

No PIN is involved and nothing of a holder is read: a card is only asked what kind it is. What the operating system says
of readers is the business of `cardreader.surroundings`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, unique

from cardreader.cards.addressing import Files
from cardreader.cards.identify import Foreign, identify
from cardreader.cards.jpki import PHONE_LABELS, TOKEN_INFORMATION, select_application
from cardreader.cards.memory import Memory
from cardreader.drivers import Driver, open_reader, reader_names
from cardreader.errors import (
    ApduError,
    CardError,
    CardInUse,
    ReaderBusy,
    ReaderDenied,
    ReaderError,
    ServiceDown,
)
from cardreader.ports import Card, Reader
from cardreader.surroundings import Surroundings

_LABEL_BYTES = 32


@unique
class Found(Enum):
    """What is on a reader; of cards that are no My Number Card, `Foreign` has the names."""

    NOTHING = "nothing"
    MY_NUMBER_CARD = "my_number_card"
    CARD_IN_USE = "card_in_use"
    UNRESPONSIVE_CARD = "unresponsive_card"
    READER_DENIED = "reader_denied"
    READER_BUSY = "reader_busy"
    READER_FAILED = "reader_failed"


@unique
class Problem(Enum):
    SERVICE_DOWN = "service_down"
    SERVICE_DENIED = "service_denied"
    NO_READER = "no_reader"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one reader."""

    driver: Driver
    name: str
    found: Found | Foreign

    @property
    def usable(self) -> bool:
        return self.found not in {Found.READER_DENIED, Found.READER_BUSY, Found.READER_FAILED}


@dataclass(frozen=True, slots=True)
class Findings:
    """`kernel_drivers`: those that hold a reader nfcpy would need. `libusb` False: nfcpy cannot look at USB at all."""

    looks: tuple[Look, ...]
    problem: Problem | None
    kernel_drivers: tuple[str, ...]
    libusb: bool


def probe(surroundings: Surroundings) -> Findings:
    kernel_drivers = surroundings.kernel_drivers()
    usb, libusb = _usb_names()
    others = tuple(_look(Driver.NFCPY, name) for name in usb)
    try:
        readers = tuple(_look(Driver.PCSC, name) for name in reader_names(Driver.PCSC))
    except ServiceDown:
        problem = Problem.SERVICE_DENIED if surroundings.service_listens() else Problem.SERVICE_DOWN
        return Findings(others, None if _any_usable(others) else problem, kernel_drivers, libusb)
    looks = readers + _without_twins(others, readers)
    return Findings(looks, None if looks else Problem.NO_READER, kernel_drivers, libusb)


def _usb_names() -> tuple[Sequence[str], bool]:
    try:
        return reader_names(Driver.NFCPY), True
    except (ImportError, OSError):  # libusb is not installed, or there is no USB to look at
        return (), False


def _any_usable(looks: Sequence[Look]) -> bool:
    return any(look.usable for look in looks)


def _without_twins(others: tuple[Look, ...], readers: tuple[Look, ...]) -> tuple[Look, ...]:
    """A reader that both drivers know is held by the PC/SC service, as it should be."""
    return tuple(look for look in others if not (look.found is Found.READER_BUSY and _any_usable(readers)))


def _look(driver: Driver, name: str) -> Look:
    try:
        found = _look_at(open_reader(driver, name))
    except ReaderDenied:
        found = Found.READER_DENIED
    except ReaderBusy:
        found = Found.READER_BUSY
    except ReaderError:
        found = Found.READER_FAILED
    return Look(driver, name, found)


def _look_at(reader: Reader) -> Found | Foreign:
    try:
        if not reader.wait_present(0):
            return Found.NOTHING
        card = reader.connect()
        try:
            return kind_of(card)
        finally:
            card.close()
    except CardInUse:
        return Found.CARD_IN_USE
    except CardError:
        return Found.UNRESPONSIVE_CARD
    finally:
        reader.close()


def kind_of(card: Card) -> Found | Foreign:
    """Raises CardError and ReaderLost."""
    if not select_application(card):
        return identify(card)
    try:
        label = Files(card, Memory()).read(TOKEN_INFORMATION, 0, _LABEL_BYTES)
    except ApduError:
        return Found.MY_NUMBER_CARD
    return Foreign.PHONE if label.startswith(PHONE_LABELS) else Found.MY_NUMBER_CARD
