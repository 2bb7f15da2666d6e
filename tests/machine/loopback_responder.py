"""A revocation responder over real HTTP on the loopback, as well-behaved or as ill-behaved as a test wants it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

ANSWER_TYPE = "application/ocsp-response"


@dataclass(frozen=True, slots=True)
class Reply:
    body: bytes
    status: int = 200
    content_type: str = ANSWER_TYPE
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    path: str
    headers: dict[str, str]
    body: bytes


class LoopbackResponder:
    """`reply` makes the answer to a request's body; None keeps silent until the responder is closed."""

    def __init__(self, reply: Callable[[bytes], Reply | None]) -> None:
        self.asked: list[Asked] = []
        self._reply = reply
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="responder")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/ocsp"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        responder = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                responder.asked.append(Asked(self.path, dict(self.headers), body))
                reply = responder._reply(body)
                if reply is None:
                    responder._closing.wait()
                    return
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.content_type)
                self.send_header("Content-Length", str(len(reply.body)))
                if reply.location:
                    self.send_header("Location", reply.location)
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is inherited
                return

        return Handler
