"""Waits for cards on a thread of its own: one tap per presentation, and back by itself when the reader is.

What is done with a card is the job it is given. A job whose card or reader hangs gets CardTooSlow when its time is up,
and the watch goes on with the reader opened anew; see `cardreader.deadline`.
"""

import logging
import threading
from collections.abc import Callable

from cardreader.deadline import LeftBehind, PunctualCard, PunctualReader
from cardreader.errors import CardError, ReaderError
from cardreader.ports import Card, Reader

Job = Callable[[Card], None]

_REOPEN_SECONDS = 0.25
_IDLE_SECONDS = 1.0  # how long a stop may go unnoticed
_LYING_SECONDS = 0.05  # how long a card already in the field waits for a job armed meanwhile
_STOP_SECONDS = 5.0
_MOST_LEFT_BEHIND = 4  # threads stuck in a driver: a service that hangs for hours is not asked again for ever
log = logging.getLogger(__name__)


class Watch:
    """The callbacks and jobs run on the watch's thread.

    `on_ready` gets the reader's name each time a reader is opened. `on_lost` is called when it is lost, when the first
    attempt to open it fails, and when the kind of failure changes; not for every further attempt. `on_seen` is called
    for every card that comes, also where there is no job for it; `on_taken` when a card that had its job has left for
    longer than a flicker, and not where the reader was lost with it.
    """

    def __init__(  # noqa: PLR0913 - a reader, what is told of it, and two times
        self,
        open_reader: Callable[[], Reader],
        *,
        on_ready: Callable[[str], None],
        on_lost: Callable[[ReaderError], None],
        on_seen: Callable[[], None] = lambda: None,
        on_taken: Callable[[], None] = lambda: None,
        tap_seconds: float = 9.0,
        settle_seconds: float = 0.3,
    ) -> None:
        """`tap_seconds`: how long the answers of one card may take together, 1 or more.

        `settle_seconds`: a used card that is seen again so soon after it left has only flickered at the edge of the
        field and is not used again before it leaves for longer; 0 takes every sight for another presentation.
        """
        self._open_reader = open_reader
        self._tap_seconds = tap_seconds
        self._settle_seconds = settle_seconds
        self._room = threading.Semaphore(_MOST_LEFT_BEHIND)
        self._on_ready = on_ready
        self._on_lost = on_lost
        self._on_seen = on_seen
        self._on_taken = on_taken
        self._reader_name: str | None = None
        self._lost_as: type[ReaderError] | None = None
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="card watch", daemon=True)

    @property
    def reader_name(self) -> str | None:
        """Of the reader that is open; from any thread."""
        return self._reader_name

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Waits up to 5 seconds for a job under way."""
        self._stopping.set()
        self._thread.join(_STOP_SECONDS)

    def arm(self, job: Job) -> None:
        """Give the next card to `job`, in place of a job not yet begun; a card already there and unused counts.

        The job runs once and its card is closed after it. A card that cannot be connected raises from the job's first
        transmit.
        """
        with self._lock:
            self._job = job

    def disarm(self) -> None:
        """Take back a job not yet begun."""
        with self._lock:
            self._job = None

    def _run(self) -> None:
        left_behind = False
        while not self._stopping.is_set():
            try:
                reader = PunctualReader(self._open_reader, self._tap_seconds, self._room)
            except ReaderError as error:
                self._report(error)
            else:
                left_behind = self._serve(reader, used=left_behind)
            self._stopping.wait(_REOPEN_SECONDS)

    def _serve(self, reader: PunctualReader, *, used: bool) -> bool:
        """`used`: a card that is in the field now has had its job. True when a card was too slow for this reader."""
        self._lost_as = None
        try:
            lying = used and reader.wait_present(0)
            self._reader_name = reader.name
            self._on_ready(reader.name)
            while not self._stopping.is_set():
                if reader.wait_present(_IDLE_SECONDS):
                    self._presentation(reader, used=lying)
                lying = False
        except LeftBehind:
            return True
        except ReaderError as error:
            self._report(error)
        finally:
            reader.close()
        return False

    def _report(self, error: ReaderError) -> None:
        self._reader_name = None
        if type(error) is not self._lost_as:
            self._lost_as = type(error)
            self._on_lost(error)

    def _presentation(self, reader: PunctualReader, *, used: bool) -> None:
        served = used
        self._on_seen()
        while not self._stopping.is_set():
            if not used:
                used, served = self._use(reader)
            absent = reader.wait_absent(_IDLE_SECONDS if used else _LYING_SECONDS)
            if absent and not (served and self._flickers(reader)):
                if used:
                    self._on_taken()
                return

    def _flickers(self, reader: PunctualReader) -> bool:
        """Whether a card is back so soon after a used one has left that it is taken for the same."""
        return self._settle_seconds > 0 and reader.wait_present(self._settle_seconds)

    def _use(self, reader: PunctualReader) -> tuple[bool, bool]:
        """Whether a job was there for the card, and whether the card stayed for it."""
        if self._job is None:
            return False, False
        card = _connect(reader)
        try:
            job = self._take_job()
            if job:
                _perform(job, card)
            return job is not None, job is not None and not card.removed
        finally:
            card.close()

    def _take_job(self) -> Job | None:
        with self._lock:
            job, self._job = self._job, None
            return job


class _Unconnected:
    """Stands for a card that could not be connected, so that the job learns of it the way it learns of the rest."""

    removed = True  # it may well be stable in a moment

    def __init__(self, error: CardError) -> None:
        self._error = error

    @property
    def atr(self) -> bytes:
        raise self._error

    def transmit(self, command: bytes | bytearray) -> bytes:
        del command
        raise self._error

    def close(self) -> None: ...


def _connect(reader: PunctualReader) -> PunctualCard | _Unconnected:
    try:
        return reader.connect()
    except CardError as error:
        return _Unconnected(error)


def _perform(job: Job, card: Card) -> None:
    try:
        job(card)
    except ReaderError:
        raise
    except Exception:
        log.exception("the job with a card failed")
