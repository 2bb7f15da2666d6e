"""What is said aloud about a screen, and which file says it. Pure: no Kivy, no voice.

A voice at an entrance is heard by everyone there: it never says what has a value in it (a name, a price, tries left),
nor why a membership does not open the door. Not in here: making the files (kiosk.speaking), playing them (guide).
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from kiosk.settings import Language
from kiosk.ui.scene import Page, Scene, Words

FOLDER = "speech"
"""In the terminal's data directory."""

TO_RECEPTION = "rule.suspended.hint"
"""Says no more than to ask at reception."""
_SAID_TO_ANYONE = ("rule.closed.", "rule.closing.", "rule.full.", "rule.too_soon.", "rule.already_in.", "rule.not_in.")
_BESIDES = ("strap.", "other_way.", "closed.next.unknown", "parking")
_FOR_STAFF = "staff."
_NAMED = ".named"
_INSTEAD = {"card.residence_card.title": "card.not_my_number_card.title"}
"""Not everyone at the entrance need know who is no citizen."""


def spoken(scene: Scene) -> tuple[Words, ...]:
    """In the order they are said. The start screen is silent: speech begins with the first touch. So are staff's."""
    if scene.page is Page.WELCOME or scene.title.key.startswith(_FOR_STAFF):
        return ()
    if _is_personal(scene.title.key):
        return (Words(TO_RECEPTION),)
    shown = (_impersonal(scene.title), scene.hint, *scene.lines, *(reminder.words for reminder in scene.reminders))
    return tuple(words for words in shown if words is not None and not words.values and is_spoken(words.key))


def is_spoken(key: str) -> bool:
    """Whether a text of the catalogues is one that a screen may have said."""
    if key == TO_RECEPTION:
        return True
    if key.startswith(("welcome.", _FOR_STAFF)) or key in _INSTEAD or _is_personal(key):
        return False
    return key.endswith((".title", ".hint")) or key.startswith(_BESIDES)


def speech_file(folder: Path, language: Language, text: str) -> Path:
    """A text that has changed has another file, so that an old one is never heard."""
    return folder / f"{language.value}_{sha256(text.encode()).hexdigest()[:20]}.wav"


def speech_files(folder: Path, language: Language) -> Iterator[Path]:
    """Those of `language` that are there, needed or not."""
    return folder.glob(f"{language.value}_*.wav")


def _is_personal(key: str) -> bool:
    return key.startswith("rule.") and not key.startswith(_SAID_TO_ANYONE)


def _impersonal(title: Words) -> Words:
    if title.key.endswith(_NAMED):
        return Words(title.key.removesuffix(_NAMED))
    return Words(_INSTEAD.get(title.key, title.key), title.values)
