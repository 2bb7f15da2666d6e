"""Both sides of every number, date and minute on which a tap is decided (A22-A23, A38, A61, C6, C15, C17, C34)."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest

from visits.calendar import HOUSE_TIME, Calendar, Hours, YearlyClosure
from visits.decision import Admitted, Decision, Direction, Fee, Refused, Rule, Situation, decide
from visits.limits import UNLIMITED, UNUSED, Limits, Usage
from visits.member import Kind, Member, Membership, Standing, held_on
from visits.occupancy import UNKNOWN, Capacity, Inside, Outside, Presence, Unknown
from visits.rulebook import NO_RULES, Rulebook, Version
from visits.tariff import DropInPrices, Tariff

DAY = date(2026, 11, 24)
ORGANISATION = UUID(int=7)
MICROSECOND = timedelta.resolution
MILLISECOND = timedelta(milliseconds=1)
A_DAY = timedelta(days=1)

HOURS = Hours(time(10), time(19))
CALENDAR = Calendar((HOURS,) * 7, yearly=(YearlyClosure((12, 29), (1, 3)),), last_check_in_minutes=30)
TARIFFS = (Tariff(date(2026, 4, 1), drop_in=DropInPrices(300, 150)), Tariff(DAY, drop_in=DropInPrices(350, 150)))

ENTERS = Admitted(Direction.IN, Rule.ACTIVE_MEMBER)
CAME_BACK = Admitted(Direction.IN, Rule.CAME_BACK)
LEAVES = Admitted(Direction.OUT, Rule.LEAVING_IS_FREE)


def house(*, limits: Limits = UNLIMITED, capacity: Capacity | None = None, seconds: int = 0) -> Rulebook:
    return Rulebook((Version(date(2026, 4, 1), CALENDAR, limits, capacity, seconds),), TARIFFS)


def member(*memberships: Membership) -> Member:
    return Member(UUID(int=1), Standing.ACTIVE, memberships=memberships)


def of_kind(kind: Kind, organisation: UUID | None = None) -> Member:
    return member(Membership(kind, date(2020, 1, 1), None, organisation))


COLLEAGUE = of_kind(Kind.CORPORATE, ORGANISATION)
PUPIL = of_kind(Kind.SCHOOL, ORGANISATION)
INDIVIDUAL = of_kind(Kind.INDIVIDUAL)
VISITOR = of_kind(Kind.DROP_IN)
PARTNER = of_kind(Kind.PARTNER, ORGANISATION)
STAFF = of_kind(Kind.STAFF)


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), HOUSE_TIME)


NOON = moment(DAY, 12)


def enters(
    who: Member, rulebook: Rulebook | None = None, at: datetime = NOON, situation: Situation | None = None
) -> Decision:
    return decide(Direction.IN, who, situation or Situation(Outside()), rulebook or house(), at)


def leaves(presence: Presence, rulebook: Rulebook, at: datetime, paid_until: datetime | None = None) -> Decision:
    return decide(Direction.OUT, VISITOR, Situation(presence, paid_until=paid_until), rulebook, at)


# Memberships: both days inclusive, at midnight in Japan.

ALWAYS_OPEN = Rulebook((Version(date(2020, 1, 1), Calendar((Hours(time(0), time(23, 59)),) * 7)),))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 11, 24), date(2026, 11, 30)),
        (date(2028, 2, 29), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_a_membership_begins_and_ends_at_midnight_in_japan(first: date, last: date) -> None:
    whose = member(Membership(Kind.INDIVIDUAL, first, last))
    begins, last_minute = moment(first, 0), moment(last, 23, 58)
    assert enters(whose, ALWAYS_OPEN, begins - MICROSECOND) == Refused(Rule.NOT_YET_BEGUN)
    assert enters(whose, ALWAYS_OPEN, begins) == ENTERS
    assert enters(whose, ALWAYS_OPEN, last_minute) == ENTERS
    assert enters(whose, ALWAYS_OPEN, moment(last + A_DAY, 0) - MICROSECOND) == Refused(Rule.CLOSED)
    assert enters(whose, ALWAYS_OPEN, moment(last + A_DAY, 0)) == Refused(Rule.MEMBERSHIP_ENDED)


def test_the_day_is_the_houses_own_whatever_the_zone_of_the_instant() -> None:
    whose = member(Membership(Kind.INDIVIDUAL, DAY, DAY))
    assert enters(whose, ALWAYS_OPEN, datetime(2026, 11, 23, 14, 59, 59, tzinfo=UTC)) == Refused(Rule.NOT_YET_BEGUN)
    assert enters(whose, ALWAYS_OPEN, datetime(2026, 11, 23, 15, tzinfo=UTC)) == ENTERS


def test_between_two_memberships_the_last_one_has_ended() -> None:
    gap = member(Membership(Kind.INDIVIDUAL, DAY - A_DAY, DAY - A_DAY), Membership(Kind.INDIVIDUAL, DAY + A_DAY))
    assert enters(gap) == Refused(Rule.MEMBERSHIP_ENDED)


def test_the_membership_of_the_day_decides_of_several() -> None:
    until_today = Membership(Kind.INDIVIDUAL, date(2026, 4, 1), DAY)
    staff_since_today = Membership(Kind.STAFF, DAY)
    switched = member(until_today, staff_since_today)
    assert enters(switched, at=NOON - A_DAY) == ENTERS
    assert enters(switched) == Admitted(Direction.IN, Rule.STAFF)


def test_of_memberships_of_one_day_the_same_one_holds_in_whatever_order_they_are_given() -> None:
    one, other = Membership(Kind.INDIVIDUAL, DAY), Membership(Kind.CORPORATE, DAY, None, ORGANISATION)
    assert held_on((one, other), DAY) == held_on((other, one), DAY)
    assert held_on((one, other), DAY - A_DAY) is None


def test_of_memberships_that_differ_only_in_their_end_the_one_that_lasts_holds() -> None:
    ending, lasting = Membership(Kind.INDIVIDUAL, DAY, DAY + A_DAY), Membership(Kind.INDIVIDUAL, DAY)
    assert held_on((ending, lasting), DAY) == held_on((lasting, ending), DAY) == lasting


@pytest.mark.parametrize("organisation", [None, ORGANISATION])
@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.value)
def test_an_organisation_is_named_where_membership_comes_through_one(kind: Kind, organisation: UUID | None) -> None:
    through = kind in {Kind.CORPORATE, Kind.SCHOOL, Kind.PARTNER}
    if through is (organisation is not None):
        assert Membership(kind, DAY, None, organisation).covers(DAY)
    else:
        with pytest.raises(ValueError, match="organisation"):
            Membership(kind, DAY, None, organisation)


def test_a_membership_of_one_day_is_one_and_a_shorter_one_is_none() -> None:
    assert Membership(Kind.DAILY, DAY, DAY).covers(DAY)
    with pytest.raises(ValueError, match="begins before it ends"):
        Membership(Kind.DAILY, DAY, DAY - A_DAY)


# Colleagues: 3 and 10 use the house freely, whoever is one more pays.


@pytest.mark.parametrize(
    ("who", "colleagues", "fee"),
    [
        (COLLEAGUE, 0, None),
        (COLLEAGUE, 1, None),
        (COLLEAGUE, 2, None),
        (COLLEAGUE, 3, Fee(place=4, free=3, per_hour=350)),
        (COLLEAGUE, 4, Fee(place=5, free=3, per_hour=350)),
        (PUPIL, 3, None),
        (PUPIL, 9, None),
        (PUPIL, 10, Fee(place=11, free=10, per_hour=350)),
        (PUPIL, 11, Fee(place=12, free=10, per_hour=350)),
        (INDIVIDUAL, 30, None),
        (STAFF, 30, None),
    ],
)
def test_the_fourth_colleague_and_the_eleventh_of_a_school_are_told_of_a_fee(
    who: Member, colleagues: int, fee: Fee | None
) -> None:
    decided = enters(who, situation=Situation(Outside(), colleagues=colleagues))
    assert isinstance(decided, Admitted)
    assert decided.fee == fee
    assert (decided.rule is Rule.OVER_LIMIT) is (fee is not None)


def test_the_fee_is_that_of_the_tariff_of_the_day() -> None:
    situation = Situation(Outside(), colleagues=3)
    assert enters(COLLEAGUE, at=NOON - A_DAY, situation=situation) == Admitted(
        Direction.IN, Rule.OVER_LIMIT, Fee(4, 3, 300)
    )


@pytest.mark.parametrize("tariffs", [(), (Tariff(DAY),), (Tariff(DAY + A_DAY, drop_in=DropInPrices(1, 1)),)])
def test_a_fee_without_a_price_is_told_without_one(tariffs: tuple[Tariff, ...]) -> None:
    rulebook = Rulebook(house().versions, tariffs)
    decided = enters(COLLEAGUE, rulebook, situation=Situation(Outside(), colleagues=3))
    assert decided == Admitted(Direction.IN, Rule.OVER_LIMIT, Fee(4, 3, None))


def test_whoever_comes_back_as_the_fourth_pays_too() -> None:
    situation = Situation(Outside(), colleagues=3, usage=Usage(DAY, 1, 1))
    assert enters(COLLEAGUE, situation=situation) == Admitted(Direction.IN, Rule.OVER_LIMIT, Fee(4, 3, 350))


# Capacity: the house is crowded with as many inside as it holds; only a hard one keeps out.


@pytest.mark.parametrize(("inside", "crowded"), [(0, False), (79, False), (80, True), (81, True)])
def test_a_soft_capacity_is_told_and_keeps_nobody_out(inside: int, crowded: bool) -> None:
    decided = enters(INDIVIDUAL, house(capacity=Capacity(80, hard=False)), situation=Situation(inside=inside))
    assert decided == Admitted(Direction.IN, Rule.ACTIVE_MEMBER, crowded=crowded)


@pytest.mark.parametrize(("inside", "decided"), [(79, ENTERS), (80, Refused(Rule.FULL)), (81, Refused(Rule.FULL))])
def test_a_hard_capacity_keeps_out_whoever_would_be_one_more(inside: int, decided: Decision) -> None:
    assert enters(INDIVIDUAL, house(capacity=Capacity(80, hard=True)), situation=Situation(inside=inside)) == decided


def test_a_full_house_keeps_out_who_comes_back_and_lets_staff_in() -> None:
    full = house(capacity=Capacity(1, hard=True))
    situation = Situation(Outside(), inside=1, usage=Usage(DAY, 1, 1))
    assert enters(INDIVIDUAL, full, situation=situation) == Refused(Rule.FULL)
    assert enters(STAFF, full, situation=situation) == Admitted(Direction.IN, Rule.STAFF, crowded=True)


def test_where_nothing_is_known_of_others_nobody_is_inside() -> None:
    assert enters(COLLEAGUE, house(capacity=Capacity(1, hard=True)), situation=Situation()) == ENTERS


def test_a_house_holds_one_person_or_more() -> None:
    assert Capacity(1, hard=True).people == 1
    with pytest.raises(ValueError, match="one person"):
        Capacity(0, hard=True)


# Seconds between taps: a second tap by mistake, in whichever direction.

TEN_SECONDS = house(seconds=10)


@pytest.mark.parametrize(
    ("later", "too_soon"),
    [
        (timedelta(), True),
        (timedelta(seconds=10) - MILLISECOND, True),
        (timedelta(seconds=10), False),
        (timedelta(seconds=10) + MILLISECOND, False),
        (-MILLISECOND, False),
    ],
)
def test_the_seconds_between_taps_hold_in_both_directions(later: timedelta, too_soon: bool) -> None:
    refused = Refused(Rule.TOO_SOON)
    inside, outside = Situation(Inside(NOON)), Situation(Outside(NOON))
    at = NOON + later
    assert enters(INDIVIDUAL, TEN_SECONDS, at, inside) == (refused if too_soon else Refused(Rule.ALREADY_IN))
    assert enters(INDIVIDUAL, TEN_SECONDS, at, outside) == (refused if too_soon else ENTERS)
    assert leaves(inside.presence, TEN_SECONDS, at) == (refused if too_soon else LEAVES)
    assert leaves(outside.presence, TEN_SECONDS, at) == (refused if too_soon else Refused(Rule.NOT_IN))


@pytest.mark.parametrize("presence", [Unknown(), Outside()], ids=["unknown", "never seen"])
def test_who_has_not_passed_is_never_too_soon(presence: Presence) -> None:
    assert enters(INDIVIDUAL, TEN_SECONDS, situation=Situation(presence)) == ENTERS


def test_an_assumed_way_out_is_no_tap() -> None:
    assumed = Situation(Outside(NOON, assumed=True))
    assert enters(INDIVIDUAL, TEN_SECONDS, NOON, assumed) == Admitted(Direction.IN, Rule.ACTIVE_MEMBER, forgotten=NOON)


def test_a_tap_by_mistake_over_midnight_is_one_although_another_day_began() -> None:
    before = Situation(Inside(moment(DAY, 0) - MILLISECOND))
    rulebook = Rulebook((Version(date(2020, 1, 1), ALWAYS_OPEN.versions[0].calendar, seconds_between_taps=10),))
    assert enters(INDIVIDUAL, rulebook, moment(DAY, 0), before) == Refused(Rule.TOO_SOON)


def test_without_such_seconds_or_rules_no_tap_is_too_soon() -> None:
    assert leaves(Inside(NOON), house(), NOON) == LEAVES
    assert leaves(Inside(NOON), NO_RULES, NOON) == LEAVES


# Limits: of the member before those of the house, and a day once used is used.


@pytest.mark.parametrize(
    ("usage", "decided"),
    [
        (Usage(DAY - 2 * A_DAY, 3, 1), ENTERS),
        (Usage(DAY - 2 * A_DAY, 4, 1), Refused(Rule.USES_IN_MONTH)),
        (Usage(DAY - A_DAY, 3, 1), ENTERS),
        (Usage(DAY - A_DAY, 3, 2), Refused(Rule.DAYS_IN_A_ROW)),
        (Usage(DAY, 5, 3), CAME_BACK),
        (UNUSED, ENTERS),
    ],
)
def test_four_uses_a_month_and_two_days_in_a_row(usage: Usage, decided: Decision) -> None:
    rulebook = house(limits=Limits(uses_in_month=4, days_in_a_row=2))
    assert enters(INDIVIDUAL, rulebook, situation=Situation(Outside(), usage=usage)) == decided


def test_own_limits_go_before_those_of_the_house() -> None:
    often = Situation(Outside(), usage=Usage(DAY - 2 * A_DAY, 4, 1))
    rulebook = house(limits=Limits(uses_in_month=4))
    more = member(Membership(Kind.INDIVIDUAL, date(2026, 4, 1), limits=Limits(uses_in_month=5)))
    fewer = member(Membership(Kind.INDIVIDUAL, date(2026, 4, 1), limits=Limits(uses_in_month=3)))
    assert enters(more, rulebook, situation=often) == ENTERS
    assert enters(fewer, house(), situation=often) == Refused(Rule.USES_IN_MONTH)


def test_own_limits_hold_where_the_house_has_no_rules() -> None:
    often = Situation(Outside(), usage=Usage(DAY - A_DAY, 3, 1))
    fewer = member(Membership(Kind.INDIVIDUAL, date(2026, 4, 1), limits=Limits(uses_in_month=3)))
    assert enters(fewer, NO_RULES, situation=often) == Refused(Rule.USES_IN_MONTH)
    assert enters(INDIVIDUAL, NO_RULES, situation=often) == ENTERS


def test_limits_of_the_house_are_for_members_without_dates_too_and_not_for_staff() -> None:
    often = Situation(Outside(), usage=Usage(DAY - A_DAY, 1, 1))
    rulebook = house(limits=Limits(uses_in_month=1))
    assert enters(member(), rulebook, situation=often) == Refused(Rule.USES_IN_MONTH)
    assert enters(STAFF, rulebook, situation=often) == Admitted(Direction.IN, Rule.STAFF)


def test_a_limit_is_told_before_a_closed_house() -> None:
    often = Situation(Outside(), usage=Usage(DAY - A_DAY, 1, 1))
    assert enters(INDIVIDUAL, house(limits=Limits(uses_in_month=1)), moment(DAY, 21), often) == Refused(
        Rule.USES_IN_MONTH
    )


# Drop-in and partners: reception first, then in and out until the time paid for, or the day, is over.


@pytest.mark.parametrize(
    ("paid_until", "decided"),
    [
        (None, Refused(Rule.RECEPTION_FIRST)),
        (NOON - MICROSECOND, Refused(Rule.RECEPTION_FIRST)),
        (NOON, Refused(Rule.RECEPTION_FIRST)),
        (NOON + MICROSECOND, ENTERS),
    ],
)
def test_a_drop_in_visitor_enters_until_the_time_paid_for_is_over(
    paid_until: datetime | None, decided: Decision
) -> None:
    assert enters(VISITOR, situation=Situation(Outside(), paid_until=paid_until)) == decided


@pytest.mark.parametrize(
    ("later", "minutes"),
    [
        (timedelta(minutes=-1), 0),
        (timedelta(), 0),
        (timedelta(seconds=59, microseconds=999999), 0),
        (timedelta(minutes=1), 1),
        (timedelta(minutes=61), 61),
    ],
)
def test_whole_minutes_beyond_those_paid_for_are_told_on_leaving(later: timedelta, minutes: int) -> None:
    decided = leaves(Inside(moment(DAY, 10)), house(), NOON + later, paid_until=NOON)
    assert decided == Admitted(Direction.OUT, Rule.LEAVING_IS_FREE, overstayed=minutes)


@pytest.mark.parametrize(
    ("presence", "paid_until", "minutes"),
    [
        (UNKNOWN, NOON - timedelta(minutes=7), 7),
        (UNKNOWN, NOON - A_DAY, 0),
        (Inside(NOON - A_DAY), moment(DAY, 0) - timedelta(minutes=1), 31),
    ],
    ids=["paid today", "paid for an earlier day's stay", "stayed over midnight"],
)
def test_time_paid_for_counts_for_the_stay_it_was_paid_for(
    presence: Presence, paid_until: datetime, minutes: int
) -> None:
    """A door without contact may still know of what was paid the day before; a stay may last until the next opening."""
    at = moment(DAY, 0, 30) if isinstance(presence, Inside) else NOON
    decided = leaves(presence, house(), at, paid_until=paid_until)
    assert decided == Admitted(Direction.OUT, Rule.LEAVING_IS_FREE, overstayed=minutes)


@pytest.mark.parametrize(
    ("usage", "decided"),
    [
        (UNUSED, Refused(Rule.RECEPTION_FIRST)),
        (Usage(DAY - A_DAY, 1, 1), Refused(Rule.RECEPTION_FIRST)),
        (Usage(DAY, 1, 1), CAME_BACK),
    ],
)
def test_a_partners_member_sees_reception_on_each_day_and_then_comes_and_goes(usage: Usage, decided: Decision) -> None:
    assert enters(PARTNER, situation=Situation(Outside(), usage=usage)) == decided


# Hours: the last check-in is for those who come, not for those who come back (C17).


@pytest.mark.parametrize(
    ("at", "comes", "returns"),
    [
        (moment(DAY, 10) - MICROSECOND, Refused(Rule.CLOSED), Refused(Rule.CLOSED)),
        (moment(DAY, 10), ENTERS, CAME_BACK),
        (moment(DAY, 18, 30) - MICROSECOND, ENTERS, CAME_BACK),
        (moment(DAY, 18, 30), Refused(Rule.CLOSED), CAME_BACK),
        (moment(DAY, 19) - MICROSECOND, Refused(Rule.CLOSED), CAME_BACK),
        (moment(DAY, 19), Refused(Rule.CLOSED), Refused(Rule.CLOSED)),
    ],
)
def test_whoever_only_stepped_out_comes_back_until_closing(at: datetime, comes: Decision, returns: Decision) -> None:
    assert enters(INDIVIDUAL, at=at) == comes
    assert enters(INDIVIDUAL, at=at, situation=Situation(Outside(), usage=Usage(DAY, 1, 1))) == returns
    assert enters(INDIVIDUAL, at=at, situation=Situation(Outside(), usage=Usage(DAY - A_DAY, 1, 1))) == comes


@pytest.mark.parametrize(
    ("day", "decided"),
    [
        (date(2026, 12, 28), ENTERS),
        (date(2026, 12, 29), Refused(Rule.CLOSED)),
        (date(2026, 12, 31), Refused(Rule.CLOSED)),
        (date(2027, 1, 3), Refused(Rule.CLOSED)),
        (date(2027, 1, 4), ENTERS),
    ],
)
def test_at_the_end_of_the_year_nobody_enters(day: date, decided: Decision) -> None:
    assert enters(INDIVIDUAL, at=moment(day, 12)) == decided


@pytest.mark.parametrize("at", [moment(DAY, 9), moment(DAY, 19), moment(DAY, 23, 59), moment(date(2026, 12, 31), 12)])
def test_leaving_is_possible_while_the_house_is_closed(at: datetime) -> None:
    assert leaves(Inside(at - timedelta(hours=1)), house(), at) == LEAVES


def test_a_version_judges_from_its_own_day_on() -> None:
    closed = Version(DAY, Calendar((None,) * 7))
    rulebook = Rulebook((*house().versions, closed))
    assert enters(INDIVIDUAL, rulebook, NOON - A_DAY) == ENTERS
    assert enters(INDIVIDUAL, rulebook, NOON) == Refused(Rule.CLOSED)


# A check-out that was forgotten: told at the next check-in, and no reason to stay outside.

YESTERDAY_TEN = moment(DAY - A_DAY, 10)
YESTERDAY_SEVEN = moment(DAY - A_DAY, 19)
TOLD = Admitted(Direction.IN, Rule.ACTIVE_MEMBER, forgotten=YESTERDAY_SEVEN)


def test_who_forgot_to_check_out_enters_the_next_day_and_is_told() -> None:
    assert enters(INDIVIDUAL, situation=Situation(Inside(YESTERDAY_TEN))) == TOLD
    assert enters(INDIVIDUAL, situation=Situation(Outside(YESTERDAY_SEVEN, assumed=True))) == TOLD


def test_on_the_same_day_who_is_inside_is_inside_until_midnight() -> None:
    inside = Situation(Inside(moment(DAY, 10)))
    rulebook = Rulebook((Version(date(2020, 1, 1), Calendar((HOURS,) * 7)),))
    assert enters(STAFF, rulebook, moment(DAY, 23, 59), inside) == Refused(Rule.ALREADY_IN)
    assert enters(STAFF, rulebook, moment(DAY + A_DAY, 0), inside) == Admitted(
        Direction.IN, Rule.STAFF, forgotten=moment(DAY, 19)
    )


@pytest.mark.parametrize(
    ("at", "decided"),
    [
        (moment(DAY - A_DAY, 23, 59), LEAVES),
        (moment(DAY, 0, 30), LEAVES),
        (moment(DAY, 10) - MICROSECOND, LEAVES),
        (moment(DAY, 10), Refused(Rule.NOT_IN)),
    ],
)
def test_who_is_still_inside_can_leave_until_the_house_opens_again(at: datetime, decided: Decision) -> None:
    assert leaves(Inside(YESTERDAY_TEN), house(), at) == decided


def test_a_way_out_that_was_seen_is_not_told_as_forgotten() -> None:
    assert enters(INDIVIDUAL, situation=Situation(Outside(YESTERDAY_SEVEN))) == ENTERS


def test_without_a_clock_what_was_last_known_stands() -> None:
    situation = Situation(Inside(YESTERDAY_TEN))
    assert decide(Direction.IN, INDIVIDUAL, situation, house(), None) == Refused(Rule.ALREADY_IN)
    assert decide(Direction.OUT, INDIVIDUAL, situation, house(), None) == LEAVES
