"""docs/flow.md says what the machine does, because it was made by walking it."""

from pathlib import Path

from samples.flow import FLOWS
from samples.flow_diagram import page, walk

CHECKED_IN = Path(__file__).parents[3] / "docs" / "flow.md"


def test_the_checked_in_diagram_is_the_machine_s() -> None:
    assert CHECKED_IN.read_text(encoding="utf-8") == page(), "run script/diagrams"


def test_every_state_can_be_reached_and_left() -> None:
    states = {type(flow.state).__name__ for flow in FLOWS.values()}
    edges = walk()
    assert {edge.target for edge in edges} == states
    assert {edge.source for edge in edges if edge.source != edge.target} == states
