"""The PIN pad keeps its secret from onlookers, and every key types what it shows. The pad is the product's, in a real window."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest


@pytest.fixture(scope="module")
def pad(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "machine.pin_pad", str(tmp_path_factory.mktemp("pad"))],
        env={**os.environ, "PYTHONPATH": "tests", "SDL_VIDEODRIVER": "offscreen", "SDL_AUDIODRIVER": "dummy"},
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_the_digits_are_dealt_once_for_every_pin(pad: dict[str, Any]) -> None:
    """A second digit of the same PIN finds them where they were."""
    assert pad["shown"] == [list("9876543210"), list("0123456789")]


def test_every_key_types_the_digit_it_shows(pad: dict[str, Any]) -> None:
    assert pad["typed"] == [*range(9, -1, -1), *range(10)]


def test_a_pressed_key_looks_like_all_the_others(pad: dict[str, Any]) -> None:
    assert pad["same"]
