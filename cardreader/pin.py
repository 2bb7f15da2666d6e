"""The digits of a PIN, kept where they can be wiped.

The digits are never shown, compared, copied or pickled. They leave this object only into a buffer that its caller wipes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import NoReturn, Self, SupportsIndex, cast

PIN_LENGTH = 4


class Pin:
    """Four digits on a My Number Card; another length is some other secret typed on a keypad."""

    __slots__ = ("_digits", "_length")

    def __init__(self, length: int = PIN_LENGTH) -> None:
        self._digits = bytearray(length)
        self._length = 0

    def push(self, digit: int) -> None:
        """Add one digit, 0 to 9; one too many is not taken."""
        if not 0 <= digit <= 9:  # noqa: PLR2004
            raise ValueError("a digit is 0 to 9")
        if not self.complete:
            self._digits[self._length] = ord("0") + digit
            self._length += 1

    def pop(self) -> None:
        """Take the last digit back; without one nothing happens."""
        if self._length:
            self._length -= 1
            self._digits[self._length] = 0

    def __len__(self) -> int:
        return self._length

    @property
    def complete(self) -> bool:
        return self._length == len(self._digits)

    def copy_into(self, buffer: memoryview) -> None:
        """Write the ASCII digits over `buffer`, exactly as many bytes, that the caller wipes.

        May run beside `wipe` on another thread: the length is asked after the digits were taken, and `wipe` takes the
        length first, so that the zeros of a wiped PIN never reach a card, where they would cost a try.
        """
        buffer[:] = self._digits
        if not self.complete:
            buffer[:] = bytes(len(buffer))
            raise ValueError("the PIN is not complete")

    @contextmanager
    def digits(self) -> Iterator[bytes]:
        """The ASCII digits for what takes any buffer: one that is wiped on leaving, as real bytes would stay in memory.

        Raises ValueError for an incomplete PIN.
        """
        buffer = bytearray(len(self._digits))
        try:
            self.copy_into(memoryview(buffer))
            yield cast("bytes", buffer)
        finally:
            buffer[:] = bytes(len(buffer))

    def wipe(self) -> None:
        self._length = 0
        self._digits[:] = bytes(len(self._digits))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return f"<Pin of {self._length} digits>"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a PIN is neither pickled nor copied")
