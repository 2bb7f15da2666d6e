"""The primary database is killed while terminals deliver and its standby takes over: what was acknowledged is there.

Between primary and standby the connection stalls first. A primary that commits without waiting for its standby is
caught losing in the same run.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg
import pytest

from machine.campaign import Campaign
from machine.postgres import Replicated, replicated
from machine.waiting import until

ROOT = Path(__file__).parents[2]
TERMINALS = 3
HEARD_BEFORE, HEARD_AFTER = 30, 10
STALLED = 0.5
MOST_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Delivering:
    told: Path
    process: subprocess.Popen[bytes]

    def acknowledged(self) -> dict[tuple[str, int], str]:
        lines = self.told.read_text().split("\n")[:-1]
        return {(terminal, seq): digest for terminal, seq, digest in map(json.loads, lines)}

    def reaches(self, count: int) -> None:
        until(
            lambda: len(self.acknowledged()) >= count,
            f"no {count} acknowledgements",
            patience_seconds=60,
            poll_seconds=0.02,
        )


@contextmanager
def delivering(pair: Replicated, directory: Path) -> Iterator[Delivering]:
    told = directory / "told"
    command = [sys.executable, "-m", "machine.replicated_delivery", str(TERMINALS)]
    data = {"DATABASE_URL": pair.url, "CHECKIN_SERVER_DATA": str(directory), "PYTHONPATH": f"{ROOT / 'tests'}:{ROOT}"}
    with told.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **data}, stdin=subprocess.PIPE, stdout=output)
    try:
        yield Delivering(told, process)
        process.communicate(timeout=60)  # the end of its standard input is the end of its work
    finally:
        process.kill()
        process.wait()


def held(pair: Replicated) -> dict[tuple[str, int], str]:
    with psycopg.connect(pair.url.replace("postgres://", "postgresql://")) as connection:
        rows = connection.execute("SELECT terminal_id::text, seq, encode(hash, 'hex') FROM ledger_event").fetchall()
    return {(terminal, seq): digest for terminal, seq, digest in rows}


def promotion(directory: Path, random: Random, *, synchronous: bool) -> tuple[int, int]:
    """How many events were acknowledged, and how many of those are lost."""
    directory.mkdir()
    with replicated(synchronous=synchronous) as pair, delivering(pair, directory) as delivery:
        delivery.reaches(HEARD_BEFORE + random.randrange(HEARD_BEFORE))
        if not synchronous or random.random() < STALLED:
            pair.interrupt_replication()
        if synchronous:
            time.sleep(random.uniform(0, MOST_SECONDS))
        else:
            delivery.reaches(len(delivery.acknowledged()) + HEARD_AFTER)
        pair.fail_over()
        if synchronous:
            delivery.reaches(len(delivery.acknowledged()) + HEARD_AFTER)
        acknowledged = delivery.acknowledged()
        lost = acknowledged.items() - held(pair).items()
    return len(acknowledged), len(lost)


@pytest.mark.system
def test_no_acknowledged_event_is_lost_when_the_standby_takes_over(tmp_path: Path, campaign: Campaign) -> None:
    rounds = campaign.size(short=1, full=25)
    random = campaign.random("standby promotion")

    promoted = [promotion(tmp_path / str(number), random, synchronous=True) for number in range(rounds)]
    careless, lost_by_careless = promotion(tmp_path / "careless", random, synchronous=False)

    acknowledged, lost = (sum(figures) for figures in zip(*promoted, strict=True))
    campaign.report(
        "standby_promotion",
        {
            "primaries killed": rounds,
            "events acknowledged": acknowledged,
            "lost": lost,
            f"lost of {careless} where the primary does not wait": lost_by_careless,
        },
    )
    assert lost == 0
    assert lost_by_careless > 0
