"""What the keys of a keypad or a keyboard mean to the terminal: digits, Enter, erase, and otherwise nothing."""

import logging
from collections.abc import Callable

import pytest

from kiosk.ui import keys

ENTER, NUMPAD_ENTER, BACKSPACE, DELETE, POINT = 13, 271, 8, 127, 266
UPPER_ROW = range(48, 58)
NUMBER_BLOCK = range(256, 266)


class Terminal:
    """A window with a keyboard, and what the terminal is told of it."""

    def __init__(self) -> None:
        self.told: list[int | str] = []
        self._handlers: dict[str, Callable[..., bool]] = {}
        keys.bind(self, self)

    def fbind(self, event: str, handler: Callable[..., bool]) -> None:
        self._handlers[event] = handler

    def down(self, key: int, *modifiers: str) -> bool:
        return self._handlers["on_key_down"](self, key, key, "", list(modifiers))

    def up(self, key: int) -> bool:
        return self._handlers["on_key_up"](self, key, key)

    def type(self, *pressed: int) -> None:
        for key in pressed:
            self.down(key)
            self.up(key)

    def digit(self, digit: int) -> None:
        self.told.append(digit)

    def erase(self) -> None:
        self.told.append("erase")

    def confirm_pin(self) -> None:
        self.told.append("confirm")


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.mark.parametrize("row", [UPPER_ROW, NUMBER_BLOCK], ids=["upper row", "number block"])
def test_digit_keys_type_their_digits(terminal: Terminal, row: range) -> None:
    terminal.type(*row)
    assert terminal.told == list(range(10))


@pytest.mark.parametrize("modifier", ["numlock", "capslock", "alt", "meta"])
def test_no_lock_and_no_stuck_modifier_silences_a_keypad(terminal: Terminal, modifier: str) -> None:
    """Kivy says Alt with every 0 of a number block."""
    terminal.down(NUMBER_BLOCK[0], modifier)
    assert terminal.told == [0]


@pytest.mark.parametrize("key", [ENTER, NUMPAD_ENTER], ids=["enter", "enter of the number block"])
def test_enter_confirms(terminal: Terminal, key: int) -> None:
    terminal.type(key)
    assert terminal.told == ["confirm"]


@pytest.mark.parametrize("key", [BACKSPACE, DELETE, POINT], ids=["backspace", "delete", "point of the number block"])
def test_erase_keys_erase(terminal: Terminal, key: int) -> None:
    terminal.type(key)
    assert terminal.told == ["erase"]


def test_every_other_key_does_nothing(terminal: Terminal) -> None:
    terminal.type(*set(range(400)) - {*UPPER_ROW, *NUMBER_BLOCK, ENTER, NUMPAD_ENTER, BACKSPACE, DELETE, POINT})
    assert terminal.told == []


def test_a_key_that_is_held_repeats_nothing(terminal: Terminal) -> None:
    for _ in range(5):
        terminal.down(UPPER_ROW[5])
    assert terminal.told == [5]


def test_a_key_pressed_again_is_typed_again(terminal: Terminal) -> None:
    terminal.type(UPPER_ROW[5], UPPER_ROW[5])
    assert terminal.told == [5, 5]


def test_keys_held_together_are_typed_once_each(terminal: Terminal) -> None:
    terminal.down(UPPER_ROW[5])
    terminal.down(UPPER_ROW[6])
    terminal.down(UPPER_ROW[5])
    assert terminal.told == [5, 6]


def test_no_key_gets_as_far_as_kivy(terminal: Terminal) -> None:
    """Which would leave on one, and open its settings on another."""
    assert all(terminal.down(key) and terminal.up(key) for key in range(400))


def test_what_is_typed_is_written_nowhere(terminal: Terminal, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.NOTSET):
        terminal.type(*UPPER_ROW, *NUMBER_BLOCK)
    assert not caplog.records
