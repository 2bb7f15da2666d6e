"""How often one may ask: each terminal for itself, and each address as long as nothing is signed."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.cache import cache
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from machine.signing_terminal import SigningTerminal, refusal, send, signed, unsigned
from server.api.rates import client_address
from server.terminals.models import Facility

TOO_MANY = (429, "too_many_requests")


@pytest.fixture(autouse=True)
def _two_in_a_window(settings: Settings) -> None:
    settings.RATES = {"terminal": 2, "address": 2}


def health(**headers: str) -> HttpResponse:
    return unsigned("GET", "/api/v1/health", headers=headers)


def forged(terminal: SigningTerminal) -> HttpResponse:
    return SigningTerminal(terminal.id, Ed25519PrivateKey.generate()).roster()


def test_a_terminal_that_asks_too_often_is_told_when_to_come_back(terminal: SigningTerminal) -> None:
    assert [terminal.roster().status_code for _ in range(2)] == [200, 200]

    answer = terminal.roster()

    assert refusal(answer) == TOO_MANY
    assert answer.headers["Retry-After"] == "10"


def test_all_that_a_terminal_asks_is_counted_together(terminal: SigningTerminal) -> None:
    for _ in range(2):
        terminal.request("POST", terminal.events_target, b"{}")

    assert refusal(terminal.roster()) == TOO_MANY


def test_one_terminal_does_not_use_up_what_another_may_ask(terminal: SigningTerminal, facility: Facility) -> None:
    for _ in range(3):
        terminal.roster()

    assert SigningTerminal.enrolled_at(facility, "退室機").roster().status_code == 200


def test_in_the_next_window_it_may_ask_again(terminal: SigningTerminal) -> None:
    for _ in range(3):
        terminal.roster()

    cache.clear()

    assert terminal.roster().status_code == 200


def test_whoever_cannot_sign_is_soon_not_listened_to(terminal: SigningTerminal) -> None:
    for _ in range(2):
        assert refusal(forged(terminal)) == (401, "bad_signature")

    answer = forged(terminal)

    assert refusal(answer) == TOO_MANY
    assert answer.headers["Retry-After"] == "10"


def test_what_is_not_taken_is_counted_whatever_the_reason(terminal: SigningTerminal) -> None:
    message = signed(terminal.key, str(terminal.id), "GET", "/api/v1/roster", b"")
    send(message, b"")
    for _ in range(2):
        assert refusal(send(message, b"")) == (409, "replayed")

    assert refusal(send(message, b"")) == TOO_MANY
    assert terminal.roster().status_code == 200


def test_a_terminal_is_listened_to_whoever_else_is_at_its_address(terminal: SigningTerminal) -> None:
    for _ in range(3):
        forged(terminal)

    assert terminal.roster().status_code == 200


def test_what_anybody_may_ask_is_limited_by_address(db: None) -> None:
    assert [health().status_code for _ in range(2)] == [200, 200]

    assert refusal(health()) == TOO_MANY


@pytest.mark.parametrize(
    ("proxies", "told", "believed"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, None, "127.0.0.1"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "192.0.2.7, 198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (2, "203.0.113.9", "203.0.113.9"),
        (1, "x" * 5000, "x" * 45),
    ],
)
def test_of_what_is_told_about_an_address_only_our_proxies_are_believed(
    settings: Settings, proxies: int, told: str | None, believed: str
) -> None:
    settings.NINJA_NUM_PROXIES = proxies
    headers = {"X-Forwarded-For": told} if told else {}

    assert client_address(RequestFactory().get("/", headers=headers)) == believed


def test_behind_a_proxy_addresses_are_counted_apart(db: None, settings: Settings) -> None:
    settings.NINJA_NUM_PROXIES = 1
    for _ in range(3):
        health(**{"X-Forwarded-For": "203.0.113.9"})

    assert health(**{"X-Forwarded-For": "198.51.100.1"}).status_code == 200
