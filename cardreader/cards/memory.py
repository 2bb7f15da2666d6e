"""What the cards of a day have taught, so that later taps cost less. It is lost when the program ends and written nowhere.

Nothing in it is believed: a kind of card that changed its mind is asked the long way again, and a remembered key only
says which signature to expect. No serial number is kept, as the law restricts its use.
"""

import hashlib

_MOST_CARDS = 4096


class Memory:
    """For one thread. The caller keeps one for as long as it runs and gives it to every conversation."""

    def __init__(self) -> None:
        self._short_identifiers: dict[bytes, bool] = {}
        self._rests: dict[bytes, bytes] = {}

    def takes_short_identifiers(self, kind: bytes) -> bool | None:
        """`kind` is a card's answer to reset. None: not known yet."""
        return self._short_identifiers.get(kind)

    def learn_short_identifiers(self, kind: bytes, *, taken: bool) -> None:
        self._short_identifiers[kind] = taken

    def rest_of(self, block: bytes) -> bytes:
        """What followed the first block of this certificate up to the end of its key; empty when it was never proven."""
        return self._rests.get(_digest(block), b"")

    def remember(self, block: bytes, rest: bytes) -> None:
        """Together they are a certificate up to the end of its key, which the card has just proven to hold."""
        if len(self._rests) >= _MOST_CARDS:
            del self._rests[next(iter(self._rests))]
        self._rests[_digest(block)] = rest

    def forget(self, block: bytes) -> None:
        self._rests.pop(_digest(block), None)


def _digest(block: bytes) -> bytes:
    return hashlib.sha256(block).digest()
