"""Looks at the connected readers and at what lies on them, and says what to do when there is nothing to look at.

No PIN is involved and nothing is read from a card: it is only asked whether it is a My Number Card.
"""

from dataclasses import dataclass
from enum import Enum, unique

from cardreader.cards.jpki import select_application
from cardreader.drivers.pcsc import open_reader, reader_names
from cardreader.errors import CardError, ReaderError, ServiceDown


@unique
class Found(Enum):
    NOTHING = "nothing"
    MY_NUMBER_CARD = "my_number_card"
    OTHER_CARD = "other_card"
    UNRESPONSIVE_CARD = "unresponsive_card"
    READER_FAILED = "reader_failed"


@unique
class Problem(Enum):
    SERVICE_DOWN = "service_down"
    NO_READER = "no_reader"

    @property
    def advice(self) -> str:
        match self:
            case Problem.SERVICE_DOWN:
                return (
                    "The smart card service is not running. Install and start it: "
                    "sudo apt-get install pcscd && sudo systemctl enable --now pcscd.socket"
                )
            case Problem.NO_READER:
                return (
                    "The smart card service sees no reader. Plug it in; if `lsusb` shows it, install its driver "
                    "(libccid for most) and start the service again: sudo systemctl restart pcscd"
                )


@dataclass(frozen=True, slots=True)
class Findings:
    """What is on each reader, by the reader's name."""

    readers: dict[str, Found]
    problem: Problem | None


def probe() -> Findings:
    try:
        readers = {name: _look_at(name) for name in reader_names()}
    except ServiceDown:
        return Findings({}, Problem.SERVICE_DOWN)
    return Findings(readers, None if readers else Problem.NO_READER)


def _look_at(name: str) -> Found:
    try:
        reader = open_reader(name)
    except ReaderError:
        return Found.READER_FAILED
    try:
        if not reader.wait_present(0):
            return Found.NOTHING
        card = reader.connect()
        try:
            return Found.MY_NUMBER_CARD if select_application(card) else Found.OTHER_CARD
        finally:
            card.close()
    except CardError:
        return Found.UNRESPONSIVE_CARD
    except ReaderError:
        return Found.READER_FAILED
    finally:
        reader.close()
