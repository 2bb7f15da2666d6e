"""Plays a recorded card to the terminal's conversation of today, and finds where the two first differ.

In the place of what was not kept comes something of the same length; in that of the key a new one, so that signatures
are right again. Commands are compared byte for byte, where something was not kept by length.
"""

from dataclasses import dataclass
from datetime import datetime

from cardreader.disclosure import disclose
from cardreader.pin import PIN_LENGTH, Pin
from cardreader.traffic import shown_command
from cardreader.transcripts.conversation import converse
from cardreader.transcripts.form import Exchange, Hidden, Kind, Parts, Transcript, text_of
from cardreader.transcripts.stand_in import StandIn


class Differs(Exception):  # noqa: N818 - named for what happened
    """`expected` is None when the transcript has ended."""

    def __init__(self, expected: str | None, sent: str) -> None:
        super().__init__(expected, sent)
        self.expected = expected
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Replay:
    """`exchanges` went as recorded; then came `sent` in place of `expected`, either of which may be missing."""

    exchanges: int
    outcome: str | None
    expected: str | None = None
    sent: str | None = None

    def follows(self, transcript: Transcript) -> bool:
        return self.outcome == transcript.outcome and self.exchanges == len(transcript.exchanges)


def replay(transcript: Transcript, *, challenge: bytes, now: datetime) -> Replay:
    card = ReplayedCard(transcript)
    with Pin() as pin:
        for _ in range(PIN_LENGTH):
            pin.push(0)
        try:
            outcome = converse(card, pin, challenge=challenge, now=now)
        except Differs as difference:
            return Replay(card.played, None, difference.expected, difference.sent)
    return Replay(card.played, outcome, card.next_command)


class ReplayedCard:
    def __init__(self, transcript: Transcript) -> None:
        self._atr = transcript.atr
        self._exchanges = transcript.exchanges
        self._stand_in = StandIn(transcript.exchanges)
        self.played = 0

    @property
    def atr(self) -> bytes:
        return self._atr

    @property
    def next_command(self) -> str | None:
        return text_of(self._exchanges[self.played].command) if self.played < len(self._exchanges) else None

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Raises Differs, and what the recorded card raised."""
        exchange = self._next(command)
        self.played += 1
        if not isinstance(exchange.answer, tuple):
            raise exchange.answer("as recorded")
        return self._stand_in.answer(exchange.answer)

    def close(self) -> None: ...

    def _next(self, command: bytes | bytearray) -> Exchange:
        if self.played == len(self._exchanges):
            raise Differs(None, shown_command(command))
        exchange = self._exchanges[self.played]
        if not self._agrees(exchange.command, command):
            raise Differs(self.next_command, shown_command(command))
        return exchange

    def _agrees(self, recorded: Parts, command: bytes | bytearray) -> bool:
        shown = disclose(command)
        hidden = [part for part in recorded if isinstance(part, Hidden)]
        if b"".join(part for part in recorded if isinstance(part, bytes)) != shown.before + shown.behind:
            return False
        if [part.end for part in hidden] != ([shown.hidden] if shown.hidden else []):
            return False
        if hidden and hidden[0].kind is Kind.INPUT:
            self._stand_in.sign(bytes(command[len(shown.before) :][: shown.hidden]))
        return True
