"""Stays that end because nobody heard of an end, and visits made anew when the rules of a past day become others.

A facility's visits are at any time those its present rules make of all its events (visits.fold). Terminals hear of every
visit that changes by this. Not in here: what is forgotten (visits.forgotten), and events as they arrive (ingest).
"""

import json
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db import transaction
from django.db.models import F, Min, Q, QuerySet

from server.house.number import rules_number
from server.house.rulebook import versions_of
from server.ledger.folding import Judging, as_rules, make_anew, store
from server.ledger.models import BEGUN, FoldedBy, Visit
from server.ledger.refolding import first_change
from server.terminals.models import Facility, lock_facility
from visits.calendar import day_begins
from visits.fold import closed_by
from visits.forgotten import forgotten
from visits.rulebook import NO_RULES, Rulebook, parse_rulebook, to_document

_TOGETHER = 500


def close_everywhere(now: datetime) -> int:
    """As close_forgotten, at each facility in a transaction of its own."""
    return sum(close_forgotten(facility, now) for facility in Facility.objects.values_list("pk", flat=True))


@transaction.atomic
def close_forgotten(facility: UUID, now: datetime) -> int:
    """How many stays were taken to have ended; cheap where there is nothing to do, and then nothing is locked."""
    number = rules_number(facility)
    rulebook = _rulebook(facility, number)
    if _is_made_by(facility, number) and not _is_due(facility, rulebook, now):
        return 0
    lock_facility(facility)
    return close_due(facility, judging(facility, now))


def judging(facility: UUID, now: datetime) -> Judging:
    """By what visits are to be made now, after those there are were brought up to it. For use with the facility locked."""
    number = rules_number(facility)
    by = Judging(_rulebook(facility, number), now)
    if not _is_made_by(facility, number):
        _make_by_other_rules(facility, by)
        document = json.dumps(to_document(by.rulebook))
        FoldedBy.objects.update_or_create(facility_id=facility, defaults={"number": number, "rulebook": document})
    return by


def close_due(facility: UUID, by: Judging) -> int:
    """For use with the facility locked."""
    if not _is_due(facility, by.rulebook, by.now):
        return 0
    present = as_rules(_open_by(facility, by.rulebook))
    closed = {visit: closed_by(visit, by.rulebook, by.now) for visit in present}
    ended = {visit: after for visit, after in closed.items() if after != visit}
    store(facility, list(ended), list(ended.values()))
    return len(ended)


# Rules of one number never change; reading them takes many times as long as a delivery that folds nothing.
@lru_cache(maxsize=64)
def _rulebook(facility: UUID, number: int) -> Rulebook:
    """Without prices, on which no visit depends: no price list keeps a past fact out."""
    return Rulebook(versions_of(facility)) if number else NO_RULES


def _is_made_by(facility: UUID, number: int) -> bool:
    return number == 0 or FoldedBy.objects.filter(facility=facility, number=number).exists()


def _is_due(facility: UUID, rulebook: Rulebook, now: datetime) -> bool:
    """Whoever came first is due first: one look into an index."""
    oldest = _open_by(facility, rulebook).aggregate(since=Min("entered_at"))["since"]
    return oldest is not None and forgotten(rulebook, oldest, now) is not None


def _open_by(facility: UUID, rulebook: Rulebook) -> QuerySet[Visit]:
    """Stays before there were rules never end by them."""
    if not rulebook.versions:
        return Visit.objects.none()
    begin = day_begins(rulebook.versions[0].valid_from)
    return Visit.objects.filter(facility=facility, left_at=None, entered_at__gte=begin)


def _make_by_other_rules(facility: UUID, by: Judging) -> None:
    row = FoldedBy.objects.filter(facility=facility).first()
    before = NO_RULES if row is None else parse_rulebook(json.loads(row.rulebook))
    first = Visit.objects.filter(facility=facility).aggregate(day=Min("day"))["day"]
    day = None if first is None else first_change(before, by.rulebook, first, by.now)
    if day is not None:
        _refold(facility, day_begins(day), by)


def _refold(facility: UUID, since: datetime, by: Judging) -> None:
    """Only what rules can decide: a stay that ended on its own day, as it should, is the same by any."""
    visits = Visit.objects.filter(facility=facility).alias(begun=BEGUN).filter(begun__gte=since)
    doubtful = Q(left_at=None) | ~Q(flags="") | Q(left_at__date__gt=F("day"))
    begun = visits.filter(doubtful).order_by().values("member").annotate(start=Min(BEGUN))
    starts = list(begun.values_list("member", "start"))
    for first in range(0, len(starts), _TOGETHER):
        make_anew(facility, dict(starts[first : first + _TOGETHER]), by)
