"""A reader without hardware, for the demo, for operators and for tests.

It behaves as the PC/SC driver does: one exclusive connection, power cut at its end, a card swapped between two looks is
noticed. What a card answers is the business of `cardreader.simulated`.
"""

import threading

from cardreader.errors import CardInUse, CardRemoved, NoSuchReader, ReaderLost
from cardreader.simulated.chip import Chip


class SimulatedReader:
    """The reader and, on any thread, the hand that holds cards to it and pulls its plug."""

    def __init__(self, name: str = "Simulated reader") -> None:
        self._name = name
        self._changed = threading.Condition()
        self._plugged = True
        self._chip: Chip | None = None
        self._connected: SimulatedConnection | None = None
        self._presentation = 0
        self._seen: int | None = None

    @property
    def name(self) -> str:
        return self._name

    def open(self) -> "SimulatedReader":
        """Itself, as opening a plugged-in reader gives a reader. Raises NoSuchReader while unplugged."""
        if not self._plugged:
            raise NoSuchReader(self._name, ())
        return self

    def insert(self, chip: Chip) -> None:
        """Hold `chip` to the reader, in place of one already there."""
        with self._changed:
            self._take_away()
            self._chip = chip
            self._presentation += 1
            self._changed.notify_all()

    def remove(self) -> None:
        with self._changed:
            self._take_away()
            self._changed.notify_all()

    def unplug(self) -> None:
        with self._changed:
            self._plugged = False
            self._cut_power()
            self._changed.notify_all()

    def plug(self) -> None:
        with self._changed:
            self._plugged = True

    def wait_present(self, timeout: float) -> bool:
        with self._changed:
            present = self._changed.wait_for(lambda: not self._plugged or self._chip is not None, timeout)
            self._require_plugged()
            self._seen = self._presentation
            return present

    def wait_absent(self, timeout: float) -> bool:
        with self._changed:
            if self._seen is None:
                self._seen = self._presentation
            absent = self._changed.wait_for(lambda: not self._plugged or self._has_left(), timeout)
            self._require_plugged()
            return absent

    def connect(self) -> "SimulatedConnection":
        with self._changed:
            self._require_plugged()
            if self._chip is None:
                raise CardRemoved("no card is in the field")
            if self._connected:
                raise CardInUse("the card is in use")
            self._chip.power_on()
            self._connected = SimulatedConnection(self, self._chip.atr)
            return self._connected

    def close(self) -> None:
        """The simulated reader has nothing to release."""

    def transmit(self, connection: "SimulatedConnection", command: bytes | bytearray) -> bytes:
        """For its connections only. The card works outside the lock, so that it can be pulled meanwhile."""
        chip = self._chip_of(connection)
        try:
            answer = chip.transmit(command)
        except CardRemoved:
            self.remove()
            raise
        self._chip_of(connection)
        return answer

    def disconnect(self, connection: "SimulatedConnection") -> None:
        """For its connections only."""
        with self._changed:
            if self._connected is connection:
                self._cut_power()

    def _chip_of(self, connection: "SimulatedConnection") -> Chip:
        with self._changed:
            self._require_plugged()
            if self._chip is None or self._connected is not connection:
                raise CardRemoved("the card has left the field")
            return self._chip

    def _require_plugged(self) -> None:
        if not self._plugged:
            raise ReaderLost(self._name, "it was unplugged")

    def _has_left(self) -> bool:
        return self._chip is None or self._presentation != self._seen

    def _take_away(self) -> None:
        self._cut_power()
        self._chip = None

    def _cut_power(self) -> None:
        self._connected = None
        if self._chip:
            self._chip.power_off()


class SimulatedConnection:
    """One open connection to the card in a simulated reader."""

    def __init__(self, reader: SimulatedReader, atr: bytes) -> None:
        self._reader = reader
        self._atr = atr

    @property
    def atr(self) -> bytes:
        return self._atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        return self._reader.transmit(self, command)

    def close(self) -> None:
        self._reader.disconnect(self)
