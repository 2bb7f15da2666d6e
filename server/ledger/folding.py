"""Keeping the visits what the rules make of the events.

What arrives in order goes on from each member's visit that has not ended, or whose end was only assumed; what arrives
late makes anew the visits from the one it falls into. Either way a member's years of history are not read.
Not in here: the rules (visits.fold), and stays that end because nothing more is heard (closing).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from itertools import groupby
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from server.ledger.models import BEGUN, BasisWords, Event, Visit
from server.ledger.standing import last_visits, latest_first
from server.members.models import Member
from server.members.roster_change import record_changes
from server.rows import Value, upsert
from visits import fold as rules
from visits.event import Kind
from visits.rulebook import Rulebook

_Place = tuple[datetime, UUID, int]
_NO_TERMINAL = UUID(int=0)
_TABLE = Visit._meta.db_table  # noqa: SLF001 - Django's name for it is public
_NAME = ("first_terminal_id", "first_seq")
_COLUMNS = {
    "facility_id": "uuid",
    "member_id": "uuid",
    "first_terminal_id": "uuid",
    "first_seq": "bigint",
    "day": "date",
    "entered_at": "timestamptz",
    "left_at": "timestamptz",
    "flags": "text",
}


@dataclass(frozen=True, slots=True)
class Latest:
    """How far a known member's events go at a facility, and the visit there that may still go on."""

    passed_at: datetime | None = None
    visit: rules.Visit | None = None


@dataclass(frozen=True, slots=True)
class Judging:
    """By what visits are made: the rules, and the time by which a forgotten check-out is assumed."""

    rulebook: Rulebook
    now: datetime


def latest(facility: UUID, members: Collection[UUID]) -> dict[UUID, Latest]:
    """Of those members that are known here."""
    visits = latest_first(Visit.objects.filter(facility=facility, member=OuterRef("pk")))
    rows = Member.objects.filter(pk__in=members).order_by()
    last = (Subquery(visits.values(field)[:1]) for field in ("pk", "left_at", "flags"))
    found = list(rows.values_list("pk", *last))
    known = {member: Latest(left_at) for member, _, left_at, _ in found}
    unended = [visit for _, visit, left_at, flags in found if visit is not None and _may_go_on(left_at, flags)]
    if unended:
        inside = as_rules(Visit.objects.filter(pk__in=unended))
        known |= {visit.member: Latest(visit.entered_at, visit) for visit in inside}
    return known | _come_again(facility, known)


def _may_go_on(left_at: datetime | None, flags: str) -> bool:
    return left_at is None or rules.Flag.FORGOTTEN_CHECK_OUT.value in flags


def _come_again(facility: UUID, known: Mapping[UUID, Latest]) -> dict[UUID, Latest]:
    """A visit that was entered again does not itself say when."""
    again = {
        member: each.visit
        for member, each in known.items()
        if each.visit and rules.Flag.REPEATED_CHECK_IN in each.visit.flags
    }
    if not again:
        return {}
    events = Event.objects.filter(facility=facility, member=OuterRef("pk"), rejection=None).order_by("-at")
    rows = Member.objects.filter(pk__in=again).order_by().values_list("pk", Subquery(events.values("at")[:1]))
    return {member: Latest(at, again[member]) for member, at in rows}


def follow(
    facility: UUID,
    before: Mapping[UUID, Latest],
    fresh: Sequence[rules.Passage],
    moved: Mapping[UUID, datetime],
    by: Judging,
) -> None:
    """Brings the visits up to date after `fresh` passages were stored, and tells terminals whose visits changed.

    `before` is how their members stood before that; `moved` names members of whom something else became another, and
    the earliest instant of it. For use inside a transaction that has the facility locked.
    """
    late = dict(moved)
    held: list[rules.Visit] = []
    wanted: list[rules.Visit] = []
    for member, passages in _by_member(fresh).items():
        latest_at, last = before[member].passed_at, before[member].visit
        if member in late or (latest_at is not None and passages[0].at <= latest_at):
            late[member] = min(late.get(member, passages[0].at), passages[0].at)
        else:
            held += [] if last is None else [last]
            wanted += rules.carried_on(last, passages, by.rulebook, by.now)
    if late:
        held_anew, wanted_anew = _anew(facility, late, by)
        held += held_anew
        wanted += wanted_anew
    store(facility, held, wanted)


def make_anew(facility: UUID, starts: Mapping[UUID, datetime], by: Judging) -> None:
    """The visits of these members, each from the one on into which its instant falls."""
    store(facility, *_anew(facility, starts, by))


def inside_since(facility: UUID, members: Collection[UUID]) -> dict[UUID, datetime]:
    """Of these members, those who are inside the facility, and since when."""
    present = Visit.objects.filter(facility_id=facility, member__in=members, left_at=None, entered_at__isnull=False)
    return {visit.member_id: visit.entered_at for visit in present if visit.entered_at is not None}


def as_rules(visits: QuerySet[Visit]) -> list[rules.Visit]:
    rows = visits.order_by().values_list(
        "member_id", "first_terminal_id", "first_seq", "entered_at", "left_at", "flags"
    )
    return [
        rules.Visit(member, terminal, seq, entered, left, _flags(words))
        for member, terminal, seq, entered, left, words in rows
    ]


@cache
def _flags(words: str) -> frozenset[rules.Flag]:
    return frozenset(rules.Flag(word) for word in words.split())


def _by_member(passages: Iterable[rules.Passage]) -> dict[UUID, list[rules.Passage]]:
    """Each member's in order."""
    of: defaultdict[UUID, list[rules.Passage]] = defaultdict(list)
    for passage in passages:
        of[passage.member].append(passage)
    for theirs in of.values():
        theirs.sort(key=rules.Passage.place)
    return of


def _anew(
    facility: UUID, starts: Mapping[UUID, datetime], by: Judging
) -> tuple[list[rules.Visit], tuple[rules.Visit, ...]]:
    """The visits as they are stored and as they should be, of each member from the visit that `starts` falls into on.

    Before a visit opens its member is outside, whatever came before: so the fold may begin at any visit's first event.
    """
    stored = _ending_or_beginning_since(facility, starts.keys(), min(starts.values()))
    cuts = {member: _cut(stored[member], start) for member, start in starts.items()}
    held = [visit for member, visits in stored.items() for visit in visits if _place(visit) >= cuts[member]]
    return held, rules.fold(_passages_since(facility, cuts), by.rulebook, by.now)


def _ending_or_beginning_since(
    facility: UUID, members: Collection[UUID], since: datetime
) -> dict[UUID, list[rules.Visit]]:
    """All visits that begin at `since` or later, and each member's last one before."""
    visits = Visit.objects.filter(facility=facility).alias(begun=BEGUN)
    last = last_visits(visits.filter(begun__lt=since), members).values()
    found = [
        *as_rules(Visit.objects.filter(pk__in=[visit.pk for visit in last])),
        *as_rules(visits.filter(member__in=members, begun__gte=since)),
    ]
    of: dict[UUID, list[rules.Visit]] = {member: [] for member in members}
    for visit in found:
        of[visit.member].append(visit)
    return of


def _cut(visits: Iterable[rules.Visit], start: datetime) -> _Place:
    """The place of the first event of the visit in which `start` falls, else of anything at `start`.

    It may fall into a visit that ended before it, where that end was only assumed.
    """
    before = max((visit for visit in visits if _place(visit)[0] < start), key=_place, default=None)
    if before is None:
        return start, _NO_TERMINAL, 0
    over = before.left_at is not None and before.left_at < start and not _is_assumed(before)
    return (start, _NO_TERMINAL, 0) if over else _place(before)


def _is_assumed(visit: rules.Visit) -> bool:
    return rules.Flag.FORGOTTEN_CHECK_OUT in visit.flags


def _passages_since(facility: UUID, cuts: Mapping[UUID, _Place]) -> Iterable[rules.Passage]:
    """Those of one day are read together, so that one member who never checked out costs the others nothing."""
    by_day = sorted(cuts.items(), key=lambda each: each[1])
    for _, of_day in groupby(by_day, key=lambda each: each[1][0].date()):
        together = dict(of_day)
        rows = Event.objects.filter(
            facility=facility, member__in=together, rejection=None, at__gte=min(together.values())[0]
        ).order_by()
        for member, kind, at, terminal, seq, basis in rows.values_list(
            "member_id", "kind", "at", "terminal_id", "seq", "basis"
        ):
            if at is not None and (at, terminal, seq) >= together[member]:
                yield rules.Passage(member, Kind(kind), at, terminal, seq, basis == BasisWords.DOUBTFUL)


def store(facility: UUID, held: Sequence[rules.Visit], wanted: Sequence[rules.Visit]) -> None:
    stored, made = {_name(visit): visit for visit in held}, {_name(visit): visit for visit in wanted}
    for terminal, seq in stored.keys() - made.keys():
        Visit.objects.filter(first_terminal=terminal, first_seq=seq).delete()
    # A visit is for ever named by the event that opened it, so what is inserted can only meet its own former self.
    zone = timezone.get_current_timezone()
    changed = [visit for name, visit in made.items() if stored.get(name) != visit]
    upsert(_TABLE, _NAME, _COLUMNS, [_row(facility, visit, zone) for visit in changed])
    gone = [visit for name, visit in stored.items() if name not in made]
    if concerned := {visit.member for visit in [*changed, *gone]}:
        record_changes(facility, concerned)


def _row(facility: UUID, visit: rules.Visit, zone: tzinfo) -> tuple[Value, ...]:
    return (
        facility,
        visit.member,
        visit.first_terminal,
        visit.first_seq,
        _place(visit)[0].astimezone(zone).date(),
        visit.entered_at,
        visit.left_at,
        " ".join(sorted(flag.value for flag in visit.flags)),
    )


def _name(visit: rules.Visit) -> tuple[UUID, int]:
    return visit.first_terminal, visit.first_seq


def _place(visit: rules.Visit) -> _Place:
    begun = visit.entered_at or visit.left_at
    assert begun is not None  # by the database's constraint
    return begun, visit.first_terminal, visit.first_seq
