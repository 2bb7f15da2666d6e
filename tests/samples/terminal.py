"""A terminal without a screen: the real conversation, watch and simulated reader; clock, ears and book are the test's."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from cardreader.drivers.simulated import SimulatedReader
from cardreader.pin import Pin
from cardreader.revocation.source import NoSource, RevocationSource
from cardreader.simulated.chip import Chip
from cardreader.simulated.other_cards import MuteCard
from cardreader.watch import Watch
from kiosk.cardcheck import CardCheck
from kiosk.conversation import Conversation
from kiosk.flow import events as ev
from kiosk.flow import states as st
from kiosk.flow.checks import Check
from kiosk.flow.machine import Flow
from kiosk.settings import Settings
from kiosk.storage.lookout import Sight
from kiosk.storage.visitbook import FeeAsked, Recorded
from samples.flow import CHECKS
from sounds import Sound
from visits.decision import Admitted, Direction, Refused, Rule
from visits.event import Revocation

if TYPE_CHECKING:
    from kiosk.flow.house import House

PATIENCE_SECONDS = 10.0
REFERENCE_KEY = bytes(range(32))
AT = datetime(2026, 11, 22, 0, 5, tzinfo=UTC)
ENTERED = Recorded(AT, None, Admitted(Direction.IN, Rule.ACTIVE_MEMBER), None)
LEFT = Recorded(AT, None, Admitted(Direction.OUT, Rule.LEAVING_IS_FREE), None)

_VERIFY = 0x20
_VERIFY_WITH_PIN_BYTES = 9


@dataclass
class SpiedCard:
    """Passes everything on to `chip`; notes each PIN sent, and stops before command `stop_before` until told to go on.

    Commands are told by their instruction byte.
    """

    chip: Chip
    stop_before: int | None = None
    presentations: list[list[bytes]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def atr(self) -> bytes:
        return self.chip.atr

    @property
    def sent(self) -> list[bytes]:
        """Every PIN that reached this card."""
        return [pin for presentation in self.presentations for pin in presentation]

    def power_on(self) -> None:
        self.presentations.append([])
        self.chip.power_on()

    def power_off(self) -> None:
        self.chip.power_off()

    def reset(self) -> None:
        self.chip.reset()

    def transmit(self, command: bytes | bytearray) -> bytes:
        if command[1] == self.stop_before and not self.go_on.is_set():
            self.stopped.set()
            assert self.go_on.wait(PATIENCE_SECONDS)
        if command[1] == _VERIFY and len(command) == _VERIFY_WITH_PIN_BYTES:
            self.presentations[-1].append(bytes(command[-4:]))
        return self.chip.transmit(command)


class ObservedReader(SimulatedReader):
    """Notes each time the watch, having decided about the card in the field, waits for it to leave."""

    def __init__(self) -> None:
        super().__init__()
        self.decisions: queue.Queue[None] = queue.Queue()

    def wait_absent(self, timeout: float) -> bool:
        if self._chip is not None and self._seen == self._presentation:
            self.decisions.put(None)
        return super().wait_absent(timeout)

    def decides(self) -> None:
        """Waits until the watch has looked twice at the card in the field from now on; at none it need not look."""
        while not self.decisions.empty():
            self.decisions.get()
        for _ in range(2 if self._chip is not None else 0):
            self.decisions.get(timeout=PATIENCE_SECONDS)


@dataclass
class Book:
    """Answers as told; an exception is raised. Notes what it was asked in the terminal's own story."""

    story: list[object]
    answers: list[Recorded | Refused | FeeAsked | Exception] = field(default_factory=list)
    troubles: list[Exception] = field(default_factory=list)
    taps: list[tuple[Direction, bytes, Revocation]] = field(default_factory=list)
    fees_accepted: list[bool] = field(default_factory=list)
    checks: int = 0
    may_answer: threading.Event = field(default_factory=threading.Event)

    def tap(
        self, direction: Direction, card: bytes, revocation: Revocation, *, fee_accepted: bool = False
    ) -> Recorded | Refused | FeeAsked:
        self.taps.append((direction, card, revocation))
        self.fees_accepted.append(fee_accepted)
        assert self.may_answer.wait(PATIENCE_SECONDS)
        answer = self.answers.pop(0) if self.answers else ENTERED if direction is Direction.IN else LEFT
        if isinstance(answer, Exception):
            raise answer
        self.story.append(answer)
        return answer

    def check(self) -> None:
        self.checks += 1
        if self.troubles:
            raise self.troubles.pop(0)


@dataclass
class Lookout:
    """Sees what the test puts there; the trouble is raised."""

    sight: Sight = Sight(revoked=False, has_roster=True, offset=None)  # noqa: RUF009 - a frozen value
    trouble: Exception | None = None
    looks: int = 0

    def look(self) -> Sight:
        self.looks += 1
        if self.trouble:
            raise self.trouble
        return self.sight


@dataclass
class StaffDesk:
    """Knows one code; notes nothing of what else was typed."""

    code: str | None = "27182818"
    locked: bool = False
    trouble: Exception | None = None
    checks: tuple[Check, ...] = CHECKS
    rounds: int = 0

    def has_code(self) -> bool:
        return self.code is not None

    def judge(self, code: Pin) -> st.CodeProblem | None:
        if self.trouble:
            raise self.trouble
        if self.locked:
            return st.CodeProblem.LOCKED
        typed = bytearray(st.CODE_LENGTH)
        code.copy_into(memoryview(typed))
        return None if typed.decode() == self.code else st.CodeProblem.WRONG

    def look_over(self) -> tuple[Check, ...]:
        self.rounds += 1
        if self.trouble:
            raise self.trouble
        return self.checks


class Terminal:
    """A context. Reports wait until the test runs them, as they wait for the screen's thread."""

    def __init__(self, revocations: RevocationSource | None = None, settings: Settings = Settings()) -> None:  # noqa: B008 - a frozen value
        self.now = 1000.0
        self.story: list[object] = []
        self.shown: list[Flow] = []
        self.reports: queue.Queue[Callable[[], None]] = queue.Queue()
        self.reader = ObservedReader()
        self.book = Book(self.story)
        self.book.may_answer.set()
        self.lookout = Lookout()
        self.staff = StaffDesk()
        self.restarts = 0
        self.house: House | None = None
        self.watch = Watch(
            self.reader.open,
            on_ready=lambda _: self._reported(ev.FaultMended(st.Fault.READER)),
            on_lost=lambda _: self._reported(ev.FaultBegan(st.Fault.READER)),
            on_taken=lambda: self._reported(ev.CardTaken()),
            settle_seconds=0.0,
        )
        self._parts = ExitStack()
        self.recorder = self._parts.enter_context(ThreadPoolExecutor(1))
        self.conversation = Conversation(
            self,
            self.watch,
            self.book,
            self.lookout,
            self.staff,
            recorder=self.recorder,
            settings=settings,
            check=CardCheck(REFERENCE_KEY, revocations or NoSource(), lambda: AT),
            house=lambda: self.house,
        )

    def __enter__(self) -> Self:
        self.watch.start()
        self._parts.callback(self._stop_watch)
        self.next_report()
        return self

    def __exit__(self, *_: object) -> None:
        self.conversation.close()
        self._parts.close()

    def _reported(self, event: ev.Event) -> None:
        self.post(lambda: self.conversation.happen(event))

    # What a conversation needs around it

    def post(self, report: Callable[[], None]) -> None:
        self.reports.put(report)

    def restart(self) -> None:
        self.restarts += 1

    def monotonic(self) -> float:
        return self.now

    def random_bytes(self, count: int) -> bytes:
        return bytes(count)

    def play(self, cue: Sound) -> None:
        self.story.append(cue)

    def show(self, flow: Flow) -> None:
        self.shown.append(flow)

    # What a test does

    @property
    def state(self) -> st.State:
        return self.conversation.flow.state

    @property
    def result(self) -> st.Result | None:
        return self.state.result if isinstance(self.state, st.Showing) else None

    def types(self, digits: str, way: Direction = Direction.IN) -> None:
        """From the start screen to the one that asks for the card."""
        self.conversation.happen(ev.Begin(way))
        for digit in digits:
            self.conversation.digit(int(digit))
        self.conversation.happen(ev.Confirmed())

    def next_report(self) -> None:
        self.reports.get(timeout=PATIENCE_SECONDS)()

    def until(self, kind: type[st.State]) -> None:
        """Runs reports until the terminal is in such a state. queue.Empty is raised when none leads there."""
        while not isinstance(self.state, kind):
            self.next_report()

    def passes(self, seconds: float) -> None:
        self.now += seconds
        self.conversation.tick()

    def settles(self) -> None:
        """Waits for the watch and the recorder to end what they do, and runs what they report. The watch is stopped."""
        self.reader.decides()
        self._stop_watch()
        self.recorder.submit(int).result(PATIENCE_SECONDS)
        while not self.reports.empty():
            self.next_report()
        self.reader.remove()

    def _stop_watch(self) -> None:
        self.watch._stopping.set()
        self.reader.insert(MuteCard())  # wakes it, and is not used any more
        self.watch.stop()
