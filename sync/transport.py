"""Signed requests to the central server over HTTP, and every way they can fail put into one of a few outcomes.

The only module that knows requests. Signatures follow RFC 9421, digests RFC 9530, problems RFC 9457. No redirect is
followed, no proxy of the environment used, no compression asked for. Not in here: when to try again.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ED25519
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError

from sync.address import checked
from sync.clock import SYSTEM_CLOCK, Clock, ServerTime
from sync.document import Document, instant, read_document, word
from sync.fields import http_date, retry_after
from sync.identity import Identity
from sync.outcome import Refused, TimedOut, Unreachable, UnreadableAnswer

ENROLMENT_KEY_ID = "enrolment"
COVERED = ("@method", "@path", "@query", "content-digest")
LABEL = "terminal"
TAG = "checkin-terminal"
_SUCCESS = 2
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """`read_seconds` bounds each silence of the server, `answer_seconds` the whole answer."""

    connect_seconds: float = 5.0
    read_seconds: float = 20.0
    answer_seconds: float = 60.0
    answer_bytes: int = 16 * 1024 * 1024


LIMITS = Limits()


class Signing(requests.auth.AuthBase):
    """Signs each request as it leaves; `created` is the server's time, so a wrong clock here does not matter."""

    def __init__(self, key_id: str, key: Ed25519PrivateKey, server_time: ServerTime) -> None:
        self._key_id = key_id
        self._server_time = server_time
        keys = MappingKeyResolver(public_keys={}, private_keys={key_id: key})
        self._signer = HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=keys)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        self._signer.sign(
            request,
            key_id=self._key_id,
            created=self._server_time.now(),
            nonce=secrets.token_hex(16),
            label=LABEL,
            tag=TAG,
            covered_component_ids=COVERED,
            body=body if isinstance(body, bytes) else body.encode(),
        )
        return request


class Link:
    """Requests to one server under one key. Raises UnsafeAddress at once, Undelivered from every request."""

    def __init__(
        self, base_url: str, key_id: str, key: Ed25519PrivateKey, clock: Clock = SYSTEM_CLOCK, limits: Limits = LIMITS
    ) -> None:
        self._base_url = checked(base_url)
        self._clock = clock
        self._limits = limits
        self._server_time = ServerTime(clock)
        self._signing = Signing(key_id, key, self._server_time)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Accept-Encoding"] = "identity"

    def post(self, path: str, body: bytes) -> Document:
        return self._exchange("POST", path, {}, body)

    def get(self, path: str, query: dict[str, str]) -> Document:
        return self._exchange("GET", path, query, None)

    def close(self) -> None:
        self._session.close()

    def _exchange(self, method: str, path: str, query: dict[str, str], body: bytes | None) -> Document:
        asked_at = self._clock.monotonic()
        with self._ask(method, path, query, body) as response:
            content = self._read(response, asked_at)
            if response.status_code // 100 != _SUCCESS:
                raise self._refusal(response, content, asked_at)
        document = read_document(content)
        self._server_time.told(instant(document, "server_time"), asked_at)
        return document

    def _ask(self, method: str, path: str, query: dict[str, str], body: bytes | None) -> requests.Response:
        try:
            return self._session.request(
                method,
                self._base_url + path,
                params=query,
                data=body,
                headers={} if body is None else {"Content-Type": "application/json"},
                auth=self._signing,
                timeout=(self._limits.connect_seconds, self._limits.read_seconds),
                allow_redirects=False,
                stream=True,
            )
        except requests.ReadTimeout as error:
            raise TimedOut from error
        except requests.RequestException as error:
            raise Unreachable from error

    def _read(self, response: requests.Response, asked_at: float) -> bytes:
        content = bytearray()
        try:
            while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
                content += chunk
                if len(content) > self._limits.answer_bytes:
                    raise UnreadableAnswer("answer", "is too large")
                if self._clock.monotonic() - asked_at > self._limits.answer_seconds:
                    raise TimedOut
        except ReadTimeoutError as error:
            raise TimedOut from error
        except DecodeError as error:
            raise UnreadableAnswer("answer", "is wrongly encoded") from error
        except HTTPError as error:
            raise Unreachable from error
        return bytes(content)

    def _refusal(self, response: requests.Response, content: bytes, asked_at: float) -> Refused:
        try:
            problem = read_document(content)
            code = word(problem, "code")
        except UnreadableAnswer:
            problem, code = {}, ""
        if problem.get("server_time") is not None:
            self._server_time.told(instant(problem, "server_time"), asked_at)
        pause = retry_after(response.headers.get("Retry-After"), self._date(response))
        return Refused(response.status_code, code, pause)

    def _date(self, response: requests.Response) -> datetime:
        """When the answer was made, by the clock that also made its Retry-After."""
        return http_date(response.headers.get("Date", "")) or self._server_time.now()


class Server(Protocol):
    """What delivery asks of the central server; each raises Undelivered."""

    def deliver(self, body: bytes) -> Document: ...

    def roster(self, cursor: str | None) -> Document: ...


class Transport:
    """The central server as an enrolled terminal sees it."""

    def __init__(self, base_url: str, identity: Identity, clock: Clock = SYSTEM_CLOCK, limits: Limits = LIMITS) -> None:
        self._link = Link(base_url, str(identity.terminal_id), identity.key, clock, limits)
        self._events_path = f"/api/v1/terminals/{identity.terminal_id}/events"

    def deliver(self, body: bytes) -> Document:
        return self._link.post(self._events_path, body)

    def roster(self, cursor: str | None) -> Document:
        return self._link.get("/api/v1/roster", {} if cursor is None else {"cursor": cursor})

    def close(self) -> None:
        self._link.close()
