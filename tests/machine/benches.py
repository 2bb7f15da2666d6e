"""Readers with the hand in front of them, one kind per driver, for the contracts that every driver keeps.

What is expected of them is said in `tests/ports`.
"""

import sys
from typing import Protocol

from cardreader.drivers import nfcpy, pcsc
from cardreader.drivers.simulated import SimulatedReader
from cardreader.ports import Reader
from cardreader.simulated.chip import Chip
from cardreader.simulated.plain_tags import tag_of
from cardreader.simulated.udp_field import UdpField
from machine import cards
from machine.pcscd import PcscDaemon


class Bench(Protocol):
    """A reader and the hand in front of it."""

    @property
    def reader(self) -> Reader: ...
    def hold(self) -> None: ...
    def take_away(self) -> None: ...
    def clear(self) -> None: ...


class MachineBench(Protocol):
    """One where the test chooses the card: without a choice, a My Number Card."""

    @property
    def reader(self) -> Reader: ...
    def hold(self, chip: Chip | None = None) -> None: ...
    def hold_unseen(self) -> None:
        """The card is where the reader would see it, and the reader was not asked yet."""
        ...

    def take_away(self) -> None: ...
    def swap(self) -> None: ...
    def clear(self) -> None: ...


class SimulatedBench:
    def __init__(self) -> None:
        self.reader = SimulatedReader()

    def hold(self, chip: Chip | None = None) -> None:
        self.reader.insert(chip or cards.card())

    def hold_unseen(self) -> None:
        self.hold()

    def take_away(self) -> None:
        self.reader.remove()

    def swap(self) -> None:
        self.reader.remove()
        self.reader.insert(cards.card())

    def clear(self) -> None:
        self.reader.remove()


class VirtualBench:
    """The real PC/SC daemon with a virtual reader."""

    def __init__(self, daemon: PcscDaemon) -> None:
        self._slot = daemon.slot
        self.reader = pcsc.open_reader(daemon.slot.reader)

    def hold(self, chip: Chip | None = None) -> None:
        self._slot.put(chip or cards.card())

    def hold_unseen(self) -> None:
        self.hold()
        self._slot.wait_in()

    def take_away(self) -> None:
        self._slot.pull()

    def swap(self) -> None:
        self.take_away()
        self._slot.wait_out()
        self.hold_unseen()

    def clear(self) -> None:
        self.take_away()
        self._slot.wait_out()
        self.reader.close()


class NfcpyBench:
    """nfcpy's `udp` driver with a simulated field."""

    def __init__(self) -> None:
        self._field = UdpField()
        self.reader = nfcpy.open_reader(self._field.path)

    def hold(self, chip: Chip | None = None) -> None:
        self._field.hold(tag_of(chip or cards.card()))

    def hold_unseen(self) -> None:
        self.hold()

    def take_away(self) -> None:
        self._field.take_away()

    def swap(self) -> None:
        self.take_away()
        self.hold()

    def clear(self) -> None:
        self.reader.close()
        self._field.close()


class HandBench:
    """A real reader; a person is asked to do what the others do by themselves."""

    def __init__(self, name: str) -> None:
        self.reader = pcsc.open_reader(name)

    def hold(self) -> None:
        self._ask("hold a My Number Card to the reader and leave it there")

    def take_away(self) -> None:
        self._ask("take the card away")

    def clear(self) -> None:
        self._ask("leave the reader empty")
        self.reader.close()

    def _ask(self, what: str) -> None:
        sys.stderr.write(f"\n{self.reader.name}: {what}, then press Enter ")
        sys.stdin.readline()
