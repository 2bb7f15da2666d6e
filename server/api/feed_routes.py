"""What terminals follow: the roster.

Not in here: what a page says (roster).
"""

import hashlib
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from server.api.roster import Entry, Page, read_page
from server.api.schemas import ProblemOut, RosterMemberOut, RosterOut
from server.api.signed import TerminalSignature, signer
from visits.event import to_instant

router = Router(tags=["terminals"])


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
