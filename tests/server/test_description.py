"""The OpenAPI description: valid, complete, and true about errors."""

from typing import Any

import pytest
from openapi_spec_validator import validate

from machine.signing_terminal import document, unsigned


@pytest.fixture
def description(db: None) -> dict[str, Any]:
    return document(unsigned("GET", "/api/v1/openapi.json"))


def test_the_description_is_valid(description: dict[str, Any]) -> None:
    validate(description)


def test_the_description_is_made_once(description: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("ninja.main.get_schema")

    assert document(unsigned("GET", "/api/v1/openapi.json")) == description


def test_every_operation_is_described(description: dict[str, Any]) -> None:
    operations = {(method, path) for path, methods in description["paths"].items() for method in methods}

    assert operations == {
        ("get", "/api/v1/health"),
        ("post", "/api/v1/enrolment"),
        ("post", "/api/v1/terminals/{terminal_id}/events"),
        ("post", "/api/v1/terminals/{terminal_id}/key"),
        ("post", "/api/v1/terminals/{terminal_id}/successor"),
        ("get", "/api/v1/roster"),
        ("get", "/api/v1/rules"),
        ("get", "/api/v1/visits"),
    }


def test_every_error_is_described_as_a_problem_document(description: dict[str, Any]) -> None:
    for methods in description["paths"].values():
        for operation in methods.values():
            errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
            assert errors
            for answer in errors.values():
                assert list(answer["content"]) == ["application/problem+json"]
                [schema] = answer["content"].values()
                assert schema == {"schema": {"$ref": "#/components/schemas/ProblemOut"}}
    required = description["components"]["schemas"]["ProblemOut"]["required"]
    assert required == ["type", "title", "status", "detail", "code"]


def test_what_terminals_ask_is_described_as_signed(description: dict[str, Any]) -> None:
    assert description["paths"]["/api/v1/roster"]["get"]["security"] == [{"TerminalSignature": []}]
    assert "RFC 9421" in description["components"]["securitySchemes"]["TerminalSignature"]["description"]
