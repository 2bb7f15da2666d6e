"""At least one of every state, result and event of the conversation, by a plain name.

`IN_TIME` is before every deadline of these states and `LATE` is after it. Nothing here says what should happen.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from kiosk.flow import events as ev
from kiosk.flow import states as st
from kiosk.flow.checks import Check, Finding
from kiosk.flow.house import Entrance, House
from kiosk.flow.machine import Flow
from kiosk.settings import Timeouts
from visits.calendar import Hours
from visits.decision import Admitted, Direction, Fee, Rule
from visits.event import Revocation
from visits.past import History
from visits.rulebook import Text

TIMEOUTS = Timeouts()
IN_TIME = 100.0
DEADLINE = 110.0
LATE = 110.0
NINE = datetime(2026, 11, 22, 0, 5, tzinfo=UTC)
CARD = bytes(range(32))
WAY = Direction.IN

ADMITTING_RULES = frozenset(
    {Rule.ACTIVE_MEMBER, Rule.STAFF, Rule.CAME_BACK, Rule.OVER_LIMIT, Rule.BY_STAFF, Rule.LEAVING_IS_FREE}
)
REFUSING_RULES = tuple(rule for rule in Rule if rule not in ADMITTING_RULES)
FEE = Fee(place=4, free=3, per_hour=300)
ENTERED = Admitted(Direction.IN, Rule.ACTIVE_MEMBER)
LEFT = Admitted(Direction.OUT, Rule.LEAVING_IS_FREE)
CLOSING_TIME = datetime(2026, 11, 20, 10, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 20, 15, tzinfo=UTC)
TRIES = {st.CardProblem.WRONG_PIN: 2, st.CardProblem.PIN_BLOCKED: 0, st.CardProblem.LAST_TRY: 1}

PAST = History(date(2026, 11, 20), timedelta(hours=12, minutes=30))
FIRST = History(None, timedelta(hours=3))
RESULTS: dict[str, st.Result] = {
    "done": st.Done(NINE, None, ENTERED),
    "done by name": st.Done(NINE, "山田 花子", ENTERED),
    "done again": st.Done(NINE, None, replace(ENTERED, rule=Rule.CAME_BACK)),
    "done again by name": st.Done(NINE, "山田 花子", replace(ENTERED, rule=Rule.CAME_BACK)),
    "done for a fee": st.Done(NINE, None, replace(ENTERED, rule=Rule.OVER_LIMIT, fee=FEE)),
    "done in a crowd": st.Done(NINE, None, replace(ENTERED, crowded=True)),
    "done after forgetting": st.Done(NINE, None, replace(ENTERED, forgotten=CLOSING_TIME)),
    "done after forgetting all day": st.Done(NINE, None, replace(ENTERED, forgotten=MIDNIGHT)),
    "left": st.Done(NINE, None, LEFT),
    "left by name": st.Done(NINE, "山田 花子", LEFT),
    "left after a while": st.Done(NINE, None, LEFT, NINE - timedelta(hours=3, minutes=12)),
    "left with a past": st.Done(NINE, "山田 花子", LEFT, NINE - timedelta(hours=3), PAST),
    "left for the first time this month": st.Done(NINE, None, LEFT, NINE - timedelta(hours=3), FIRST),
    "done, and discreet": st.Done(NINE, None, ENTERED, discreet=True),
    "done after forgetting, and discreet": st.Done(NINE, None, replace(ENTERED, forgotten=CLOSING_TIME), discreet=True),
    "left at once": st.Done(NINE, None, LEFT, NINE - timedelta(seconds=59)),
    "left too late": st.Done(NINE, None, replace(LEFT, overstayed=35)),
    **{f"refused: {rule.value}": st.RuleRefusal(rule) for rule in REFUSING_RULES},
    **{f"card: {problem.value}": st.CardRefusal(problem, TRIES.get(problem)) for problem in st.CardProblem},
    "declined": st.Declined(),
    "timed out": st.TimedOut(),
    "not recorded": st.NotRecorded(),
}

CONVERSING: dict[str, st.State] = {
    "no digit": st.EnteringPin(WAY, DEADLINE),
    "two digits": st.EnteringPin(WAY, DEADLINE, digits=2),
    "four digits": st.EnteringPin(WAY, DEADLINE, digits=4),
    "awaiting": st.AwaitingCard(WAY, DEADLINE),
    "awaiting again": st.AwaitingCard(WAY, DEADLINE, hold_again=True),
    "awaiting the last try": st.AwaitingCard(WAY, DEADLINE, last_try_allowed=True, hold_again=True),
    "reading": st.Reading(WAY, DEADLINE, pin_deadline=IN_TIME + 20),
    "reading the last try": st.Reading(WAY, DEADLINE, pin_deadline=IN_TIME + 20, last_try_allowed=True),
    "reading past the PIN's time": st.Reading(WAY, DEADLINE, pin_deadline=IN_TIME),
    "asking": st.AskingLastTry(WAY, DEADLINE),
}
"""The states in which a PIN lives."""

SHOWING: dict[str, st.State] = {
    f"showing {name}": st.Showing(WAY, result, DEADLINE) for name, result in RESULTS.items()
}
OWN = st.Done(NINE, "山田 花子", LEFT, NINE - timedelta(hours=3), PAST)
SHOWING_OWN: dict[str, st.State] = {
    "showing what is her own": st.Showing(WAY, OWN, DEADLINE + 5, st.Discretion(IN_TIME, DEADLINE)),
    "showing what is her own, a moment": st.Showing(WAY, OWN, DEADLINE + 5, st.Discretion(IN_TIME + 1, DEADLINE)),
}
ASKING_FEE = st.AskingFee(WAY, CARD, Revocation.GOOD, FEE, DEADLINE)

CHECKS = (Check(Finding.READER_READY, good=True, values=(("name", "ACS ACR1252"),)),)
FOR_STAFF: dict[str, st.State] = {
    "no digit of a code": st.EnteringCode(DEADLINE),
    "another code": st.EnteringCode(DEADLINE, again=True),
    "three digits of a code": st.EnteringCode(DEADLINE, digits=3),
    "a code": st.EnteringCode(DEADLINE, digits=8),
    "checking a code": st.CheckingCode(),
    "no code for a while": st.CodeLocked(DEADLINE),
    "staff room, looking": st.StaffRoom(DEADLINE),
    "staff room": st.StaffRoom(DEADLINE, CHECKS),
}

NO_FAULT: frozenset[st.Fault] = frozenset()
FAULTY = frozenset({st.Fault.STORAGE})

HOURS = Hours(time(10), time(19))
TOMORROW_AT_TEN = datetime(2026, 11, 23, 1, tzinfo=UTC)
HOUSES: dict[str, House] = {
    "open": House(Entrance.OPEN, HOURS, None),
    "closed": House(Entrance.CLOSED, HOURS, TOMORROW_AT_TEN),
    "closed all day": House(Entrance.CLOSED, None, TOMORROW_AT_TEN),
    "closing": House(Entrance.LAST_CHECK_IN_OVER, HOURS, TOMORROW_AT_TEN),
    "closed for good": House(Entrance.CLOSED, None, None),
    "closed for a reason": House(Entrance.CLOSED, None, TOMORROW_AT_TEN, closure="館内整備のため"),
    "with words of its own": House(
        Entrance.OPEN, HOURS, None, Text("本日は秋祭りです", "Autumn festival today"), Text("2階です", "Second floor")
    ),
}

FLOWS: dict[str, Flow] = {
    "welcome": Flow(st.Welcome()),
    **{f"welcome, {name}": Flow(st.Welcome(), house=house) for name, house in HOUSES.items()},
    "showing closed, closed": Flow(SHOWING["showing refused: closed"], house=HOUSES["closed"]),
    "showing closed, closing": Flow(SHOWING["showing refused: closed"], house=HOUSES["closing"]),
    **{name: Flow(state) for name, state in CONVERSING.items()},
    "recording": Flow(st.Recording(WAY)),
    "recording without the card": Flow(st.Recording(WAY, card_taken=True)),
    "recording, faulty": Flow(st.Recording(WAY), FAULTY),
    "asking for a fee": Flow(ASKING_FEE),
    "asking for a fee without the card": Flow(replace(ASKING_FEE, card_taken=True)),
    **{name: Flow(state) for name, state in SHOWING.items()},
    **{name: Flow(state) for name, state in SHOWING_OWN.items()},
    **{f"{name}, faulty": Flow(state, FAULTY) for name, state in SHOWING.items()},
    **{name: Flow(state) for name, state in FOR_STAFF.items()},
    **{f"{name}, faulty": Flow(state, FAULTY) for name, state in FOR_STAFF.items()},
    **{f"out of order: {fault.value}": Flow(st.OutOfOrder(), frozenset({fault})) for fault in st.Fault},
    "out of order: both": Flow(st.OutOfOrder(), frozenset({st.Fault.READER, st.Fault.STORAGE})),
}
"""Every situation the terminal can be in, but for directions and times."""

EVENTS: dict[str, ev.Event] = {
    "begin in": ev.Begin(Direction.IN),
    "begin out": ev.Begin(Direction.OUT),
    "digit": ev.DigitTyped(),
    "erase": ev.Erased(),
    "confirm": ev.Confirmed(),
    "cancel": ev.Cancelled(),
    "again": ev.TriedAgain(),
    "card seen": ev.CardSeen(),
    "card proved": ev.CardProved(CARD, Revocation.GOOD),
    **{f"card refused: {problem.value}": ev.CardRefused(problem, TRIES.get(problem)) for problem in st.CardProblem},
    "card lost": ev.CardLost(),
    "card taken": ev.CardTaken(),
    "recorded": ev.VisitRecorded(NINE, "山田 花子", ENTERED),
    "recorded, and more to tell": ev.VisitRecorded(NINE, None, replace(ENTERED, forgotten=CLOSING_TIME)),
    "fee asked": ev.FeeAsked(CARD, Revocation.GOOD, FEE),
    **{f"visit refused: {rule.value}": ev.VisitRefused(rule) for rule in REFUSING_RULES},
    "recording failed": ev.RecordingFailed(),
    "staff called": ev.StaffCalled(),
    "sound tried": ev.SoundTried(),
    "restart asked": ev.RestartAsked(),
    "code accepted": ev.CodeAccepted(),
    **{f"code refused: {problem.value}": ev.CodeRefused(problem) for problem in st.CodeProblem},
    "looked over": ev.LookedOver(CHECKS),
    **{f"{fault.value} fault": ev.FaultBegan(fault) for fault in st.Fault},
    **{f"{fault.value} mended": ev.FaultMended(fault) for fault in st.Fault},
    "house open": ev.HouseChanged(HOUSES["open"]),
    "house closed": ev.HouseChanged(HOUSES["closed"]),
    "house unknown": ev.HouseChanged(None),
    "tick": ev.Tick(),
}
