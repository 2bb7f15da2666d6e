"""The catalogues of assets/locale, by gettext. A missing text shows its place, and the suite fails before it can."""

import gettext
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

from kiosk.settings import Language
from kiosk.ui.scene import Value, Words
from visits.rulebook import Text

DOMAIN = "kiosk"

_OF_JAPANESE = (Language.JA, Language.JA_EASY)
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)


def locale_directory() -> Path:
    return Path(str(files("assets") / "locale"))


def catalogue_name(language: Language) -> str:
    """As gettext names folders."""
    return language.value.replace("-", "_")


class Speaker:
    """Speaks one language at a time."""

    def __init__(self, language: Language) -> None:
        self.language = language

    @property
    def language(self) -> Language:
        return self._language

    @language.setter
    def language(self, language: Language) -> None:
        self._language = language
        self._catalogue = gettext.translation(DOMAIN, locale_directory(), languages=[catalogue_name(language)])

    def own_name(self, language: Language) -> str:
        """What its speakers call `language`."""
        return Speaker(language).fill("language.name")

    def say(self, words: Words) -> str:
        return self.fill(words.key, **{name: self._spoken(value) for name, value in words.values})

    def _spoken(self, value: Value) -> str:
        match value:
            case date():
                return self.day(value)
            case timedelta():
                return self.length(value)
            case Text():
                return self.written(value)
            case _:
                return value

    def day(self, day: date) -> str:
        month, weekday = self.fill("months").split("|")[day.month - 1], self.fill("weekdays").split("|")[day.weekday()]
        return self.fill("date", month=month, day=day.day, weekday=weekday)

    def length(self, length: timedelta) -> str:
        """In whole minutes, the last one as far as it went."""
        hours, minutes = length // _HOUR, length % _HOUR // _MINUTE
        if not hours:
            return self.fill("length.minutes", minutes=minutes)
        return self.fill("length.hours", hours=hours, minutes=minutes)

    def written(self, text: Text) -> str:
        """What staff wrote in one language only is better read than not."""
        ja, en = text.ja.strip(), text.en.strip()
        return (ja or en) if self.language in _OF_JAPANESE else (en or ja)

    def fill(self, key: str, **values: object) -> str:
        """The text at `key` with `values` in its braces."""
        return self._catalogue.gettext(key).format(**values)
