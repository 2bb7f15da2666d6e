"""Signed requests over a real connection, and every way they can fail."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from types import SimpleNamespace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageVerifier, InvalidSignature, MappingKeyResolver, VerifyResult
from http_message_signatures.algorithms import ED25519

from sync.address import Service, UnsafeAddress
from sync.clock import SYSTEM_CLOCK, Clock, ServerTime
from sync.identity import Facility, Identity
from sync.outcome import Refused, TimedOut, Undelivered, Unreachable, UnreadableAnswer
from sync.server import Transport
from sync.transport import LIMITS, Limits, Link

Answer = Callable[[BaseHTTPRequestHandler], None]
Seen = tuple[str, str, Message, bytes]

TERMINAL = UUID("5f3c2f7e-5b1a-4d4e-9a51-0c2a4ce0a0b1")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
IDENTITY = Identity(TERMINAL, Facility(UUID(int=1), "みどり町コワーキング"), KEY)
IMPATIENT = Limits(read_seconds=0.2)
WRONG_CLOCK = Clock(wall=lambda: datetime(1970, 1, 2, tzinfo=UTC), monotonic=SYSTEM_CLOCK.monotonic)


@pytest.fixture
def connect() -> Iterator[Callable[..., Link]]:
    links: list[Link] = []

    def make(base_url: str, clock: Clock = SYSTEM_CLOCK, limits: Limits = LIMITS) -> Link:
        links.append(Link(Service(base_url), "me", KEY, ServerTime(clock), limits))
        return links[-1]

    yield make
    for link in links:
        link.close()


def verify(base_url: str, request: Seen, key_id: str) -> VerifyResult:
    method, target, fields, body = request
    verifier = HTTPMessageVerifier(
        signature_algorithm=ED25519,
        key_resolver=MappingKeyResolver(public_keys={key_id: KEY.public_key()}, private_keys={}),
    )
    verifier.max_clock_skew = timedelta(days=36500)
    message = SimpleNamespace(method=method, url=base_url + target, headers=fields)
    (result,) = verifier.verify(message, max_age=None, expect_tag="checkin-terminal", body=body)
    return result


def cut(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def torn(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response_only(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"server_time":"2026-11-22T01:00:00.000Z"}')
    cut(handler)


def test_a_terminals_batch_is_signed_as_agreed(
    serve: Callable[..., str], answer: Callable[..., Answer], seen: list[Seen]
) -> None:
    base_url = serve(answer(200, {}))
    transport = Transport(Service(base_url), lambda: IDENTITY, ServerTime(SYSTEM_CLOCK))
    transport.deliver(b'{"events":[]}')
    transport.close()
    ((method, target, fields, body),) = seen
    assert (method, target, body) == ("POST", f"/api/v1/terminals/{TERMINAL}/events", b'{"events":[]}')
    assert fields["Content-Type"] == "application/json"
    result = verify(base_url, seen[0], str(TERMINAL))
    assert result.label == "terminal"
    assert list(result.covered_components) == [
        '"@method"',
        '"@path"',
        '"@query"',
        '"content-digest"',
        '"@signature-params"',
    ]
    assert fields["Content-Digest"].startswith("sha-256=:")
    assert result.parameters["keyid"] == str(TERMINAL)
    assert len(bytes.fromhex(result.nonce or "")) == 16


def test_the_roster_is_asked_for_with_a_signed_query(
    serve: Callable[..., str], answer: Callable[..., Answer], seen: list[Seen]
) -> None:
    base_url = serve(answer(200, {}))
    transport = Transport(Service(base_url), lambda: IDENTITY, ServerTime(SYSTEM_CLOCK))
    transport.roster(None)
    transport.roster("a+b/c= 名")
    transport.close()
    assert [(method, target, body) for method, target, _, body in seen] == [
        ("GET", "/api/v1/roster", b""),
        ("GET", "/api/v1/roster?cursor=a%2Bb%2Fc%3D+%E5%90%8D", b""),
    ]
    for request in seen:
        assert verify(base_url, request, str(TERMINAL)).body == b""


def test_the_rules_are_asked_for_with_a_signature(
    serve: Callable[..., str], answer: Callable[..., Answer], seen: list[Seen]
) -> None:
    base_url = serve(answer(200, {"number": 3}))
    transport = Transport(Service(base_url), lambda: IDENTITY, ServerTime(SYSTEM_CLOCK))
    assert transport.rules()["number"] == 3
    transport.close()
    assert seen[0][:2] == ("GET", "/api/v1/rules")
    assert verify(base_url, seen[0], str(TERMINAL))


def test_a_look_that_may_wait_says_how_long_and_under_which_tag_it_knows_the_answer(
    serve: Callable[..., str], answer: Callable[..., Answer], seen: list[Seen]
) -> None:
    base_url = serve(answer(200, {"cursor": "7"}, {"ETag": 'W/"a"'}), answer(304, b"", {"ETag": 'W/"a"'}))
    transport = Transport(Service(base_url), lambda: IDENTITY, ServerTime(SYSTEM_CLOCK))
    first = transport.roster("7")
    assert first is not None
    assert first.tag == 'W/"a"'
    assert transport.roster("7", tag=first.tag, wait=25) is None
    transport.close()
    assert seen[1][1] == "/api/v1/roster?cursor=7&wait=25"
    assert seen[1][2]["If-None-Match"] == 'W/"a"'
    assert verify(base_url, seen[1], str(TERMINAL))


def test_nothing_new_since_nothing_is_a_refusal(
    serve: Callable[..., str], answer: Callable[..., Answer], connect: Callable[..., Link]
) -> None:
    with pytest.raises(Refused, match="304"):
        connect(serve(answer(304, b""))).get("/")


def test_an_answer_that_was_let_wait_tells_no_time(serve: Callable[..., str], answer: Callable[..., Answer]) -> None:
    time = ServerTime(SYSTEM_CLOCK)
    link = Link(Service(serve(answer(200, {}))), "me", KEY, time)
    link.get("/", wait=1)
    assert time.measured() is None
    link.get("/")
    assert time.measured() is not None
    link.close()


def test_the_time_is_told_by_when_an_answer_begins_however_long_the_rest_of_it_takes(
    serve: Callable[..., str], answer: Callable[..., Answer]
) -> None:
    hurried = ServerTime(Clock(wall=SYSTEM_CLOCK.wall, monotonic=count(step=20.0).__next__))
    link = Link(Service(serve(answer(200, {}))), "me", KEY, hurried)
    link.get("/")
    measured = hurried.measured()
    assert measured is not None
    assert (measured.monotonic_ms, measured.error_ms) == (10_000, 10_001)
    link.close()


def test_an_answer_that_was_let_wait_may_take_so_much_longer(
    serve: Callable[..., str], answer: Callable[..., Answer]
) -> None:
    hurried = Clock(wall=SYSTEM_CLOCK.wall, monotonic=count(step=20.0).__next__)  # each look at the clock 20 s later
    link = Link(Service(serve(answer(200, {}))), "me", KEY, ServerTime(hurried), Limits(answer_seconds=15))
    with pytest.raises(TimedOut):
        link.get("/")
    assert link.get("/", wait=25)
    link.close()


def test_a_key_that_was_changed_signs_the_next_request(
    serve: Callable[..., str], answer: Callable[..., Answer], seen: list[Seen]
) -> None:
    keys = [Ed25519PrivateKey.generate(), KEY]
    base_url = serve(answer(200, {}))

    def present() -> Identity:
        return Identity(TERMINAL, IDENTITY.facility, keys[0])

    transport = Transport(Service(base_url), present, ServerTime(SYSTEM_CLOCK))
    transport.roster(None)
    with pytest.raises(InvalidSignature):
        verify(base_url, seen[0], str(TERMINAL))
    keys.pop(0)
    transport.roster(None)
    transport.close()
    assert verify(base_url, seen[1], str(TERMINAL))


def test_one_connection_serves_many_requests(seen: list[Seen], answer: Callable[..., Answer]) -> None:
    ports: list[int] = []

    class KeepingOn(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            ports.append(self.client_address[1])
            answer(304 if "If-None-Match" in self.headers else 200, b"" if "If-None-Match" in self.headers else {})(
                self
            )

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), KeepingOn)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    link = Link(Service(f"http://127.0.0.1:{server.server_address[1]}"), "me", KEY, ServerTime(SYSTEM_CLOCK))
    link.get("/")
    link.get("/", tag="a")
    link.get("/")
    link.close()
    server.shutdown()
    server.server_close()
    thread.join()
    assert len(set(ports)) == 1


def test_a_changed_body_breaks_the_signature(
    serve: Callable[..., str], answer: Callable[..., Answer], seen: list[Seen], connect: Callable[..., Link]
) -> None:
    base_url = serve(answer(200, {}))
    connect(base_url).post("/", b"one")
    method, target, fields, _ = seen[0]
    with pytest.raises(InvalidSignature):
        verify(base_url, (method, target, fields, b"two"), "me")


def test_no_nonce_is_used_twice(
    serve: Callable[..., str], answer: Callable[..., Answer], seen: list[Seen], connect: Callable[..., Link]
) -> None:
    base_url = serve(answer(200, {}))
    link = connect(base_url)
    for _ in range(3):
        link.get("/")
    assert len({verify(base_url, request, "me").nonce for request in seen}) == 3


def test_an_answer_is_given_as_it_came(
    serve: Callable[..., str], answer: Callable[..., Answer], connect: Callable[..., Link]
) -> None:
    link = connect(serve(answer(201, {"名": ["x", None]})))
    assert link.post("/", b"{}")["名"] == ["x", None]


def test_with_a_wrong_clock_one_refusal_is_enough_to_sign_with_the_servers_time(
    serve: Callable[..., str], answer: Callable[..., Answer], seen: list[Seen], connect: Callable[..., Link]
) -> None:
    skewed = {"code": "clock_skew", "server_time": "2026-11-22T01:00:00.000Z"}
    base_url = serve(answer(401, skewed), answer(200, {}))
    link = connect(base_url, WRONG_CLOCK)
    with pytest.raises(Refused, match="401 clock_skew"):
        link.get("/")
    link.get("/")
    created = [verify(base_url, request, "me").parameters["created"] for request in seen]
    right = int(datetime(2026, 11, 22, 1, tzinfo=UTC).timestamp())
    assert created[0] == 24 * 60 * 60
    assert right <= int(created[1]) < right + 300


def test_every_answer_sets_the_servers_time(
    serve: Callable[..., str], answer: Callable[..., Answer], seen: list[Seen], connect: Callable[..., Link]
) -> None:
    base_url = serve(answer(200, {}))
    link = connect(base_url, WRONG_CLOCK)
    link.get("/")
    link.get("/")
    created = verify(base_url, seen[1], "me").parameters["created"]
    assert int(created) >= datetime(2026, 11, 22, 1, tzinfo=UTC).timestamp()


def test_nobody_listening_is_unreachable(connect: Callable[..., Link]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        link = connect(f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(Unreachable):
            link.get("/")


@pytest.mark.parametrize("broken", [cut, torn], ids=["before the answer", "within the answer"])
def test_a_connection_cut_is_unreachable(
    serve: Callable[..., str], connect: Callable[..., Link], broken: Answer
) -> None:
    with pytest.raises(Unreachable):
        connect(serve(broken)).post("/", b"{}")


def test_no_answer_in_time_is_timed_out(
    serve: Callable[..., str], connect: Callable[..., Link], over: threading.Event
) -> None:
    link = connect(serve(lambda _: over.wait() and None), limits=IMPATIENT)
    with pytest.raises(TimedOut):
        link.post("/", b"{}")


def test_an_answer_that_stops_midway_is_timed_out(
    serve: Callable[..., str], connect: Callable[..., Link], over: threading.Event
) -> None:
    def stops(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"{")
        over.wait()

    with pytest.raises(TimedOut):
        connect(serve(stops), limits=IMPATIENT).post("/", b"{}")


def test_an_answer_that_trickles_in_for_ever_is_timed_out(
    serve: Callable[..., str], answer: Callable[..., Answer], connect: Callable[..., Link]
) -> None:
    minutes = count(step=60.0)
    hurried = Clock(wall=SYSTEM_CLOCK.wall, monotonic=lambda: next(minutes) * 1.1)
    with pytest.raises(TimedOut):
        connect(serve(answer(200, {})), hurried).get("/")


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>welcome to our free network</html>", b"[]", b"{}", b'{"server_time":"noon"}'],
    ids=["empty", "a portal's page", "a list", "no server time", "a server time that is none"],
)
def test_an_answer_that_is_not_the_servers_is_unreadable(
    serve: Callable[..., str], answer: Callable[..., Answer], connect: Callable[..., Link], content: bytes
) -> None:
    with pytest.raises(UnreadableAnswer):
        connect(serve(answer(200, content))).get("/")


def test_an_answer_of_more_than_16_mib_is_not_read_on(
    serve: Callable[..., str], answer: Callable[..., Answer], connect: Callable[..., Link]
) -> None:
    padded = json.dumps({"server_time": "2026-11-22T01:00:00.000Z"}).encode().ljust(16 * 1024 * 1024 + 1)
    with pytest.raises(UnreadableAnswer, match="too large"):
        connect(serve(answer(200, padded))).get("/")


def test_an_answer_of_exactly_16_mib_is_read(
    serve: Callable[..., str], answer: Callable[..., Answer], connect: Callable[..., Link]
) -> None:
    padded = json.dumps({"server_time": "2026-11-22T01:00:00.000Z"}).encode().ljust(16 * 1024 * 1024)
    given = connect(serve(answer(200, padded))).get("/")
    assert given is not None
    assert list(given.document) == ["server_time"]


def test_an_answer_wrongly_encoded_is_unreadable(
    serve: Callable[..., str], answer: Callable[..., Answer], connect: Callable[..., Link]
) -> None:
    with pytest.raises(UnreadableAnswer):
        connect(serve(answer(200, b"not gzip", {"Content-Encoding": "gzip"}))).get("/")


def test_a_redirect_is_a_refusal_and_not_followed(
    serve: Callable[..., str], answer: Callable[..., Answer], seen: list[Seen], connect: Callable[..., Link]
) -> None:
    with pytest.raises(Refused, match="302"):
        connect(serve(answer(302, b"", {"Location": "/elsewhere"}))).post("/", b"{}")
    assert [target for _, target, _, _ in seen] == ["/"]


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "bad_request"), (401, "bad_signature"), (403, "terminal_revoked"), (413, "too_large"), (500, "internal")],
)
def test_a_refusal_carries_status_and_code(
    serve: Callable[..., str], answer: Callable[..., Answer], connect: Callable[..., Link], status: int, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        connect(serve(answer(status, {"code": code, "title": "いいえ"}))).post("/", b"{}")
    assert (refused.value.status, refused.value.code, refused.value.retry_after) == (status, code, None)


@pytest.mark.parametrize("content", [b"<html>502</html>", b"{}", b'{"code":"two\\nlines"}', b'{"code":7}'])
def test_a_refusal_without_a_readable_problem_has_no_code(
    serve: Callable[..., str], answer: Callable[..., Answer], connect: Callable[..., Link], content: bytes
) -> None:
    with pytest.raises(Refused) as refused:
        connect(serve(answer(502, content))).get("/")
    assert (refused.value.status, refused.value.code) == (502, "")


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "fields",
    [
        {"Retry-After": "120"},
        {"Retry-After": "Sun, 22 Nov 2026 01:02:00 GMT", "Date": "Sun, 22 Nov 2026 01:00:00 GMT"},
    ],
    ids=["seconds", "date"],
)
def test_a_busy_server_says_when_to_come_back(
    serve: Callable[..., str],
    answer: Callable[..., Answer],
    connect: Callable[..., Link],
    status: int,
    fields: dict[str, str],
) -> None:
    with pytest.raises(Refused) as refused:
        connect(serve(answer(status, b"", fields))).post("/", b"{}")
    assert refused.value.retry_after == timedelta(minutes=2)


def test_a_date_to_come_back_at_is_read_by_the_servers_time_where_the_answer_has_no_date(
    serve: Callable[..., str], answer: Callable[..., Answer], connect: Callable[..., Link]
) -> None:
    told = answer(200, {"server_time": "2026-11-22T01:00:00.000Z"})
    busy = answer(503, b"", {"Retry-After": "Sun, 22 Nov 2026 01:10:00 GMT"})
    still = Clock(wall=lambda: datetime(1970, 1, 2, tzinfo=UTC), monotonic=lambda: 7.0)
    link = connect(serve(told, busy), still)
    link.get("/")
    with pytest.raises(Refused) as refused:
        link.get("/")
    assert refused.value.retry_after == timedelta(minutes=10)


def test_a_right_time_that_is_none_is_unreadable(
    serve: Callable[..., str], answer: Callable[..., Answer], connect: Callable[..., Link]
) -> None:
    with pytest.raises(UnreadableAnswer):
        connect(serve(answer(401, {"code": "clock_skew", "server_time": "noon"}))).get("/")


def test_a_refusal_needs_no_server_time(
    serve: Callable[..., str], answer: Callable[..., Answer], connect: Callable[..., Link]
) -> None:
    with pytest.raises(Refused, match="403 terminal_revoked"):
        connect(serve(answer(403, {"code": "terminal_revoked", "server_time": None}))).get("/")


def test_after_a_failure_the_next_request_goes_through(
    serve: Callable[..., str], answer: Callable[..., Answer], connect: Callable[..., Link]
) -> None:
    link = connect(serve(cut, torn, answer(500, b""), answer(200, {})))
    for _ in range(3):
        with pytest.raises(Undelivered):
            link.post("/", b"{}")
    assert link.post("/", b"{}")


def test_a_proxy_of_the_environment_is_not_used(
    serve: Callable[..., str],
    answer: Callable[..., Answer],
    connect: Callable[..., Link],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert connect(serve(answer(200, {}))).get("/")


def test_an_unsafe_address_is_refused_before_any_request() -> None:
    with pytest.raises(UnsafeAddress):
        Transport(Service("http://checkin.example.jp"), lambda: IDENTITY, ServerTime(SYSTEM_CLOCK))
