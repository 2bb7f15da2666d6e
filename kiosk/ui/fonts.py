"""Which font a text is set in: that of its language, or the first that has all of its letters. Kivy has no fallback of its own.

Not in here: reading a font (kiosk.ui.letters), and where lines break (kiosk.ui.typeset).
"""

import logging
import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from kiosk.settings import Language, Screen
from kiosk.ui.letters import FontError, Letters, letters_of

log = logging.getLogger(__name__)

HOUSE = "House"
LATIN = "Latin"
KOREAN = "Korean"
CHINESE = "Chinese"
NAMES = "Names"

_MISSING = "〓"
"""What Japanese printers set where a letter is missing from the case."""
_UNSEEN = re.compile("[\u200b-\u200f\u2060\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Selectors of variants and joiners: they have no shape, and what they select Kivy does not draw."""
_KANA = re.compile("[\u3041-\u30ff]")
"""Korean and Chinese fonts have it too, and badly drawn."""
_OWN = {Language.VI: LATIN, Language.KO: KOREAN, Language.ZH_CN: CHINESE}
_PREFERRED = _OWN | {Language.EN: LATIN, Language.PT: LATIN}
"""The house's font has the letters of these two as well, but drawn for Japanese: g, p, q and ç hardly reach below the line."""


class Face:
    """A family under the name by which Kivy knows it; its file is read at the first question."""

    def __init__(self, name: str, regular: Path, bold: Path) -> None:
        self.name = name
        self.regular = regular
        self.bold = bold

    @cached_property
    def letters(self) -> Letters:
        """None at all where the file cannot be read, which is logged."""
        try:
            return letters_of(self.regular)
        except (OSError, FontError) as error:
            log.warning("the letters of a font are not known: %s", error)
            return Letters((), ())

    def lacking(self, text: str) -> str:
        return "".join(letter for letter in text if letter not in self.letters and letter != "\n")


class Faces:
    """Those whose files are there. The house's is always one, which `environment.prepare` sees to."""

    def __init__(self, screen: Screen) -> None:
        faces = (
            Face(HOUSE, screen.font_file, screen.bold_font_file),
            Face(LATIN, screen.latin_font_file, screen.latin_bold_font_file),
            Face(NAMES, screen.names_font_file, screen.names_bold_font_file),
            Face(KOREAN, screen.korean_font_file, screen.korean_bold_font_file),
            Face(CHINESE, screen.chinese_font_file, screen.chinese_font_file),
        )
        self._faces = {face.name: face for face in faces if face.regular.is_file() and face.bold.is_file()}

    def __iter__(self) -> Iterator[Face]:
        return iter(self._faces.values())

    def speak(self, language: Language) -> bool:
        return _OWN.get(language, HOUSE) in self._faces

    def offered(self, screen: Screen) -> list[Language]:
        """What a member may choose; the house's own language is always one of them."""
        asked = screen.languages if screen.language in screen.languages else (screen.language, *screen.languages)
        unable = [language.value for language in asked if not self.speak(language)]
        if unable:
            log.warning("not offered, as the font is missing: %s", ", ".join(unable))
        return [language for language in asked if self.speak(language)]

    def set_in(self, text: str, language: Language) -> tuple[str, str]:
        """The font's name, and the text as it can be shown: what no font has all of is marked where letters are missing."""
        seen = _UNSEEN.sub("", text)
        own = HOUSE if _KANA.search(seen) else _PREFERRED.get(language, HOUSE)
        order = sorted(self, key=lambda face: face.name != own)
        for spelled in (seen, unicodedata.normalize("NFC", seen)):
            for face in order:
                if not face.lacking(spelled):
                    return face.name, spelled
        best = min(order, key=lambda face: len(face.lacking(seen)))
        mark = _MISSING if _MISSING in best.letters else "?"
        lacking = best.lacking(seen)
        return best.name, "".join(mark if letter in lacking else letter for letter in seen)
