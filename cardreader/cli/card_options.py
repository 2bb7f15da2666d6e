"""What commands that talk to one card have in common: which reader, whose PIN, how long to wait, and the traffic."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from cardreader.drivers import Driver, open_reader
from cardreader.pin import Pin
from cardreader.ports import Reader
from cardreader.trial import type_from_stdin


def add(parser: argparse.ArgumentParser) -> None:
    drivers = [Driver.PCSC.value, Driver.NFCPY.value]
    parser.add_argument("--driver", choices=drivers, default=Driver.PCSC.value, help="default: pcsc")
    parser.add_argument("--reader", default="", metavar="NAME", help="part of the reader's name (default: any)")
    parser.add_argument(
        "--pin-stdin", action="store_true", required=True, help="the PIN is the first line of the input"
    )
    parser.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="for a card to come (default: 0)")
    parser.add_argument(
        "--traffic", action="store_true", help="log what passes between card and program, without its PIN"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object instead of words")


@contextmanager
def typed_pin() -> Iterator[Pin]:
    """Wiped at the end. Raises ValueError."""
    with Pin() as pin:
        type_from_stdin(pin)
        yield pin


@contextmanager
def opened_reader(options: argparse.Namespace) -> Iterator[Reader]:
    """Raises ReaderError."""
    reader = open_reader(options.driver, options.reader)
    try:
        yield reader
    finally:
        reader.close()
