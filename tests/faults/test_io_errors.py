"""System calls that fail at random under a terminal at work, by `fiu-run`: no birdsong without its record, no damage.

After each round of errors taps work again by themselves. The same errors find a terminal without a journal damaged.
"""

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from faults.aftermath import Promise, broken_promises
from faults.power import MEMORY

from machine.campaign import Campaign

ENVIRONMENT = {**os.environ, "PYTHONPATH": "tests"}


@dataclass(frozen=True, slots=True)
class Ordeal:
    """One terminal's. `ended` where taps worked again after each round; `words` are the first ones of what it said."""

    ended: bool
    words: Counter[str]
    broken: tuple[str, ...]
    complaint: str


def suffer(seed: str, rounds: int, setting: str) -> Ordeal:
    with TemporaryDirectory(dir=MEMORY) as memory:
        folder = Path(memory) / "terminal"
        command = [sys.executable, "-m", "faults.failing", str(folder), seed, str(rounds), setting]
        done = subprocess.run(
            ["fiu-run", "-x", *command],
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        promise = Promise()
        for line in done.stdout.splitlines():
            promise.hear(line)
        return Ordeal(
            ended=done.stdout.endswith("ended\n"),
            words=Counter(line.partition(" ")[0] for line in done.stdout.splitlines()),
            broken=tuple(broken_promises(folder, promise)),
            complaint=done.stderr[-2000:],
        )


def ordeals(campaign: Campaign, setting: str, count: int, rounds: int) -> list[Ordeal]:
    chance = campaign.random(setting)
    seeds = [str(chance.getrandbits(32)) for _ in range(count)]
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda seed: suffer(seed, rounds, setting), seeds))


@pytest.fixture(scope="module")
def suffered(campaign: Campaign) -> list[Ordeal]:
    count, rounds = campaign.size(short=(2, 10), full=(100, 50))
    found = ordeals(campaign, "product", count, rounds)
    words = sum((ordeal.words for ordeal in found), Counter[str]())
    campaign.report(
        "io_errors",
        {
            "rounds of errors": count * rounds,
            "taps recorded": words["tapped"],
            "taps refused": words["refused"],
            "other work that failed": words["failed"],
        },
    )
    return found


def test_no_birdsong_is_without_its_record(suffered: list[Ordeal]) -> None:
    assert [ordeal.broken for ordeal in suffered if ordeal.broken] == []


def test_taps_work_again_once_system_calls_do(suffered: list[Ordeal]) -> None:
    assert [ordeal.complaint for ordeal in suffered if not ordeal.ended] == []


def test_the_errors_did_reach_the_terminal(suffered: list[Ordeal]) -> None:
    assert sum(ordeal.words["refused"] for ordeal in suffered) > 0


def test_the_same_errors_catch_a_terminal_without_a_journal(campaign: Campaign) -> None:
    count, rounds = campaign.size(short=(4, 20), full=(20, 20))
    found = ordeals(campaign, "off", count, rounds)
    caught = [ordeal for ordeal in found if ordeal.broken]
    campaign.report("io_errors", {"terminals without a journal": count, "caught damaged": len(caught)})
    assert caught
