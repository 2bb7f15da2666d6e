"""Keeps what passes between a program and a card, for a transcript made of it when the card is gone.

Of commands nothing is kept that may not be shown; answers are kept as they are until they are scrubbed.
"""

from dataclasses import dataclass, field

from cardreader.disclosure import Disclosed, disclose
from cardreader.errors import CardError
from cardreader.ports import Card
from cardreader.transcripts.form import FAILURES


@dataclass(frozen=True, slots=True)
class Passed:
    """`answer` is not for files or logs."""

    command: Disclosed
    answer: bytes | type[CardError] = field(repr=False)


class RecordingCard:
    def __init__(self, card: Card) -> None:
        self._card = card
        self.passed: list[Passed] = []

    @property
    def atr(self) -> bytes:
        return self._card.atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        disclosed = disclose(command)
        try:
            answer = self._card.transmit(command)
        except CardError as error:
            self.passed.append(Passed(disclosed, FAILURES[type(error).__name__]))
            raise
        self.passed.append(Passed(disclosed, answer))
        return answer

    def close(self) -> None:
        self._card.close()
