"""The catalogues of assets/locale, by gettext. A missing text shows its place, and the suite fails before it can."""

import gettext
from datetime import date
from importlib.resources import files
from pathlib import Path

from kiosk.settings import Language
from kiosk.ui.scene import Words

DOMAIN = "kiosk"


def locale_directory() -> Path:
    return Path(str(files("assets") / "locale"))


class Speaker:
    """Speaks one language at a time."""

    def __init__(self, language: Language) -> None:
        self._catalogues = {
            each: gettext.translation(DOMAIN, locale_directory(), languages=[each.value]) for each in Language
        }
        self.language = language

    def say(self, words: Words) -> str:
        spoken = {name: self.day(value) if isinstance(value, date) else value for name, value in words.values}
        return self.fill(words.key, **spoken)

    def day(self, day: date) -> str:
        return self.fill("date", month=day.month, day=day.day, weekday=self.fill("weekdays").split()[day.weekday()])

    def fill(self, key: str, **values: object) -> str:
        """The text at `key` with `values` in its braces."""
        return self._catalogues[self.language].gettext(key).format(**values)
