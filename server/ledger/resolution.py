"""What staff can do about a rejected record: have it judged again, or close the matter with a note.

Both commit at once; terminals that wait for news of their records are woken by that. Not in here: who may do it, and
the words (sentences).
"""

import json
from datetime import datetime

from django.db import transaction

from server.ledger.batch import Sealed
from server.ledger.closing import judging
from server.ledger.folding import follow, latest
from server.ledger.judging import judge, passage, read
from server.ledger.models import BasisWords, Event, Rejection
from server.ledger.timing import known_offsets
from server.terminals.models import lock_facility
from visits.event import Event as Fact
from visits.event import parse_event
from visits.timeline import Timing, timeline

_AS_THEY_ARE = (None, Rejection.LOST, Rejection.VOIDED)


@transaction.atomic
def try_again(event: Event, by: str, now: datetime) -> Rejection | None:
    """Judges a rejected record anew and counts it where nothing stands against it any more.

    Returns None where it is counted, else why not. `by` is the name of the account that asked.
    """
    lock_facility(event.facility_id)
    event.refresh_from_db()
    if event.rejection in _AS_THEY_ARE:
        return None if event.rejection is None else Rejection(event.rejection)
    reading = read(json.loads(event.record))
    facts = [reading] if isinstance(reading, Fact) else []
    by_rules = judging(event.facility_id, now)
    before = latest(event.facility_id, {fact.member for fact in facts})
    timing = _timing(event, facts[0]) if facts else None
    row = judge(event.seq, Sealed({}, event.record, bytes(event.hash)), reading, timing, before)
    event.rejection, event.rejection_detail = row.rejection, row.rejection_detail
    event.kind, event.member_id, event.at = row.kind, row.member, row.at
    event.boot, event.basis = row.boot, row.basis
    if row.rejection is None:
        event.resolved_at, event.resolved_by = now, by
    event.save()
    counted = passage(event.terminal_id, row)
    follow(event.facility_id, before, [counted] if counted else [], {}, by_rules)
    return None if row.rejection is None else Rejection(row.rejection)


@transaction.atomic
def close(event: Event, note: str, by: str, now: datetime) -> None:
    """The record stays what it is, and no longer waits for anybody. What was closed or counted before stays so."""
    Event.objects.filter(pk=event.pk, rejection__isnull=False, resolved_at=None).update(
        resolved_at=now, resolved_by=by, note=note
    )


def _timing(event: Event, fact: Fact) -> Timing:
    """As it would have been had the record been understood among its neighbours."""
    neighbours = Event.objects.filter(terminal=event.terminal_id, at__isnull=False).exclude(pk=event.pk)
    before = neighbours.filter(seq__lt=event.seq).order_by("-seq").values_list("at", flat=True).first()
    certain = neighbours.filter(seq__gt=event.seq).exclude(basis=BasisWords.DOUBTFUL).order_by("seq").first()
    following = [] if certain is None else [parse_event(json.loads(certain.record))]
    chain = [fact, *following]
    return timeline(chain, known_offsets(event.terminal_id, {each.boot for each in chain}), before)[0]
