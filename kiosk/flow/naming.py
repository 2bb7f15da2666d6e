"""How much of a member's name the screen greets with. Pure. Not in here: whether the facility gives names out at all.

Letters that come in capitals have initials as everywhere: "Ana Maria Souza" is "A. M. S.". Of any other name, Japanese,
Korean or Chinese, it is the first letter, which is of the family name: 山田 花子 is 山.
"""

import unicodedata

from kiosk.settings import NameDisplay


def shown_name(name: str | None, display: NameDisplay) -> str | None:
    match display:
        case NameDisplay.OFF:
            return None
        case NameDisplay.INITIALS:
            return initials(name) if name else None
        case NameDisplay.FULL:
            return name or None


def initials(name: str) -> str | None:
    """None where there is no letter to begin with."""
    words = [_from_first_letter(word) for word in name.split()]
    firsts = [_first(word) for word in words if word]
    if not firsts:
        return None
    if not _has_capitals(firsts[0]):
        return firsts[0]
    return " ".join(f"{first.upper()}." for first in firsts if _has_capitals(first))


def _from_first_letter(word: str) -> str:
    return next((word[place:] for place, sign in enumerate(word) if sign.isalpha()), "")


def _first(word: str) -> str:
    """With the marks that belong to it: an accent, or which form of a kanji it is."""
    marks = 1
    while marks < len(word) and unicodedata.category(word[marks]).startswith("M"):
        marks += 1
    return word[:marks]


def _has_capitals(letter: str) -> bool:
    return letter.upper() != letter.lower()
