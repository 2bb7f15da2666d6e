"""What terminals deliver.

Not in here: what is made of it (ledger).
"""

from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from server.api.rates import PER_TERMINAL
from server.api.schemas import AcknowledgementOut, BootIn, EventsIn, ProblemOut, RejectedOut
from server.api.signed import TerminalSignature, signer_of_its_own
from server.ledger.batch import Head, open_batch
from server.ledger.ingest import Delivery, ingest
from server.ledger.timing import Boot
from visits.event import ServerOffset, to_instant

router = Router(tags=["terminals"])


@router.post(
    "/terminals/{terminal_id}/events",
    auth=TerminalSignature(),
    throttle=PER_TERMINAL,
    response={200: AcknowledgementOut, frozenset({400, 401, 403, 409, 413, 422, 429}): ProblemOut},
    summary="Deliver the next events of a terminal's chain",
    description="Applied once and all together. A record that cannot be counted is kept, and named under rejected.",
)
def post_events(request: HttpRequest, terminal_id: UUID, body: EventsIn) -> AcknowledgementOut:
    terminal = signer_of_its_own(request, terminal_id)
    head = Head(body.head.seq, body.head.hash, body.head.signature)
    batch = open_batch(terminal.pk, bytes(terminal.public_key or b""), body.events, head)
    now = timezone.now()
    outcome = ingest(terminal, Delivery(batch, _boot(body.boot), frozenset(body.lost)), now)
    return AcknowledgementOut(
        acknowledged=outcome.acknowledged,
        rejected=[RejectedOut(seq=each.seq, code=each.code, detail=each.detail) for each in outcome.rejected],
        conflicts=list(outcome.conflicts),
        server_time=to_instant(now),
    )


def _boot(said: BootIn | None) -> Boot | None:
    return None if said is None else Boot(said.boot, ServerOffset(said.offset_ms, said.error_ms))
