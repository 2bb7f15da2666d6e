"""Reading a body as JSON, with nothing in it that could not be written back the same.

Not in here: which members a body must have (schemas).
"""

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

MAX_DEPTH = 16
"""Deeper than any document of ours, and far from where reading and writing run out of stack."""


class StrictJson(Parser):
    def parse_body(self, request: HttpRequest) -> Any:  # noqa: ANN401 - it may be no object
        """ValueError or RecursionError, which ninja answers with 400."""
        value = json.loads(request.body.decode(), parse_constant=_refuse_constant, parse_float=_finite)
        _check_depth(value)
        # A lone surrogate can be read but not written; it can only come from an escape.
        if b"\\u" in request.body:
            json.dumps(value, ensure_ascii=False).encode()
        return value


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number beyond all bounds")
    return value


def _check_depth(value: object) -> None:
    """Without recursion."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for item in level for child in _children(item)]
    if level:
        raise ValueError("is nested too deep")


def _children(item: object) -> list[object]:
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else []
