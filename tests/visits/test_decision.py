"""Who may pass, as the whole table: every direction, standing and presence (A3, A30, C17, C32), and the hour (C6)."""

from datetime import UTC, date, datetime, time
from itertools import product
from uuid import UUID

import pytest

from visits.calendar import HOUSE_TIME, Calendar, Hours
from visits.decision import Admitted, Decision, Direction, Refused, Rule, decide
from visits.member import Member, Standing
from visits.occupancy import Inside, Outside, Presence, Unknown
from visits.rulebook import Version

MEMBER = UUID("6f1f8c52-2c1c-4e44-9d3a-0a5a5f7c0001")
INSIDE = Inside(datetime(2026, 11, 22, 9, tzinfo=UTC))
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


def named(value: object) -> str:
    return getattr(value, "value", type(value).__name__.lower())


@pytest.mark.parametrize(("direction", "standing", "presence"), list(TABLE), ids=named)
def test_a_linked_card_is_judged_by_the_table(direction: Direction, standing: Standing, presence: Presence) -> None:
    decided = decide(direction, Member(MEMBER, standing), presence, None, None)
    assert decided == TABLE[direction, standing, presence]


def test_the_table_is_whole() -> None:
    assert set(TABLE) == set(product(Direction, Standing, (INSIDE, OUTSIDE, UNKNOWN)))


@pytest.mark.parametrize("presence", [INSIDE, OUTSIDE, UNKNOWN], ids=named)
@pytest.mark.parametrize("direction", list(Direction), ids=named)
def test_a_card_nobody_linked_passes_in_no_direction(direction: Direction, presence: Presence) -> None:
    assert decide(direction, None, presence, None, None) == Refused(Rule.CARD_NOT_LINKED)


def test_every_rule_decides_something() -> None:
    assert {decided.rule for decided in TABLE.values()} | {Rule.CARD_NOT_LINKED, Rule.CLOSED} == set(Rule)


HOUSE = Version(date(2026, 4, 1), Calendar(weekly=(Hours(time(10), time(19)),) * 7, last_check_in_minutes=30))
OPEN = datetime(2026, 11, 22, 12, tzinfo=HOUSE_TIME)
CLOSED = datetime(2026, 11, 22, 21, tzinfo=HOUSE_TIME)


@pytest.mark.parametrize(("direction", "standing", "presence"), list(TABLE), ids=named)
def test_in_an_open_house_the_table_is_the_same(direction: Direction, standing: Standing, presence: Presence) -> None:
    decided = decide(direction, Member(MEMBER, standing), presence, HOUSE, OPEN)
    assert decided == TABLE[direction, standing, presence]


@pytest.mark.parametrize(("direction", "standing", "presence"), list(TABLE), ids=named)
def test_a_closed_house_refuses_those_alone_whom_an_open_one_lets_in(
    direction: Direction, standing: Standing, presence: Presence
) -> None:
    decided = decide(direction, Member(MEMBER, standing), presence, HOUSE, CLOSED)
    in_an_open_house = TABLE[direction, standing, presence]
    assert decided == (Refused(Rule.CLOSED) if in_an_open_house == ENTERS else in_an_open_house)


def test_a_card_nobody_linked_is_told_so_in_a_closed_house_too() -> None:
    assert decide(Direction.IN, None, UNKNOWN, HOUSE, CLOSED) == Refused(Rule.CARD_NOT_LINKED)


@pytest.mark.parametrize(
    ("house", "at"), [(None, CLOSED), (HOUSE, None), (None, None)], ids=["no rules", "no clock", ""]
)
def test_what_is_not_known_closes_no_door(house: Version | None, at: datetime | None) -> None:
    assert decide(Direction.IN, Member(MEMBER, Standing.ACTIVE), OUTSIDE, house, at) == ENTERS


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
    assert decide(Direction.IN, Member(MEMBER, Standing.ACTIVE), OUTSIDE, HOUSE, moment) == decided


def test_a_name_decides_nothing() -> None:
    assert decide(Direction.IN, Member(MEMBER, Standing.ACTIVE, "山田"), OUTSIDE, None, None) == ENTERS
