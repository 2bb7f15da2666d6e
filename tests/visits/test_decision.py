"""Who may pass, as the whole table: every direction, standing and presence (A3, A30, C17, C32)."""

from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest

from visits.decision import Admitted, Decision, Direction, Refused, Rule, decide
from visits.member import Member, Standing
from visits.occupancy import Inside, Outside, Presence, Unknown

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


def test_a_name_decides_nothing() -> None:
    assert decide(Direction.IN, Member(MEMBER, Standing.ACTIVE, "山田"), OUTSIDE, None, None) == ENTERS
