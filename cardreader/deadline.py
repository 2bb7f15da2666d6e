"""A reader that answers in time, made of one that may hang: card libraries know no timeout for a command.

Every call is made on a thread of the reader's own. When one does not return in time that thread is left behind with its
reader, closes both when the call ends after all, and another reader is to be opened. What a caller does then is its own
business, in `cardreader.watch`.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from functools import partial
from typing import TypeVar

from cardreader.errors import CardRemoved, CardTooSlow, ReaderError, ReaderStuck
from cardreader.ports import Card, Reader

T = TypeVar("T")

_GRACE_SECONDS = 5.0
"""For whatever should return at once, and on top of the time a wait may take."""


class LeftBehind(ReaderError):  # noqa: N818
    """A card was too slow and keeps the reader for itself; another is to be opened."""


class Overdue(Exception):  # noqa: N818
    """The call did not return in time, or one before it did not."""


class Lane:
    """One thread that does one thing after the other, until something does not end."""

    def __init__(self, room: threading.Semaphore) -> None:
        """`room` is for as many threads as may be left behind. Raises ReaderStuck when it is full."""
        if not room.acquire(timeout=_GRACE_SECONDS):
            raise ReaderStuck("every call to a reader")
        self._room = room
        self._errands: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._blocked = False
        threading.Thread(target=self._work, name="card reader", daemon=True).start()

    @property
    def blocked(self) -> bool:
        return self._blocked

    def call(self, work: Callable[[], T], seconds: float, *, undo: Callable[[T], None] | None = None) -> T:
        """What `work` gives. Raises Overdue; `undo` then gets what it gives too late."""
        if self._blocked or seconds <= 0:
            raise Overdue
        promise: Future[T] = Future()
        self._errands.put(partial(_keep, promise, work, undo))
        try:
            return promise.result(seconds)
        except TimeoutError:
            if promise.cancel():
                self._blocked = True
                raise Overdue from None
            return promise.result()  # it came just now, or the error is the work's own

    def finish(self, work: Callable[[], None]) -> None:
        """Do `work`, after all that was begun; does not wait for it when something hangs."""
        if self._blocked:
            self._errands.put(work)
            return
        with contextlib.suppress(Overdue):
            self.call(work, _GRACE_SECONDS)

    def end(self) -> None:
        self._errands.put(None)

    def _work(self) -> None:
        while errand := self._errands.get():
            errand()
        self._room.release()


def _keep(promise: Future[T], work: Callable[[], T], undo: Callable[[T], None] | None) -> None:
    if promise.cancelled():  # the machine was too busy to begin in time
        return
    try:
        result = work()
    except Exception as error:  # noqa: BLE001 - the edge of the thread; the caller gets it
        with contextlib.suppress(InvalidStateError):
            promise.set_exception(error)
        return
    try:
        promise.set_result(result)
    except InvalidStateError:  # nobody waits any more
        if undo:
            undo(result)


class PunctualReader:
    """`tap_seconds`: how long one connection may take, from its beginning to its last answer."""

    def __init__(self, open_reader: Callable[[], Reader], tap_seconds: float, room: threading.Semaphore) -> None:
        """Raises ReaderError."""
        self._lane = Lane(room)
        self._tap_seconds = tap_seconds
        try:
            self._reader = self._lane.call(open_reader, _GRACE_SECONDS, undo=lambda reader: reader.close())
        except Overdue as overdue:
            self._lane.end()
            raise ReaderStuck("opening the reader") from overdue
        except ReaderError:
            self._lane.end()
            raise

    @property
    def name(self) -> str:
        return self._reader.name

    def wait_present(self, timeout: float) -> bool:
        return self._wait(self._reader.wait_present, timeout)

    def wait_absent(self, timeout: float) -> bool:
        return self._wait(self._reader.wait_absent, timeout)

    def connect(self) -> "PunctualCard":
        deadline = time.monotonic() + self._tap_seconds
        try:
            card = self._lane.call(self._reader.connect, self._tap_seconds, undo=lambda card: card.close())
        except Overdue as overdue:
            raise CardTooSlow("the card could not be connected in time") from overdue
        return PunctualCard(card, self._lane, deadline)

    def close(self) -> None:
        self._lane.finish(self._reader.close)
        self._lane.end()

    def _wait(self, wait: Callable[[float], bool], timeout: float) -> bool:
        if self._lane.blocked:
            raise LeftBehind(self.name)
        try:
            return self._lane.call(partial(wait, timeout), timeout + _GRACE_SECONDS)
        except Overdue as overdue:
            raise ReaderStuck("waiting for a card") from overdue


class PunctualCard:
    def __init__(self, card: Card, lane: Lane, deadline: float) -> None:
        self._card = card
        self._lane = lane
        self._deadline = deadline
        self._removed = False

    @property
    def atr(self) -> bytes:
        return self._card.atr

    @property
    def removed(self) -> bool:
        """Whether an answer was missed because the card had left."""
        return self._removed

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Raises CardTooSlow once the deadline has passed, at every command."""
        try:
            return self._lane.call(
                partial(_transmit, self._card, bytearray(command)), self._deadline - time.monotonic()
            )
        except Overdue as overdue:
            raise CardTooSlow("the card did not answer in time") from overdue
        except CardRemoved:
            self._removed = True
            raise

    def close(self) -> None:
        self._lane.finish(self._card.close)


def _transmit(card: Card, own: bytearray) -> bytes:
    # The caller may wipe its PIN while a slow driver still copies: zeros sent to a card would cost a try.
    try:
        return card.transmit(own)
    finally:
        own[:] = bytes(len(own))
