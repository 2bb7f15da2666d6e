"""Every screen in every language at three sizes: nothing clipped, nothing overlapping, every target large enough.

The screens are the product's own, laid out and painted by Kivy in a process per size. Contrast is measured where the
colours are (test_theme). Look at them with script/gallery.
"""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from machine.gallery import Box

SIZES = ("1280x800", "1024x600", "800x1280")
LEAST_TARGET = 88
"""Pixels: 15 mm on a 10.1-inch 1280x800 panel, 13 mm on a 7-inch 1024x600."""
LEAST_CORNER_TARGET = 64
"""For the language button, which nobody needs in a hurry."""

Screens = dict[str, list[Box]]


@pytest.fixture(scope="module", params=SIZES)
def taken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("gallery")
    environment = {**os.environ, "PYTHONPATH": "tests", "SDL_VIDEODRIVER": "offscreen", "SDL_AUDIODRIVER": "dummy"}
    command = [sys.executable, "-m", "machine.gallery", request.param, str(folder)]
    done = subprocess.run(command, env=environment, check=True, timeout=600, capture_output=True, text=True)
    (folder / "complaints").write_text(done.stderr, encoding="utf-8")
    return request.param, folder


@pytest.fixture
def screens(taken: tuple[str, Path]) -> Screens:
    size, folder = taken
    found = json.loads((folder / f"boxes_{size}.json").read_text(encoding="utf-8"))
    return {name: [Box(**box) for box in boxes] for name, boxes in found.items()}


def test_every_screen_comes_to_rest(taken: tuple[str, Path]) -> None:
    """Kivy complains of parts that keep changing each other's size."""
    assert "too much iteration" not in (taken[1] / "complaints").read_text(encoding="utf-8")


def test_every_part_stands_inside_the_window(taken: tuple[str, Path], screens: Screens) -> None:
    width, height = map(int, taken[0].split("x"))
    outside = [
        (name, box)
        for name, box in _all(screens)
        if box.left < -1 or box.bottom < -1 or box.right > width + 1 or box.top > height + 1
    ]
    assert not outside


def test_words_fit_their_place(screens: Screens) -> None:
    assert not [(name, box) for name, box in _all(screens) if box.words_width > box.right - box.left + 1]


def test_no_two_parts_overlap(screens: Screens) -> None:
    overlapping = [
        (name, one.words, other.words)
        for name, boxes in screens.items()
        for one, other in itertools.combinations([box for box in boxes if box.kind != "Door"], 2)
        if _overlap(one, other) and not _contains(one, other) and not _contains(other, one)
    ]
    assert not overlapping


def test_every_target_is_large_enough(screens: Screens) -> None:
    small = [
        (name, box)
        for name, box in _all(screens)
        if box.kind in {"Pill", "Door"} and min(box.right - box.left, box.top - box.bottom) < _least(box)
    ]
    assert not small


def test_every_screen_is_painted_in_its_size_and_no_two_are_the_same(taken: tuple[str, Path]) -> None:
    size, folder = taken
    pictures = {path.stem: Image.open(path).convert("RGB") for path in folder.glob("*.png")}
    assert {picture.size for picture in pictures.values()} == {tuple(map(int, size.split("x")))}
    assert len({picture.tobytes() for picture in pictures.values()}) == len(pictures)


def _least(box: Box) -> int:
    return LEAST_CORNER_TARGET if box.words in {"English", "日本語"} else LEAST_TARGET


def _all(screens: Screens) -> Iterator[tuple[str, Box]]:
    return ((name, box) for name, boxes in screens.items() for box in boxes)


def _overlap(one: Box, other: Box) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    along = min(one.top, other.top) - max(one.bottom, other.bottom)
    return across > 1 and along > 1


def _contains(one: Box, other: Box) -> bool:
    return one.left <= other.left and one.bottom <= other.bottom and one.right >= other.right and one.top >= other.top
