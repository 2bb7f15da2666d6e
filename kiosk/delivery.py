"""Puts the delivery process together from its settings. The screen's process never imports it, nor what it needs.

Not in here: the command line, and when to ask the server what (sync.agent).
"""

import logging
import random
import signal
import threading
import time
from contextlib import closing
from datetime import timedelta

from kiosk.clock import SystemClock
from kiosk.settings import Settings
from kiosk.storage.database import open_database
from kiosk.storage.roster import RosterStore
from sync import agent, identity
from sync.delivery import Policy, Trouble
from sync.transport import Transport
from visits.event import head_statement

log = logging.getLogger(__name__)


def run_delivery(settings: Settings) -> None:
    """Delivery, until SIGTERM. Raises StorageError, NotEnrolled, ExposedFile, DamagedFile, UnsafeAddress."""
    directory = settings.terminal.data_directory
    engine = open_database(directory)
    terminal = identity.load(directory)
    with closing(Transport(settings.server.url, terminal)) as server:
        parts = agent.Parts(
            engine=engine,
            server=server,
            sink=RosterStore(engine, SystemClock()),
            sign_head=lambda seq, head: terminal.sign(head_statement(terminal.terminal_id, seq, head)),
            policy=Policy(),
            pace=agent.Pace(roster=timedelta(seconds=settings.server.roster_seconds)),
            monotonic=time.monotonic,
            random=random.random,
            report=_report,
        )
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        signal.signal(signal.SIGINT, lambda *_: stop.set())
        agent.run(parts, stop.wait)


def _report(trouble: Trouble | None) -> None:
    if trouble is None:
        log.info("delivery flows")
    else:
        log.warning("delivery waits: %s", trouble.value)
