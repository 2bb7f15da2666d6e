"""Whatever is sent to the API, the answer is a problem document and never the server's fault."""

import json
import logging
from http import HTTPStatus

import pytest
from django.http import HttpRequest, UnreadablePostError
from pytest_django.fixtures import Settings

from machine.signing_terminal import SigningTerminal, refusal, unsigned
from server.api import open_routes
from server.edge import NamelessFormatter

HEAD = b'"head":{"seq":1,"hash":"' + b"00" * 32 + b'","signature":""}'


def with_record(record: bytes) -> bytes:
    return b'{"events":[' + record + b"]," + HEAD + b"}"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b"", (422, "wrong_shape"), id="nothing"),
        pytest.param(b"hello", (400, "not_json"), id="no JSON"),
        pytest.param(b'{"events":', (400, "not_json"), id="half a document"),
        pytest.param(b"\xff\xfe\x00", (400, "not_json"), id="not UTF-8"),
        pytest.param(b"\xef\xbb\xbf{}", (400, "not_json"), id="a byte order mark"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, (400, "not_json"), id="deep nesting"),
        pytest.param(b"[" * 17 + b"]" * 17, (400, "not_json"), id="nesting just too deep"),
        pytest.param(
            with_record(b'{"seq":' + b"9" * 10_000 + b"}"), (400, "not_json"), id="a number of ten thousand digits"
        ),
        pytest.param(with_record(b'{"kind":"\\ud800"}'), (400, "not_json"), id="a lone surrogate"),
        pytest.param(with_record(b'{"\\udfff":1}'), (400, "not_json"), id="a lone surrogate as a name"),
        pytest.param(with_record(b'{"seq":NaN}'), (400, "not_json"), id="not a number"),
        pytest.param(with_record(b'{"seq":1e999}'), (400, "not_json"), id="infinity"),
        pytest.param(b"[]", (422, "wrong_shape"), id="a list"),
        pytest.param(b"null", (422, "wrong_shape"), id="null"),
        pytest.param(b'"events"', (422, "wrong_shape"), id="text"),
        pytest.param(b'{"events":[{}]}', (422, "wrong_shape"), id="no head"),
        pytest.param(b'{"events":[],' + HEAD + b"}", (422, "wrong_shape"), id="no events"),
        pytest.param(with_record(b"5"), (422, "wrong_shape"), id="an event that is no object"),
        pytest.param(b'{"events":[{}],"head":{"seq":1e3}}', (422, "wrong_shape"), id="a head beyond all integers"),
        pytest.param(with_record(b"{}"), (422, "bad_head"), id="an empty event"),
        pytest.param(with_record(b'{"seq":1,"kind":"\\u0000"}'), (422, "bad_head"), id="NUL in a record"),
        pytest.param(with_record(b'{"seq":1,"seq":2}'), (422, "bad_head"), id="the same name twice"),
    ],
)
def test_a_hostile_delivery_is_refused(terminal: SigningTerminal, body: bytes, expected: tuple[int, str]) -> None:
    assert refusal(terminal.request("POST", terminal.events_target, body)) == expected


def test_a_record_with_every_oddity_that_can_be_written_back_is_kept(terminal: SigningTerminal) -> None:
    oddities = {"nul": "\x00", "nested": [[{"deep": None}]], "huge": 10**300, "fraction": 1.5, "emoji": "🐦"}

    answer = terminal.deliver(terminal.spoilt(terminal.id, oddities))

    assert (answer["acknowledged"], answer["rejected"][0]["code"]) == (1, "unknown_member")


def test_a_body_over_two_mebibytes_is_too_large(terminal: SigningTerminal) -> None:
    body = json.dumps({"events": [{"padding": "x" * 2 * 1024 * 1024}]}).encode()

    assert refusal(terminal.request("POST", terminal.events_target, body)) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", "/api/v1/nothing", (404, "not_found")),
        ("GET", "/api/", (404, "not_found")),
        ("GET", "/api/v1/", (404, "not_found")),
        ("GET", "/api/v1/%00/%ff", (404, "not_found")),
        ("DELETE", "/api/v1/health", (405, "method_not_allowed")),
        ("PUT", "/api/v1/roster", (405, "method_not_allowed")),
        ("POST", "/api/v1/terminals/5/events", (401, "bad_signature")),
        ("POST", "/api/v1/enrolment", (422, "wrong_shape")),
        ("GET", "/api/v1/visits?day=today", (401, "sign_in_required")),
    ],
)
def test_every_refusal_is_a_problem_document(db: None, method: str, target: str, expected: tuple[int, str]) -> None:
    assert refusal(unsigned(method, target)) == expected


def test_a_method_that_is_not_known_is_told_the_ones_that_are(db: None) -> None:
    assert unsigned("DELETE", "/api/v1/health").headers["Allow"] == "GET"


def test_a_host_that_is_not_ours_is_refused(db: None, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["server.example"]

    assert refusal(unsigned("GET", "/api/v1/nothing", headers={"Host": "elsewhere.example"}))[0] == 400


def test_a_request_cut_off_within_its_body_is_no_fault_of_ours(
    terminal: SigningTerminal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def cut_off(_: HttpRequest) -> bytes:
        raise UnreadablePostError

    monkeypatch.setattr(HttpRequest, "body", property(cut_off))

    answer = terminal.request("POST", terminal.events_target, b"{}")

    assert refusal(answer) == (400, "bad_request")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_fault_of_ours_says_nothing_about_itself(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("a password")

    monkeypatch.setattr(open_routes, "to_instant", broken)

    answer = unsigned("GET", "/api/v1/health")

    assert refusal(answer) == (HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error")
    assert b"password" not in answer.content


def test_the_log_names_the_place_of_a_fault_and_never_its_words() -> None:
    with pytest.raises(ValueError, match="someone") as fault:
        int("someone@member.example")
    record = logging.LogRecord("server", logging.ERROR, "", 0, "failed", (), fault._excinfo)

    line = NamelessFormatter().format(record)

    assert "ValueError" in line
    assert "test_hostile_requests.py" in line
    assert "someone" not in line


def test_the_log_names_the_route_and_not_what_was_asked(
    staff: object, caplog: pytest.LogCaptureFixture, db: None
) -> None:
    with caplog.at_level(logging.INFO, logger="server.edge"):
        unsigned("GET", "/api/v1/visits?day=山田")

    assert [record.getMessage().rsplit(" ", 1)[0] for record in caplog.records] == ["GET /api/v1/visits 401"]


def test_answers_of_the_api_stay_out_of_caches(db: None) -> None:
    assert unsigned("GET", "/api/v1/health").headers["Cache-Control"] == "no-store"
    assert unsigned("GET", "/api/v1/nothing").headers["Cache-Control"] == "no-store"
