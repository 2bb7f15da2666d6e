"""What the door decides with all there is to know, and what is folded and charged from its passages later, agree."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from visits.calendar import HOUSE_TIME, Calendar, Hours, house_day
from visits.decision import Admitted, Decision, Direction, Situation, decide
from visits.event import Kind as Way
from visits.fold import Flag, Passage, Visit, fold
from visits.limits import Limits, usage_of
from visits.member import Kind, Member, Membership, Standing, held_on
from visits.occupancy import Capacity, Inside, Outside, Presence
from visits.over_limit import charges
from visits.rulebook import Rulebook, Version
from visits.tariff import DropInPrices, Tariff

DOOR, ACME = UUID(int=1), UUID(int=0xAC)
SUNDAY = datetime(2026, 11, 22, tzinfo=HOUSE_TIME)
OPEN = Calendar((Hours(time(10), time(19)), None, *(Hours(time(10), time(19)),) * 5))
HOLDS, DAYS_IN_A_ROW = 6, 3
HOUSE = Rulebook(
    (Version(date(2026, 4, 1), OPEN, Limits(days_in_a_row=DAYS_IN_A_ROW), Capacity(HOLDS, hard=True), 60),),
    (Tariff(date(2026, 4, 1), drop_in=DropInPrices(300, 150)),),
)
PEOPLE = 8
MEMBERS = [
    Member(
        UUID(int=100 + number),
        Standing.ACTIVE,
        memberships=(
            Membership(Kind.INDIVIDUAL, date(2026, 4, 1))
            if number == 0
            else Membership(Kind.CORPORATE, date(2026, 4, 1), None, ACME),
        ),
    )
    for number in range(PEOPLE)
]


@dataclass
class House:
    """One door with one memory, which forgets nothing and knows at once."""

    passages: list[Passage] = field(default_factory=list)
    fees: list[tuple[UUID, datetime, int]] = field(default_factory=list)

    def tap(self, member: Member, direction: Direction, at: datetime) -> Decision:
        decision = decide(direction, member, self.situation(member, at), HOUSE, at)
        if isinstance(decision, Admitted):
            way = Way.CHECK_IN if direction is Direction.IN else Way.CHECK_OUT
            self.passages.append(Passage(member.id, way, at, DOOR, len(self.passages) + 1))
            if decision.fee:
                self.fees.append((member.id, at, decision.fee.place))
        return decision

    def situation(self, member: Member, at: datetime) -> Situation:
        visits = fold(self.passages, HOUSE)
        others = [each for each in inside_today(visits, at) if each != member.id]
        return Situation(
            presence=presence([each for each in visits if each.member == member.id]),
            colleagues=sum(belongs(each, at) for each in others) if belongs(member.id, at) else 0,
            inside=len(others),
            usage=usage_of(
                house_day(each.entered_at) for each in visits if each.entered_at and each.member == member.id
            ),
        )


def inside_today(visits: tuple[Visit, ...], at: datetime) -> list[UUID]:
    return [
        each.member
        for each in visits
        if each.entered_at and house_day(each.entered_at) == house_day(at) and each.left_at is None
    ]


def presence(visits: list[Visit]) -> Presence:
    if not visits:
        return Outside()
    last = visits[-1]
    return Inside(last.entered_at) if last.left_at is None and last.entered_at else Outside(last.left_at)


def belongs(member: UUID, at: datetime) -> bool:
    (memberships,) = [each.memberships for each in MEMBERS if each.id == member]
    held = held_on(memberships, house_day(at))
    return held is not None and held.organisation == ACME


_TAPS = st.lists(
    st.tuples(
        st.sampled_from(MEMBERS),
        st.sampled_from([Direction.IN, Direction.IN, Direction.OUT]),
        st.sampled_from([timedelta(seconds=30), *[timedelta(minutes=2)] * 5, timedelta(hours=1), timedelta(hours=11)]),
    ),
    min_size=8,
    max_size=40,
)


def lived(taps: list[tuple[Member, Direction, timedelta]]) -> House:
    house, at = House(), SUNDAY + timedelta(hours=10)
    for member, direction, later in taps:
        house.tap(member, direction, at)
        at += later
    return house


@given(_TAPS)
def test_what_the_door_let_pass_folds_into_visits_without_a_fault(
    taps: list[tuple[Member, Direction, timedelta]],
) -> None:
    visits = fold(lived(taps).passages, HOUSE, SUNDAY + timedelta(days=90))
    assert all(each.flags <= {Flag.FORGOTTEN_CHECK_OUT} for each in visits)


@given(_TAPS)
def test_who_was_told_of_a_fee_and_nobody_else_is_charged_for_the_place_that_was_told(
    taps: list[tuple[Member, Direction, timedelta]],
) -> None:
    house = lived(taps)
    visits = fold(house.passages, HOUSE, SUNDAY + timedelta(days=90))
    charged = charges(visits, {each.id: each.memberships for each in MEMBERS}, HOUSE)
    assert [(each.use.visit.member, each.entered_at, each.use.place) for each in charged] == house.fees


@given(_TAPS)
def test_no_more_are_inside_than_a_hard_capacity_holds(taps: list[tuple[Member, Direction, timedelta]]) -> None:
    house, at = House(), SUNDAY + timedelta(hours=10)
    for member, direction, later in taps:
        house.tap(member, direction, at)
        assert len(inside_today(fold(house.passages, HOUSE), at)) <= HOLDS
        at += later


@given(_TAPS)
def test_nobody_uses_the_house_on_more_days_in_a_row_than_are_allowed(
    taps: list[tuple[Member, Direction, timedelta]],
) -> None:
    visits = fold(lived(taps).passages, HOUSE)
    for member in MEMBERS:
        used = {house_day(each.entered_at) for each in visits if each.entered_at and each.member == member.id}
        for day in used:
            row = {day + timedelta(days=ahead) for ahead in range(DAYS_IN_A_ROW + 1)}
            assert not row <= used


def test_a_morning_in_which_all_of_it_happens() -> None:
    house, at = House(), SUNDAY + timedelta(hours=10)
    decided = [house.tap(member, Direction.IN, at + timedelta(minutes=2 * each)) for each, member in enumerate(MEMBERS)]
    assert [each.rule.value for each in decided] == [
        *["active_member"] * 4,
        *["over_limit"] * 2,
        *["full"] * 2,
    ]
    assert [place for _, _, place in house.fees] == [4, 5]
