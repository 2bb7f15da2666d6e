"""Sets the texts of one language at a time: in which font, and in which lines."""

from kiosk.settings import Language
from kiosk.ui.fonts import Faces
from kiosk.ui.typeset import Measure, Typesetter


class Compositor:
    def __init__(self, faces: Faces, typesetter: Typesetter, language: Language) -> None:
        self.faces = faces
        self._typesetter = typesetter
        self.language = language

    def set_in(self, text: str, language: Language | None = None) -> tuple[str, str]:
        """The font's name, and the text as it has it; `language` where it is not the one of the moment."""
        return self.faces.set_in(text, language or self.language)

    def lines(self, text: str, width: float, measure: Measure, *, flowing: bool) -> str:
        return self._typesetter.lines(text, width, measure, self.language, flowing=flowing)
