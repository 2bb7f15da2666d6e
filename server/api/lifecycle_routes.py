"""A terminal's life as it asks for it: becoming one.

Not in here: what staff decide about terminals (desk), and what a terminal does while it lives (events, roster).
"""

import binascii
from base64 import b64decode, b64encode

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Status

from server.api.schemas import EnrolmentIn, EnrolmentOut, FacilityOut, ProblemOut
from server.api.signed import signed_request
from server.terminals import enrolment
from server.terminals.signature import BadSignatureError, accept_once, check_clock, verify
from visits.event import to_instant

ENROLMENT_KEY_ID = "enrolment"
KEY_LENGTH = 32

router = Router(tags=["terminals"])


@router.post(
    "/enrolment",
    response={201: EnrolmentOut, frozenset({400, 401, 404, 409, 410, 413, 422, 429}): ProblemOut},
    summary="Enrol a prepared terminal with its one-time code",
    description='Signed by the offered key with keyid "enrolment". The same code with the same key is answered again.',
)
def post_enrolment(request: HttpRequest, body: EnrolmentIn) -> Status[EnrolmentOut]:
    now = timezone.now()
    key = _public_key(body.public_key)
    seal = verify(signed_request(request), key_id=ENROLMENT_KEY_ID, key=key)
    check_clock(seal, now)
    address = request.META.get("REMOTE_ADDR", "")
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


def _public_key(text: str) -> bytes:
    try:
        key = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSignatureError from error
    if len(key) != KEY_LENGTH:
        raise BadSignatureError
    return key
