"""Reading parsed JSON strictly: what is not as it should be is named by its place, as `versions[0].calendar.weekly[6]`.

What is there beyond that is a later maker's and passed over, so that old and new readers understand each other. Not in
here: any particular document.
"""

from collections.abc import Callable
from datetime import date, time
from typing import TypeVar

_T = TypeVar("_T")


class Misread(ValueError):  # noqa: N818 - what happened
    """`place` in a document and what is wrong with it; its reader raises it on as the document's own error."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


def fields_of(place: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Misread(place, "is not an object")
    return value


def integer(place: str, value: object) -> int:
    if type(value) is not int:
        raise Misread(place, "is not an integer")
    return value


def flag(place: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise Misread(place, "is neither true nor false")
    return value


def optional(place: str, value: object, read: Callable[[str, object], _T]) -> _T | None:
    return None if value is None else read(place, value)


def each(place: str, value: object, read: Callable[[str, object], _T]) -> tuple[_T, ...]:
    if not isinstance(value, list):
        raise Misread(place, "is not a list")
    return tuple(read(f"{place}[{index}]", item) for index, item in enumerate(value))


def row(place: str, value: object, length: int, *, later: int = 0) -> list[object]:
    """The first values of a list that has `length` or more, and `later` ones, each None where an older maker had none."""
    if not isinstance(value, list) or len(value) < length:
        raise Misread(place, f"is not a list of {length}")
    return [*value, *[None] * later][: length + later]


def text(place: str, value: object, read: Callable[[str], _T]) -> _T:
    if not isinstance(value, str):
        raise Misread(place, "is missing or not a string")
    return made(place, lambda: read(value))


def made(place: str, make: Callable[[], _T]) -> _T:
    """For what refuses values that make no sense, by ValueError."""
    try:
        return make()
    except ValueError as error:
        raise Misread(place, str(error)) from error


def day(written: str) -> date:
    """In the one form of several that Python reads."""
    read = date.fromisoformat(written)
    if read.isoformat() != written:
        raise ValueError("not in the form of a date")
    return read


def minute(written: str) -> time:
    read = time.fromisoformat(written)
    if minute_text(read) != written:
        raise ValueError("not in the form of a minute")
    return read


def minute_text(of_day: time) -> str:
    return of_day.isoformat(timespec="minutes")
