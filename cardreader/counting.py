"""Counts what passes between a program and a card, for figures: never what the bytes say."""

from cardreader.ports import Card


class CountedCard:
    """Passes everything on to `card`. An answer's two status bytes count as received."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self.apdus = 0
        self.bytes_sent = 0
        self.bytes_received = 0

    @property
    def atr(self) -> bytes:
        return self._card.atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        self.apdus += 1
        self.bytes_sent += len(command)
        answer = self._card.transmit(command)
        self.bytes_received += len(answer)
        return answer

    def close(self) -> None:
        self._card.close()
