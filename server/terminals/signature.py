"""Is this request from the terminal it names, made now, and for the first time? (RFC 9421, Ed25519)

Not in here: HTTP answers, and what the terminal may do once it is known.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import IntegrityError, transaction
from http_message_signatures import (
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    VerifyResult,
    algorithms,
)

from server.terminals.models import Nonce, Terminal

LABEL = "terminal"
TAG = "checkin-terminal"
COMPONENTS = ("@method", "@path", "@query", "content-digest")
CLOCK_TOLERANCE = timedelta(seconds=300)

_PARAMETERS = {"created", "keyid", "nonce", "tag"}
_NONCE = re.compile(r"[0-9a-f]{32}")


class RequestRefusedError(Exception):
    """Why a signed request is not taken; each reason is a class of its own."""


class BadSignatureError(RequestRefusedError):
    pass


class UnknownTerminalError(RequestRefusedError):
    pass


class TerminalRevokedError(RequestRefusedError):
    pass


class ReplayedError(RequestRefusedError):
    pass


class ClockSkewError(RequestRefusedError):
    """The signature is right, its time is not: `server_time` lets a terminal without a clock correct itself."""

    def __init__(self, server_time: datetime) -> None:
        super().__init__("the request was made too long ago or in the future")
        self.server_time = server_time


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The parts of a request that the signature covers, in the shape `http_message_signatures` reads.

    `url` is absolute; its host is not covered, so that proxies may rename it.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Seal:
    """What the signature itself says: when it was made, and the word that makes it unique."""

    created: datetime
    nonce: str


class _TimelessVerifier(HTTPMessageVerifier):
    """The time is judged here after the signature, by the caller's clock, so that a wrong clock has its own answer."""

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:  # noqa: ANN401
        pass


class _OneKey(HTTPSignatureKeyResolver):
    def __init__(self, key_id: str, key: bytes) -> None:
        self._key_id = key_id
        self._key = key

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        return Ed25519PublicKey.from_public_bytes(self._key) if key_id == self._key_id else None


class _NameOnly(HTTPSignatureKeyResolver):
    """Takes the key id out of a request before it is known whether there is such a key."""

    key_id: str | None = None

    def resolve_public_key(self, key_id: str) -> None:
        self.key_id = key_id


def verify(request: SignedRequest, *, key_id: str, key: bytes) -> Seal:
    """Checks signature and body against the 32-byte Ed25519 `key`. Raises BadSignatureError."""
    [result] = _verified(request, _OneKey(key_id, key))
    parameters = result.parameters
    covered = set(result.covered_components) - {'"@signature-params"'}
    if covered != {f'"{component}"' for component in COMPONENTS}:
        raise BadSignatureError("covers other parts than agreed")
    if set(parameters) - {"alg"} != _PARAMETERS or not _NONCE.fullmatch(str(parameters["nonce"])):
        raise BadSignatureError("has other parameters than agreed")
    try:
        created = datetime.fromtimestamp(int(parameters["created"]), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadSignatureError("was made at no time there is") from error
    return Seal(created=created, nonce=str(parameters["nonce"]))


def check_clock(seal: Seal, now: datetime) -> None:
    """Raises ClockSkewError."""
    if abs(seal.created - now) > CLOCK_TOLERANCE:
        raise ClockSkewError(now)


def accept_once(terminal: Terminal, seal: Seal, now: datetime) -> None:
    """Remembers the request and forgets those whose time has passed anyway. Raises ReplayedError."""
    try:
        with transaction.atomic():
            Nonce.objects.filter(seen_at__lt=now - 2 * CLOCK_TOLERANCE).delete()
            Nonce.objects.create(terminal=terminal, value=seal.nonce, seen_at=now)
            Terminal.objects.filter(pk=terminal.pk).update(last_contact_at=now)
    except IntegrityError as error:
        raise ReplayedError from error


def identify(request: SignedRequest, now: datetime) -> Terminal:
    """The terminal that made this request. Raises a RequestRefusedError."""
    terminal = _claimed_terminal(request)
    return _admit(terminal, verify(request, key_id=str(terminal.pk), key=bytes(terminal.public_key or b"")), now)


def identify_by_either_key(request: SignedRequest, now: datetime) -> Terminal:
    """The same, where the key before the present one will do. Raises a RequestRefusedError."""
    terminal = _claimed_terminal(request)
    try:
        seal = verify(request, key_id=str(terminal.pk), key=bytes(terminal.public_key or b""))
    except BadSignatureError:
        if terminal.previous_key is None:
            raise
        seal = verify(request, key_id=str(terminal.pk), key=bytes(terminal.previous_key))
    return _admit(terminal, seal, now)


def _admit(terminal: Terminal, seal: Seal, now: datetime) -> Terminal:
    if terminal.revoked_at is not None:
        raise TerminalRevokedError
    check_clock(seal, now)
    accept_once(terminal, seal, now)
    return terminal


def _claimed_terminal(request: SignedRequest) -> Terminal:
    name = _NameOnly()
    try:
        _verified(request, name)
    except BadSignatureError:
        if name.key_id is None:
            raise
    try:
        key_id = UUID(name.key_id)
        return Terminal.objects.select_related("facility").exclude(public_key=None).get(pk=key_id)
    except (ValueError, Terminal.DoesNotExist) as error:
        raise UnknownTerminalError from error


def _verified(request: SignedRequest, keys: HTTPSignatureKeyResolver) -> list[VerifyResult]:
    verifier = _TimelessVerifier(signature_algorithm=algorithms.ED25519, key_resolver=keys)
    try:
        results: list[VerifyResult] = verifier.verify(
            request,
            max_age=None,
            expect_tag=TAG,
            expect_label=LABEL,
            require_components=COMPONENTS,
            body=request.body,
        )
    except InvalidSignature as error:
        raise BadSignatureError from error
    return results
