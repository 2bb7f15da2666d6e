"""The room in which requests wait for news, and the one thread of this process that watches for them.

Nobody polls: a waiter sleeps until the watcher wakes it, and the watcher sleeps until something was committed. Nobody
in here holds a database connection while waiting but the watcher, which lives only while somebody waits.
Not in here: how a database tells of a commit (signals), what is looked at (mark).
"""

import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Generic, TypeVar
from uuid import UUID

M = TypeVar("M")

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Seat(Generic[M]):
    mark: M
    left: Event = field(default_factory=Event)


class WaitingRoom(Generic[M]):
    """One per process.

    `marks` reads what the waiting ones wait to see changed. `signals` opens the database's ear: within it, each call
    returns after a while at the latest, True where something may have been committed since the call before.
    """

    def __init__(
        self,
        seats: int,
        marks: Callable[[Collection[UUID]], Mapping[UUID, M]],
        signals: Callable[[], AbstractContextManager[Callable[[], bool]]],
    ) -> None:
        self._places = seats
        self._marks = marks
        self._signals = signals
        self._lock = Lock()
        self._seats: dict[UUID, _Seat[M]] = {}
        self._fresh = False
        self._watched = False
        self._closed = False

    def wait(self, terminal: UUID, mark: M, seconds: float) -> None:
        """Until the terminal's mark is no longer `mark`, at most so long; at once where there is no seat.

        `mark` was read before the page it belongs to, so that what was committed in between is news as well. A second
        request of the same terminal takes the seat of the first, which nobody waits for any more.
        """
        seat = _Seat(mark)
        with self._lock:
            if self._closed or (len(self._seats) >= self._places and terminal not in self._seats):
                return
            if terminal in self._seats:
                self._seats[terminal].left.set()
            self._seats[terminal] = seat
            self._fresh = True
            if not self._watched:
                self._watched = True
                Thread(target=self._watch, name="feed-watcher", daemon=True).start()
        try:
            seat.left.wait(seconds)
        finally:
            with self._lock:
                if self._seats.get(terminal) is seat:
                    del self._seats[terminal]

    def close(self) -> None:
        """Everybody leaves now, and nobody waits again: the process is about to stop."""
        with self._lock:
            self._closed = True
            self._empty()

    def _watch(self) -> None:
        """Whatever goes wrong is seen by the requests that wait: they go and look for themselves."""
        try:
            with self._signals() as committed:
                while self._occupied():
                    if committed() or self._take_fresh():
                        self._look()
        except Exception:
            log.exception("nobody watches for news")
            with self._lock:
                self._watched = False
                self._empty()

    def _occupied(self) -> bool:
        with self._lock:
            self._watched = bool(self._seats)
            return self._watched

    def _take_fresh(self) -> bool:
        with self._lock:
            fresh, self._fresh = self._fresh, False
            return fresh

    def _look(self) -> None:
        with self._lock:
            seats = dict(self._seats)
        now = self._marks(seats.keys())
        for terminal, seat in seats.items():
            if now.get(terminal) != seat.mark:
                seat.left.set()

    def _empty(self) -> None:
        for seat in self._seats.values():
            seat.left.set()
