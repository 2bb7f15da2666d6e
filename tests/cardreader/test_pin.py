"""A PIN is typed, used once and wiped; it is never shown (A6)."""

import copy
import pickle

import pytest

from cardreader.pin import Pin
from machine.cards import pin


def digits_of(typed: Pin) -> bytes:
    buffer = bytearray(4)
    typed.copy_into(memoryview(buffer))
    return bytes(buffer)


def test_four_digits_make_it_complete() -> None:
    typed = Pin()
    lengths = []
    for digit in (4, 0, 7, 1):
        assert not typed.complete
        typed.push(digit)
        lengths.append(len(typed))
    assert typed.complete
    assert lengths == [1, 2, 3, 4]


def test_the_digits_leave_as_ascii() -> None:
    assert digits_of(pin("4071")) == b"4071"


def test_a_fifth_digit_is_not_taken() -> None:
    typed = pin("4071")
    typed.push(9)
    assert digits_of(typed) == b"4071"


def test_the_last_digit_can_be_taken_back() -> None:
    typed = pin("4075")
    typed.pop()
    typed.push(1)
    assert digits_of(typed) == b"4071"


def test_nothing_is_taken_back_from_an_empty_pin() -> None:
    typed = Pin()
    typed.pop()
    assert len(typed) == 0


@pytest.mark.parametrize("digit", [-1, 10])
def test_only_digits_are_taken(digit: int) -> None:
    with pytest.raises(ValueError, match="0 to 9") as refused:
        Pin().push(digit)
    assert str(digit) not in str(refused.value).replace("0 to 9", "")


def test_an_incomplete_pin_goes_nowhere() -> None:
    with pytest.raises(ValueError, match="not complete"):
        pin("407").copy_into(memoryview(bytearray(4)))


@pytest.mark.parametrize("digits", ["4071", "27182818"])
def test_digits_that_were_shown_to_something_are_wiped_after_it(digits: str) -> None:
    typed = Pin(len(digits))
    for digit in digits:
        typed.push(int(digit))
    with typed.digits() as shown:
        assert bytes(shown) == digits.encode()
    assert shown == bytes(len(digits))


def test_digits_are_wiped_also_where_something_goes_wrong() -> None:
    with pytest.raises(ZeroDivisionError), pin("4071").digits() as shown:
        raise ZeroDivisionError
    assert shown == bytes(4)


def test_wiping_leaves_zeros() -> None:
    typed = pin()
    typed.wipe()
    assert typed._digits == bytearray(4)
    assert len(typed) == 0


def test_a_digit_taken_back_is_wiped() -> None:
    typed = pin("4071")
    typed.pop()
    assert typed._digits == b"407\0"


def test_leaving_the_block_wipes() -> None:
    with pin() as typed:
        assert typed.complete
    assert typed._digits == bytearray(4)


def test_it_shows_its_length_only() -> None:
    assert repr(pin("4071")) == str(pin("4071")) == "<Pin of 4 digits>"


def test_it_is_not_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(pin())


def test_it_is_not_copied_by_accident() -> None:
    with pytest.raises(TypeError):
        copy.deepcopy({"pin": pin()})
