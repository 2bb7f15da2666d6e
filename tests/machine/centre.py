"""The central server as far as a terminal needs it that goes on under another identity: keys, successions, chains.

It checks signatures, and steps over what is declared lost, as the real one does. Not in here: what the records say.
"""

import json
import re
import threading
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import Message
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, Self
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import HTTPMessageVerifier, InvalidSignature, MappingKeyResolver
from http_message_signatures.algorithms import ED25519

from sync.identity import Identity
from visits.event import canonical, head_statement
from visits.statement import successor_statement

SERVER_TIME = "2026-11-22T01:00:00.000Z"
MOST_LOST = 500

_Answer = tuple[int, Mapping[str, object]]


class Problem(Exception):  # noqa: N818 - named for what happened
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.answer: _Answer = status, {"code": code}


@dataclass
class Held:
    """One terminal. Of its `chain` b"" stands for a record declared lost."""

    key: bytes
    succeeds: UUID | None = None
    chain: list[bytes] = field(default_factory=list)

    @property
    def lost(self) -> list[int]:
        return [seq for seq, record in enumerate(self.chain, 1) if not record]


class Centre:
    """A context. Of `refusals` and `cuts` each counts for one request, in turn; a cut loses the answer, not the deed.

    A refusal of None lets that request pass.
    """

    def __init__(self) -> None:
        self.terminals: dict[UUID, Held] = {}
        self.revoked: set[UUID] = set()
        self.asked: list[str] = []
        self.refusals: list[tuple[int, str] | None] = []
        self.cuts: list[bool] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def knows(self, who: Identity, chain: Sequence[bytes] = ()) -> None:
        self.terminals[who.terminal_id] = Held(who.key.public_key().public_bytes_raw(), chain=list(chain))

    def answer(self, method: str, path: str, fields: Message, body: bytes) -> _Answer:
        self.asked.append(f"{method} {path}")
        refusal = self.refusals.pop(0) if self.refusals else None
        if refusal is not None:
            return Problem(*refusal).answer
        try:
            who = self._signer(method, path, fields, body)
            if path == "/api/v1/roster":
                return 200, {"acknowledged": len(self.terminals[who].chain)}
            asked_for, what = re.fullmatch("/api/v1/terminals/(.{36})/(events|successor|key)", path).groups()  # type: ignore[union-attr]
            assert UUID(asked_for) == who
            routes = {"events": self._take, "successor": self._succeed, "key": self._rotate}
            return routes[what](who, json.loads(body))
        except Problem as problem:
            return problem.answer

    def _signer(self, method: str, path: str, fields: Message, body: bytes) -> UUID:
        name = re.search('keyid="([^"]+)"', fields["Signature-Input"]).group(1)  # type: ignore[union-attr]
        who = UUID(name)
        if who not in self.terminals:
            raise Problem(401, "unknown_terminal")
        key = Ed25519PublicKey.from_public_bytes(self.terminals[who].key)
        resolver = MappingKeyResolver(public_keys={name: key}, private_keys={})
        verifier = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=resolver)
        verifier.max_clock_skew = timedelta(days=36500)
        message = SimpleNamespace(method=method, url=f"http://x{path}", headers=fields)
        try:
            verifier.verify(message, max_age=None, expect_tag="checkin-terminal", body=body)
        except InvalidSignature:
            raise Problem(401, "bad_signature") from None
        if who in self.revoked:
            raise Problem(403, "terminal_revoked")
        return who

    def _rotate(self, who: UUID, said: Mapping[str, Any]) -> _Answer:
        self.terminals[who].key = b64decode(said["public_key"])
        return 200, {}

    def _succeed(self, old: UUID, said: Mapping[str, Any]) -> _Answer:
        new, key = UUID(said["terminal"]), b64decode(said["public_key"])
        Ed25519PublicKey.from_public_bytes(key).verify(b64decode(said["proof"]), successor_statement(old, new, key))
        there = self.terminals.setdefault(new, Held(key, old))
        if (there.key, there.succeeds) != (key, old):
            raise Problem(409, "id_in_use")
        return 200, {"terminal": str(new)}

    def _take(self, who: UUID, said: Mapping[str, Any]) -> _Answer:
        held, lost = self.terminals[who], said.get("lost", [])
        if len(lost) > MOST_LOST or not said["events"]:
            raise Problem(422, "bad_body")
        records = [canonical(record) for record in said["events"]]
        statement = head_statement(who, said["events"][-1]["seq"], sha256(records[-1]).digest())
        Ed25519PublicKey.from_public_bytes(held.key).verify(b64decode(said["head"]["signature"]), statement)
        for seq, record in zip((each["seq"] for each in said["events"]), records, strict=True):
            while seq > len(held.chain) + 1 and len(held.chain) + 1 in lost:
                held.chain.append(b"")
            if seq > len(held.chain) + 1:
                break
            if seq == len(held.chain) + 1:
                held.chain.append(record)
        else:
            while len(held.chain) + 1 in lost:
                held.chain.append(b"")
        return 200, {"acknowledged": len(held.chain), "rejected": [], "conflicts": []}


def _handler(centre: Centre) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, said = centre.answer(self.command, self.path, self.headers, body)
            if centre.cuts and centre.cuts.pop(0):
                self.close_connection = True
                return
            content = json.dumps({"server_time": SERVER_TIME, **said}).encode()
            self.send_response_only(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = _serve  # noqa: N815 - the name http.server looks for
        do_POST = _serve  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            pass

    return Handler
