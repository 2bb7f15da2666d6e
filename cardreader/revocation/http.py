"""The way to a revocation responder: one POST over HTTP (RFC 6960, appendix A). The only module of cards that knows requests.

Always POST: in a GET the question, and with it the certificate's serial number, would stand in the address and in logs.
No redirect is followed and no proxy of the environment used. Answers are signed, so plain HTTP is enough for them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import requests
from urllib3.exceptions import HTTPError

from cardreader.revocation.ocsp import NoAnswer

REQUEST_TYPE = "application/ocsp-request"
ANSWER_TYPE = "application/ocsp-response"
_CHUNK_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """`read_seconds` bounds each silence of the responder, `answer_seconds` the whole answer."""

    connect_seconds: float = 3.0
    read_seconds: float = 5.0
    answer_seconds: float = 10.0
    answer_bytes: int = 64 * 1024


class HttpPost:
    def __init__(self, url: str, limits: Limits, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._limits = limits
        self._monotonic = monotonic

    def __call__(self, body: bytes) -> bytes:
        """Raises NoAnswer."""
        deadline = self._monotonic() + self._limits.answer_seconds
        try:
            with requests.Session() as session:
                session.trust_env = False
                with self._ask(session, body) as response:
                    return self._read(response, deadline)
        except (requests.RequestException, HTTPError) as error:
            raise NoAnswer(type(error).__name__) from error

    def _ask(self, session: requests.Session, body: bytes) -> requests.Response:
        return session.post(
            self._url,
            data=body,
            headers={"Content-Type": REQUEST_TYPE, "Accept": ANSWER_TYPE, "Accept-Encoding": "identity"},
            timeout=(self._limits.connect_seconds, self._limits.read_seconds),
            allow_redirects=False,
            stream=True,
        )

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        if response.status_code != requests.codes.ok:
            raise NoAnswer(f"status {response.status_code}")
        if response.headers.get("Content-Type", "").partition(";")[0].strip().lower() != ANSWER_TYPE:
            raise NoAnswer("not an answer of a responder")
        content = bytearray()
        while chunk := response.raw.read1(_CHUNK_BYTES):
            content += chunk
            if len(content) > self._limits.answer_bytes:
                raise NoAnswer("too large")
            if self._monotonic() > deadline:
                raise NoAnswer("too slow")
        return bytes(content)
