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

_ALL_AT_ONCE = 0.02
_LOOK_EVERY = 20
_one_at_a_time = threading.Lock()  # multiprocessing looks after all its processes whenever one of them starts


@dataclass(frozen=True, slots=True)
class Plan:
    """Kills of each kind; screen and delivery at each door. A life, and the rest after it, is at most so many seconds."""

    screen: int
    delivery: int
    server: int
    screen_life: float = 0.35
    screen_rest: float = 0.2
    delivery_life: float = 0.8
    server_rest: float = 1.2


class Killings:
    """`counts` is of processes killed, by kind; `ahead` of looks at which a terminal knew more acknowledged than was held."""

    def __init__(self, house: House, campaign: Campaign) -> None:
        self.counts: Counter[str] = Counter()
        self.ahead = 0
        self._house = house
        self._campaign = campaign
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
            self._kill_screen(door, number, dice.uniform(0, plan.screen_life), early=True)
            queue = door.queue()
            if door.told.exists() and max(books.heard(door.told).songs, default=0) > queue.acknowledged + queue.length:
                return

    def _kill_screens(self, door: Door, plan: Plan) -> None:
        dice = self._dice("screen", door)
        for number in range(plan.screen):
            self._kill_screen(door, number, dice.uniform(0, plan.screen_life))
            self.counts["screen"] += 1
            time.sleep(dice.uniform(0, plan.screen_rest))

    def _kill_screen(self, door: Door, number: int, seconds: float, *, early: bool = False) -> None:
        seed = f"{self._campaign.seed} {door.name} {number}"
        tapping = lives.Tapping(door.terminal.config, door.told, self._house.members, seed, early)
        _live_and_die(self._context.Process(target=lives.screen, args=(tapping,)), seconds)

    def _kill_deliveries(self, door: Door, plan: Plan) -> None:
        dice = self._dice("delivery", door)
        for number in range(plan.delivery):
            _live_and_die(self._delivery_at(door), dice.uniform(0, plan.delivery_life))
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
        for number in range(plan.server):
            time.sleep(dice.uniform(0, plan.server_rest))
            if dice.random() < _ALL_AT_ONCE or number == plan.server // 2:
                self.counts["server"] += self._house.kill_server()
                self._house.restart_server()
            elif workers := self._house.workers():
                with suppress(ProcessLookupError):
                    os.kill(dice.choice(workers), signal.SIGKILL)
                    self.counts["server"] += 1

    def _dice(self, kind: str, door: Door | None = None) -> Random:
        return self._campaign.random(f"{kind} {door.name if door else ''}")


def _live_and_die(process: ForkServerProcess, seconds: float) -> None:
    with _one_at_a_time:
        process.start()
    process.join(seconds)
    if process.exitcode is not None:
        raise ChildProcessError(f"it ended by itself with {process.exitcode}")
    process.kill()
    process.join()
    with _one_at_a_time:
        process.close()
