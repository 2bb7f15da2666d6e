"""What the PIN pad shows and types, as JSON: `python -m machine.pin_pad FOLDER`. For tests; a process has one window.

Digits are dealt from 9 down to 0 for the first PIN and from 0 up for the second.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kiosk.flow import states as st
from kiosk.flow.machine import Flow
from kiosk.settings import Doors, Language, ReaderPlace, Screen
from machine.gallery import Stand
from machine.inspection import PANELS
from machine.repertoire import SOON
from visits.decision import Direction

_ROUNDS = (tuple(range(9, -1, -1)), tuple(range(10)))


class Typed:
    """In the conversation's place."""

    def __init__(self) -> None:
        self.digits: list[int] = []

    def digit(self, digit: int) -> None:
        self.digits.append(digit)


def main(folder: Path) -> None:
    rounds = iter(_ROUNDS)
    stand = Stand(PANELS["1024x600"], Screen(), lambda: next(rounds))
    typed = Typed()
    shown = [_round(stand, typed) for _ in _ROUNDS]
    sys.stdout.write(json.dumps({"shown": shown, "typed": typed.digits, "same": _looks_the_same(stand, folder)}))


def _round(stand: Stand, typed: Typed) -> list[str]:
    """A PIN of two digits in; the keys' words, from the upper left."""
    stand.show(Flow(st.Welcome()), Doors.IN, ReaderPlace.RIGHT, Language.JA)
    for digits in range(2):
        _pin(stand, digits)
    keys = list(_keys(stand))
    stand.view._controls = typed
    for key in keys:
        key.trigger_action(0)
    return [key.words for key in keys]


def _pin(stand: Stand, digits: int) -> None:
    stand.show(Flow(st.EnteringPin(Direction.IN, SOON, digits)), Doors.IN, ReaderPlace.RIGHT, Language.JA)


def _keys(stand: Stand) -> Iterator[Any]:
    return (each for each in stand.view.walk() if type(each).__name__ == "Key" and each.name.startswith("digit_"))


def _looks_the_same(stand: Stand, folder: Path) -> bool:
    pictures = []
    for state in ("normal", "down"):
        next(_keys(stand)).state = state
        stand.settle()
        stand.paint(folder / f"{state}.png")
        pictures.append((folder / f"{state}.png").read_bytes())
    return pictures[0] == pictures[1]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
