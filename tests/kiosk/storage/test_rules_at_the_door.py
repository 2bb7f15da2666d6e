"""A tap by all the rules of the house: the fee that is asked first, what is recorded, and what the member is told (A13, A23)."""

import logging
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest
from samples.storage import ANN, BEN, EVE, NINE, NOT_CHECKED, SECOND_BOOT, HandClock, card_of, member, records
from sqlalchemy import Engine, event

from kiosk.storage.outside import ask
from kiosk.storage.roster import RosterStore
from kiosk.storage.rules import RulesStore
from kiosk.storage.visitbook import FeeAsked, Recorded, VisitBook
from sync.feed import RosterMember, RosterMembership, RosterPast, RosterUsage
from visits.calendar import HOUSE_TIME, Calendar, Hours
from visits.decision import Admitted, Direction, Fee, Refused, Rule
from visits.limits import Limits
from visits.occupancy import Capacity
from visits.past import History
from visits.rulebook import Rulebook, Version, to_document
from visits.tariff import DropInPrices, Tariff

IN, OUT = Direction.IN, Direction.OUT
COMPANY = str(UUID(int=0xC0))
FIRST = date(2026, 4, 1)
HOUSE = Version(FIRST, Calendar((Hours(time(8), time(19)),) * 7), seconds_between_taps=10)
RULES = Rulebook((HOUSE,), (Tariff(FIRST, drop_in=DropInPrices(300, 150)),))
EIGHT = "2026-11-21T23:00:00.000Z"
CORPORATE = (RosterMembership("corporate", FIRST, None, COMPANY),)
THE_FEE = Fee(place=4, free=3, per_hour=300)
CHARGED = Admitted(IN, Rule.OVER_LIMIT, fee=THE_FEE)


@pytest.fixture(autouse=True)
def house(engine: Engine) -> RulesStore:
    rules = RulesStore(engine)
    rules.keep(1, to_document(RULES))
    return rules


@pytest.fixture
def full(roster: RosterStore) -> None:
    """Three colleagues of Ann's are inside; Ben is the third."""
    roster.replace(company(), "1", 0)


def company(*, third: str | None = EIGHT) -> list[RosterMember]:
    inside = [
        member(UUID(int=0x100 + number), inside_since=EIGHT, memberships=CORPORATE, cards=()) for number in range(2)
    ]
    return [
        member(ANN, name="花子", memberships=CORPORATE),
        member(BEN, inside_since=third, memberships=CORPORATE),
        *inside,
    ]


# The fee of the fourth


@pytest.mark.usefixtures("full")
def test_the_fourth_of_a_company_is_told_the_fee_and_nothing_is_written(book: VisitBook, engine: Engine) -> None:
    before = content(engine)
    assert book.tap(IN, card_of(ANN), NOT_CHECKED) == FeeAsked(THE_FEE)
    assert content(engine) == before


def content(engine: Engine) -> list[object]:
    return [ask(engine, f"SELECT * FROM {table}") for table in ("outbox_events", "passages", "boots")]  # noqa: S608


@pytest.mark.usefixtures("full")
def test_asking_for_the_fee_waits_for_no_disk(book: VisitBook, engine: Engine) -> None:
    changes: list[int] = []
    event.listen(engine, "commit", lambda connection: changes.append(connection.connection.total_changes))
    book.tap(IN, card_of(ANN), NOT_CHECKED)
    before = changes[-1]
    book.tap(IN, card_of(ANN), NOT_CHECKED)
    assert changes[-1] == before


@pytest.mark.usefixtures("full")
def test_whoever_accepts_is_recorded_by_the_rule_that_charges(book: VisitBook, engine: Engine) -> None:
    book.tap(IN, card_of(ANN), NOT_CHECKED)
    assert book.tap(IN, card_of(ANN), NOT_CHECKED, fee_accepted=True) == Recorded(NINE, "花子", CHARGED)
    assert [record["rule"] for record in records(engine)] == ["over_limit"]


@pytest.mark.usefixtures("full")
def test_whoever_declines_has_left_no_trace_and_may_come_again(book: VisitBook, engine: Engine) -> None:
    for _ in range(3):
        assert book.tap(IN, card_of(ANN), NOT_CHECKED) == FeeAsked(THE_FEE)
    assert records(engine) == []


@pytest.mark.usefixtures("full")
def test_a_fee_no_longer_due_when_accepted_is_not_charged(book: VisitBook, engine: Engine) -> None:
    assert isinstance(book.tap(IN, card_of(ANN), NOT_CHECKED), FeeAsked)
    assert isinstance(book.tap(OUT, card_of(BEN), NOT_CHECKED), Recorded)
    accepted = book.tap(IN, card_of(ANN), NOT_CHECKED, fee_accepted=True)
    assert accepted == Recorded(NINE, "花子", Admitted(IN, Rule.ACTIVE_MEMBER))
    assert [record["rule"] for record in records(engine)] == ["leaving_is_free", "active_member"]


@pytest.mark.usefixtures("full")
def test_whoever_may_not_enter_meanwhile_is_refused_though_accepting(book: VisitBook, roster: RosterStore) -> None:
    roster.merge([member(ANN, "suspended", memberships=CORPORATE)], [], "2", 0)
    assert book.tap(IN, card_of(ANN), NOT_CHECKED, fee_accepted=True) == Refused(Rule.SUSPENDED)


@pytest.mark.usefixtures("full")
def test_nobody_is_charged_for_leaving(book: VisitBook, clock: HandClock) -> None:
    book.tap(IN, card_of(ANN), NOT_CHECKED, fee_accepted=True)
    clock.passes(3600)
    assert isinstance(book.tap(OUT, card_of(ANN), NOT_CHECKED), Recorded)


def test_the_third_of_a_company_is_asked_for_nothing(book: VisitBook, roster: RosterStore) -> None:
    roster.replace(company(third=None), "1", 0)
    assert isinstance(book.tap(IN, card_of(ANN), NOT_CHECKED), Recorded)


def test_without_a_network_the_terminal_counts_who_came_in_here(
    book: VisitBook, roster: RosterStore, clock: HandClock
) -> None:
    """A23, as far as one door can know: nobody has been heard of the server since the morning."""
    people = [UUID(int=number) for number in range(1, 6)]
    roster.replace([member(one, memberships=CORPORATE) for one in people], "1", 0)
    answers = []
    for one in people:
        clock.passes(3600)
        answers.append(book.tap(IN, card_of(one), NOT_CHECKED, fee_accepted=True))
    assert [each.admitted.fee and each.admitted.fee.place for each in answers if isinstance(each, Recorded)] == [
        None,
        None,
        None,
        4,
        5,
    ]


@pytest.mark.usefixtures("full")
def test_nobody_is_asked_for_a_fee_where_nothing_vouches_for_the_clock(book: VisitBook, clock: HandClock) -> None:
    clock.now = replace(clock.now, synchronised=False)
    assert isinstance(book.tap(IN, card_of(ANN), NOT_CHECKED), Recorded)


# What is told


def test_a_way_out_says_since_when(book: VisitBook, roster: RosterStore) -> None:
    roster.replace([member(ANN, inside_since=EIGHT)], "1", 0)
    out = book.tap(OUT, card_of(ANN), NOT_CHECKED)
    hour = timedelta(hours=1)
    assert out == Recorded(NINE, None, Admitted(OUT, Rule.LEAVING_IS_FREE), NINE - hour, History(None, hour))


def test_a_way_out_of_a_stay_nobody_knows_of_says_nothing_of_its_length(
    book: VisitBook, roster: RosterStore, clock: HandClock
) -> None:
    roster.replace([member(ANN, inside_since=EIGHT)], "1", 0)
    clock.boots(SECOND_BOOT)
    out = book.tap(OUT, card_of(ANN), NOT_CHECKED)
    assert isinstance(out, Recorded)
    assert (out.since, out.past) == (None, None)


def history(book: VisitBook) -> History | None:
    out = book.tap(OUT, card_of(ANN), NOT_CHECKED)
    assert isinstance(out, Recorded)
    return out.past


PAST = RosterPast(date(2026, 11, 20), 690)


def test_a_way_out_tells_the_visit_before_and_the_month_with_this_one(book: VisitBook, roster: RosterStore) -> None:
    roster.replace([member(ANN, inside_since=EIGHT, past=PAST)], "1", 0)
    assert history(book) == History(date(2026, 11, 20), timedelta(hours=12, minutes=30))


def test_what_the_server_has_not_heard_of_is_counted_here(
    book: VisitBook, roster: RosterStore, clock: HandClock
) -> None:
    roster.replace([member(ANN, inside_since=EIGHT, past=PAST)], "1", 0)
    book.tap(OUT, card_of(ANN), NOT_CHECKED)
    clock.passes(60)
    book.tap(IN, card_of(ANN), NOT_CHECKED)
    clock.passes(90)
    roster.replace([member(ANN, inside_since=EIGHT, past=PAST)], "2", 0)
    assert history(book) == History(None, timedelta(hours=12, minutes=31)), "and today is no day before"


def test_what_the_server_counts_with_all_records_goes_before_what_was_counted_here(
    book: VisitBook, roster: RosterStore, clock: HandClock
) -> None:
    """Also where staff have struck out a visit meanwhile."""
    roster.replace([member(ANN, inside_since=EIGHT, past=PAST)], "1", 0)
    book.tap(OUT, card_of(ANN), NOT_CHECKED)
    roster.replace([member(ANN, past=RosterPast(date(2026, 11, 20), 60))], "2", 1)
    clock.passes(60)
    book.tap(IN, card_of(ANN), NOT_CHECKED)
    clock.passes(60)
    assert history(book) == History(date(2026, 11, 20), timedelta(minutes=61))


def test_a_stay_of_a_time_that_nothing_vouches_for_is_neither_told_nor_counted(
    book: VisitBook, roster: RosterStore, clock: HandClock
) -> None:
    roster.replace([member(ANN, inside_since=EIGHT, past=PAST)], "1", 0)
    clock.now = replace(clock.now, synchronised=False)
    assert history(book) is None


def test_a_stay_whose_end_was_assumed_here_counts_its_day_and_no_time(
    book: VisitBook, roster: RosterStore, clock: HandClock
) -> None:
    roster.replace([member(ANN, inside_since="2026-11-21T01:00:00.000Z", past=PAST)], "1", 0)
    book.tap(IN, card_of(ANN), NOT_CHECKED)
    clock.passes(60)
    assert history(book) == History(date(2026, 11, 21), timedelta(minutes=691))


def test_a_way_in_has_no_length(book: VisitBook, roster: RosterStore) -> None:
    roster.replace([member(ANN, outside_since=EIGHT)], "1", 0)
    assert book.tap(IN, card_of(ANN), NOT_CHECKED) == Recorded(NINE, None, Admitted(IN, Rule.ACTIVE_MEMBER))


def test_a_forgotten_check_out_is_told_at_the_next_check_in(book: VisitBook, roster: RosterStore) -> None:
    roster.replace([member(ANN, outside_since="2026-11-20T10:00:00.000Z", assumed=True)], "1", 0)
    closing = datetime.combine(date(2026, 11, 20), time(19), HOUSE_TIME)
    assert book.tap(IN, card_of(ANN), NOT_CHECKED) == Recorded(
        NINE, None, Admitted(IN, Rule.ACTIVE_MEMBER, forgotten=closing)
    )


def test_a_stay_of_yesterday_of_which_the_server_still_hears_is_taken_to_have_ended(
    book: VisitBook, roster: RosterStore
) -> None:
    roster.replace([member(ANN, inside_since="2026-11-21T01:00:00.000Z")], "1", 0)
    closing = datetime.combine(date(2026, 11, 21), time(19), HOUSE_TIME)
    answer = book.tap(IN, card_of(ANN), NOT_CHECKED)
    assert isinstance(answer, Recorded)
    assert (answer.admitted.forgotten, answer.since) == (closing, None)


def test_time_beyond_what_was_paid_is_told_on_leaving(book: VisitBook, roster: RosterStore) -> None:
    roster.replace([member(ANN, inside_since=EIGHT, paid_until="2026-11-21T23:30:00.000Z")], "1", 0)
    answer = book.tap(OUT, card_of(ANN), NOT_CHECKED)
    assert isinstance(answer, Recorded)
    assert answer.admitted.overstayed == 30


def test_who_comes_back_the_same_day_is_recorded_so(book: VisitBook, roster: RosterStore, clock: HandClock) -> None:
    roster.replace([member(ANN)], "1", 0)
    rules = []
    for way in (IN, OUT, IN):
        answer = book.tap(way, card_of(ANN), NOT_CHECKED)
        assert isinstance(answer, Recorded)
        rules.append(answer.admitted.rule)
        clock.passes(60)
    assert rules == [Rule.ACTIVE_MEMBER, Rule.LEAVING_IS_FREE, Rule.CAME_BACK]


# What is refused


@pytest.mark.parametrize(
    ("who", "rule"),
    [
        (member(ANN, cards=(), replaced_cards=(card_of(ANN),)), Rule.CARD_REPLACED),
        (member(ANN, memberships=(RosterMembership("daily", date(2026, 11, 23), None, None),)), Rule.NOT_YET_BEGUN),
        (
            member(ANN, memberships=(RosterMembership("individual", FIRST, date(2026, 11, 21), None),)),
            Rule.MEMBERSHIP_ENDED,
        ),
        (member(ANN, memberships=(RosterMembership("drop_in", FIRST, None, None),)), Rule.RECEPTION_FIRST),
        (
            member(
                ANN,
                memberships=(RosterMembership("individual", FIRST, None, None, uses_in_month=5),),
                usage=RosterUsage(date(2026, 11, 20), 5, 1),
            ),
            Rule.USES_IN_MONTH,
        ),
    ],
    ids=["replaced", "not yet begun", "ended", "unpaid", "used up"],
)
def test_what_the_roster_says_keeps_a_member_out(
    book: VisitBook, roster: RosterStore, who: RosterMember, rule: Rule
) -> None:
    roster.replace([who], "1", 0)
    assert book.tap(IN, card_of(ANN), NOT_CHECKED) == Refused(rule)


def test_a_second_tap_at_once_changes_nothing(book: VisitBook, roster: RosterStore, clock: HandClock) -> None:
    roster.replace([member(ANN)], "1", 0)
    book.tap(IN, card_of(ANN), NOT_CHECKED)
    clock.passes(9.999)
    assert book.tap(OUT, card_of(ANN), NOT_CHECKED) == Refused(Rule.TOO_SOON)
    clock.passes(0.001)
    assert isinstance(book.tap(OUT, card_of(ANN), NOT_CHECKED), Recorded)


def test_a_full_house_lets_nobody_in_until_somebody_leaves(
    book: VisitBook, roster: RosterStore, house: RulesStore, clock: HandClock
) -> None:
    house.keep(2, to_document(Rulebook((replace(HOUSE, capacity=Capacity(2, hard=True)),))))
    roster.replace([member(ANN), member(BEN), member(EVE, inside_since=EIGHT)], "1", 0)
    assert isinstance(book.tap(IN, card_of(BEN), NOT_CHECKED), Recorded)
    assert book.tap(IN, card_of(ANN), NOT_CHECKED) == Refused(Rule.FULL)
    clock.passes(10)
    book.tap(OUT, card_of(BEN), NOT_CHECKED)
    assert isinstance(book.tap(IN, card_of(ANN), NOT_CHECKED), Recorded)


def test_days_of_use_go_on_counting_without_a_network(
    book: VisitBook, roster: RosterStore, house: RulesStore, clock: HandClock
) -> None:
    house.keep(2, to_document(Rulebook((replace(HOUSE, limits=Limits(days_in_a_row=3)),))))
    roster.replace([member(ANN, usage=RosterUsage(date(2026, 11, 21), 1, 1))], "1", 0)
    answers = []
    for _ in range(3):
        answers.append(book.tap(IN, card_of(ANN), NOT_CHECKED))
        clock.passes(timedelta(hours=24).total_seconds())
    assert [isinstance(each, Recorded) for each in answers] == [True, True, False]
    assert answers[2] == Refused(Rule.DAYS_IN_A_ROW)


def test_a_refusal_is_logged_by_its_rule_and_nothing_of_the_member(
    book: VisitBook, roster: RosterStore, caplog: pytest.LogCaptureFixture
) -> None:
    roster.replace([member(ANN, "suspended", name="花子")], "1", 0)
    with caplog.at_level(logging.DEBUG):
        book.tap(IN, card_of(ANN), NOT_CHECKED)
    assert caplog.messages == ["refused: suspended"]


@pytest.mark.usefixtures("full")
def test_a_fee_that_is_asked_first_is_logged_by_its_rule_and_nothing_of_the_member(
    book: VisitBook, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever declines leaves no record, so that this is all there is of it."""
    with caplog.at_level(logging.DEBUG):
        book.tap(IN, card_of(ANN), NOT_CHECKED)
    assert caplog.messages == ["asked first: over_limit"]
