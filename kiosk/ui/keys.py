"""Real keys: those of a keypad type the PIN, every other key does nothing, and none gets as far as Kivy.

A keypad is whatever the system takes for a keyboard: a USB numpad with NumLock on or off, or a hardened PIN pad that types
the digits of the upper row. Its digits go the way of the pressed ones and are kept and written nowhere. Not in here: on
which screen they mean something (kiosk.conversation).
"""

from collections.abc import Callable
from typing import Protocol

_DIGITS = {first + digit: digit for first in (48, 256) for digit in range(10)}
"""Kivy's codes: upper row and number block. The number block's are the same whatever NumLock says."""
_ENTER = frozenset({13, 271})
_ERASE = frozenset({8, 127, 266})
"""Backspace, Delete, and the number block's point, which is Delete without NumLock."""


class Controls(Protocol):
    """Where typed keys go; each means something while a PIN is entered, and nothing else."""

    def digit(self, digit: int) -> None: ...
    def erase(self) -> None: ...
    def confirm_pin(self) -> None: ...


class Window(Protocol):
    """The part of Kivy's window that is needed here."""

    def fbind(self, event: str, handler: Callable[..., bool]) -> None: ...


def bind(window: Window, controls: Controls) -> None:
    keys = _Keys(controls)
    window.fbind("on_key_down", keys.down)
    window.fbind("on_key_up", keys.up)


class _Keys:
    """A key that is held repeats itself, which is one press.

    Modifiers are not asked: one that sticks must not silence a keypad, and Kivy 2.3.1 says Alt with every 0 of a number
    block, whose code is the bit of Alt.
    """

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._held: set[int] = set()

    def down(self, _: object, key: int, scancode: int, *__: object) -> bool:
        """True ends the key's way: behind this Kivy leaves on one key and opens its settings on another."""
        if scancode not in self._held:
            self._held.add(scancode)
            self._type(key)
        return True

    def up(self, _: object, __: int, scancode: int) -> bool:
        self._held.discard(scancode)
        return True

    def _type(self, key: int) -> None:
        if key in _DIGITS:
            self._controls.digit(_DIGITS[key])
        elif key in _ENTER:
            self._controls.confirm_pin()
        elif key in _ERASE:
            self._controls.erase()
