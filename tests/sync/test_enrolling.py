"""Becoming a terminal: once, with a key that survives a lost answer."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver
from http_message_signatures.algorithms import ED25519

from sync import identity
from sync.address import Service
from sync.enrolment import AlreadyEnrolled, CodeUnknown, CodeUsedOrExpired, Enrolled, enrol
from sync.identity import Facility, NotEnrolled
from sync.outcome import Refused, Unreachable, UnreadableAnswer

Answer = Callable[[BaseHTTPRequestHandler], None]
Seen = tuple[str, str, Message, bytes]

TERMINAL = UUID("5f3c2f7e-5b1a-4d4e-9a51-0c2a4ce0a0b1")
FACILITY = Facility(UUID("0d8e6a38-9c55-4f0e-8f63-3c27d8f0a111"), "みどり町コワーキング")
ACCEPTED: dict[str, object] = {
    "terminal": str(TERMINAL),
    "facility": {"id": str(FACILITY.id), "name": FACILITY.name},
    "card_reference_key": b64encode(bytes(range(32))).decode(),
}


def lose(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def offered_key(request: Seen) -> bytes:
    return b64decode(json.loads(request[3])["public_key"])


def test_an_accepted_code_leaves_an_identity(
    serve: Callable[..., str], answer: Callable[..., Answer], seen: list[Seen], tmp_path: Path
) -> None:
    assert enrol(Service(serve(answer(201, ACCEPTED))), "ABCD-EFGH-JKLM", tmp_path) == Enrolled(TERMINAL, FACILITY)
    loaded = identity.load(tmp_path)
    assert (loaded.terminal_id, loaded.facility) == (TERMINAL, FACILITY)
    assert loaded.key.public_key().public_bytes_raw() == offered_key(seen[0])
    assert identity.load_card_reference_key(tmp_path) == bytes(range(32))


def test_the_request_proves_possession_of_the_offered_key(
    serve: Callable[..., str], answer: Callable[..., Answer], seen: list[Seen], tmp_path: Path
) -> None:
    base_url = serve(answer(201, ACCEPTED))
    enrol(Service(base_url), "ABCD-EFGH-JKLM", tmp_path)
    method, target, fields, body = seen[0]
    assert (method, target) == ("POST", "/api/v1/enrolment")
    assert json.loads(body)["code"] == "ABCD-EFGH-JKLM"
    offered = Ed25519PublicKey.from_public_bytes(offered_key(seen[0]))
    keys = MappingKeyResolver(public_keys={"enrolment": offered}, private_keys={})
    verifier = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=keys)
    message = SimpleNamespace(method=method, url=base_url + target, headers=fields)
    assert verifier.verify(message, expect_tag="checkin-terminal", body=body)


def test_after_a_lost_answer_the_same_key_is_offered_again(
    serve: Callable[..., str], answer: Callable[..., Answer], seen: list[Seen], tmp_path: Path
) -> None:
    base_url = serve(lose, answer(201, ACCEPTED))
    with pytest.raises(Unreachable):
        enrol(Service(base_url), "ABCD-EFGH-JKLM", tmp_path)
    with pytest.raises(NotEnrolled):
        identity.load(tmp_path)
    enrol(Service(base_url), "ABCD-EFGH-JKLM", tmp_path)
    assert offered_key(seen[0]) == offered_key(seen[1])
    assert identity.load(tmp_path).terminal_id == TERMINAL


def test_a_terminal_is_enrolled_once(
    serve: Callable[..., str], answer: Callable[..., Answer], seen: list[Seen], tmp_path: Path
) -> None:
    base_url = serve(answer(201, ACCEPTED))
    enrol(Service(base_url), "ABCD-EFGH-JKLM", tmp_path)
    with pytest.raises(AlreadyEnrolled) as already:
        enrol(Service(base_url), "NPQR-STUV-WXYZ", tmp_path)
    assert already.value.terminal_id == TERMINAL
    assert len(seen) == 1


def test_a_wrong_clock_is_corrected_on_the_way(
    serve: Callable[..., str], answer: Callable[..., Answer], seen: list[Seen], tmp_path: Path
) -> None:
    enrol(Service(serve(answer(401, {"code": "clock_skew"}), answer(201, ACCEPTED))), "ABCD-EFGH-JKLM", tmp_path)
    assert len(seen) == 2


def test_a_clock_refused_twice_is_given_up(
    serve: Callable[..., str], answer: Callable[..., Answer], seen: list[Seen], tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="clock_skew"):
        enrol(Service(serve(answer(401, {"code": "clock_skew"}))), "ABCD-EFGH-JKLM", tmp_path)
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        ((404, "code_unknown"), CodeUnknown),
        ((410, "code_used_or_expired"), CodeUsedOrExpired),
        ((401, "bad_signature"), Refused),
        ((404, "not_found"), Refused),
    ],
)
def test_a_refused_code_says_why_and_leaves_no_identity(
    serve: Callable[..., str], answer: Callable[..., Answer], tmp_path: Path, refusal: tuple[int, str], error: type
) -> None:
    status, code = refusal
    with pytest.raises(error):
        enrol(Service(serve(answer(status, {"code": code}))), "ABCD-EFGH-JKLM", tmp_path)
    with pytest.raises(NotEnrolled):
        identity.load(tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"terminal": "me"},
        {"terminal": None},
        {"facility": "みどり町"},
        {"facility": {"id": str(FACILITY.id)}},
        {"card_reference_key": "not base64!"},
        {"card_reference_key": "!" + b64encode(bytes(32)).decode()},
        {"card_reference_key": b64encode(bytes(31)).decode()},
    ],
    ids=repr,
)
def test_an_answer_out_of_shape_leaves_no_identity(
    serve: Callable[..., str], answer: Callable[..., Answer], tmp_path: Path, wrong: dict[str, object]
) -> None:
    with pytest.raises(UnreadableAnswer):
        enrol(Service(serve(answer(201, ACCEPTED | wrong))), "ABCD-EFGH-JKLM", tmp_path)
    with pytest.raises(NotEnrolled):
        identity.load(tmp_path)
