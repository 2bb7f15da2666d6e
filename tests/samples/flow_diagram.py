"""docs/flow.md, made by walking the conversation's machine from its start with every event until nothing new is found.

`python -m samples.flow_diagram FILE` writes it (script/diagrams); the suite compares.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from kiosk.flow import events as ev
from kiosk.flow import states as st
from kiosk.flow.machine import Flow, step
from kiosk.flow.moment import Effects
from samples.flow import EVENTS, TIMEOUTS

_BEFORE, _DEADLINE = 0.0, 1.0

_HEAD = """# The conversation

Every state and transition of `kiosk/flow`, found by walking the machine; do not edit, run `script/diagrams`. A pair of
state and event that is not here changes nothing. *late* is after the state's own deadline, or the PIN's.

"""


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    source: str
    event: str
    target: str
    effects: tuple[str, ...]


def page() -> str:
    edges = sorted(walk())
    arrows = dict.fromkeys(f"    {edge.source} --> {edge.target} : {edge.event}" for edge in edges)
    rows = [f"| {edge.source} | {edge.event} | {edge.target} | {', '.join(edge.effects)} |" for edge in edges]
    diagram = ["```mermaid", "stateDiagram-v2", "    [*] --> Welcome", *arrows, "```", ""]
    table = ["| in | event | then | and |", "|---|---|---|---|", *rows, ""]
    return _HEAD + "\n".join([*diagram, *table])


@cache
def walk() -> frozenset[Edge]:
    """Times are not told apart: after each step every deadline lies ahead again."""
    found: set[Edge] = set()
    known = {Flow()}
    ahead = [Flow()]
    while ahead:
        flow = ahead.pop()
        for edge, reached in _steps_from(flow):
            found.add(edge)
            if reached not in known:
                known.add(reached)
                ahead.append(reached)
    return frozenset(found)


def _steps_from(flow: Flow) -> Iterable[tuple[Edge, Flow]]:
    for event in EVENTS.values():
        in_time = step(flow, event, now=_BEFORE, timeouts=TIMEOUTS)
        late = step(flow, event, now=_DEADLINE, timeouts=TIMEOUTS)
        differs = type(in_time[0].state) is not type(late[0].state)
        yield from _edge(flow, _words(event), in_time)
        if differs:
            yield from _edge(flow, f"{_words(event)}, late", late)


def _edge(before: Flow, event: str, outcome: tuple[Flow, Effects]) -> Iterable[tuple[Edge, Flow]]:
    after, effects = outcome
    reached = replace(after, state=_timeless(after.state))
    if effects or reached.state != before.state:
        yield Edge(_name(before), event, _name(after), tuple(_words(effect) for effect in effects)), reached
    elif reached != before:
        yield Edge(_name(before), event, _name(after), ()), reached


def _timeless(state: st.State) -> st.State:
    match state:
        case st.EnteringPin() | st.AwaitingCard() | st.AskingLastTry() | st.AskingFee() | st.Showing():
            return replace(state, deadline=_DEADLINE)
        case st.Reading():
            return replace(state, deadline=_DEADLINE, pin_deadline=_DEADLINE)
        case _:
            return state


def _name(flow: Flow) -> str:
    return type(flow.state).__name__


def _words(said: ev.Event | ev.Effect) -> str:
    match said:
        case ev.Play(cue):
            return f"play {cue.value}"
        case ev.CardRefused(problem):
            return f"CardRefused {problem.value}"
        case ev.ArmReader(last_try_allowed=True):
            return "ArmReader for the last try"
        case _:
            return type(said).__name__


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
