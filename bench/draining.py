"""The delivery process with a server that takes everything at once: `python -m bench.draining FOLDER`, until the queue is empty.

A line when it begins and one when it ends. Used by bench/storage.py beside a terminal that taps on.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from samples.storage import TERMINAL

from kiosk.clock import SystemClock
from kiosk.delivery import LinkNotes
from kiosk.storage.database import open_database
from kiosk.storage.upkeep import Upkeep
from sync import outbox
from sync.clock import Measured
from sync.delivery import Policy, State
from sync.document import Document
from sync.sender import Sender
from sync.transport import Tagged
from visits.event import head_statement


class NullServer:
    def deliver(self, body: bytes) -> Document:
        acknowledged = json.loads(body)["head"]["seq"]
        now = self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"acknowledged": acknowledged, "rejected": [], "conflicts": [], "server_time": now}

    def roster(self, cursor: str | None, *, tag: str | None, wait: int) -> Tagged | None:  # noqa: ARG002
        return None

    def now(self) -> datetime:
        return datetime.now(UTC)

    def measured(self) -> Measured | None:
        return None


def main(folder: Path) -> None:
    engine = open_database(folder)
    key = Ed25519PrivateKey.generate()
    drained = False

    def done() -> None:
        nonlocal drained
        drained = True

    send = Sender(
        engine,
        NullServer(),
        LinkNotes(SystemClock().moment().boot),
        sign_head=lambda seq, head: key.sign(head_statement(TERMINAL, seq, head)),
        poll=timedelta(seconds=1),
        delivered=done,
    )
    upkeep = Upkeep(engine, folder, timedelta(days=30))
    with engine.begin() as connection:
        aim = outbox.head(connection).seq
    _say("begun")
    while not drained:
        send(State(Policy().batch))
    upkeep.turn()
    _say(f"ended {aim}")


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
