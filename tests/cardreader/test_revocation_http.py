"""The way to a responder over real HTTP on the loopback, and every way it can fail."""

import logging
import secrets
import socket
from collections.abc import Callable

import pytest
from cryptography.x509.ocsp import OCSPCertStatus

from cardreader.revocation.http import HttpPost, Limits
from cardreader.revocation.ocsp import NoAnswer, Responder
from cardreader.revocation.source import Revocation
from cardreader.simulated.authority import responder_answer
from cardreader.simulated.credentials import issue_responder
from machine.certificates import NOW, holder, production_authority
from machine.loopback_responder import LoopbackResponder, Reply

LIMITS = Limits(connect_seconds=5, read_seconds=5, answer_seconds=10, answer_bytes=1000)
AUTHORITY = production_authority()


def echoed(body: bytes) -> Reply:
    return Reply(body)


def failure(reply: Callable[[bytes], Reply | None], limits: Limits = LIMITS) -> str:
    with LoopbackResponder(reply) as responder, pytest.raises(NoAnswer) as caught:
        HttpPost(responder.url, limits)(b"question")
    return str(caught.value)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(OCSPCertStatus.GOOD, Revocation.GOOD), (OCSPCertStatus.REVOKED, Revocation.REVOKED)],
    ids=["good", "revoked"],
)
def test_a_card_is_asked_about_over_http(status: OCSPCertStatus, expected: Revocation) -> None:
    signer = issue_responder(AUTHORITY, NOW)
    with LoopbackResponder(lambda body: Reply(responder_answer(body, status, signer, NOW))) as responder:
        source = Responder(HttpPost(responder.url, Limits()), secrets.token_bytes)
        assert source.of_certificate(holder(AUTHORITY), AUTHORITY.certificate, NOW) is expected


def test_the_question_is_posted_and_never_part_of_the_address() -> None:
    with LoopbackResponder(echoed) as responder:
        assert HttpPost(responder.url, LIMITS)(b"question") == b"question"
        [asked] = responder.asked
    assert asked.path == "/ocsp"
    assert asked.headers["Content-Type"] == "application/ocsp-request"
    assert asked.body == b"question"


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with LoopbackResponder(echoed) as responder:
        assert HttpPost(responder.url, LIMITS)(b"question") == b"question"


@pytest.mark.parametrize("status", [404, 500])
def test_an_error_page_is_no_answer(status: int) -> None:
    assert failure(lambda body: Reply(body, status)) == f"status {status}"


def test_a_redirect_is_not_followed() -> None:
    assert failure(lambda body: Reply(b"", 307, location="http://127.0.0.1:1/")) == "status 307"


def test_another_kind_of_content_is_no_answer() -> None:
    assert failure(lambda body: Reply(body, content_type="text/html")) == "not an answer of a responder"


def test_an_endless_answer_is_given_up() -> None:
    assert failure(lambda body: Reply(bytes(1001))) == "too large"


def test_a_silent_responder_is_given_up() -> None:
    assert failure(lambda body: None, Limits(5, 0.05, 10, 1000)) == "ReadTimeout"


def test_an_answer_that_only_trickles_in_is_given_up() -> None:
    clock = iter([0.0, 11.0])
    with LoopbackResponder(echoed) as responder, pytest.raises(NoAnswer, match="too slow"):
        HttpPost(responder.url, LIMITS, lambda: next(clock))(b"question")


def test_a_responder_that_is_not_there_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(NoAnswer, match="ConnectionError"):
        HttpPost(f"http://127.0.0.1:{port}/", LIMITS)(b"question")


def test_an_address_that_is_none_is_no_answer() -> None:
    with pytest.raises(NoAnswer, match="InvalidURL"):
        HttpPost("http://", LIMITS)(b"question")


def test_the_question_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with LoopbackResponder(echoed) as responder:
        HttpPost(responder.url, LIMITS)(b"question")
    assert caplog.text
    assert "question" not in caplog.text
