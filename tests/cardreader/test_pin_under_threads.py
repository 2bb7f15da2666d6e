"""A PIN is wiped on the screen's thread while the reader's thread may be copying it: never half a PIN, never zeros."""

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

import pytest

from cardreader.pin import Pin
from machine.cards import PIN, pin

MOST_STEPS = 200


def interrupted(code: CodeType, at: int, work: Callable[[], None], interruption: Callable[[], None]) -> bool:
    """Does `work`, and `interruption` before step `at` of the function with `code`; whether it has so many steps."""
    steps = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal steps
        if frame.f_code is not code:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            steps += 1
            if steps == at:
                interruption()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return steps >= at


def copied(typed: Pin) -> bytes | None:
    """What a card would be sent; None where the PIN refused to go."""
    buffer = bytearray(b"????")
    try:
        typed.copy_into(memoryview(buffer))
    except ValueError:
        assert buffer in (b"????", bytes(4))
        return None
    return bytes(buffer)


def outcomes_with_wipe_during_copy() -> list[bytes | None]:
    found: list[bytes | None] = []
    for at in range(1, MOST_STEPS):
        typed = pin()
        if not interrupted(Pin.copy_into.__code__, at, lambda typed=typed: found.append(copied(typed)), typed.wipe):  # type: ignore[misc]
            return found[:-1]
    raise AssertionError("copy_into does not come to an end")


def outcomes_with_copy_during_wipe() -> list[bytes | None]:
    found: list[bytes | None] = []
    for at in range(1, MOST_STEPS):
        typed = pin()
        if not interrupted(Pin.wipe.__code__, at, typed.wipe, lambda typed=typed: found.append(copied(typed))):  # type: ignore[misc]
            return found
    raise AssertionError("wipe does not come to an end")


@pytest.mark.parametrize("outcomes", [outcomes_with_wipe_during_copy, outcomes_with_copy_during_wipe])
def test_a_pin_wiped_at_any_step_is_sent_whole_or_not_at_all(outcomes: Callable[[], list[bytes | None]]) -> None:
    found = outcomes()
    assert set(found) == {PIN.encode(), None}
    assert len(found) > 5
