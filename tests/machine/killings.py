"""Kill -9 at random moments: each kind of process dies on a thread of its own, so that all may be dying at once.

Not in here: what must hold afterwards.
"""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from random import Random

from machine import books, lives
from machine.campaign import Campaign
from machine.house import Door, House
from machine.together import meanwhile
from machine.waiting import until

_ALL_AT_ONCE = 0.02
_LOOK_EVERY = 20
_STILLBORN = 0.25
_PATIENCE_SECONDS = 60.0
_one_at_a_time = threading.Lock()  # multiprocessing looks after all its processes whenever one of them starts


@dataclass(frozen=True, slots=True)
class Plan:
    """Kills of each kind; screen and delivery at each door. The seconds are the most a life, or the rest after it, takes.

    One of four of the screens and deliveries dies before it is seen to work, the others so long after.
    """

    screen: int
    delivery: int
    server: int
    birth: float = 0.15
    screen_life: float = 0.15
    screen_rest: float = 0.2
    delivery_life: float = 0.5
    server_rest: float = 1.2


class Killings:
    """`counts` is of processes killed, by kind; `ahead` of looks at which a terminal knew more acknowledged than was held."""

    def __init__(self, house: House, campaign: Campaign, asked: Callable[[], int]) -> None:
        """`asked` is how many requests there have been so far."""
        self.counts: Counter[str] = Counter()
        self.ahead = 0
        self._house = house
        self._campaign = campaign
        self._asked = asked
        self._context = lives.nursery()

    @contextmanager
    def delivering(self, doors: Sequence[Door]) -> Iterator[None]:
        """Nobody is killed meanwhile."""
        processes = [self._delivery_at(door) for door in doors]
        for process in processes:
            process.start()
        yield
        for process in processes:
            process.terminate()
            process.join()

    def go(self, plan: Plan, doors: Sequence[Door]) -> None:
        """To the end of the plan."""
        work: list[Callable[[], None]] = [lambda: self._kill_servers(plan)]
        for door in doors:
            work.append(lambda door=door: self._kill_screens(door, plan))  # type: ignore[misc]
            work.append(lambda door=door: self._kill_deliveries(door, plan))  # type: ignore[misc]
        meanwhile(work)

    def kill_screens_that_sing_early(self, door: Door, most: int, plan: Plan) -> None:
        """Until a song was heard that has no record, and at most so many."""
        dice = self._dice("early", door)
        for number in range(most):
            self._kill_screen(door, number, dice, plan, early=True)
            queue = door.queue()
            if max(books.heard(door.told).songs, default=0) > queue.acknowledged + queue.length:
                return

    def _kill_screens(self, door: Door, plan: Plan) -> None:
        dice = self._dice("screen", door)
        for number in range(plan.screen):
            self._kill_screen(door, number, dice, plan, sings=number == 0)
            self.counts["screen"] += 1
            time.sleep(dice.uniform(0, plan.screen_rest))

    def _kill_screen(
        self, door: Door, number: int, dice: Random, plan: Plan, *, early: bool = False, sings: bool = False
    ) -> None:
        """One that `sings` dies after a song, so that there is one to lose on the slowest machine."""
        seed = f"{self._campaign.seed} {door.name} {number}"
        tapping = lives.Tapping(door.terminal.config, door.told, self._house.members, seed, early)
        process = self._context.Process(target=lives.screen, args=(tapping,))
        door.told.touch()
        signs = (lambda: len(books.heard(door.told).songs)) if sings else (lambda: door.told.stat().st_size)
        _live_and_die(process, dice, 0 if sings else plan.birth, plan.screen_life, signs)

    def _kill_deliveries(self, door: Door, plan: Plan) -> None:
        dice = self._dice("delivery", door)
        for number in range(plan.delivery):
            _live_and_die(self._delivery_at(door), dice, plan.birth, plan.delivery_life, self._asked)
            self.counts["delivery"] += 1
            if number % _LOOK_EVERY == 0:
                acknowledged = door.queue().acknowledged
                self.ahead += acknowledged > len(books.held(self._house.database, door.id))

    def _delivery_at(self, door: Door) -> ForkServerProcess:
        log = door.terminal.folder / "delivery.log"
        return self._context.Process(target=lives.delivery, args=(door.terminal.config, log))

    def _kill_servers(self, plan: Plan) -> None:
        """One worker at a time; now and then, and once for certain, all of them with their master."""
        dice = self._dice("server")
        all_died = False
        while self.counts["server"] < plan.server:
            time.sleep(dice.uniform(0, plan.server_rest))
            overdue = not all_died and self.counts["server"] >= plan.server // 2
            if overdue or dice.random() < _ALL_AT_ONCE:
                all_died = True
                self.counts["server"] += self._house.kill_server()
                self._house.restart_server()
            elif workers := self._house.workers():
                with suppress(ProcessLookupError):
                    os.kill(dice.choice(workers), signal.SIGKILL)
                    self.counts["server"] += 1

    def _dice(self, kind: str, door: Door | None = None) -> Random:
        return self._campaign.random(f"{kind} {door.name if door else ''}")


def _live_and_die(
    process: ForkServerProcess, dice: Random, birth: float, life: float, signs: Callable[[], int]
) -> None:
    """`signs` grows when the process, or another one, works; without a time of `birth` it dies only after that."""
    before = signs()
    with _one_at_a_time:
        process.start()
    if birth and dice.random() < _STILLBORN:
        process.join(dice.uniform(0, birth))
    else:
        until(lambda: signs() > before, "no sign of life", patience_seconds=_PATIENCE_SECONDS, poll_seconds=0.005)
        process.join(dice.uniform(0, life))
    if process.exitcode is not None:
        raise ChildProcessError(f"it ended by itself with {process.exitcode}")
    process.kill()
    process.join()
    with _one_at_a_time:
        process.close()
