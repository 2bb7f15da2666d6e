"""What the card layer asks of a reader: the two ports every driver implements.

No driver is named here. One thread at a time uses a reader and its card.
"""

from typing import Protocol


class Card(Protocol):
    """One open, exclusive connection to one presented card."""

    @property
    def atr(self) -> bytes:
        """What the reader says the card is: its answer to reset, or the one PC/SC makes up for a contactless card.

        It tells kinds of cards apart, not cards, and proves nothing. PC/SC part 3, 3.1.3.2.3.
        """
        ...

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Send one command APDU; the answer ends with its two status bytes.

        A `bytearray` is for commands the caller wipes: a driver keeps no copy of it.
        Raises CardRemoved, CardUnresponsive, ReaderLost.
        """
        ...

    def close(self) -> None:
        """Cut the card's power, so that no other program finds it unlocked. Never raises; a second call does nothing."""
        ...


class Reader(Protocol):
    @property
    def name(self) -> str: ...

    def wait_present(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds (0 only looks); True as soon as a card is in the field. Raises ReaderLost."""
        ...

    def wait_absent(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds (0 only looks) for the card last seen to leave. Raises ReaderLost.

        True also when it left between two calls and another, or the same, has come since. On a reader never looked at,
        the card in the field counts as seen.
        """
        ...

    def connect(self) -> Card:
        """Raises CardRemoved, CardUnresponsive, ReaderLost."""
        ...

    def close(self) -> None:
        """Never raises; a second call does nothing."""
        ...
