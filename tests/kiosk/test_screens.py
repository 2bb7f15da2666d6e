"""Screens as the product lays them out: nothing clipped, nothing overlapping, every target large enough.

All of them in Japanese and in the language with the longest words, lying and standing; of the other sizes and languages a
sample. The same is asked of every screen in every language and size by script/gallery. Contrast is measured where the
colours are (test_theme).
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from kiosk.settings import Language
from kiosk.ui.scene import Tone, Words
from kiosk.ui.theme import LIGHT, TONES
from kiosk.ui.words import Speaker
from machine.contact_sheet import sheet
from machine.inspection import (
    PANELS,
    Box,
    Panel,
    Screens,
    alike,
    cut,
    hard_to_read,
    outside,
    overlapping,
    too_fine,
    too_small,
    too_wide,
)

EVERY_SCREEN = ("1024x600", "800x1280")
SAMPLE = (
    "welcome_both_wordy",
    "welcome_out_holiday",
    "pin_2",
    "card_in",
    "fee_of_a_school_where",
    "done_in_everything",
    "first_verbose",
    "staff_room_bad",
    "staff_code_3",
)


def longest_language() -> Language:
    asked = ("pin.title", "card.hint", "button.accept", "card.last_try.hint", "strap.return")
    return max(Language, key=lambda each: sum(len(Speaker(each).say(Words(key))) for key in asked))


@dataclass(frozen=True, slots=True)
class Laid:
    panel: Panel
    screens: Screens
    complaints: str


@pytest.fixture(scope="module", params=PANELS)
def laid(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Laid:
    """In a process of its own: Kivy has one window, and keeps its size."""
    folder = tmp_path_factory.mktemp("gallery")
    languages = [Language.JA, longest_language()] if request.param in EVERY_SCREEN else Language
    wish = [f"--language={each.value}" for each in languages]
    if request.param not in EVERY_SCREEN:
        wish += [f"--only={part}" for part in SAMPLE]
    done = exhibit(request.param, folder, *wish, "--unpainted")
    found = json.loads((folder / f"boxes_{request.param}.json").read_text(encoding="utf-8"))
    screens = {name: [Box(**box) for box in boxes] for name, boxes in found.items()}
    return Laid(PANELS[request.param], screens, done.stderr)


def exhibit(panel: str, folder: Path, *wish: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": "tests", "SDL_VIDEODRIVER": "offscreen", "SDL_AUDIODRIVER": "dummy"}
    command = [sys.executable, "-m", "machine.gallery", panel, str(folder), *wish]
    return subprocess.run(command, env=environment, timeout=300, capture_output=True, text=True, check=False)


def test_every_screen_comes_to_rest(laid: Laid) -> None:
    """Kivy complains of parts that keep changing each other's size."""
    assert "too much iteration" not in laid.complaints


@pytest.mark.parametrize("check", [outside, too_wide, cut, too_fine, overlapping, too_small, alike])
def test_no_screen_has_a_part(check: Callable[[Screens, Panel], Iterator[str]], laid: Laid) -> None:
    assert not list(check(laid.screens, laid.panel))


def test_low_keys_leave_nothing_to_press_above_the_lower_half(laid: Laid) -> None:
    """On a wide display; an upright one has its keys there anyway."""
    pads = [boxes for name, boxes in laid.screens.items() if name.startswith("pin_2_low_")]
    pressed = [box for boxes in pads for box in boxes if box.kind in {"Key", "Pill"}]
    assert bool(pads) == (laid.panel.width > laid.panel.height)
    assert all(box.top <= laid.panel.height / 2 for box in pressed)
    assert len(pressed) == len(pads) * 13


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_painted_screens_are_of_their_size_and_their_words_stand_out(theme: str, tmp_path: Path) -> None:
    done = exhibit("1024x600", tmp_path, "--language=ja", "--only=problem_", "--only=in_news", f"--theme={theme}")
    pictures = [Image.open(path).convert("RGB") for path in tmp_path.glob("*.png")]
    assert done.stdout == ""
    assert {picture.size for picture in pictures} == {(1024, 600)}
    assert len({picture.tobytes() for picture in pictures}) == len(pictures) > 10


@pytest.mark.parametrize(("name", "way"), [("already_in", Tone.OUT), ("not_in", Tone.IN)])
def test_the_button_of_the_other_way_has_that_way_s_colour(name: str, way: Tone, tmp_path: Path) -> None:
    """A4."""
    exhibit("1024x600", tmp_path, "--language=ja", f"--only=rule_{name}_both")
    (found,) = (path for path in tmp_path.glob("rule_*_both_ja_*.png"))
    boxes = json.loads((tmp_path / "boxes_1024x600.json").read_text(encoding="utf-8"))[found.stem]
    button = max((box for box in boxes if box["kind"] == "Pill"), key=lambda box: box["left"])
    beside_the_words = button["left"] + 30, 600 - (button["bottom"] + button["top"]) / 2
    painted = Image.open(found).convert("RGB").getpixel((round(beside_the_words[0]), round(beside_the_words[1])))
    assert painted == tuple(round(255 * part) for part in TONES[way][:3])


def test_of_what_staff_saw_before_nothing_is_left_while_a_terminal_looks_itself_over(tmp_path: Path) -> None:
    exhibit("1024x600", tmp_path, "--language=ja", "--language=en", "--only=staff_room")
    painted = Image.open(tmp_path / "staff_room_looking_en_1024x600.png").convert("RGB")
    assert painted.getpixel((300, 300)) == tuple(round(255 * part) for part in LIGHT.paper[:3])


def test_words_that_are_left_out_are_found_and_those_of_wordy_staff_are_meant() -> None:
    screens = {name: [Box("Text", "Entrada…", 0, 0, 10, 10, 10)] for name in ("closing_pt", "welcome_in_wordy_pt")}
    assert [sentence.partition(":")[0] for sentence in cut(screens, PANELS["1024x600"])] == ["closing_pt"]


def test_letters_that_are_hard_to_see_are_found() -> None:
    fine, seen = (Box("Text", "Entrada", 0, 0, 10, 10, 10, letters) for letters in (17.0, 18.0))
    assert len(list(too_fine({"one": [fine, seen]}, PANELS["1024x600"]))) == 1


def test_words_that_do_not_stand_out_are_found() -> None:
    grey = Box("Text", "grey on grey", 0, 0, 10, 10, 10, contrast=6.9)
    assert list(hard_to_read({"one": [grey]}, PANELS["1024x600"]))


def test_the_contact_sheet_shows_every_picture(tmp_path: Path) -> None:
    (tmp_path / "card_in_left_zh-CN_800x480.png").touch()
    (tmp_path / "taken.png").touch()
    page = sheet(tmp_path)
    assert 'data-screen="card_in_left" data-language="zh-CN" data-size="800x480"' in page
    assert page.count("<figure ") == 1
