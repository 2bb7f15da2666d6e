"""A terminal as the server meets one: it has a key, keeps a chain, and signs what it asks.

Written from the description of the wire, not from the terminal's code, so that both can be wrong only on their own.
"""

import json
import secrets
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.http import HttpResponse
from django.test import Client
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms

from server.terminals.models import Facility, Terminal
from visits.decision import Rule
from visits.event import (
    FIRST_PREVIOUS,
    Clock,
    Event,
    Kind,
    Position,
    Revocation,
    canonical,
    head_statement,
    record_hash,
    to_record,
)

COMPONENTS = ("@method", "@path", "@query", "content-digest")
MORNING = datetime(2026, 11, 22, 0, 58, 3, 123000, tzinfo=UTC)

Record = dict[str, Any]


@dataclass
class Message:
    """A request before it is sent, in the shape the signing library wants."""

    method: str
    url: str
    headers: dict[str, str]


class _Key(HTTPSignatureKeyResolver):
    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        return self._key


def signed(
    key: Ed25519PrivateKey,
    key_id: str,
    method: str,
    target: str,
    body: bytes,
    *,
    created: datetime | None = None,
    nonce: str | None = None,
    label: str = "terminal",
    tag: str = "checkin-terminal",
    components: tuple[str, ...] = COMPONENTS,
) -> Message:
    """`target` is path and query."""
    message = Message(method, f"http://localhost{target}", {"Content-Type": "application/json"})
    HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_Key(key)).sign(
        message,
        key_id=key_id,
        created=created or datetime.now(UTC),
        nonce=nonce or secrets.token_hex(16),
        label=label,
        tag=tag,
        covered_component_ids=components,
        body=body,
    )
    return message


def send(message: Message, body: bytes, headers: dict[str, str] | None = None) -> HttpResponse:
    target = message.url.removeprefix("http://localhost")
    return unsigned(message.method, target, body, headers={**message.headers, **(headers or {})})


def unsigned(
    method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None, client: Client | None = None
) -> HttpResponse:
    client = client or Client(raise_request_exception=False)
    answer = client.generic(method, target, body, content_type="application/json", headers=headers)
    assert isinstance(answer, HttpResponse)
    return answer


def document(answer: HttpResponse) -> dict[str, Any]:
    """The JSON of an answer."""
    content = json.loads(answer.content)
    assert isinstance(content, dict)
    return content


def refusal(answer: HttpResponse) -> tuple[int, str]:
    """Status and code of an answer that must be a problem document."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = document(answer)
    assert {"type", "title", "status", "detail", "code"} <= set(problem)
    assert problem["status"] == answer.status_code
    return answer.status_code, problem["code"]


@dataclass
class SigningTerminal:
    id: UUID
    key: Ed25519PrivateKey
    seq: int = 0
    head: bytes = FIRST_PREVIOUS
    boot: UUID = field(default_factory=uuid4)

    @classmethod
    def enrolled_at(cls, facility: Facility, name: str) -> "SigningTerminal":
        key = Ed25519PrivateKey.generate()
        row = Terminal.objects.create(
            facility=facility,
            name=name,
            direction="in",
            public_key=key.public_key().public_bytes_raw(),
            enrolled_at=datetime.now(UTC),
        )
        return cls(row.pk, key)

    def record(self, member: UUID, kind: Kind = Kind.CHECK_IN, at: datetime = MORNING) -> Record:
        """The next record of this terminal's chain."""
        return self.spoilt(member, {}, kind, at)

    def spoilt(self, member: UUID, changes: Record, kind: Kind = Kind.CHECK_IN, at: datetime = MORNING) -> Record:
        """The same with some of its fields changed, or others added."""
        event = Event(
            position=Position(self.id, self.seq + 1, self.head),
            kind=kind,
            member=member,
            at=at,
            monotonic_ms=1000 * self.seq,
            boot=self.boot,
            boot_number=1,
            clock=Clock.SYNCHRONISED,
            rule=Rule.ACTIVE_MEMBER,
            revocation=Revocation.NOT_CHECKED,
        )
        record = {**to_record(event), **changes}
        self.seq += 1
        self.head = record_hash(record)
        return record

    def stay(self, member: UUID, at: datetime = MORNING, length: timedelta = timedelta(hours=2)) -> list[Record]:
        return [self.record(member, Kind.CHECK_IN, at), self.record(member, Kind.CHECK_OUT, at + length)]

    def batch(self, *records: Record) -> dict[str, Any]:
        last = records[-1]
        statement = head_statement(self.id, last["seq"], record_hash(last))
        head = {
            "seq": last["seq"],
            "hash": record_hash(last).hex(),
            "signature": b64encode(self.key.sign(statement)).decode(),
        }
        return {"events": list(records), "head": head}

    def request(self, method: str, target: str, body: bytes = b"", **signing: Any) -> HttpResponse:
        headers = signing.pop("headers", None)
        return send(signed(self.key, str(self.id), method, target, body, **signing), body, headers)

    def post(self, batch: dict[str, Any], **signing: Any) -> HttpResponse:
        return self.request("POST", self.events_target, canonical(batch), **signing)

    def deliver(self, *records: Record) -> dict[str, Any]:
        """Sends the records and returns the answer, which must be an acknowledgement."""
        answer = self.post(self.batch(*records))
        assert answer.status_code == 200, answer.content
        return document(answer)

    def roster(self, cursor: str | None = None, **signing: Any) -> HttpResponse:
        return self.request("GET", f"/api/v1/roster?cursor={cursor}" if cursor else "/api/v1/roster", **signing)

    @property
    def events_target(self) -> str:
        return f"/api/v1/terminals/{self.id}/events"
