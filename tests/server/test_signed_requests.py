"""The signature on every request: whose it is, what it covers, when it was made, and that it was made once."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from machine.signing_terminal import COMPONENTS, SigningTerminal, document, refusal, send, signed, unsigned
from server.terminals.models import Nonce, Terminal

ROSTER = "/api/v1/roster"


def test_a_signed_request_is_answered_and_the_contact_noted(terminal: SigningTerminal) -> None:
    assert terminal.roster().status_code == 200

    contact = Terminal.objects.get(pk=terminal.id).last_contact_at
    assert contact is not None
    assert abs(contact - datetime.now(UTC)) < timedelta(minutes=1)


def test_an_unsigned_request_is_refused(db: None) -> None:
    assert refusal(unsigned("GET", ROSTER)) == (401, "bad_signature")


def test_a_request_signed_with_another_key_is_refused(terminal: SigningTerminal) -> None:
    terminal.key = Ed25519PrivateKey.generate()

    assert refusal(terminal.roster()) == (401, "bad_signature")


@pytest.mark.parametrize("key_id", ["9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d", "nobody"])
def test_a_terminal_nobody_enrolled_is_unknown(terminal: SigningTerminal, key_id: str) -> None:
    message = signed(terminal.key, key_id, "GET", ROSTER, b"")

    assert refusal(send(message, b"")) == (401, "unknown_terminal")


def test_a_prepared_terminal_is_unknown_until_it_enrols(terminal: SigningTerminal) -> None:
    Terminal.objects.update(public_key=None, enrolled_at=None)

    assert refusal(terminal.roster()) == (401, "unknown_terminal")


def test_a_revoked_terminal_is_told_so(terminal: SigningTerminal) -> None:
    Terminal.objects.update(revoked_at=datetime.now(UTC))

    assert refusal(terminal.roster()) == (403, "terminal_revoked")


@pytest.mark.parametrize(
    ("target", "body"),
    [("/api/v1/roster?cursor=another", b""), (ROSTER, b"another")],
    ids=["another query", "another body"],
)
def test_what_was_changed_on_the_way_is_refused(terminal: SigningTerminal, target: str, body: bytes) -> None:
    message = signed(terminal.key, str(terminal.id), "GET", ROSTER, b"")
    message.url = f"http://localhost{target}"

    assert refusal(send(message, body)) == (401, "bad_signature")


@pytest.mark.parametrize("left_out", COMPONENTS[:3])
def test_a_signature_that_covers_less_than_agreed_is_refused(terminal: SigningTerminal, left_out: str) -> None:
    components = tuple(component for component in COMPONENTS if component != left_out)

    assert refusal(terminal.roster(components=components)) == (401, "bad_signature")


def test_a_signature_that_covers_more_than_agreed_is_refused(terminal: SigningTerminal) -> None:
    assert refusal(terminal.roster(components=(*COMPONENTS, "content-type"))) == (401, "bad_signature")


@pytest.mark.parametrize("signing", [{"label": "other"}, {"tag": "other"}, {"nonce": "short"}], ids=str)
def test_a_signature_of_another_form_is_refused(terminal: SigningTerminal, signing: dict[str, str]) -> None:
    assert refusal(terminal.roster(**signing)) == (401, "bad_signature")


@pytest.mark.parametrize("off", [timedelta(seconds=-290), timedelta(seconds=290)], ids=["slow", "fast"])
def test_a_clock_within_five_minutes_is_good_enough(terminal: SigningTerminal, off: timedelta) -> None:
    assert terminal.roster(created=datetime.now(UTC) + off).status_code == 200


@pytest.mark.parametrize(
    "off",
    [timedelta(seconds=-310), timedelta(seconds=310), -timedelta(days=50 * 365), timedelta(days=5000 * 365)],
    ids=["slow", "fast", "no clock", "far future"],
)
def test_a_wrong_clock_is_told_the_time(terminal: SigningTerminal, off: timedelta) -> None:
    answer = terminal.roster(created=datetime.now(UTC) + off)

    assert refusal(answer) == (401, "clock_skew")
    server_time = datetime.fromisoformat(document(answer)["server_time"])
    assert terminal.roster(created=server_time).status_code == 200


def test_the_time_is_told_only_to_who_can_sign(terminal: SigningTerminal) -> None:
    terminal.key = Ed25519PrivateKey.generate()

    assert refusal(terminal.roster(created=datetime.fromtimestamp(0, UTC))) == (401, "bad_signature")


def test_the_very_same_request_is_taken_once(terminal: SigningTerminal) -> None:
    message = signed(terminal.key, str(terminal.id), "GET", ROSTER, b"")
    assert send(message, b"").status_code == 200

    assert refusal(send(message, b"")) == (409, "replayed")


def test_two_terminals_may_use_the_same_nonce(terminal: SigningTerminal) -> None:
    nonce = secrets.token_hex(16)
    other = SigningTerminal.enrolled_at(Terminal.objects.get(pk=terminal.id).facility, "退室機")
    assert terminal.roster(nonce=nonce).status_code == 200

    assert other.roster(nonce=nonce).status_code == 200


def test_a_nonce_is_forgotten_once_its_request_is_too_old_anyway(terminal: SigningTerminal) -> None:
    now = datetime.now(UTC)
    for value, seconds in (("a" * 32, 610), ("b" * 32, 590)):
        Nonce.objects.create(terminal_id=terminal.id, value=value, seen_at=now - timedelta(seconds=seconds))

    terminal.roster(nonce="c" * 32)

    assert set(Nonce.objects.values_list("value", flat=True)) == {"b" * 32, "c" * 32}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Signature-Input", "terminal=("),
        ("Signature-Input", 'terminal=("@method");created=99999999999999;keyid="x"'),
        ("Signature", "terminal=:AAAA:"),
        ("Signature", "terminal=5"),
        ("Content-Digest", "sha-256=:AAAA:"),
        ("Content-Digest", "鳥"),
    ],
    ids=str,
)
def test_fields_that_are_no_signature_are_refused(terminal: SigningTerminal, name: str, value: str) -> None:
    message = signed(terminal.key, str(terminal.id), "GET", ROSTER, b"")
    message.headers[name] = value

    assert refusal(send(message, b"")) == (401, "bad_signature")
