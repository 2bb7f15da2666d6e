"""Enrolment: a code for a prepared terminal, a key that can sign, and the same answer if the first was lost."""

import json
import stat
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.http import HttpResponse
from pytest_django.fixtures import Settings

from machine.signing_terminal import document, refusal, send, signed
from server.keyfile import KeyFileExposedError, load_or_create
from server.terminals.enrolment import ATTEMPTS, ATTEMPTS_WINDOW, LIFETIME, AlreadyEnrolledError, issue_code
from server.terminals.models import EnrolmentCode, Facility, FailedEnrolment, Terminal

NOW = datetime.now(UTC)


@pytest.fixture
def prepared(facility: Facility) -> Terminal:
    return Terminal.objects.create(facility=facility, name="入室機", direction="in")


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def enrol(
    code: str,
    key: Ed25519PrivateKey,
    signer: Ed25519PrivateKey | None = None,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    public_key = b64encode(key.public_key().public_bytes_raw()).decode()
    body = json.dumps({"code": code, "public_key": public_key}).encode()
    return send(signed(signer or key, "enrolment", "POST", "/api/v1/enrolment", body), body, headers)


def test_a_code_makes_a_prepared_terminal_an_enrolled_one(
    prepared: Terminal, key: Ed25519PrivateKey, settings: Settings
) -> None:
    answer = enrol(issue_code(prepared, NOW), key)

    assert answer.status_code == 201
    told = document(answer)
    assert told["terminal"] == str(prepared.pk)
    assert told["facility"] == {"id": str(prepared.facility_id), "name": "みどり町コワーキング"}
    assert told["card_reference_key"] == b64encode(Path(settings.CARD_REFERENCE_KEY_FILE).read_bytes()).decode()
    prepared.refresh_from_db()
    assert bytes(prepared.public_key or b"") == key.public_key().public_bytes_raw()


def test_the_same_code_with_the_same_key_is_answered_the_same(prepared: Terminal, key: Ed25519PrivateKey) -> None:
    code = issue_code(prepared, NOW)
    first = document(enrol(code, key))
    EnrolmentCode.objects.update(expires_at=NOW)

    again = document(enrol(code, key))

    assert {**again, "server_time": ""} == {**first, "server_time": ""}


def test_a_used_code_gives_another_key_nothing(prepared: Terminal, key: Ed25519PrivateKey) -> None:
    code = issue_code(prepared, NOW)
    enrol(code, key)

    assert refusal(enrol(code, Ed25519PrivateKey.generate())) == (410, "code_used_or_expired")


def test_a_code_expires(prepared: Terminal, key: Ed25519PrivateKey) -> None:
    assert refusal(enrol(issue_code(prepared, NOW - LIFETIME), key)) == (410, "code_used_or_expired")


def test_a_revoked_terminal_does_not_enrol(prepared: Terminal, key: Ed25519PrivateKey) -> None:
    code = issue_code(prepared, NOW)
    Terminal.objects.update(revoked_at=NOW)

    assert refusal(enrol(code, key)) == (410, "code_used_or_expired")


def test_a_new_code_replaces_the_one_before(prepared: Terminal, key: Ed25519PrivateKey) -> None:
    before = issue_code(prepared, NOW)
    issue_code(prepared, NOW)

    assert refusal(enrol(before, key)) == (404, "code_unknown")


def test_a_wrong_code_is_unknown(prepared: Terminal, key: Ed25519PrivateKey) -> None:
    issue_code(prepared, NOW)

    assert refusal(enrol("0000-0000-0000", key)) == (404, "code_unknown")


@pytest.mark.parametrize(
    "typed",
    [str.lower, lambda code: code.replace("-", ""), lambda code: code.replace("0", "O").replace("1", "l")],
    ids=["in small letters", "without hyphens", "with look-alikes"],
)
def test_a_code_may_be_typed_carelessly(
    prepared: Terminal, key: Ed25519PrivateKey, typed: Callable[[str], str]
) -> None:
    assert enrol(typed(issue_code(prepared, NOW)), key).status_code == 201


def test_a_key_that_did_not_sign_is_refused(prepared: Terminal, key: Ed25519PrivateKey) -> None:
    code = issue_code(prepared, NOW)

    assert refusal(enrol(code, key, signer=Ed25519PrivateKey.generate())) == (401, "bad_signature")
    prepared.refresh_from_db()
    assert prepared.public_key is None


@pytest.mark.parametrize("public_key", ["", "AAAA", "not base64", "鳥"])
def test_what_is_no_public_key_is_refused(prepared: Terminal, key: Ed25519PrivateKey, public_key: str) -> None:
    body = json.dumps({"code": issue_code(prepared, NOW), "public_key": public_key}).encode()

    answer = send(signed(key, "enrolment", "POST", "/api/v1/enrolment", body), body)

    assert refusal(answer) == (401, "bad_signature")


def test_one_key_is_one_terminal(prepared: Terminal, key: Ed25519PrivateKey) -> None:
    other = Terminal.objects.create(facility=prepared.facility, name="退室機", direction="out")
    enrol(issue_code(prepared, NOW), key)

    assert refusal(enrol(issue_code(other, NOW), key)) == (409, "key_in_use")


def test_an_enrolled_terminal_gets_no_second_code(prepared: Terminal, key: Ed25519PrivateKey) -> None:
    enrol(issue_code(prepared, NOW), key)
    prepared.refresh_from_db()

    with pytest.raises(AlreadyEnrolledError):
        issue_code(prepared, NOW)


def test_a_recorded_enrolment_cannot_be_sent_again(prepared: Terminal, key: Ed25519PrivateKey) -> None:
    public_key = b64encode(key.public_key().public_bytes_raw()).decode()
    body = json.dumps({"code": issue_code(prepared, NOW), "public_key": public_key}).encode()
    message = signed(key, "enrolment", "POST", "/api/v1/enrolment", body)
    assert send(message, body).status_code == 201

    assert refusal(send(message, body)) == (409, "replayed")


def test_after_too_many_wrong_codes_even_a_right_one_must_wait(prepared: Terminal, key: Ed25519PrivateKey) -> None:
    code = issue_code(prepared, NOW)
    for _ in range(ATTEMPTS):
        enrol("0000-0000-0000", key)

    answer = enrol(code, key)
    assert refusal(answer) == (429, "too_many_attempts")
    assert answer.headers["Retry-After"] == "600"

    FailedEnrolment.objects.update(at=datetime.now(UTC) - ATTEMPTS_WINDOW - timedelta(seconds=1))
    assert enrol(code, key).status_code == 201


def test_wrong_codes_count_against_the_address_the_proxy_tells(
    db: None, key: Ed25519PrivateKey, settings: Settings
) -> None:
    settings.NINJA_NUM_PROXIES = 1

    enrol("0000-0000-0000", key, headers={"X-Forwarded-For": "203.0.113.9"})

    assert FailedEnrolment.objects.get().address == "203.0.113.9"


def test_codes_are_sixty_random_bits_in_typeable_groups(prepared: Terminal) -> None:
    codes = {issue_code(prepared, NOW) for _ in range(100)}

    assert len(codes) == 100
    letters = {letter for code in codes for letter in code}
    assert letters == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")
    assert {tuple(map(len, code.split("-"))) for code in codes} == {(4, 4, 4)}


def test_the_database_does_not_hold_the_code(prepared: Terminal) -> None:
    code = issue_code(prepared, NOW)

    held = bytes(EnrolmentCode.objects.get().code_hash)

    assert len(held) == 32
    assert code.replace("-", "").encode() not in held


def test_a_secret_is_made_once_and_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret"

    made = load_or_create(path, size=32)

    assert len(made) == 32
    assert load_or_create(path, size=32) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret"]


def test_a_secret_that_others_could_read_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    load_or_create(path, size=32)
    path.chmod(0o640)

    with pytest.raises(KeyFileExposedError):
        load_or_create(path, size=32)
