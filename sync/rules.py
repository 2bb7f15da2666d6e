"""The rules of the house on their way from the server: asked for when the roster tells of another number of them.

Not in here: where they are kept, and what a rulebook says.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from sync.delivery import Delivered, Outcome, State
from sync.document import Document, as_document, integer

_REST = timedelta(hours=1)


class RulesSink(Protocol):
    """Where the rules are kept."""

    def number(self) -> int:
        """Of the rules kept; 0 before any."""

    def keep(self, number: int, rulebook: Document) -> None:
        """From now on these. Raises UnreadableAnswer for what this version does not understand, and changes nothing."""


class RulesPuller:
    """`ask` gives the server's answer. Work for one thread; `told` is for any."""

    def __init__(self, ask: Callable[[], Document], sink: RulesSink) -> None:
        self._ask = ask
        self._sink = sink
        self._told: int | None = None

    def told(self, number: int) -> bool:
        """The server's rules have this number; whether that is news."""
        news, self._told = number != self._told, number
        return news

    def __call__(self, _: State) -> Outcome:
        """Asks for nothing unless told of other rules than are kept: an older server has none to give."""
        if self._told is not None and self._told != self._sink.number():
            answer = self._ask()
            rulebook = as_document(answer.get("rulebook"), "rulebook")
            self._sink.keep(integer(answer, "number", minimum=0), rulebook)
        return Delivered(_REST)
