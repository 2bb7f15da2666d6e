"""Signed requests to the central server over HTTP, and every way they can fail put into one of a few outcomes.

The only module that knows requests. Signatures follow RFC 9421, digests RFC 9530, problems RFC 9457. No redirect is
followed, no proxy of the environment used, no compression asked for. Not in here: what is asked, and when to try again.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ED25519
from requests.adapters import HTTPAdapter
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError
from urllib3.exceptions import SSLError as TlsError

from sync.address import Service, checked
from sync.clock import ServerTime
from sync.distrust import why
from sync.document import Document, instant, read_document, word
from sync.fields import http_date, retry_after
from sync.outcome import Refused, TimedOut, Unreachable, UnreadableAnswer, Untrusted

ENROLMENT_KEY_ID = "enrolment"
COVERED = ("@method", "@path", "@query", "content-digest")
LABEL = "terminal"
TAG = "checkin-terminal"
_SUCCESS = 2
_NOT_MODIFIED = 304
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


class Pinned(HTTPAdapter):
    """Speaks to the server with one certificate only; "" for any that is valid."""

    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as inherited
        super().init_poolmanager(*arguments, **options, assert_fingerprint=self._fingerprint or None)


@dataclass(frozen=True, slots=True)
class Tagged:
    """An answer with its entity tag (RFC 9110, 8.8.3), None where it has none."""

    document: Document
    tag: str | None


class Link:
    """Requests to one server under one key. Raises UnsafeAddress at once, Undelivered from every request."""

    def __init__(
        self,
        service: Service,
        key_id: str,
        key: Ed25519PrivateKey,
        server_time: ServerTime,
        limits: Limits = LIMITS,
    ) -> None:
        self._base_url = checked(service.url)
        self._clock = server_time.clock
        self._limits = limits
        self._server_time = server_time
        self._session = _session(service)
        self.sign_as(key_id, key)

    def sign_as(self, key_id: str, key: Ed25519PrivateKey) -> None:
        self._signing = Signing(key_id, key, self._server_time)

    def post(self, path: str, body: bytes) -> Document:
        asked_at = self._clock.monotonic()
        with self._ask("POST", path, body, {"Content-Type": "application/json"}, 0) as response:
            return self._document(response, asked_at, 0)

    def get(self, path: str, *, tag: str | None = None, wait: int = 0) -> Tagged | None:
        """`path` with its query. None where it is still what it was under `tag`.

        The server may take `wait` seconds to answer; such an answer tells its time too inexactly to be noted.
        """
        asked_at = self._clock.monotonic()
        with self._ask("GET", path, None, {} if tag is None else {"If-None-Match": tag}, wait) as response:
            if response.status_code == _NOT_MODIFIED and tag is not None:
                self._read(response, asked_at + wait)
                return None
            return Tagged(self._document(response, asked_at, wait), response.headers.get("ETag"))

    def close(self) -> None:
        self._session.close()

    def _document(self, response: requests.Response, asked_at: float, wait: int) -> Document:
        answered_at = self._clock.monotonic()
        content = self._read(response, asked_at + wait)
        if response.status_code // 100 != _SUCCESS:
            raise self._refusal(response, content, asked_at, answered_at)
        document = read_document(content)
        server_time = instant(document, "server_time")
        if not wait:
            self._server_time.told(server_time, asked_at, answered_at)
        return document

    def _ask(self, method: str, path: str, body: bytes | None, fields: dict[str, str], wait: int) -> requests.Response:
        try:
            return self._session.request(
                method,
                self._base_url + path,
                data=body,
                headers=fields,
                auth=self._signing,
                timeout=(self._limits.connect_seconds, self._limits.read_seconds + wait),
                allow_redirects=False,
                stream=True,
            )
        except requests.ReadTimeout as error:
            raise TimedOut from error
        except requests.exceptions.SSLError as error:
            raise Untrusted(why(error)) from error
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
        except TlsError as error:
            raise Untrusted(why(error)) from error
        except HTTPError as error:
            raise Unreachable from error
        return bytes(content)

    def _refusal(self, response: requests.Response, content: bytes, asked_at: float, answered_at: float) -> Refused:
        try:
            problem = read_document(content)
            code = word(problem, "code")
        except UnreadableAnswer:
            problem, code = {}, ""
        if problem.get("server_time") is not None:
            self._server_time.told(instant(problem, "server_time"), asked_at, answered_at)
        pause = retry_after(response.headers.get("Retry-After"), self._date(response))
        return Refused(response.status_code, code, pause)

    def _date(self, response: requests.Response) -> datetime:
        """When the answer was made, by the clock that also made its Retry-After."""
        return http_date(response.headers.get("Date", "")) or self._server_time.now()


def insist(link: Link, path: str, body: bytes) -> Document:
    """A refusal for a wrong clock brings the right time with it: post once more. Raises Undelivered."""
    try:
        return link.post(path, body)
    except Refused as refused:
        if refused.code != "clock_skew":
            raise
    return link.post(path, body)


def _session(service: Service) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.headers["Accept-Encoding"] = "identity"
    session.verify = service.ca_file or True
    if service.client_certificate:
        session.cert = (service.client_certificate, service.client_key or service.client_certificate)
    session.mount("https://", Pinned(service.fingerprint))
    return session
