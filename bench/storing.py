"""The delivery process as it stores a snapshot: `python -m bench.storing FOLDER SIZE NAME`, each member under that name.

A line when it begins, and one with the milliseconds for which each of its transactions held the write lock, as JSON; with a
commit counts the checkpoint SQLite makes after it, which holds up nobody. Used by bench/storage.py beside a terminal that
taps on.
"""

import json
import sys
import time
from pathlib import Path
from uuid import UUID

from samples.storage import ANN, member
from sqlalchemy import Engine, event
from sqlalchemy.pool import PoolProxiedConnection

from kiosk.clock import SystemClock
from kiosk.storage.database import open_database
from kiosk.storage.roster import RosterStore
from sync.feed import RosterMember


def main(folder: Path, size: int, name: str) -> None:
    engine = open_database(folder)
    everybody = crowd(size, name)
    held = _holds(engine)
    _say("begun")
    RosterStore(engine, SystemClock()).replace(everybody, name, 0)
    _say(json.dumps(held))


def crowd(size: int, name: str | None = None) -> list[RosterMember]:
    """With the one who taps."""
    others = (member(UUID(int=2**64 + number), name=name, cards=[card(number)]) for number in range(1, size))
    return [member(ANN, name=name), *others]


def card(number: int) -> bytes:
    """Spread over the whole range, as keyed hashes are."""
    return (number * 0x9E3779B97F4A7C15 % 2**64).to_bytes(8) * 4


def _holds(engine: Engine) -> list[float]:
    held: list[float] = []
    since = 0.0
    commit = engine.dialect.do_commit

    def begun(_: object) -> None:
        nonlocal since
        since = time.perf_counter()

    def committed(dbapi_connection: PoolProxiedConnection) -> None:
        commit(dbapi_connection)
        held.append((time.perf_counter() - since) * 1000)

    event.listen(engine, "begin", begun)
    engine.dialect.do_commit = committed  # type: ignore[method-assign]
    return held


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
