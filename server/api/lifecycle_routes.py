"""A terminal's life as it asks for it: becoming one, changing its key, going on after its disk was damaged.

Not in here: what staff decide about terminals (desk), and what a terminal does while it lives (events, roster).
"""

from base64 import b64decode, b64encode
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Status

from server.api.rates import PER_ADDRESS, PER_TERMINAL, client_address
from server.api.schemas import (
    EnrolmentIn,
    EnrolmentOut,
    FacilityOut,
    KeyIn,
    KeyOut,
    ProblemOut,
    SuccessorIn,
    SuccessorOut,
)
from server.api.signed import TerminalSignature, signed_request, signer_of_its_own
from server.terminals import enrolment, lifecycle
from server.terminals.signature import BadSignatureError, accept_once, check_clock, identify_by_either_key, verify
from visits.event import to_instant

ENROLMENT_KEY_ID = "enrolment"
KEY_LENGTH = 32
PROOF_LENGTH = 64

router = Router(tags=["terminals"])


@router.post(
    "/enrolment",
    throttle=PER_ADDRESS,
    response={201: EnrolmentOut, frozenset({400, 401, 404, 409, 410, 413, 422, 429}): ProblemOut},
    summary="Enrol a prepared terminal with its one-time code",
    description='Signed by the offered key with keyid "enrolment". The same code with the same key is answered again.',
)
def post_enrolment(request: HttpRequest, body: EnrolmentIn) -> Status[EnrolmentOut]:
    now = timezone.now()
    key = _public_key(body.public_key)
    seal = verify(signed_request(request), key_id=ENROLMENT_KEY_ID, key=key)
    check_clock(seal, now)
    address = client_address(request)
    enrolment.limit_attempts(address, now)
    terminal = enrolment.find_terminal(body.code, address, now)
    enrolment.enrol(terminal, key, now)
    accept_once(terminal, seal, now)
    return Status(
        201,
        EnrolmentOut(
            terminal=terminal.pk,
            facility=FacilityOut(id=terminal.facility.pk, name=terminal.facility.name),
            card_reference_key=b64encode(enrolment.card_reference_key()).decode(),
            server_time=to_instant(now),
        ),
    )


@router.post(
    "/terminals/{terminal_id}/key",
    auth=TerminalSignature(identify_by_either_key),
    throttle=PER_TERMINAL,
    response={200: KeyOut, frozenset({400, 401, 403, 409, 413, 422, 429}): ProblemOut},
    summary="Take another key from now on",
    description="Signed by the present key. The same key again, signed by it or by the one before, is answered again.",
)
def post_key(request: HttpRequest, terminal_id: UUID, body: KeyIn) -> KeyOut:
    terminal = signer_of_its_own(request, terminal_id)
    key, proof = _proven(body.public_key, body.proof)
    present = bytes(terminal.public_key or b"")
    if key != present:
        verify(signed_request(request), key_id=str(terminal.pk), key=present)
    lifecycle.rotate_key(terminal, key, proof)
    return KeyOut(server_time=to_instant(timezone.now()))


@router.post(
    "/terminals/{terminal_id}/successor",
    auth=TerminalSignature(),
    throttle=PER_TERMINAL,
    response={200: SuccessorOut, frozenset({400, 401, 403, 409, 413, 422, 429}): ProblemOut},
    summary="Go on under another identity, because the terminal's disk was damaged",
    description="Signed by the old terminal, which may go on delivering. The same question gets the same answer.",
)
def post_successor(request: HttpRequest, terminal_id: UUID, body: SuccessorIn) -> SuccessorOut:
    terminal = signer_of_its_own(request, terminal_id)
    key, proof = _proven(body.public_key, body.proof)
    now = timezone.now()
    successor = lifecycle.succeed(terminal, body.terminal, key, proof, now)
    return SuccessorOut(terminal=successor.pk, server_time=to_instant(now))


def _public_key(text: str) -> bytes:
    try:
        return _decoded(text, KEY_LENGTH)
    except ValueError as error:
        raise BadSignatureError from error


def _proven(public_key: str, proof: str) -> tuple[bytes, bytes]:
    try:
        return _decoded(public_key, KEY_LENGTH), _decoded(proof, PROOF_LENGTH)
    except ValueError as error:
        raise lifecycle.BadProofError from error


def _decoded(text: str, length: int) -> bytes:
    """Raises ValueError; what base64 raises is one."""
    value = b64decode(text, validate=True)
    if len(value) != length:
        raise ValueError("is not as long as it must be")
    return value
