"""A new key for a terminal: cut off wherever it may be, one more try and both ends have the same one."""

import json
import os
import stat
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Barrier, Thread
from types import SimpleNamespace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import HTTPMessageVerifier, InvalidSignature, MappingKeyResolver
from http_message_signatures.algorithms import ED25519

from sync import identity, secret_file
from sync.address import Service
from sync.clock import SYSTEM_CLOCK, Clock, ServerTime
from sync.delivery import State
from sync.identity import Facility, NotEnrolled
from sync.outcome import Refused, Undelivered, Unreachable
from sync.rotation import KeyKeeper, offer_again, rotate

Answer = Callable[[BaseHTTPRequestHandler], None]

TERMINAL = UUID("5f3c2f7e-5b1a-4d4e-9a51-0c2a4ce0a0b1")
SERVER_TIME = datetime(2026, 11, 22, 1, tzinfo=UTC)
FRESH = State(batch=500)


def statement(terminal: UUID, public: bytes) -> bytes:
    return b"new key of " + terminal.bytes + public


class KeyServer:
    """Holds one terminal's public key as the central server does; `lose` is how many answers get lost."""

    def __init__(self, key: Ed25519PublicKey, answer: Callable[..., Answer]) -> None:
        self.key = key.public_bytes_raw()
        self.asked = 0
        self.lose = 0
        self._answer = answer

    def __call__(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self.asked += 1
        offer = json.loads(body)
        offered = b64decode(offer["public_key"])
        assert handler.path == f"/api/v1/terminals/{TERMINAL}/key"
        Ed25519PublicKey.from_public_bytes(offered).verify(b64decode(offer["proof"]), statement(TERMINAL, offered))
        if not self._signed(handler, body):
            self._answer(401, {"code": "bad_signature"})(handler)
            return
        self.key = offered
        if self.lose:
            self.lose -= 1
            handler.close_connection = True
            return
        self._answer(200, {})(handler)

    def _signed(self, handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        resolver = MappingKeyResolver(
            public_keys={str(TERMINAL): Ed25519PublicKey.from_public_bytes(self.key)}, private_keys={}
        )
        verifier = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=resolver)
        verifier.max_clock_skew = timedelta(days=36500)
        message = SimpleNamespace(method="POST", url=f"http://x{handler.path}", headers=handler.headers)
        try:
            verifier.verify(message, max_age=None, expect_tag="checkin-terminal", body=body)
        except InvalidSignature:
            return False
        return True


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    identity.own_key(tmp_path)
    identity.store(tmp_path, TERMINAL, Facility(UUID(int=1), "みどり町コワーキング"), bytes(32))
    return tmp_path


@pytest.fixture
def server(directory: Path, answer: Callable[..., Answer]) -> KeyServer:
    return KeyServer(identity.own_key(directory).public_key(), answer)


@pytest.fixture
def service(serve: Callable[..., str], server: KeyServer, seen: list[tuple[str, str, object, bytes]]) -> Service:
    return Service(serve(lambda handler: server(handler, seen[-1][3])))


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def turn(directory: Path, service: Service) -> None:
    rotate(directory, service, ServerTime(SYSTEM_CLOCK), statement)


def keys_on_disk(directory: Path) -> set[bytes]:
    present = {public(identity.own_key(directory))}
    return present | ({public(identity.next_key(directory))} if identity.has_next_key(directory) else set())


def test_both_ends_have_the_same_new_key(directory: Path, service: Service, server: KeyServer) -> None:
    before = server.key
    turn(directory, service)
    assert server.key == public(identity.load(directory).key) != before
    assert not identity.has_next_key(directory)


def test_the_new_key_is_for_its_owner_only_and_as_old_as_the_server_says(directory: Path, service: Service) -> None:
    turn(directory, service)
    assert stat.S_IMODE((directory / identity.KEY_FILE).stat().st_mode) == 0o600
    assert identity.key_made_at(directory) == SERVER_TIME


def test_each_rotation_brings_another_key(directory: Path, service: Service, server: KeyServer) -> None:
    keys = []
    for _ in range(3):
        keys.append(server.key)
        turn(directory, service)
    assert len({*keys, server.key}) == 4


class PowerCut(BaseException):
    """Nothing of the program runs after it."""


def cut(*_: object) -> None:
    raise PowerCut


CUTS: dict[str, tuple[object, str]] = {
    "before the new key is on disk": (secret_file, "create"),
    "before the server is asked": (Ed25519PrivateKey, "sign"),
    "before the answer is known": (identity, "adopt_next_key"),
    "before the old key is kept": (secret_file, "replace"),
    "before the new key is dated": (os, "utime"),
    "before the new key takes the old one's place": (secret_file, "rename"),
}


@pytest.mark.parametrize("place", CUTS)
def test_cut_off_anywhere_the_terminal_holds_the_servers_key_and_the_next_try_ends_it(
    directory: Path, service: Service, server: KeyServer, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    where, name = CUTS[place]
    with monkeypatch.context() as patch:
        if where is Ed25519PrivateKey:
            patch.setattr(identity.Identity, "sign", cut)
        else:
            patch.setattr(where, name, cut)
        with pytest.raises(PowerCut):
            turn(directory, service)
    assert server.key in keys_on_disk(directory)
    turn(directory, service)
    assert server.key == public(identity.load(directory).key)
    assert not identity.has_next_key(directory)


@pytest.mark.parametrize("lost", [1, 2])
def test_a_lost_answer_is_made_good_with_the_new_key(
    directory: Path, service: Service, server: KeyServer, lost: int
) -> None:
    server.lose = lost
    for _ in range(lost):
        with pytest.raises(Unreachable):
            turn(directory, service)
        assert server.key in keys_on_disk(directory)
    turn(directory, service)
    assert server.key == public(identity.load(directory).key)


@pytest.mark.parametrize(
    ("status", "code"), [(403, "terminal_revoked"), (409, "key_in_use"), (422, "bad_proof"), (500, "")]
)
def test_a_refusal_leaves_the_old_key_in_its_place(
    directory: Path, serve: Callable[..., str], answer: Callable[..., Answer], status: int, code: str
) -> None:
    before = public(identity.load(directory).key)
    with pytest.raises(Refused):
        turn(directory, Service(serve(answer(status, {"code": code}))))
    assert public(identity.load(directory).key) == before


def test_a_server_that_knows_neither_key_is_told_to_the_caller(
    directory: Path, serve: Callable[..., str], answer: Callable[..., Answer]
) -> None:
    before = public(identity.load(directory).key)
    with pytest.raises(Refused, match="bad_signature"):
        turn(directory, Service(serve(answer(401, {"code": "bad_signature"}))))
    assert public(identity.load(directory).key) == before


# A server restored from a backup


def offer(directory: Path, service: Service) -> None:
    offer_again(directory, service, ServerTime(SYSTEM_CLOCK), statement)


def test_a_server_restored_to_the_key_before_takes_the_present_one_again(
    directory: Path, service: Service, server: KeyServer
) -> None:
    before = server.key
    turn(directory, service)
    server.key = before
    offer(directory, service)
    assert server.key == public(identity.load(directory).key) != before


def test_a_restored_server_whose_answer_was_lost_is_offered_the_same_key(
    directory: Path, service: Service, server: KeyServer
) -> None:
    before = server.key
    turn(directory, service)
    server.key, server.lose = before, 1
    with pytest.raises(Unreachable):
        offer(directory, service)
    assert server.key == public(identity.load(directory).key)


def test_the_first_key_has_none_before_it_to_speak_for_it(directory: Path, service: Service, server: KeyServer) -> None:
    offer(directory, service)
    assert server.asked == 0


@pytest.mark.parametrize("place", ["before the old key is kept", "before the new key takes the old one's place"])
def test_a_rotation_cut_off_still_leaves_a_key_a_restored_server_knows(
    directory: Path, service: Service, server: KeyServer, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    before = server.key
    where, name = CUTS[place]
    with monkeypatch.context() as patch:
        patch.setattr(where, name, cut)
        with pytest.raises(PowerCut):
            turn(directory, service)
    turn(directory, service)
    server.key = before
    offer(directory, service)
    assert server.key == public(identity.load(directory).key)


def test_the_key_before_is_for_its_owner_only(directory: Path, service: Service) -> None:
    turn(directory, service)
    assert stat.S_IMODE((directory / identity.KEY_BEFORE_FILE).stat().st_mode) == 0o600


def test_two_at_a_time_take_turns(directory: Path, service: Service, server: KeyServer) -> None:
    together = Barrier(2)

    def one() -> None:
        together.wait()
        turn(directory, service)

    both = [Thread(target=one) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert server.key == public(identity.load(directory).key)
    assert (server.asked, identity.has_next_key(directory)) == (2, False)


def test_what_is_not_enrolled_has_no_key_to_change(tmp_path: Path, service: Service) -> None:
    with pytest.raises(NotEnrolled):
        turn(tmp_path / "elsewhere", service)


# By itself


@pytest.fixture
def told() -> ServerTime:
    """The server said what time it is; this machine's own clock is wrong by decades."""
    time = ServerTime(Clock(wall=lambda: datetime(1999, 1, 1, tzinfo=UTC), monotonic=lambda: 100.0))
    time.told(SERVER_TIME, asked_at=100.0, answered_at=100.0)
    return time


def made(directory: Path, ago: timedelta) -> None:
    at = (SERVER_TIME - ago).timestamp()
    os.utime(directory / identity.KEY_FILE, (at, at))


def keeper(directory: Path, service: Service, time: ServerTime, age: timedelta | None) -> KeyKeeper:
    return KeyKeeper(directory, service, time, statement, age)


@pytest.mark.parametrize(("days", "renewed"), [(364, False), (365, False), (366, True)])
def test_a_key_is_renewed_when_it_is_too_old(
    directory: Path, service: Service, server: KeyServer, told: ServerTime, days: int, renewed: bool
) -> None:
    made(directory, timedelta(days=days))
    keeper(directory, service, told, timedelta(days=365))(FRESH)
    assert (server.asked == 1) is renewed


def test_a_renewed_key_is_not_renewed_again(
    directory: Path, service: Service, server: KeyServer, told: ServerTime
) -> None:
    made(directory, timedelta(days=10_000))
    for _ in range(3):
        keeper(directory, service, told, timedelta(days=365))(FRESH)
    assert server.asked == 1


def test_without_an_age_a_key_is_kept_for_ever(
    directory: Path, service: Service, server: KeyServer, told: ServerTime
) -> None:
    made(directory, timedelta(days=10_000))
    keeper(directory, service, told, None)(FRESH)
    assert server.asked == 0


def test_before_the_server_told_the_time_no_key_is_old(directory: Path, service: Service, server: KeyServer) -> None:
    made(directory, timedelta(days=10_000))
    keeper(directory, service, ServerTime(SYSTEM_CLOCK), timedelta(days=365))(FRESH)
    assert server.asked == 0


def test_what_was_begun_is_ended_whatever_the_age(
    directory: Path, service: Service, server: KeyServer, told: ServerTime
) -> None:
    server.lose = 1
    with pytest.raises(Undelivered):
        turn(directory, service)
    keeper(directory, service, told, None)(FRESH)
    assert server.key == public(identity.load(directory).key)
