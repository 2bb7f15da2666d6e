"""What a word of the server's or of delivery's means, as a sentence in each language, for whoever looks after a terminal.

The words are stored and sent; the sentences are in the catalogues. Not in here: what is shown to members (kiosk.ui).
"""

from dataclasses import dataclass

from kiosk.settings import Language
from kiosk.ui.words import Speaker
from sync.delivery import Trouble

REJECTIONS = ("unreadable", "unknown_member", "implausible_time", "lost", "conflict", "set_aside")
"""The codes with which the server sets records aside, and two of the terminal's own: another record stands under the
number, and the server has set it aside without this terminal having heard why."""

OTHER = "other"
"""For a word of a later version."""

TROUBLES = tuple(trouble.value for trouble in Trouble)


@dataclass(frozen=True, slots=True)
class Sentence:
    ja: str
    en: str


def of_trouble(word: str) -> Sentence:
    return _sentence("trouble", word if word in TROUBLES else OTHER)


def of_rejection(code: str) -> Sentence:
    return _sentence("rejected", code if code in REJECTIONS else OTHER)


def _sentence(place: str, word: str) -> Sentence:
    japanese, english = (Speaker(language).fill(f"{place}.{word}") for language in (Language.JA, Language.EN))
    return Sentence(japanese, english)
