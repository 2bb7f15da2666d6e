"""What terminals ask: enrolment, delivery, roster.

Not in here: anything for people.
"""

import binascii
import hashlib
from base64 import b64decode, b64encode
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Status

from server.api.problems import Problem
from server.api.roster import Entry, Page, read_page
from server.api.schemas import (
    AcknowledgementOut,
    EnrolmentIn,
    EnrolmentOut,
    EventsIn,
    FacilityOut,
    ProblemOut,
    RejectedOut,
    RosterMemberOut,
    RosterOut,
)
from server.api.signed import TerminalSignature, signed_request, signer
from server.ledger.batch import Head, open_batch
from server.ledger.ingest import ingest
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


@router.post(
    "/terminals/{terminal_id}/events",
    auth=TerminalSignature(),
    response={200: AcknowledgementOut, frozenset({400, 401, 403, 409, 413, 422}): ProblemOut},
    summary="Deliver the next events of a terminal's chain",
    description="Applied once and all together. A record that cannot be counted is kept, and named under rejected.",
)
def post_events(request: HttpRequest, terminal_id: UUID, body: EventsIn) -> AcknowledgementOut:
    terminal = signer(request)
    if terminal.pk != terminal_id:
        raise Problem(HTTPStatus.FORBIDDEN, "not_your_terminal", "A terminal delivers only its own events.")
    head = Head(body.head.seq, body.head.hash, body.head.signature)
    batch = open_batch(terminal.pk, bytes(terminal.public_key or b""), body.events, head)
    now = timezone.now()
    outcome = ingest(terminal, batch, now)
    return AcknowledgementOut(
        acknowledged=outcome.acknowledged,
        rejected=[RejectedOut(seq=each.seq, code=each.code, detail=each.detail) for each in outcome.rejected],
        conflicts=list(outcome.conflicts),
        server_time=to_instant(now),
    )


@router.get(
    "/roster",
    auth=TerminalSignature(),
    response={200: RosterOut, 304: None, frozenset({401, 403, 409}): ProblemOut},
    summary="Who may come in: a snapshot, then what changed since the cursor",
    description="Without a cursor, or with one that is no longer understood, a snapshot begins. Knows If-None-Match.",
)
def get_roster(request: HttpRequest, response: HttpResponse, cursor: str | None = None) -> RosterOut | HttpResponse:
    page = read_page(signer(request).facility_id, cursor)
    etag = _etag(cursor, page)
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
    response.headers["ETag"] = etag
    return RosterOut(
        cursor=page.cursor,
        snapshot=page.snapshot,
        members=[_member(entry) for entry in page.members],
        removed=list(page.removed),
        more=page.more,
        server_time=to_instant(timezone.now()),
    )


def _public_key(text: str) -> bytes:
    try:
        key = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSignatureError from error
    if len(key) != KEY_LENGTH:
        raise BadSignatureError
    return key


def _etag(cursor: str | None, page: Page) -> str:
    """Weak: the same roster at another server_time is the same."""
    return f'W/"{hashlib.sha256(repr((cursor, page)).encode()).hexdigest()[:32]}"'


def _member(entry: Entry) -> RosterMemberOut:
    return RosterMemberOut.model_validate(
        {
            "id": entry.id,
            "standing": entry.standing,
            "name": entry.name,
            "cards": [card.hex() for card in entry.cards],
            "inside_since": to_instant(entry.inside_since) if entry.inside_since else None,
        }
    )
