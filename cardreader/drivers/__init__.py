"""Drivers, one per way of reaching a reader. They alone know card libraries, and none of their exceptions leaves them."""

from enum import StrEnum, unique

from cardreader.drivers import pcsc
from cardreader.drivers.simulated import SimulatedReader
from cardreader.ports import Reader


@unique
class Driver(StrEnum):
    NFCPY = "nfcpy"
    PCSC = "pcsc"
    SIMULATED = "simulated"


def open_reader(driver: str, name_part: str) -> Reader:
    """The driver's first reader with `name_part` in its name; a simulated one is new and called so.

    Raises ReaderError, and ValueError for a driver there is not.
    """
    match Driver(driver):
        case Driver.NFCPY:
            from cardreader.drivers import nfcpy  # noqa: PLC0415 - it loads libusb, which a PC/SC terminal may lack

            return nfcpy.open_reader(name_part)
        case Driver.PCSC:
            return pcsc.open_reader(name_part)
        case Driver.SIMULATED:
            return SimulatedReader(name_part)


def reader_names(driver: Driver) -> list[str]:
    """Of all readers connected; the simulated ones are made when they are opened.

    Raises ServiceDown for PC/SC, ImportError for nfcpy where libusb is missing, OSError where there is no USB.
    """
    match driver:
        case Driver.NFCPY:
            from cardreader.drivers import nfcpy  # noqa: PLC0415 - as above

            return nfcpy.reader_names()
        case Driver.PCSC:
            return pcsc.reader_names()
        case Driver.SIMULATED:
            return []
