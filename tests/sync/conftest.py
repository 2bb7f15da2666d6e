"""A terminal's database, and a server on the loopback interface that answers as a test tells it to."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlcipher3 import dbapi2

from sync import outbox

Answer = Callable[[BaseHTTPRequestHandler], None]
Seen = tuple[str, str, Message, bytes]
SERVER_TIME = "2026-11-22T01:00:00.000Z"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'terminal.db'}", module=dbapi2)

    @event.listens_for(engine, "connect")
    def _durable(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    outbox.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def seen() -> list[Seen]:
    """Every request the server saw: method, target, fields, body."""
    return []


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Set when the test is over, so that an answer can be late for as long as the test lasts."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def serve(seen: list[Seen], over: threading.Event) -> Iterator[Callable[..., str]]:
    """Starts a server with its answers in order, the last one for ever after; gives its address."""
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(*answers: Answer) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(list(answers), seen))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    over.set()
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(answers: list[Answer], seen: list[Seen]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            seen.append((self.command, self.path, self.headers, body))
            (answers.pop(0) if len(answers) > 1 else answers[0])(self)

        do_GET = _serve  # noqa: N815 - the name http.server looks for
        do_POST = _serve  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            pass

    return Handler


@pytest.fixture
def answer() -> Callable[..., Answer]:
    """Makes an answer of a status, a JSON object or bytes, and header fields; the server's time goes without saying."""

    def make(status: int, content: Mapping[str, object] | bytes, fields: Mapping[str, str] | None = None) -> Answer:
        body = content if isinstance(content, bytes) else json.dumps({"server_time": SERVER_TIME, **content}).encode()

        def send(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response_only(status)
            for name, value in (fields or {}).items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        return send

    return make
