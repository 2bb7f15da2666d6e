"""What is due where more of one organisation use the house at once than do so freely (A22-A23).

Judged from all visits, whatever the terminals knew: the hours begun of a charged stay, at the drop-in price of the tariff
in force on the day it began (C22). Every stay is one use: who comes back takes a place anew.
Not in here: who takes which place (colleagues), what a member was told at the door (decision), and whether it is waived.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from visits.bill import Bill, Charge, Line
from visits.calendar import house_day
from visits.colleagues import Use, is_charged, uses
from visits.dropin import Visitor
from visits.fees import hours_begun
from visits.fold import Visit
from visits.member import Kind, Membership, held_on
from visits.rulebook import Rulebook, tariff_on


@dataclass(frozen=True, slots=True)
class Charged:
    """`bill` is None while the stay goes on, and where the tariff of its day names no drop-in price."""

    use: Use
    entered_at: datetime
    bill: Bill | None


def charges(
    visits: Iterable[Visit], memberships: Mapping[UUID, Iterable[Membership]], rulebook: Rulebook
) -> tuple[Charged, ...]:
    """The charged uses of one facility in order of check-in, by who belonged to which organisation on the day.

    Visits of a day are given with all of it: of the colleagues too who pay nothing. `memberships` are by member.
    """
    together: defaultdict[tuple[UUID | None, Kind], list[Visit]] = defaultdict(list)
    for visit in visits:
        if visit.entered_at is not None:
            membership = held_on(memberships.get(visit.member, ()), house_day(visit.entered_at))
            if membership is not None:
                together[membership.organisation, membership.kind].append(visit)
    charged = [
        _charged(use, use.visit.entered_at, rulebook)
        for (_, kind), of_organisation in together.items()
        for use in uses(of_organisation)
        if is_charged(use.place, kind) and use.visit.entered_at is not None
    ]
    return tuple(sorted(charged, key=_order))


def _charged(use: Use, entered_at: datetime, rulebook: Rulebook) -> Charged:
    price = _an_hour(rulebook, house_day(entered_at))
    if use.visit.left_at is None or price is None:
        return Charged(use, entered_at, None)
    hours = hours_begun(use.visit.left_at - entered_at)
    lines = (Line(Charge.DROP_IN_HOUR, Visitor.GENERAL.value, hours, price),) if hours else ()
    return Charged(use, entered_at, Bill(lines))


def _an_hour(rulebook: Rulebook, day: date) -> int | None:
    tariff = tariff_on(rulebook, day)
    return None if tariff is None or tariff.drop_in is None else tariff.drop_in.general


def _order(charged: Charged) -> tuple[datetime, UUID, int]:
    return charged.entered_at, charged.use.visit.first_terminal, charged.use.visit.first_seq
