"""The rules of the house, for a terminal whose roster names another number than the one it has.

Not in here: how they are numbered and kept (house).
"""

import hashlib
import json
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from server.api.rates import PER_TERMINAL
from server.api.schemas import ProblemOut, RulesOut
from server.api.signed import TerminalSignature, signer
from server.house.number import rules_number
from server.house.rulebook import rulebook_of
from visits.event import to_instant
from visits.rulebook import to_document

router = Router(tags=["terminals"])


@router.get(
    "/rules",
    auth=TerminalSignature(),
    throttle=PER_TERMINAL,
    response={200: RulesOut, 304: None, frozenset({401, 403, 409, 429}): ProblemOut},
    summary="The rules of the terminal's facility, by the day each version holds from",
    description="Knows If-None-Match. The roster says with its number when to ask.",
)
def get_rules(request: HttpRequest, response: HttpResponse) -> RulesOut | HttpResponse:
    """The number is read first, so that the rulebook knows at least as much: a terminal may ask once too often."""
    facility = signer(request).facility_id
    number = rules_number(facility)
    document = to_document(rulebook_of(facility))
    etag = _etag(number, document)
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
    response.headers["ETag"] = etag
    return RulesOut(number=number, rulebook=document, server_time=to_instant(timezone.now()))


def _etag(number: int, document: dict[str, object]) -> str:
    """Weak: the same at another server_time is the same."""
    return f'W/"{hashlib.sha256(json.dumps([number, document]).encode()).hexdigest()[:32]}"'
