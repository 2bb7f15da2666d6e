"""Power cuts: a tap that was acknowledged is there afterwards, whatever the disk had not yet written (A8).

The machine comes back and lives on from what a cut left, again and again, so that cuts also fall into opening, recovery
and upkeep. The same cuts find the settings that the product refuses losing taps, or they would find nothing.
"""

import random
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from faults.aftermath import Promise
from faults.power import MEMORY, Life, broken, cuts, put
from faults.recording import record

from machine.campaign import Campaign

TAPS = 150


def lives(chance: random.Random, setting: str, count: int) -> Iterator[Life]:
    """Each goes on where power failed in the one before."""
    content: dict[str, bytes] = {}
    promise = Promise()
    for number in range(count):
        with TemporaryDirectory(dir=MEMORY) as memory:
            folder = Path(memory) / "terminal"
            put(folder, content)
            seed = str(chance.getrandbits(32))
            command = [sys.executable, "-m", "faults.tapper", str(folder), seed, str(TAPS), setting]
            life = Life(content, promise, record(folder, command))
        yield life
        moment = chance.randint(0, len(life.operations))
        [(_, content, promise)] = cuts(life, [moment], f"{seed} {number}")


def moments(chance: random.Random, life: Life, count: int) -> list[int]:
    return sorted(chance.randint(0, len(life.operations)) for _ in range(count))


def cut_often(campaign: Campaign, setting: str, number_of_lives: int, cuts_in_each: int) -> list[str]:
    chance = campaign.random(setting)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        stretches = [
            pool.submit(broken, life, moments(chance, life, cuts_in_each), f"{campaign.seed} {setting} {number}")
            for number, life in enumerate(lives(chance, setting, number_of_lives))
        ]
        return [breach for stretch in stretches for breach in stretch.result()]


def test_no_acknowledged_tap_is_lost_to_a_power_cut(campaign: Campaign) -> None:
    count, each = campaign.size(short=(2, 75), full=(40, 2500))
    found = cut_often(campaign, "product", count, each)
    campaign.report("power_cuts", {"cuts": count * each, "terminals' lives in a row": count, "broken": len(found)})
    assert not found


@pytest.mark.parametrize("setting", ["normal", "delete"])
def test_the_same_cuts_catch_a_setting_that_loses_taps(setting: str, campaign: Campaign) -> None:
    each = campaign.size(short=75, full=2500)
    found = cut_often(campaign, setting, 1, each)
    lost = [breach for breach in found if breach.endswith("is lost")]
    campaign.report("power_cuts", {f"cuts with the known-bad setting {setting}": each, "caught losing taps": len(lost)})
    assert lost
