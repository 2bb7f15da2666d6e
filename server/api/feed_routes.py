"""What terminals follow: the roster, and what became of their records. Asked with `wait`, the answer comes with the news.

Not in here: what a page says (roster), how news are noticed (feed).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from server.api.rates import PER_TERMINAL
from server.api.roster import Page, read_page
from server.api.roster_entry import Entry
from server.api.schemas import MOST_WAIT_SECONDS, ProblemOut, RosterMemberOut, RosterOut
from server.api.signed import TerminalSignature, signer
from server.feed.mark import Mark, marks
from server.feed.signals import database_signals
from server.feed.standing import acknowledged, set_aside
from server.feed.waiting import WaitingRoom
from server.house.number import rules_number
from server.terminals.models import Terminal
from server.terminals.signature import TerminalRevokedError
from visits.event import to_instant
from visits.member import Membership

SEATS = 48
"""Per process, well below gunicorn's threads, so that deliveries and the console never wait for waiters."""

router = Router(tags=["terminals"])
waiting_room: WaitingRoom[Mark] = WaitingRoom(SEATS, marks, database_signals)


@dataclass(frozen=True, slots=True)
class _Feed:
    """All an answer says but the time. `acknowledged` was read before the page, so the page knows at least as much."""

    acknowledged: int
    set_aside: list[int]
    rules: int
    page: Page

    @property
    def etag(self) -> str:
        """Where the terminal stands once it has taken this answer: the same tag for all answers that lead there.

        Weak: the same at another server_time is the same.
        """
        where = repr((self.page.cursor, self.acknowledged, self.set_aside, self.rules))
        return f'W/"{hashlib.sha256(where.encode()).hexdigest()[:32]}"'


@router.get(
    "/roster",
    auth=TerminalSignature(),
    throttle=PER_TERMINAL,
    response={200: RosterOut, 304: None, frozenset({401, 403, 409, 422, 429}): ProblemOut},
    summary="Who may come in: a snapshot, then what changed since the cursor",
    description=(
        "Without a cursor, or with one that is no longer understood, a snapshot begins. Knows If-None-Match: the tag of "
        "the answer that gave the cursor. With wait, an answer without news is kept back for so many seconds at most; "
        "it comes at once where too many are waiting."
    ),
)
def get_roster(
    request: HttpRequest,
    response: HttpResponse,
    cursor: str | None = None,
    wait: Annotated[int, Query(ge=0, le=MOST_WAIT_SECONDS)] = 0,
) -> RosterOut | HttpResponse:
    terminal, known = signer(request), request.headers.get("If-None-Match")
    mark = marks([terminal.pk])[terminal.pk] if wait else None
    feed = _read(terminal, cursor)
    if mark is not None and not _has_news(feed, known):
        connections.close_all()
        waiting_room.wait(terminal.pk, mark, wait)
        _still_admitted(terminal.pk)
        feed = _read(terminal, cursor)
    if known == feed.etag and _is_empty(feed.page):
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": feed.etag})
    response.headers["ETag"] = feed.etag
    return RosterOut(
        cursor=feed.page.cursor,
        snapshot=feed.page.snapshot,
        members=[_member(entry) for entry in feed.page.members],
        removed=list(feed.page.removed),
        more=feed.page.more,
        acknowledged=feed.acknowledged,
        set_aside=feed.set_aside,
        rules=feed.rules,
        server_time=to_instant(timezone.now()),
    )


def _read(terminal: Terminal, cursor: str | None) -> _Feed:
    held, quarantine = acknowledged(terminal.pk), set_aside(terminal.pk)
    rules = rules_number(terminal.facility_id)
    return _Feed(held, quarantine, rules, read_page(terminal.facility_id, cursor, timezone.now()))


def _has_news(feed: _Feed, known: str | None) -> bool:
    return not _is_empty(feed.page) or known not in {None, feed.etag}


def _is_empty(page: Page) -> bool:
    return not (page.snapshot or page.members or page.removed or page.more)


def _still_admitted(terminal: UUID) -> None:
    if not Terminal.objects.filter(pk=terminal, revoked_at=None).exists():
        raise TerminalRevokedError


def _member(entry: Entry) -> RosterMemberOut:
    usage = entry.usage
    return RosterMemberOut.model_validate(
        {
            "id": entry.id,
            "standing": entry.standing,
            "name": entry.name,
            "cards": [card.hex() for card in entry.cards],
            "inside_since": _instant(entry.inside_since),
            "memberships": [_membership(each) for each in entry.memberships],
            "outside_since": _instant(entry.outside_since),
            "assumed": entry.assumed,
            "usage": usage
            and {"last": usage.last, "uses_in_month": usage.uses_in_month, "days_in_a_row": usage.days_in_a_row},
            "past": entry.past and {"last": entry.past.last, "minutes": entry.past.minutes},
            "paid_until": _instant(entry.paid_until),
            "replaced_cards": [card.hex() for card in entry.replaced],
        }
    )


def _membership(membership: Membership) -> dict[str, object]:
    return {
        "kind": membership.kind.value,
        "first": membership.first,
        "last": membership.last,
        "organisation": membership.organisation,
        "uses_in_month": membership.limits.uses_in_month,
        "days_in_a_row": membership.limits.days_in_a_row,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else to_instant(at)
