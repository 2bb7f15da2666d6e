"""Every screen there is, each by a name for its file. Not in here: showing them (gallery)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock

from kiosk.flow import states as st
from kiosk.flow.checks import Check, Finding
from kiosk.flow.house import Entrance, House
from kiosk.flow.machine import Flow
from kiosk.settings import Doors
from visits.calendar import Hours
from visits.decision import Admitted, Direction, Fee, Rule
from visits.event import Revocation
from visits.past import History
from visits.rulebook import LONGEST_ENGLISH, LONGEST_JAPANESE, Text

AT = datetime(2026, 11, 22, 0, 58, tzinfo=UTC)
NOW = 1000.0
SOON = NOW + 25
"""Monotonic seconds."""
_TUESDAY_AT_TEN = datetime(2026, 11, 24, 1, tzinfo=UTC)
_HOURS = Hours(clock(10), clock(19))
HOUSES = {
    "open": House(Entrance.OPEN, _HOURS, None),
    "closed": House(Entrance.CLOSED, _HOURS, _TUESDAY_AT_TEN),
    "holiday": House(Entrance.CLOSED, None, _TUESDAY_AT_TEN),
    "closing": House(Entrance.LAST_CHECK_IN_OVER, _HOURS, _TUESDAY_AT_TEN),
    "for_good": House(Entrance.CLOSED, None, None),
    "reason": House(Entrance.CLOSED, None, _TUESDAY_AT_TEN, closure="空調設備の更新工事のため休館します"),
}


def _filled(sentence: str, letters: int) -> str:
    """As long as staff may write."""
    return (sentence * letters)[:letters]


RECEPTION = Text("2階エレベーターを降りて左です（内線 201）", "Second floor, left of the lifts (ext. 201)")
LONG_RECEPTION = Text(
    _filled(
        "受付は、2階のエレベーターを降りて左の窓口です。不在のときは内線電話で 201 をお呼びください。", LONGEST_JAPANESE
    ),
    _filled(
        "Second floor, left of the lifts. If nobody is there, please call 201 on the house telephone. ", LONGEST_ENGLISH
    ),
)
NEWS = Text("11月28日（土）は秋の交流会です", "Autumn meet-up on Saturday, 28 November")
LONG_NEWS = Text(
    _filled(
        "11月28日（土）13:00 から、1階オープンスペースで秋の交流会を開きます。どなたでもどうぞ。", LONGEST_JAPANESE
    ),
    _filled("On Saturday, 28 November, from 13:00, we meet in the open space on the ground floor. ", LONGEST_ENGLISH),
)
SENDING_TO_RECEPTION = {
    "fee_of_a_school",
    "last_try",
    "done_in_fee",
    "done_in_everything",
    "done_out_overstayed",
    "problem_pin_blocked",
    "rule_card_not_linked",
    "rule_reception_first",
    "rule_not_in_both",
    "not_recorded",
}
_OPEN = HOUSES["open"]
TALKATIVE = replace(_OPEN, announcement=NEWS, reception=RECEPTION)
VERBOSE = replace(_OPEN, announcement=LONG_NEWS, reception=LONG_RECEPTION)
WORDY_CLOSED = replace(
    HOUSES["reason"], announcement=LONG_NEWS, closure="設備点検と清掃作業のため、終日休館いたします。" * 3
)

_IN = Admitted(Direction.IN, Rule.ACTIVE_MEMBER)
_OUT = Admitted(Direction.OUT, Rule.LEAVING_IS_FREE)
_FEE = Fee(place=4, free=3, per_hour=300)
_SCHOOL_FEE = Fee(place=11, free=10, per_hour=None)
_FORGOTTEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
_ADMITTING = {Rule.ACTIVE_MEMBER, Rule.STAFF, Rule.CAME_BACK, Rule.OVER_LIMIT, Rule.BY_STAFF, Rule.LEAVING_IS_FREE}


def flows() -> Iterator[tuple[str, Flow, Doors]]:
    """Every screen, by a name for its file."""
    for name, state in for_staff():
        yield f"staff_{name}", Flow(state), Doors.IN
    for name, state, doors in states():
        yield name, Flow(state), doors
        if name in SENDING_TO_RECEPTION:
            yield f"{name}_where", Flow(state, house=TALKATIVE), doors
    for doors in Doors:
        yield f"welcome_{doors.value}_news", Flow(st.Welcome(), house=TALKATIVE), doors
        yield f"welcome_{doors.value}_long_news", Flow(st.Welcome(), house=VERBOSE), doors
        yield f"welcome_{doors.value}_wordy", Flow(st.Welcome(), house=WORDY_CLOSED), doors
    verbose = st.Showing(Direction.IN, st.RuleRefusal(Rule.RECEPTION_FIRST), 0.0)
    yield "rule_reception_first_verbose", Flow(verbose, house=VERBOSE), Doors.IN
    closed = {
        "out_of_order": frozenset({st.Fault.READER}),
        "preparing": frozenset({st.Fault.ROSTER}),
        "updating": frozenset(st.Fault) - {st.Fault.REVOKED},
        "revoked": frozenset(st.Fault),
    }
    for name, house in HOUSES.items():
        for doors in (Doors.IN, Doors.BOTH):
            yield f"welcome_{doors.value}_{name}", Flow(st.Welcome(), house=house), doors
    yield "welcome_out_holiday", Flow(st.Welcome(), house=HOUSES["holiday"]), Doors.OUT
    for name in ("closed", "closing", "reason"):
        showing = st.Showing(Direction.IN, st.RuleRefusal(Rule.CLOSED), SOON)
        yield f"rule_{name}_by_the_hours", Flow(showing, house=HOUSES[name]), Doors.IN
    for name, faults in closed.items():
        yield name, Flow(st.OutOfOrder(), faults), Doors.IN
        yield f"{name}_where", Flow(st.OutOfOrder(), faults, TALKATIVE), Doors.IN
    for fault in (st.Fault.REVOKED, st.Fault.UPDATING):
        yield f"staff_room_{fault.value}", Flow(st.StaffRoom(SOON, ALL_BAD), frozenset({fault})), Doors.IN


def states() -> Iterator[tuple[str, st.State, Doors]]:
    """Every state of a terminal in service."""
    for doors in Doors:
        yield f"welcome_{doors.value}", st.Welcome(), doors
    for digits in (0, 2, 4):
        yield f"pin_{digits}", st.EnteringPin(Direction.IN, SOON, digits), Doors.IN
    yield "pin_again", st.EnteringPin(Direction.IN, SOON, tries_left=2), Doors.IN
    yield "pin_pressing", st.EnteringPin(Direction.IN, NOW + 9, 1), Doors.IN
    yield "card_pressing", st.AwaitingCard(Direction.IN, NOW + 9), Doors.IN
    yield "card_in", st.AwaitingCard(Direction.IN, SOON), Doors.IN
    yield "card_out_again", st.AwaitingCard(Direction.OUT, SOON, hold_again=True), Doors.OUT
    yield "reading", st.Reading(Direction.IN, SOON, SOON), Doors.IN
    yield "last_try", st.AskingLastTry(Direction.IN, SOON), Doors.IN
    for name, fee in (("fee", _FEE), ("fee_of_a_school", _SCHOOL_FEE)):
        yield name, st.AskingFee(Direction.IN, b"", Revocation.GOOD, fee, SOON), Doors.IN
    for rule, way in ((Rule.ALREADY_IN, Direction.IN), (Rule.NOT_IN, Direction.OUT), (Rule.TOO_SOON, Direction.OUT)):
        yield f"rule_{rule.value}_both", st.Showing(way, st.RuleRefusal(rule), SOON), Doors.BOTH
    results: list[tuple[str, Direction, st.Result]] = [
        *((name, done.admitted.direction, done) for name, done in greetings()),
        ("declined", Direction.IN, st.Declined()),
        ("timed_out", Direction.IN, st.TimedOut()),
        ("not_recorded", Direction.IN, st.NotRecorded()),
    ]
    refusals = sorted(set(Rule) - _ADMITTING, key=str)
    ways = {Rule.NOT_IN: Direction.OUT}
    results += [(f"rule_{rule.value}", ways.get(rule, Direction.IN), st.RuleRefusal(rule)) for rule in refusals]
    problems = set(st.CardProblem) - {st.CardProblem.LAST_TRY}
    results += [(f"problem_{each.value}", Direction.IN, st.CardRefusal(each, 2)) for each in sorted(problems, key=str)]
    for name, direction, result in results:
        yield name, st.Showing(direction, result, SOON), Doors(direction.value)


def greetings() -> Iterator[tuple[str, st.Done]]:
    name = "緑川 花子"
    back = replace(_IN, rule=Rule.CAME_BACK)
    everything = replace(_IN, rule=Rule.OVER_LIMIT, fee=_FEE, crowded=True, forgotten=_FORGOTTEN)
    yield "done_in", st.Done(AT, None, _IN)
    yield "done_in_named", st.Done(AT, name, _IN)
    yield "done_in_back", st.Done(AT, None, back)
    yield "done_in_back_named", st.Done(AT, name, back)
    yield "done_in_crowded", st.Done(AT, None, replace(_IN, crowded=True))
    yield "done_in_fee", st.Done(AT, None, replace(_IN, rule=Rule.OVER_LIMIT, fee=_FEE))
    yield "done_in_forgotten", st.Done(AT, name, replace(_IN, forgotten=_FORGOTTEN))
    yield "done_in_forgotten_midnight", st.Done(AT, None, replace(_IN, forgotten=_FORGOTTEN + timedelta(hours=5)))
    yield "done_in_everything", st.Done(AT, name, everything)
    yield "done_out", st.Done(AT, None, _OUT)
    yield "done_out_stay", st.Done(AT, name, _OUT, AT - timedelta(hours=3, minutes=12))
    past = History(AT.date() - timedelta(days=2), timedelta(hours=112, minutes=30))
    yield "done_out_past", st.Done(AT, name, _OUT, AT - timedelta(hours=3, minutes=12), past)
    yield "done_in_discreet", st.Done(AT, None, replace(_IN, forgotten=_FORGOTTEN), discreet=True)
    yield "done_out_overstayed", st.Done(AT, name, replace(_OUT, overstayed=95), AT - timedelta(hours=3, minutes=12))


def for_staff() -> Iterator[tuple[str, st.State]]:
    for digits in (0, 3, 8):
        yield f"code_{digits}", st.EnteringCode(SOON, digits)
    yield "code_wrong", st.EnteringCode(SOON, again=True)
    yield "code_locked", st.CodeLocked(SOON)
    yield "room_looking", st.StaffRoom(SOON)
    yield "room_good", st.StaffRoom(SOON, ALL_GOOD)
    yield "room_waiting", st.StaffRoom(SOON, (*ALL_GOOD[:3], _WAITING, *ALL_GOOD[4:]))
    yield "room_bad", st.StaffRoom(SOON, ALL_BAD)
    yield "room_unwritable", st.StaffRoom(SOON, (*ALL_BAD[:-1], Check(Finding.STORAGE_UNWRITABLE, good=False)))
    yield "room_unreadable", st.StaffRoom(SOON, (*ALL_BAD[:2], Check(Finding.STORAGE_UNREADABLE, good=False)))


_WHEN = (("day", AT.date()), ("time", "09:41"))
_READER = "ACS ACR1252 Dual Reader [ACR1252 Dual Reader PICC] 00 00"
_WAITING = Check(Finding.QUEUE_WAITING, good=True, values=(("count", "12"), *_WHEN))
ALL_GOOD = (
    Check(Finding.READER_READY, good=True, values=(("name", _READER),)),
    Check(Finding.SOUND_READY, good=True),
    Check(Finding.SERVER_HEARD, good=True, values=_WHEN),
    Check(Finding.QUEUE_EMPTY, good=True),
    Check(Finding.ROSTER_FRESH, good=True, values=(("count", "1240"), *_WHEN)),
    Check(Finding.CLOCK_VOUCHED, good=True),
    Check(Finding.DISK_ROOM, good=True),
)
ALL_BAD = (
    Check(Finding.READER_MISSING, good=False),
    Check(Finding.SOUND_MISSING, good=False),
    Check(Finding.SERVER_TROUBLE, good=False, values=(("word", "unreachable"),)),
    Check(Finding.QUEUE_REJECTED, good=False, values=(("count", "3"),)),
    Check(Finding.ROSTER_OLD, good=False, values=(("count", "1240"), *_WHEN)),
    Check(Finding.CLOCK_ALONE, good=False),
    Check(Finding.DISK_FULL, good=False),
)
