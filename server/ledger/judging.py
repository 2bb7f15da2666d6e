"""What a record is worth: counted, or kept aside with the reason.

Pure. Not in here: where records are kept, and what staff are told (sentences).
"""

from collections.abc import Container, Mapping
from uuid import UUID

from server.ledger.batch import Sealed
from server.ledger.chain import DESTROYED
from server.ledger.models import BasisWords, Rejection
from server.ledger.rows import Row
from visits.event import Event, EventError, Kind, parse_event
from visits.fold import Passage
from visits.timeline import Basis, Timing, plausible

Reading = Event | EventError


def read(record: Mapping[str, object]) -> Reading:
    try:
        return parse_event(record)
    except EventError as error:
        return error


def judge(seq: int, sealed: Sealed, reading: Reading, timing: Timing | None, known: Container[UUID]) -> Row:
    """`timing` is there where the reading is an event; `known` are the members it may name."""
    if isinstance(reading, EventError) or timing is None:
        return Row(seq, sealed.hash, sealed.text, Rejection.UNREADABLE.value, str(reading))
    if not plausible(timing.at):
        detail = "at: is in no year of this system"
        return Row(seq, sealed.hash, sealed.text, Rejection.IMPLAUSIBLE_TIME.value, detail)
    is_known = reading.member in known
    return Row(
        seq,
        sealed.hash,
        sealed.text,
        rejection=None if is_known else Rejection.UNKNOWN_MEMBER.value,
        rejection_detail="" if is_known else "member: is not known here",
        kind=reading.kind.value,
        member=reading.member if is_known else None,
        at=timing.at,
        boot=None if timing.basis is Basis.OFFSET else reading.boot,
        basis=timing.basis.value,
    )


def destroyed(seq: int) -> Row:
    return Row(seq, DESTROYED, "", Rejection.LOST.value)


def passage(terminal: UUID, row: Row) -> Passage | None:
    """None of a row that does not count."""
    if row.rejection is not None or row.member is None or row.at is None:
        return None
    return Passage(row.member, Kind(row.kind), row.at, terminal, row.seq, row.basis == BasisWords.DOUBTFUL)
