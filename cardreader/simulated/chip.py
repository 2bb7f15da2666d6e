"""What a simulated card offers to whatever holds it: the simulated driver, or the plug into a virtual reader.

It stands for the chip itself, below every driver. Readers and connections are in `cardreader.ports`.
"""

from typing import Protocol


class Chip(Protocol):
    @property
    def atr(self) -> bytes: ...

    def power_on(self) -> None:
        """Raises CardUnresponsive."""
        ...

    def power_off(self) -> None: ...

    def reset(self) -> None: ...

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Raises CardRemoved when the card is pulled at this command, CardUnresponsive without power."""
        ...
