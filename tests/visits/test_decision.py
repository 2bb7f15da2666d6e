"""Who may pass, as the whole table: every direction, standing, kind and presence (A3, A30, C32), and the hour (C6)."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from uuid import UUID

import pytest

from visits.calendar import HOUSE_TIME, Calendar, Hours
from visits.decision import Admitted, Decision, Direction, Refused, Rule, Situation, decide
from visits.member import Kind, Member, Membership, Standing
from visits.occupancy import Inside, Outside, Presence, Unknown
from visits.rulebook import NO_RULES, Rulebook, Version

MEMBER = UUID("6f1f8c52-2c1c-4e44-9d3a-0a5a5f7c0001")
INSIDE = Inside(datetime(2026, 11, 22, 2, tzinfo=UTC))
OUTSIDE = Outside()
UNKNOWN = Unknown()

ENTERS = Admitted(Direction.IN, Rule.ACTIVE_MEMBER)
LEAVES = Admitted(Direction.OUT, Rule.LEAVING_IS_FREE)

TABLE: dict[tuple[Direction, Standing, Presence], Decision] = {
    (Direction.IN, Standing.ACTIVE, OUTSIDE): ENTERS,
    (Direction.IN, Standing.ACTIVE, UNKNOWN): ENTERS,
    (Direction.IN, Standing.ACTIVE, INSIDE): Refused(Rule.ALREADY_IN),
    (Direction.IN, Standing.PENDING, OUTSIDE): Refused(Rule.PENDING_APPROVAL),
    (Direction.IN, Standing.PENDING, UNKNOWN): Refused(Rule.PENDING_APPROVAL),
    (Direction.IN, Standing.PENDING, INSIDE): Refused(Rule.PENDING_APPROVAL),
    (Direction.IN, Standing.SUSPENDED, OUTSIDE): Refused(Rule.SUSPENDED),
    (Direction.IN, Standing.SUSPENDED, UNKNOWN): Refused(Rule.SUSPENDED),
    (Direction.IN, Standing.SUSPENDED, INSIDE): Refused(Rule.SUSPENDED),
    (Direction.IN, Standing.ENDED, OUTSIDE): Refused(Rule.MEMBERSHIP_ENDED),
    (Direction.IN, Standing.ENDED, UNKNOWN): Refused(Rule.MEMBERSHIP_ENDED),
    (Direction.IN, Standing.ENDED, INSIDE): Refused(Rule.MEMBERSHIP_ENDED),
    (Direction.OUT, Standing.ACTIVE, OUTSIDE): Refused(Rule.NOT_IN),
    (Direction.OUT, Standing.ACTIVE, UNKNOWN): LEAVES,
    (Direction.OUT, Standing.ACTIVE, INSIDE): LEAVES,
    (Direction.OUT, Standing.PENDING, OUTSIDE): Refused(Rule.NOT_IN),
    (Direction.OUT, Standing.PENDING, UNKNOWN): LEAVES,
    (Direction.OUT, Standing.PENDING, INSIDE): LEAVES,
    (Direction.OUT, Standing.SUSPENDED, OUTSIDE): Refused(Rule.NOT_IN),
    (Direction.OUT, Standing.SUSPENDED, UNKNOWN): LEAVES,
    (Direction.OUT, Standing.SUSPENDED, INSIDE): LEAVES,
    (Direction.OUT, Standing.ENDED, OUTSIDE): Refused(Rule.NOT_IN),
    (Direction.OUT, Standing.ENDED, UNKNOWN): LEAVES,
    (Direction.OUT, Standing.ENDED, INSIDE): LEAVES,
}

DAY = date(2026, 11, 22)
HOUSE = Rulebook(
    (Version(date(2026, 4, 1), Calendar(weekly=(Hours(time(10), time(19)),) * 7, last_check_in_minutes=30)),)
)
OPEN = datetime(2026, 11, 22, 12, tzinfo=HOUSE_TIME)
CLOSED = datetime(2026, 11, 22, 21, tzinfo=HOUSE_TIME)

ORGANISATION = UUID(int=7)
THROUGH = {Kind.CORPORATE, Kind.SCHOOL, Kind.PARTNER}


def of_kind(kind: Kind) -> Membership:
    return Membership(kind, DAY, DAY, ORGANISATION if kind in THROUGH else None)


def named(value: object) -> str:
    return getattr(value, "value", type(value).__name__.lower())


@pytest.mark.parametrize(("direction", "standing", "presence"), list(TABLE), ids=named)
def test_a_linked_card_is_judged_by_the_table(direction: Direction, standing: Standing, presence: Presence) -> None:
    decided = decide(direction, Member(MEMBER, standing), Situation(presence), NO_RULES, None)
    assert decided == TABLE[direction, standing, presence]


def test_the_table_is_whole() -> None:
    assert set(TABLE) == set(product(Direction, Standing, (INSIDE, OUTSIDE, UNKNOWN)))


@pytest.mark.parametrize("presence", [INSIDE, OUTSIDE, UNKNOWN], ids=named)
@pytest.mark.parametrize("direction", list(Direction), ids=named)
def test_a_card_nobody_linked_passes_in_no_direction(direction: Direction, presence: Presence) -> None:
    assert decide(direction, None, Situation(presence), NO_RULES, None) == Refused(Rule.CARD_NOT_LINKED)


@pytest.mark.parametrize(("direction", "standing", "presence"), list(TABLE), ids=named)
def test_in_an_open_house_the_table_is_the_same(direction: Direction, standing: Standing, presence: Presence) -> None:
    decided = decide(direction, Member(MEMBER, standing), Situation(presence), HOUSE, OPEN)
    assert decided == TABLE[direction, standing, presence]


@pytest.mark.parametrize(("direction", "standing", "presence"), list(TABLE), ids=named)
def test_a_closed_house_refuses_those_alone_whom_an_open_one_lets_in(
    direction: Direction, standing: Standing, presence: Presence
) -> None:
    decided = decide(direction, Member(MEMBER, standing), Situation(presence), HOUSE, CLOSED)
    in_an_open_house = TABLE[direction, standing, presence]
    assert decided == (Refused(Rule.CLOSED) if in_an_open_house == ENTERS else in_an_open_house)


@pytest.mark.parametrize("kind", [Kind.INDIVIDUAL, Kind.CORPORATE, Kind.SCHOOL, Kind.DAILY], ids=named)
@pytest.mark.parametrize(("direction", "standing", "presence"), list(TABLE), ids=named)
def test_members_in_their_time_are_judged_by_the_table_too(
    direction: Direction, standing: Standing, presence: Presence, kind: Kind
) -> None:
    member = Member(MEMBER, standing, memberships=(of_kind(kind),))
    assert decide(direction, member, Situation(presence), HOUSE, OPEN) == TABLE[direction, standing, presence]


@pytest.mark.parametrize("kind", [Kind.PARTNER, Kind.DROP_IN], ids=named)
@pytest.mark.parametrize(("direction", "standing", "presence"), list(TABLE), ids=named)
def test_drop_in_visitors_and_partners_see_reception_where_others_come_in(
    direction: Direction, standing: Standing, presence: Presence, kind: Kind
) -> None:
    member = Member(MEMBER, standing, memberships=(of_kind(kind),))
    expected = TABLE[direction, standing, presence]
    if direction is Direction.IN and standing is Standing.ACTIVE:
        expected = Refused(Rule.RECEPTION_FIRST)
    assert decide(direction, member, Situation(presence), HOUSE, OPEN) == expected


@pytest.mark.parametrize("at", [OPEN, CLOSED], ids=["open", "closed"])
@pytest.mark.parametrize(("direction", "standing", "presence"), list(TABLE), ids=named)
def test_staff_come_in_where_the_table_lets_members_in_open_or_closed(
    direction: Direction, standing: Standing, presence: Presence, at: datetime
) -> None:
    member = Member(MEMBER, standing, memberships=(of_kind(Kind.STAFF),))
    expected = TABLE[direction, standing, presence]
    if expected == ENTERS:
        expected = Admitted(Direction.IN, Rule.STAFF)
    assert decide(direction, member, Situation(presence), HOUSE, at) == expected


@pytest.mark.parametrize("day", [DAY - timedelta(days=1), DAY + timedelta(days=1)], ids=["before", "after"])
@pytest.mark.parametrize("kind", list(Kind), ids=named)
@pytest.mark.parametrize("presence", [INSIDE, OUTSIDE, UNKNOWN], ids=named)
def test_every_kind_is_kept_out_and_can_leave_on_days_that_are_not_theirs(
    presence: Presence, kind: Kind, day: date
) -> None:
    through = ORGANISATION if kind in THROUGH else None
    member = Member(MEMBER, Standing.ACTIVE, memberships=(Membership(kind, day, day, through),))
    rule = Rule.MEMBERSHIP_ENDED if day < DAY else Rule.NOT_YET_BEGUN
    assert decide(Direction.IN, member, Situation(presence), HOUSE, OPEN) == Refused(rule)
    expected = TABLE[Direction.OUT, Standing.ACTIVE, presence]
    assert decide(Direction.OUT, member, Situation(presence), HOUSE, OPEN) == expected


def test_a_card_nobody_linked_is_told_so_in_a_closed_house_too() -> None:
    assert decide(Direction.IN, None, Situation(), HOUSE, CLOSED) == Refused(Rule.CARD_NOT_LINKED)


@pytest.mark.parametrize(("presence", "leaves"), [(INSIDE, LEAVES), (OUTSIDE, Refused(Rule.NOT_IN))], ids=named)
@pytest.mark.parametrize("standing", list(Standing), ids=named)
def test_a_card_that_another_replaced_comes_in_nowhere_and_leaves_as_any(
    standing: Standing, presence: Presence, leaves: Decision
) -> None:
    situation = Situation(presence, card_replaced=True)
    member = Member(MEMBER, standing)
    assert decide(Direction.IN, member, situation, HOUSE, OPEN) == Refused(Rule.CARD_REPLACED)
    assert decide(Direction.OUT, member, situation, HOUSE, OPEN) == leaves


@pytest.mark.parametrize(
    ("rulebook", "at"),
    [(NO_RULES, CLOSED), (HOUSE, None), (NO_RULES, None)],
    ids=["no rules", "no clock", "neither"],
)
def test_what_is_not_known_closes_no_door(rulebook: Rulebook, at: datetime | None) -> None:
    assert decide(Direction.IN, Member(MEMBER, Standing.ACTIVE), Situation(OUTSIDE), rulebook, at) == ENTERS


@pytest.mark.parametrize("membership", [*map(of_kind, Kind), Membership(Kind.INDIVIDUAL, DAY + timedelta(days=900))])
def test_without_a_clock_no_date_keeps_anybody_out(membership: Membership) -> None:
    member = Member(MEMBER, Standing.ACTIVE, memberships=(membership,))
    assert decide(Direction.IN, member, Situation(colleagues=30), HOUSE, None) == ENTERS


@pytest.mark.parametrize(
    ("at", "decided"),
    [
        (time(9, 59, 59, 999999), Refused(Rule.CLOSED)),
        (time(10), ENTERS),
        (time(18, 29, 59, 999999), ENTERS),
        (time(18, 30), Refused(Rule.CLOSED)),
    ],
)
def test_entering_ends_with_the_last_check_in(at: time, decided: Decision) -> None:
    moment = datetime.combine(OPEN, at, HOUSE_TIME)
    assert decide(Direction.IN, Member(MEMBER, Standing.ACTIVE), Situation(OUTSIDE), HOUSE, moment) == decided


def test_a_name_decides_nothing() -> None:
    assert decide(Direction.IN, Member(MEMBER, Standing.ACTIVE, "山田"), Situation(OUTSIDE), NO_RULES, None) == ENTERS
