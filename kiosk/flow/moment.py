"""What a transition is made of: the moment it happens in, and what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kiosk.flow import events as ev
from kiosk.flow import states as st
from kiosk.settings import Timeouts

Effects = tuple[ev.Effect, ...]
Step = tuple[st.State, Effects]


@dataclass(frozen=True, slots=True)
class Moment:
    """`now` in monotonic seconds."""

    now: float
    timeouts: Timeouts
    faults: frozenset[st.Fault]
    way_in_open: bool


# Each handler takes exactly the state and event of its own key in a table, which the type of a mapping cannot say.
Handler = Callable[[Any, Any, Moment], Step]


def start(at: Moment) -> st.State:
    """Where the terminal is while nobody is at it."""
    return st.OutOfOrder() if at.faults else st.Welcome()
