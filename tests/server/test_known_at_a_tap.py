"""What the ledger knows at a tap: where the member is, who else is inside, how often the member came (A22-A23, C34)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from machine.signing_terminal import SigningTerminal
from server.ledger.models import Visit
from server.ledger.situation import situation_of
from server.members.models import Member, Membership, Organisation
from server.terminals.models import Facility
from visits.event import Kind
from visits.limits import UNUSED, Usage
from visits.occupancy import Inside, Outside

NINE = datetime(2026, 11, 18, 0, tzinfo=UTC)
"""In the house."""

TODAY = date(2026, 11, 18)
HOUR = timedelta(hours=1)


@pytest.fixture
def firm(db: None) -> Organisation:
    return Organisation.objects.create(name="青葉製作所", registered_on=date(2025, 4, 1))


def of(firm: Organisation | None, facility: Facility, number: int, last: date | None = None) -> Member:
    member = Member.objects.create(home_facility=facility, number=str(number), name="誰か", standing="active")
    if firm is not None:
        Membership.objects.create(member=member, kind="corporate", organisation=firm, first=date(2026, 4, 1), last=last)
    return member


def test_who_never_came_is_outside(facility: Facility) -> None:
    situation = situation_of(of(None, facility, 1), facility, NINE)

    assert (situation.presence, situation.inside, situation.colleagues) == (Outside(), 0, 0)
    assert situation.usage == UNUSED


def test_a_member_is_where_the_last_visit_ends_and_at_a_time_gone_by_where_it_ended_then(
    terminal: SigningTerminal, facility: Facility
) -> None:
    member = of(None, facility, 1)
    terminal.deliver(*terminal.stay(member.pk, NINE, 2 * HOUR))

    presences = [situation_of(member, facility, NINE + n * HOUR).presence for n in (-1, 0, 1, 2)]

    assert presences == [Outside(), Inside(NINE), Inside(NINE), Outside(NINE + 2 * HOUR)]


def test_an_end_that_was_assumed_is_left_to_the_rules(terminal: SigningTerminal, facility: Facility) -> None:
    member = of(None, facility, 1)
    terminal.deliver(terminal.record(member.pk, at=NINE))
    Visit.objects.update(left_at=NINE + 10 * HOUR, flags="forgotten_check_out")

    assert situation_of(member, facility, NINE + 24 * HOUR).presence == Inside(NINE)


def test_colleagues_are_the_others_of_the_organisation_who_are_inside(
    terminal: SigningTerminal, facility: Facility, firm: Organisation
) -> None:
    other_firm = Organisation.objects.create(name="春野商店", registered_on=date(2025, 4, 1))
    me, inside, gone, former, elsewhere = (
        of(firm, facility, 1),
        of(firm, facility, 2),
        of(firm, facility, 3),
        of(firm, facility, 4, last=TODAY - timedelta(days=1)),
        of(other_firm, facility, 5),
    )
    terminal.deliver(
        *(terminal.record(each.pk, at=NINE) for each in (me, inside, gone, former, elsewhere)),
        terminal.record(gone.pk, Kind.CHECK_OUT, NINE + HOUR),
    )

    before, after = (situation_of(me, facility, NINE + n * HOUR) for n in (0, 1))

    assert (before.colleagues, before.inside) == (2, 5)
    assert (after.colleagues, after.inside) == (1, 4)


def test_nobody_counts_as_inside_from_one_day_of_the_house_into_the_next(
    terminal: SigningTerminal, facility: Facility, firm: Organisation
) -> None:
    me, colleague = of(firm, facility, 1), of(firm, facility, 2)
    terminal.deliver(terminal.record(colleague.pk, at=NINE))
    midnight = NINE + 15 * HOUR

    seen = [situation_of(me, facility, at) for at in (midnight - timedelta(milliseconds=1), midnight)]

    assert [(each.colleagues, each.inside) for each in seen] == [(1, 1), (0, 0)]


def test_usage_is_of_what_had_happened_by_then(terminal: SigningTerminal, facility: Facility) -> None:
    member = of(None, facility, 1)
    stays = [terminal.stay(member.pk, NINE + timedelta(days=n), HOUR) for n in (-1, 0)]
    terminal.deliver(*(record for stay in stays for record in stay))

    before, after = (situation_of(member, facility, NINE + at).usage for at in (-timedelta(milliseconds=1), HOUR))

    assert before == Usage(TODAY - timedelta(days=1), 1, 1)
    assert after == Usage(TODAY, 2, 2)


def test_the_time_paid_for_is_passed_on(facility: Facility) -> None:
    assert situation_of(of(None, facility, 1), facility, NINE, paid_until=NINE + HOUR).paid_until == NINE + HOUR
