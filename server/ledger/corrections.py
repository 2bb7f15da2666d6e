"""What staff record by hand: passages at the desk, passages taken back, visits put right (A14, A30).

Nothing is overwritten: a passage added is one more record, in the chain of the desk; one taken back keeps its record and
stops counting. Not in here: who may do it, and whether the member should be let in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from server.ledger.batch import Sealed
from server.ledger.closing import close_due, judging
from server.ledger.folding import make_anew
from server.ledger.models import BEGUN, BasisWords, Correction, Event, Rejection, Visit
from server.ledger.rows import Row, insert
from server.members.models import Member
from server.terminals.desk import desk_of
from server.terminals.models import Facility, Terminal, lock_facility
from visits.decision import Rule
from visits.event import FIRST_PREVIOUS, Clock, Kind, Position, Revocation, from_instant, to_instant, to_record
from visits.event import Event as Fact
from visits.timeline import plausible


class AheadOfTimeError(Exception):
    """What has not happened yet, or never could, is not recorded."""


class NotCountedError(Exception):
    """The passage does not count, so that there is nothing to take back: perhaps somebody else has done so meanwhile."""


class DoesNotFitError(Exception):
    """Times like these do not make one visit, and that one alone: another is in between, or the house opened before."""


@dataclass(frozen=True, slots=True)
class _Word:
    """Who says so, why, and when."""

    by: str
    note: str
    at: datetime


@transaction.atomic
def record_passage(  # noqa: PLR0913, PLR0917 - who, where, what, when, by whom and why
    facility: Facility, member: Member, kind: Kind, at: datetime, by: str, note: str, now: datetime
) -> Event:
    """Raises AheadOfTimeError."""
    lock_facility(facility.pk)
    added = _add(facility.pk, member, kind, at, now)
    _note(added, _Word(by, note, now), adds=added)
    _fold([added], now)
    return added


@transaction.atomic
def void(event: Event, by: str, note: str, now: datetime) -> None:
    """Raises NotCountedError."""
    lock_facility(event.facility_id)
    taken = _void(event.pk, _Word(by, note, now))
    _note(taken, _Word(by, note, now), voids=taken)
    _fold([taken], now)


@transaction.atomic
def void_visit(visit: Visit, by: str, note: str, now: datetime) -> None:
    """It did not happen: every passage of it is taken back. Raises NotCountedError where none is there any more."""
    lock_facility(visit.facility_id)
    _replace(visit, passages_of(visit), {}, _Word(by, note, now))


@transaction.atomic
def correct_times(  # noqa: PLR0913, PLR0917 - as above
    visit: Visit, entered_at: datetime | None, left_at: datetime | None, by: str, note: str, now: datetime
) -> Visit:
    """The visit as it is with these times; what they do not change keeps its records, None takes them back.

    Raises AheadOfTimeError, DoesNotFitError, NotCountedError where it has become another meanwhile.
    """
    lock_facility(visit.facility_id)
    entered_at, left_at = (None if at is None else _as_recorded(at) for at in (entered_at, left_at))
    stated = {Kind.CHECK_IN: entered_at, Kind.CHECK_OUT: left_at}
    held = {Kind.CHECK_IN: visit.entered_at, Kind.CHECK_OUT: None if visit.is_assumed() else visit.left_at}
    changed = {kind: at for kind, at in stated.items() if at != held[kind]}
    wrong = [event for event in passages_of(visit) if Kind(event.kind) in changed]
    wanted = {kind: at for kind, at in changed.items() if at is not None}
    others = _visits_of(visit) - {_shape(visit)}
    _replace(visit, wrong, wanted, _Word(by, note, now))
    began = {"entered_at": entered_at} if entered_at is not None else {"entered_at": None, "left_at": left_at}
    made = Visit.objects.filter(facility=visit.facility_id, member=visit.member_id, **began).first()
    if (
        made is None
        or (left_at is not None and made.left_at != left_at)
        or _visits_of(visit) - {_shape(made)} != others
    ):
        raise DoesNotFitError
    return made


def passages_of(visit: Visit) -> list[Event]:
    """Those that make the visit, in order. Raises NotCountedError where it has become another."""
    events = Event.objects.filter(facility=visit.facility_id, member=visit.member_id, rejection=None)
    visits = Visit.objects.filter(facility=visit.facility_id, member=visit.member_id)
    places = sorted(visits.values_list(BEGUN, "first_terminal", "first_seq"))
    mine = (visit.entered_at or visit.left_at, visit.first_terminal_id, visit.first_seq)
    if mine not in places:
        raise NotCountedError
    following = places[places.index(mine) + 1 :]
    return [
        event
        for event in sorted(events.filter(at__gte=mine[0]), key=_place)
        if _place(event) >= mine and not (following and _place(event) >= following[0])
    ]


def _visits_of(visit: Visit) -> set[tuple[object, ...]]:
    """All there are of the same member at the same facility."""
    return {_shape(each) for each in Visit.objects.filter(facility=visit.facility_id, member=visit.member_id)}


def _shape(visit: Visit) -> tuple[object, ...]:
    return visit.first_terminal_id, visit.first_seq, visit.entered_at, visit.left_at, visit.flags


def _replace(visit: Visit, wrong: Sequence[Event], wanted: dict[Kind, datetime], word: _Word) -> None:
    """One correction for each passage taken back, with the one added in its place, and for each of the others added."""
    taken = [_void(event.pk, word) for event in wrong]
    added = {kind: _add(visit.facility_id, visit.member, kind, at, word.at) for kind, at in wanted.items()}
    changed = [*taken, *added.values()]
    for event in taken:
        _note(event, word, voids=event, adds=added.pop(Kind(event.kind), None))
    for event in added.values():
        _note(event, word, adds=event)
    _fold(changed, word.at)


def _note(event: Event, word: _Word, *, voids: Event | None = None, adds: Event | None = None) -> None:
    assert event.member_id is not None  # by the database's constraint: it counted, or counts now
    Correction.objects.create(
        facility_id=event.facility_id,
        member_id=event.member_id,
        by=word.by,
        at=word.at,
        note=word.note,
        voids=voids,
        adds=adds,
    )


def _add(facility: UUID, member: Member, kind: Kind, at: datetime, now: datetime) -> Event:
    if at > now or not plausible(at):
        raise AheadOfTimeError
    desk = desk_of(facility)
    seq, previous = Event.objects.filter(terminal=desk).order_by("-seq").values_list("seq", "hash").first() or (
        0,
        FIRST_PREVIOUS,
    )
    sealed = Sealed.of(_record(desk, Position(desk.pk, seq + 1, bytes(previous)), kind, member.pk, at))
    row = Row(
        seq + 1,
        sealed.hash,
        sealed.text,
        kind=kind.value,
        member=member.pk,
        at=_as_recorded(at),
        basis=BasisWords.STATED.value,
    )
    insert(desk, [row], now)
    return Event.objects.get(terminal=desk, seq=row.seq)


def _record(desk: Terminal, position: Position, kind: Kind, member: UUID, at: datetime) -> dict[str, object]:
    """The desk never boots: its own id stands for that of its one boot."""
    return to_record(
        Fact(
            position=position,
            kind=kind,
            member=member,
            at=at,
            monotonic_ms=0,
            boot=desk.pk,
            boot_number=1,
            clock=Clock.SYNCHRONISED,
            rule=Rule.BY_STAFF,
            revocation=Revocation.NOT_CHECKED,
        )
    )


def _void(event: int, word: _Word) -> Event:
    current = Event.objects.get(pk=event)
    if current.rejection is not None:
        raise NotCountedError
    current.rejection = Rejection.VOIDED
    current.resolved_at, current.resolved_by, current.note = word.at, word.by, word.note
    current.save(update_fields=("rejection", "resolved_at", "resolved_by", "note"))
    return current


def _fold(changed: Sequence[Event], now: datetime) -> None:
    """All of one member at one facility."""
    for event in changed[:1]:
        assert event.member_id is not None  # by the database's constraint: it counted, or counts now
        by = judging(event.facility_id, now)
        make_anew(event.facility_id, {event.member_id: min(_place(each)[0] for each in changed)}, by)
        close_due(event.facility_id, by)


def _as_recorded(at: datetime) -> datetime:
    """Records have milliseconds."""
    return from_instant(to_instant(at))


def _place(event: Event) -> tuple[datetime, UUID, int]:
    assert event.at is not None  # by the database's constraint: it counted, or counts now
    return event.at, event.terminal_id, event.seq
