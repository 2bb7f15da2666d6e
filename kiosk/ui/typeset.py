"""Lines of text broken where a reader would pause. Kivy breaks Japanese anywhere, even before 「、」.

Pure but for BudouX's model, loaded when a `Typesetter` is made.
"""

import re
from collections.abc import Callable, Iterable

import budoux

Measure = Callable[[str], float]

_NEVER_FIRST = "、。，．・：；！？）〕］｝〉》」』】ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ”’,.:;!?)]}"
_NEVER_LAST = "（〔［｛〈《「『【“‘([{"
"""JIS X 4051, 行頭禁則文字 and 行末禁則文字, as far as a catalogue may need them."""
_SENTENCE_ENDS = re.compile(rf"\n|(?<=。)(?=[^\n{re.escape(_NEVER_FIRST)}])")


_MARK = "…"


class Typesetter:
    def __init__(self) -> None:
        self._parser = budoux.load_default_japanese_parser()

    def phrases(self, text: str) -> list[str]:
        """Pieces that stay whole; together they are the text."""
        pieces = [text] if text.isascii() else self._parser.parse(text)
        return _kept_together(part for piece in pieces for part in _at_spaces(piece))

    def lines(self, text: str, width: float, measure: Measure) -> str:
        """Newlines set so that no line is wider than `width`; Japanese sentences begin a line, and lines are of like length."""
        sentences = [part for part in _SENTENCE_ENDS.split(text) if part]
        return "\n".join(line for each in sentences for line in self._balanced(each, width, measure))

    def _balanced(self, text: str, width: float, measure: Measure) -> list[str]:
        phrases = self.phrases(text)
        broken = _fill(phrases, width, measure)
        narrow, wide = width / 2, width
        while wide - narrow > width / 64:
            middle = (narrow + wide) / 2
            closer = _fill(phrases, middle, measure)
            if len(closer) == len(broken) and all(measure(line) <= middle for line in closer):
                broken, wide = closer, middle
            else:
                narrow = middle
        return broken


def elided(text: str, most_lines: int, width: float, measure: Measure) -> str:
    """What fits of lines that will not: so many, none wider than `width`, with a mark where something is left out."""
    lines = text.split("\n")
    cut = [*lines[: most_lines - 1], lines[most_lines - 1] + _MARK] if len(lines) > most_lines else lines
    return "\n".join(_elided_line(line, width, measure) for line in cut)


def _elided_line(line: str, width: float, measure: Measure) -> str:
    if measure(line) <= width:
        return line
    kept = line.rstrip(_MARK)
    while kept and measure(kept + _MARK) > width:
        kept = kept[:-1]
    return kept.rstrip() + _MARK


def _at_spaces(piece: str) -> list[str]:
    parts = piece.split(" ")
    return [part + " " for part in parts[:-1]] + [parts[-1]]


def _kept_together(pieces: Iterable[str]) -> list[str]:
    """What may not begin a line goes with the piece before it, and what may not end one with the piece after it."""
    kept: list[str] = []
    for piece in filter(None, pieces):
        if kept and (piece[0] in _NEVER_FIRST or kept[-1].rstrip()[-1:] in tuple(_NEVER_LAST)):
            kept[-1] += piece
        else:
            kept.append(piece)
    return kept


def _fill(phrases: list[str], width: float, measure: Measure) -> list[str]:
    lines: list[str] = []
    line = ""
    for phrase in phrases:
        if line and measure((line + phrase).rstrip()) > width:
            lines.append(line.rstrip())
            line = phrase
        else:
            line += phrase
    return [*lines, line.rstrip()]
