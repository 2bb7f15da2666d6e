"""A simulated field with nfcpy's reader in front of it, and the usual thing to do with the two."""

from collections.abc import Iterator
from contextlib import contextmanager

from cardreader.drivers import open_reader
from cardreader.ports import Card, Reader
from cardreader.simulated.udp_field import UdpField

SOON = 10.0
"""Seconds a machine may take at most for what it does at once; nothing waits so long in a passing run."""

QUICK = 7
"""The code of a frame waiting time of 39 ms: a card that leaves is missed after 0.25 s, a busy machine's is not."""


@contextmanager
def opened(path: str) -> Iterator[Reader]:
    reader = open_reader("nfcpy", path)
    try:
        yield reader
    finally:
        reader.close()


@contextmanager
def empty_field() -> Iterator[UdpField]:
    field = UdpField()
    try:
        yield field
    finally:
        field.close()


@contextmanager
def connected(reader: Reader) -> Iterator[Card]:
    assert reader.wait_present(SOON)
    card = reader.connect()
    try:
        yield card
    finally:
        card.close()
