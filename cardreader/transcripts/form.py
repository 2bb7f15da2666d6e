"""A conversation with a card as it is kept in a file: JSON lines, a head and then one line for each command.

Bytes are hexadecimal; in the place of what is not kept stands its name and which of its bytes these were, as in
`key[0:22]`. What is kept is decided in `cardreader.transcripts.scrubbing`.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Self, TypeAlias

from cardreader.errors import CardError, CardInUse, CardRemoved, CardTooSlow, CardUnresponsive

VERSION = 1
FAILURES = {kind.__name__: kind for kind in (CardRemoved, CardUnresponsive, CardInUse, CardTooSlow)}

_HIDDEN = re.compile(r"([a-z]+)\[(\d{1,5}):(\d{1,5})\]")


@unique
class Kind(StrEnum):
    """What was not kept."""

    PIN = "pin"
    INPUT = "input"
    """What a card was given to sign."""
    SERIAL = "serial"
    PAST = "past"
    """An instant before the recording."""
    FUTURE = "future"
    HOLDER = "holder"
    KEY = "key"
    SIGNATURE = "signature"
    """Of INPUT with KEY. One that was not right is OTHER."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Hidden:
    """Bytes `start` to `end` of something not kept."""

    kind: Kind
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.kind}[{self.start}:{self.end}]"


Parts: TypeAlias = tuple[bytes | Hidden, ...]


class UnreadableTranscript(Exception):  # noqa: N818 - named for what happened
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line

    def __str__(self) -> str:
        return f"line {self.line} is not that of a transcript"


@dataclass(frozen=True, slots=True)
class Exchange:
    """`answer` is a failure where none came."""

    command: Parts
    answer: Parts | type[CardError]


@dataclass(frozen=True, slots=True)
class Transcript:
    """`outcome`: of the whole conversation, see `cardreader.transcripts.conversation`."""

    driver: str
    reader: str
    atr: bytes
    outcome: str
    exchanges: tuple[Exchange, ...]

    def __str__(self) -> str:
        head = {"transcript": VERSION, "driver": self.driver, "reader": self.reader}
        lines: list[dict[str, object]] = [{**head, "atr": self.atr.hex().upper(), "outcome": self.outcome}]
        lines += [_line(each) for each in self.exchanges]
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises UnreadableTranscript."""
        number = 1
        try:
            head, *rest = text.splitlines() or [""]
            made = cls._head(json.loads(head))
            exchanges = []
            for number, line in enumerate(rest, 2):  # noqa: B007 - the error tells it
                exchanges.append(_exchange(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise UnreadableTranscript(number) from error
        return cls(*made, tuple(exchanges))

    @staticmethod
    def _head(told: dict[str, object]) -> tuple[str, str, bytes, str]:
        if told["transcript"] != VERSION:
            raise ValueError(f"not version {VERSION}")
        driver, reader, outcome = (str(told[name]) for name in ("driver", "reader", "outcome"))
        return driver, reader, bytes.fromhex(str(told["atr"])), outcome


def text_of(parts: Iterable[bytes | Hidden]) -> str:
    return " ".join(part.hex().upper() if isinstance(part, bytes) else str(part) for part in parts if part)


def _line(exchange: Exchange) -> dict[str, object]:
    command = text_of(exchange.command)
    if isinstance(exchange.answer, tuple):
        return {"command": command, "answer": text_of(exchange.answer)}
    return {"command": command, "raised": exchange.answer.__name__}


def _exchange(told: dict[str, str]) -> Exchange:
    command = _parts(told["command"])
    return Exchange(command, _parts(told["answer"]) if "answer" in told else FAILURES[told["raised"]])


def _parts(text: str) -> Parts:
    return tuple(_part(word) for word in text.split(" ") if word)


def _part(word: str) -> bytes | Hidden:
    found = _HIDDEN.fullmatch(word)
    if not found:
        return bytes.fromhex(word)
    start, end = int(found[2]), int(found[3])
    if start >= end:
        raise ValueError("nothing is hidden there")
    return Hidden(Kind(found[1]), start, end)
