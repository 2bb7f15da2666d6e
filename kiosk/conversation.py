"""Runs the flow: gives the machine its events, carries out its effects, and keeps the PIN for as long as it may live.

Everything here happens on the screen's thread; what the reader's and the storage's threads report comes through `post`.
Not in here: the transitions (kiosk.flow), the looks (kiosk.ui), the threads of the reader (cardreader.watch).
"""

import logging
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Protocol

from cardreader.pin import Pin
from cardreader.ports import Card
from kiosk.cardcheck import CardCheck
from kiosk.flow import events as ev
from kiosk.flow import states as st
from kiosk.flow.checks import Check, Finding
from kiosk.flow.house import House
from kiosk.flow.machine import Flow, step
from kiosk.flow.naming import shown_name
from kiosk.settings import Settings
from kiosk.storage.lookout import Sight
from kiosk.storage.visitbook import FeeAsked, Recorded
from sounds import Sound
from visits.decision import Direction, Refused
from visits.event import Revocation

log = logging.getLogger(__name__)

CHALLENGE_BYTES = 32
STORAGE_TRIAL_SECONDS = 5.0
LOOK_SECONDS = 1.0
ROUND_SECONDS = 5.0
"""From one look over the terminal to the next, while staff see what comes of it."""


class CardDesk(Protocol):
    """The part of cardreader.watch.Watch that a conversation needs; jobs run on the watch's thread."""

    def arm(self, job: Callable[[Card], None]) -> None: ...
    def disarm(self) -> None: ...


class Book(Protocol):
    """kiosk.storage.visitbook.VisitBook."""

    def tap(
        self, direction: Direction, card: bytes, revocation: Revocation, *, fee_accepted: bool = False
    ) -> Recorded | Refused | FeeAsked: ...
    def check(self) -> None: ...


class Lookout(Protocol):
    """kiosk.storage.lookout.Lookout."""

    def look(self) -> Sight: ...


class StaffDesk(Protocol):
    """kiosk.staff.StaffDesk. `judge` and `look_over` take their time: they run on the recorder's thread."""

    def has_code(self) -> bool: ...
    def judge(self, code: Pin) -> st.CodeProblem | None: ...
    def look_over(self) -> tuple[Check, ...]: ...


class Surroundings(Protocol):
    """The screen's side of a conversation: its thread, its clock, its ears and its eyes."""

    def post(self, report: Callable[[], None]) -> None:
        """Run `report` on the screen's thread, soon; callable from any thread."""

    def monotonic(self) -> float: ...
    def random_bytes(self, count: int) -> bytes: ...
    def play(self, cue: Sound) -> None: ...
    def show(self, flow: Flow) -> None: ...
    def restart(self) -> None: ...


class Conversation:
    """One terminal's conversation, for as long as the process lives. `house` tells what its hours mean now."""

    def __init__(  # noqa: PLR0913 - six neighbours and two settings
        self,
        surroundings: Surroundings,
        desk: CardDesk,
        book: Book,
        lookout: Lookout,
        staff: StaffDesk,
        *,
        recorder: Executor,
        settings: Settings,
        check: CardCheck,
        house: Callable[[], House | None],
    ) -> None:
        self._world = surroundings
        self._desk = desk
        self._book = book
        self._lookout = lookout
        self._staff = staff
        self._recorder = recorder
        self._timeouts = settings.timeouts
        self._privacy = settings.privacy
        self._history = settings.history
        self._check = check
        self._house = house
        self._pin = Pin()
        self._code = Pin(st.CODE_LENGTH)
        self._attempt: object | None = None
        self._next_trial = 0.0
        self._next_round = 0.0
        self._next_look = 0.0
        self._queued: set[Callable[[], None]] = set()
        self._seen: Sight | None = None
        self._flow = Flow()

    @property
    def flow(self) -> Flow:
        return self._flow

    def digit(self, digit: int) -> None:
        """One key of the PIN pad, 0 to 9. The machine hears only that there was one."""
        typed = self._typed()
        if typed is not None and not typed.complete:
            typed.push(digit)
            self.happen(ev.DigitTyped())

    def erase(self) -> None:
        if typed := self._typed():
            typed.pop()
            self.happen(ev.Erased())

    def call_staff(self) -> None:
        """By the gesture. A terminal without a code has no staff mode."""
        if self._staff.has_code():
            self.happen(ev.StaffCalled())

    def happen(self, event: ev.Event) -> None:
        """Any event but a digit."""
        before = self._flow
        self._flow, effects = step(before, event, now=self._world.monotonic(), timeouts=self._timeouts)
        for effect in effects:
            self._carry_out(effect)
        if self._flow != before:
            if type(before.state) is not type(self._flow.state):
                log.info("%s: %s -> %s", *(type(each).__name__ for each in (event, before.state, self._flow.state)))
            self._world.show(self._flow)

    def tick(self) -> None:
        """Several times a second: deadlines, what other processes have done, a storage that failed."""
        self.happen(ev.Tick())
        if self._world.monotonic() >= self._next_look:
            self._next_look = self._world.monotonic() + LOOK_SECONDS
            self._queue_once(self._look)
            self._look_at_the_clock()
        if isinstance(self._flow.state, st.StaffRoom) and self._world.monotonic() >= self._next_round:
            self._go_round()
        if st.Fault.STORAGE in self._flow.faults and self._world.monotonic() >= self._next_trial:
            self._next_trial = self._world.monotonic() + STORAGE_TRIAL_SECONDS
            self._queue_once(self._try_storage)

    def _queue_once(self, job: Callable[[], None]) -> None:
        """On the recorder's thread, unless one waits for it already: visits are recorded there, behind it."""
        if job not in self._queued:
            self._queued.add(job)
            self._recorder.submit(self._begin_queued, job)

    def _begin_queued(self, job: Callable[[], None]) -> None:
        self._queued.discard(job)
        job()

    def _look_at_the_clock(self) -> None:
        house = self._house()
        if house != self._flow.house:
            self.happen(ev.HouseChanged(house))

    def learn(self, sight: Sight) -> None:
        """What other processes have done. Revoked comes first: a terminal locked by it is not preparing."""
        for fault, began in (
            (st.Fault.REVOKED, sight.revoked),
            (st.Fault.UPDATING, sight.updating),
            (st.Fault.ROSTER, not sight.has_roster),
        ):
            if began != (fault in self._flow.faults):
                self.happen(ev.FaultBegan(fault) if began else ev.FaultMended(fault))

    def close(self) -> None:
        self._carry_out(ev.DisarmReader())
        self._pin.wipe()
        self._code.wipe()

    def _typed(self) -> Pin | None:
        match self._flow.state:
            case st.EnteringPin():
                return self._pin
            case st.EnteringCode():
                return self._code
            case _:
                return None

    def _carry_out(self, effect: ev.Effect) -> None:
        match effect:
            case ev.Play(cue):
                self._world.play(cue)
            case ev.WipePin():
                self._pin.wipe()
                self._pin = Pin()
                self._code.wipe()
            case ev.ArmReader(last_try_allowed):
                self._arm(last_try_allowed=last_try_allowed)
            case ev.DisarmReader():
                self._attempt = None
                self._desk.disarm()
            case ev.Record() as proved:
                self._attempt = None
                self._recorder.submit(self._record, proved)
            case ev.CheckCode():
                self._recorder.submit(self._judge_code)
            case ev.LookOver():
                self._go_round()
            case ev.Restart():
                log.info("staff asked for a restart")
                self._world.restart()

    def _arm(self, *, last_try_allowed: bool) -> None:
        """The job keeps to this conversation's PIN: once wiped it stays empty, and the next member's is another object."""
        attempt = self._attempt = object()
        pin = self._pin

        def report(event: ev.Event) -> None:
            self._world.post(lambda: self.happen(event) if self._attempt is attempt else None)

        def job(card: Card) -> None:
            if self._attempt is attempt:
                report(ev.CardSeen())
                challenge = self._world.random_bytes(CHALLENGE_BYTES)
                report(self._check.ask(card, pin, challenge=challenge, last_try_allowed=last_try_allowed))

        self._desk.arm(job)

    def _record(self, proved: ev.Record) -> None:
        """On the recorder's thread. The report that lets the birdsong play leaves only after the commit.

        Only this report ends the screen that is shown meanwhile, so that it leaves whatever went wrong.
        """
        event: ev.Event
        try:
            card, revocation = proved.card, proved.revocation
            match self._book.tap(proved.direction, card, revocation, fee_accepted=proved.fee_accepted):
                case Recorded() as visit:
                    event = self._as_shown(visit)
                case Refused(rule=rule):
                    event = ev.VisitRefused(rule)
                case FeeAsked(fee=fee):
                    event = ev.FeeAsked(card, revocation, fee)
        except Exception:
            log.exception("the visit could not be written")
            self._world.post(lambda: self.happen(ev.FaultBegan(st.Fault.STORAGE)))
            event = ev.RecordingFailed()
        self._world.post(lambda: self.happen(event))

    def _as_shown(self, visit: Recorded) -> ev.VisitRecorded:
        """What the terminal does not show does not get as far as the screen's thread."""
        name = shown_name(visit.name, self._privacy.name_display)
        past = visit.past if self._history.shown else None
        return ev.VisitRecorded(visit.at, name, visit.admitted, visit.since, past)

    def _judge_code(self) -> None:
        """On the recorder's thread. What goes wrong lets nobody in."""
        event: ev.Event
        try:
            problem = self._staff.judge(self._code)
        except Exception:
            log.exception("staff's code could not be looked at")
            problem = st.CodeProblem.WRONG
        if problem is None:
            log.info("staff are at the terminal")
            event = ev.CodeAccepted()
        else:
            log.warning("staff's code was refused: %s", problem.value)
            event = ev.CodeRefused(problem)
        self._world.post(lambda: self.happen(event))

    def _go_round(self) -> None:
        self._next_round = self._world.monotonic() + ROUND_SECONDS
        self._queue_once(self._look_over)

    def _look_over(self) -> None:
        """On the recorder's thread."""
        try:
            checks = self._staff.look_over()
        except Exception:
            log.exception("the terminal could not be looked over")
            checks = (Check(Finding.STORAGE_UNREADABLE, good=False),)
        self._world.post(lambda: self.happen(ev.LookedOver(checks)))

    def _try_storage(self) -> None:
        try:
            self._book.check()
        except Exception as error:  # noqa: BLE001 - the edge of the recorder's thread
            log.warning("the storage still takes no records: %s", error)
        else:
            self._world.post(lambda: self.happen(ev.FaultMended(st.Fault.STORAGE)))

    def _look(self) -> None:
        """On the recorder's thread, behind a visit that is being written. Only news is passed on."""
        try:
            sight = self._lookout.look()
        except Exception as error:  # noqa: BLE001 - the edge of the recorder's thread
            log.warning("the database cannot be looked at: %s", type(error).__name__)
            self._next_look = self._world.monotonic() + STORAGE_TRIAL_SECONDS
        else:
            if sight != self._seen:
                self._seen = sight
                self._world.post(lambda: self.learn(sight))
