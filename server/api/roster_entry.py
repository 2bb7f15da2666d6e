"""One member as terminals know one: standing, cards and memberships, and what the ledger and the desk know.

Not in here: in which order members are told (roster), and the shape on the wire (schemas).
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from server.fees.stays import paid_until_of
from server.ledger.standing import standing_of
from server.members.models import CardLink, Member, Membership
from server.members.terms import effective_last, limits_of, told_on
from server.terminals.models import Facility
from visits import member as rules
from visits.calendar import house_day
from visits.limits import Usage
from visits.past import Past


@dataclass(frozen=True, slots=True)
class Entry:
    """Cards are 32-byte references, those in `replaced` of cards that others took the place of.

    `name` is None where names stay here; `usage` is None where the member never came, `past` where no
    visit has ended yet.
    """

    id: UUID
    standing: str
    name: str | None
    cards: tuple[bytes, ...]
    inside_since: datetime | None
    memberships: tuple[rules.Membership, ...]
    outside_since: datetime | None
    assumed: bool
    usage: Usage | None
    past: Past | None
    paid_until: datetime | None
    replaced: tuple[bytes, ...]


def entries(facility: Facility, rows: Sequence[Member], now: datetime) -> tuple[Entry, ...]:
    """In a constant number of queries."""
    ids = [row.pk for row in rows]
    where, paid, cards = standing_of(facility.pk, ids, now), paid_until_of(facility.pk, ids), _Cards(ids)
    memberships = _memberships(ids, house_day(now))
    return tuple(
        Entry(
            id=row.pk,
            standing=row.standing,
            name=row.name if facility.shows_names else None,
            cards=cards.in_use(row.pk),
            inside_since=where[row.pk].inside_since,
            memberships=memberships.get(row.pk, ()),
            outside_since=where[row.pk].outside_since,
            assumed=where[row.pk].assumed,
            usage=where[row.pk].usage if where[row.pk].usage.last else None,
            past=where[row.pk].past if where[row.pk].past.last else None,
            paid_until=paid.get(row.pk),
            replaced=cards.replaced(row.pk),
        )
        for row in rows
    )


class _Cards:
    """Read as plain rows, because thousands of members come at a time."""

    def __init__(self, members: Collection[UUID]) -> None:
        self._of: defaultdict[tuple[UUID, bool], list[bytes]] = defaultdict(list)
        links = CardLink.objects.filter(member__in=members)
        for member, reference, replaced_at in links.values_list("member_id", "card_reference", "replaced_at"):
            self._of[member, replaced_at is not None].append(bytes(reference))

    def in_use(self, member: UUID) -> tuple[bytes, ...]:
        return tuple(sorted(self._of.get((member, False), ())))

    def replaced(self, member: UUID) -> tuple[bytes, ...]:
        return tuple(sorted(self._of.get((member, True), ())))


def _memberships(members: Collection[UUID], day: date) -> dict[UUID, tuple[rules.Membership, ...]]:
    of: defaultdict[UUID, list[rules.Membership]] = defaultdict(list)
    fields = ("member_id", "kind", "first", "last", "paid_through", "organisation_id", "uses_in_month", "days_in_a_row")
    rows = Membership.objects.filter(member__in=members).order_by()
    for member, kind, first, last, paid_through, organisation, *limits in rows.values_list(*fields):
        end = effective_last(last, paid_through)
        of[member].append(rules.Membership(rules.Kind(kind), first, end, organisation, limits_of(*limits)))
    return {member: tuple(told_on(theirs, day)) for member, theirs in of.items()}
