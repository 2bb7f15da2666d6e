"""Hostile requests from the API's own description: of the shapes it names and of any other, signed by a real terminal.

Not in here: what the answers must be.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import requests
from django.http import HttpResponse
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, openapi
from schemathesis.core.result import Ok

from machine.signing_terminal import Record, SigningTerminal, send, signed

_WORDS = st.text(st.characters(exclude_categories=()), max_size=60)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=8,
)


@dataclass(frozen=True, slots=True)
class Attack:
    """A request before it is signed; `target` is path and query."""

    method: str
    target: str
    body: bytes

    def against(self, terminal: SigningTerminal) -> HttpResponse:
        return send(signed(terminal.key, str(terminal.id), self.method, self.target, self.body), self.body)


def attacks(description: dict[str, Any], terminal: SigningTerminal) -> Iterator[tuple[str, st.SearchStrategy[Attack]]]:
    """By operation: as described and not as described, at the terminal's own addresses and at any other."""
    for found in openapi.from_dict(description).get_all_operations():
        assert isinstance(found, Ok), "the description is valid"
        operation = found.ok()
        described = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        other = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
        yield operation.label, st.builds(_attack, described | other, st.just(terminal), st.booleans())


def spoilt_records(terminal: SigningTerminal, member: object) -> st.SearchStrategy[Record]:
    """Changes to a record the terminal then puts into its chain and signs."""
    fields = st.sampled_from(sorted(SigningTerminal(terminal.id, terminal.key).spoilt(terminal.id, {})))
    return st.dictionaries(fields | _WORDS, _ANYTHING | st.just(str(member)), max_size=5)


def _attack(case: Case[Any], terminal: SigningTerminal, own: bool) -> Attack:
    if own and "terminal_id" in case.path_parameters:
        case.path_parameters["terminal_id"] = str(terminal.id)
    # Nobody waits here.
    if str(case.query.get("wait", "")).isdigit():
        case.query["wait"] = 0
    wanted = case.as_transport_kwargs(base_url="http://localhost")
    prepared = requests.Request(
        **{name: value for name, value in wanted.items() if name in {"method", "url", "params", "data", "json"}}
    ).prepare()
    body = prepared.body or b""
    return Attack(prepared.method or "", prepared.path_url, body if isinstance(body, bytes) else body.encode())


def as_json(document: object) -> bytes:
    """As a program writes it that does not care what others can read."""
    return json.dumps(document).encode()
