"""Waiting for what another process does: it is looked at again and again until it has happened."""

import time
from collections.abc import Callable


def until(condition: Callable[[], bool], otherwise: str, *, patience_seconds: float, poll_seconds: float) -> None:
    """Raises TimeoutError, saying `otherwise`."""
    deadline = time.monotonic() + patience_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(poll_seconds)
