"""Puts the screen's process together from its settings, out of the concrete classes of every room.

Not in here: the command line, delivery, which is a process of its own (kiosk.delivery), and anything that decides.
"""

import logging
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cardreader.authorities import load_authorities
from cardreader.drivers import open_reader
from cardreader.drivers.simulated import SimulatedReader
from cardreader.errors import ReaderError
from cardreader.revocation.folder import ListFolder
from cardreader.revocation.source import NoSource, RevocationSource
from cardreader.watch import Watch
from kiosk import simulation
from kiosk.cardcheck import CardCheck
from kiosk.clock import SystemClock, corrected
from kiosk.conversation import Conversation
from kiosk.flow import events as ev
from kiosk.flow.house import House, house_now
from kiosk.flow.states import Fault
from kiosk.settings import Driver, Settings
from kiosk.staff import StaffDesk
from kiosk.storage import suspicion
from kiosk.storage.lookout import Lookout
from kiosk.storage.recovery import open_terminal
from kiosk.storage.rules import vouched_for
from kiosk.storage.upkeep import Upkeep
from kiosk.storage.visitbook import VisitBook
from kiosk.ui import environment
from sync import identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cardreader.ports import Reader
    from kiosk.ui.app import Furnishing, TerminalApp

log = logging.getLogger(__name__)

_LISTS_SECONDS = 60.0
_TAP_SHARE = 0.9  # the watch gives a card up before the screen does
_NO_REAL_READER = ("Simulated reader", "Virtual PCD", "udp:")
"""How such readers' names begin: ours, Debian's vsmartcard-vpcd, nfcpy's. A card in them is a program: the screen says DEMO."""


def run_terminal(settings: Settings, *, scene_log: Path | None) -> None:
    """The screen, until SIGTERM. Raises StorageError, NotEnrolled, ExposedFile, DamagedFile, UnusableAuthority, ScreenError."""
    directory = settings.terminal.data_directory
    engine = open_terminal(directory)
    suspicion.end_when_noted(directory)
    terminal = identity.load(directory)
    reference_key = identity.load_card_reference_key(directory)
    Upkeep(engine, directory, timedelta(days=settings.terminal.retention_days)).turn()
    clock = SystemClock()
    book = VisitBook(
        engine,
        terminal=terminal.terminal_id,
        clock=clock,
        fresh=timedelta(seconds=settings.terminal.presence_fresh_seconds),
    )
    revocations = _revocations(settings)
    simulated = SimulatedReader() if settings.reader.driver is Driver.SIMULATED else None
    lookout = Lookout(engine, clock.moment().boot, directory)
    with ThreadPoolExecutor(1, thread_name_prefix="recorder") as recorder:

        def now() -> "datetime":
            return corrected(clock.moment(), lookout.seen.offset)

        def house() -> House | None:
            seen = lookout.seen
            return house_now(seen.rulebook, vouched_for(clock.moment(), seen.offset))

        check = CardCheck(reference_key, revocations, now)

        def converse(app: "TerminalApp") -> Conversation:
            def faulty(event: ev.Event) -> None:
                app.post(lambda: conversation.happen(event))

            def lost(error: ReaderError) -> None:
                log.warning("%s", error)
                faulty(ev.FaultBegan(Fault.READER))

            def ready(name: str) -> None:
                log.info("reader: %s", name)
                if name.startswith(_NO_REAL_READER):
                    app.post(app.say_demo)
                faulty(ev.FaultMended(Fault.READER))

            watch = Watch(
                _opener(settings, simulated),
                on_ready=ready,
                on_lost=lost,
                on_seen=lambda: app.post(app.stir),
                on_taken=lambda: faulty(ev.CardTaken()),
                tap_seconds=settings.timeouts.reading_seconds * _TAP_SHARE,
            )
            staff = StaffDesk(
                engine, settings, monotonic=app.monotonic, reader=lambda: watch.reader_name, has_sound=app.has_sound
            )
            conversation = Conversation(
                app, watch, book, lookout, staff, recorder=recorder, settings=settings, check=check, house=house
            )
            conversation.learn(lookout.seen)
            watch.start()
            return conversation

        facility = terminal.facility.name
        _run_app(_furnishing(settings, facility, now=now, converse=converse, simulated=simulated, scene_log=scene_log))


def _revocations(settings: Settings) -> RevocationSource:
    """Lists are read on a thread of their own: a large one takes a second, and a tap asks memory only."""
    if not settings.card.revocation_lists.is_dir():
        return NoSource()
    lists = ListFolder(settings.card.revocation_lists, load_authorities(settings.card.authorities))
    threading.Thread(target=_keep_reading, args=(lists,), name="revocation lists", daemon=True).start()
    return lists


def _keep_reading(lists: ListFolder) -> None:
    while True:
        lists.refresh()
        time.sleep(_LISTS_SECONDS)


def _opener(settings: Settings, simulated: SimulatedReader | None) -> "Callable[[], Reader]":
    if simulated is not None:
        return simulated.open
    return lambda: open_reader(settings.reader.driver.value, settings.reader.name)


def _furnishing(  # noqa: PLR0913 - what the process was started with, and what it works with
    settings: Settings,
    facility: str,
    *,
    now: "Callable[[], datetime]",
    converse: "Callable[[TerminalApp], Conversation]",
    simulated: SimulatedReader | None,
    scene_log: Path | None,
) -> "Furnishing":
    environment.prepare(settings.screen)
    from kiosk.ui.app import Furnishing  # noqa: PLC0415 - Kivy reads its environment when it is imported
    from kiosk.ui.observer import SceneLog  # noqa: PLC0415
    from kiosk.ui.panel import CardPanel  # noqa: PLC0415

    panel = None
    if simulated is not None:
        chips = simulation.cards(settings.terminal.data_directory / simulation.FOLDER)
        panel = lambda: CardPanel(simulated, chips)  # noqa: E731
    return Furnishing(
        settings,
        facility,
        now,
        converse,
        demo=simulated is not None or settings.reader.name.startswith(_NO_REAL_READER),
        panel=panel,
        observer=SceneLog(scene_log) if scene_log else None,
    )


def _run_app(furnishing: "Furnishing") -> None:
    from kivy.clock import Clock  # noqa: PLC0415

    from kiosk.ui.app import TerminalApp  # noqa: PLC0415

    app = TerminalApp(furnishing)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: Clock.schedule_once(lambda _: app.stop()))
    app.run()
